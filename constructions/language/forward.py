"""What a transformer computes. Every theorem of this package is a statement about this page.

Tokens are rows. A prompt is embedded as H (tokens × stream width); each layer maps H to H plus what its heads write:

    q_i = h_i W_Qᵀ,  k_j = h_j W_Kᵀ,  v_j = h_j W_Vᵀ,   h_i ← h_i + Σ_j A_ij v_j W_Oᵀ,   A = normalise(mask ∘ kernel(⟨q_i, k_j⟩)).

There is no scaling by √d, no ε and no bias. To add a kernel, a mask word, a normaliser or a position code, add one entry to
its table. It runs in any arithmetic: the matrices are opaque.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from constructions.language.layout import Layout, View
from constructions.language.transformer import Attention, Head, MesaLayer, Transformer
from constructions.matrix import Matrix, below, exact, hardmax, identity, ones, reciprocal, relu, softmax, solve, zeros


class ForwardClosed(RuntimeError):
    """An algorithm tried to run a network. The right-hand side of a theorem may not call its left-hand side."""


# A kernel turns scores into attention weights. "softmax" and "hard" see to the mask themselves; the others work entrywise.
KERNELS = {
    "linear": lambda scores, view: view.masked(scores),
    "relu": lambda scores, view: view.masked(relu(scores)),
    "softmax": lambda scores, view: softmax(scores, view.visible),
    "hard": lambda scores, view: hardmax(scores, view.visible),
}


NORMALISERS = {
    "none": lambda weights, layout: weights,
    "1/n": lambda weights, layout: weights / layout.examples,
    "1/T": lambda weights, layout: weights / layout.length,
    "sum": lambda weights, layout: _divided_by_row_sums(weights),
}


def forward(network: Transformer, tokens: Matrix, layout: Layout) -> tuple[Matrix, ...]:
    """The residual stream (tokens × width) before the first layer and after every layer."""
    streams = [tokens]
    for layer in network.unrolled:
        streams.append(streams[-1] + SUBLAYERS[type(layer)](layer, streams[-1], layout))
    return tuple(streams)


def attend(layer: Attention, H: Matrix, layout: Layout) -> Matrix:
    """What the heads and the skip of an attention layer add to the stream."""
    _refuse_while_closed()
    update, view = zeros(*H.shape), layout.view(layer.mask)
    for head in layer.heads:
        weights = view.weighted(KERNELS[layer.kernel](scores(head, layer.kernel, H, view, layout), view))
        weights = NORMALISERS[layer.normaliser](weights, layout)
        update = update + weights @ (H[view.keys] @ head.value.dense.T) @ head.into.dense
    for write in layer.skip:
        update = update + H @ write.value.dense.T @ write.into.dense
    return update


def scores(head: Head, kernel: str, H: Matrix, view: View, layout: Layout) -> Matrix:
    """⟨q_i, k_j⟩. For hard attention, scores that depend on positions alone are computed in ℚ, in every arithmetic."""
    if kernel == "hard" and {*head.query.blocks, *head.key.blocks} <= layout.fixed:
        H = layout.codes
    return (H @ head.query.dense.T) @ (H[view.keys] @ head.key.dense.T).T


def solve_ridge(layer: MesaLayer, H: Matrix, layout: Layout) -> Matrix:
    """What a mesa layer adds to the stream: one linear system a token."""
    _refuse_while_closed()
    Q, K, V = H @ layer.query.dense.T, H @ layer.key.dense.T, H @ layer.value.dense.T
    outputs = []
    for i, seen in enumerate(layout.visible(layer.mask)):
        keys = np.flatnonzero(seen).tolist()
        gram = K[keys].T @ K[keys] + exact(layer.ridge) * identity(K.shape[1])
        outputs.append((V[keys].T @ (K[keys] @ solve(gram, Q[i].T))).T)
    return below(*outputs) @ layer.into.dense


SUBLAYERS = {Attention: attend, MesaLayer: solve_ridge}


def embed(segments: tuple[tuple[tuple[Matrix, ...], Matrix | None], ...], codes: Matrix, order: list[int]) -> Matrix:
    """The tokens of a prompt: every item's data times each token's embedding (width × item width), in `order`, plus codes."""
    _refuse_while_closed()
    blocks = [items @ embedding.T for embeddings, items in segments if items is not None for embedding in embeddings]
    return below(*blocks)[order] + codes


def _divided_by_row_sums(weights: Matrix) -> Matrix:
    columns = weights.shape[1]
    return weights * (reciprocal(weights @ ones(columns, 1)) @ ones(1, columns))


_algorithms_running = [0]  # one number for all threads and contexts, so that an algorithm cannot step out of it


def _refuse_while_closed() -> None:
    if _algorithms_running[0]:
        raise ForwardClosed("an algorithm called the forward pass; it must be a formula of its own")


@contextmanager
def closed_forward() -> Iterator[None]:
    """Inside, everything on this page that computes raises `ForwardClosed`."""
    _algorithms_running[0] += 1
    try:
        yield
    finally:
        _algorithms_running[0] -= 1
