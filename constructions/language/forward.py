"""What a transformer computes. Every theorem of this package is a statement about this page.

Tokens are rows. A prompt is embedded as H (tokens × stream width); each layer maps H to H plus what its heads write:

    q_i = h_i W_Qᵀ,  k_j = h_j W_Kᵀ,  v_j = h_j W_Vᵀ,   h_i ← h_i + Σ_j A_ij v_j W_Oᵀ,   A = normalise(mask ∘ kernel(⟨q_i, k_j⟩)),

or what an MLP adds to each token, h ← h + W_out σ(W_in λ(h) + b_in) + b_out, λ being LayerNorm or nothing. There is no
scaling by √d, and no ε or bias that a record does not give. To add a kernel, a mask word, a normaliser, an activation or a
position code, add one entry to its table. It runs in any arithmetic: the matrices are opaque.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from constructions.language.layout import Layout, View
from constructions.language.sublayers import MLP, Attention, Head, LayerNorm, MesaLayer
from constructions.language.transformer import Block, Single, Transformer
from constructions.matrix import (
    Matrix,
    below,
    beside,
    exact,
    gelu,
    gelu_tanh,
    hardmax,
    identity,
    multiple,
    ones,
    reciprocal,
    reciprocal_sqrt,
    relu,
    softmax,
    solve,
    zeros,
)
from constructions.matrix.sizes import equal


class ForwardClosed(RuntimeError):
    """An algorithm tried to run a network. The right-hand side of a theorem may not call its left-hand side."""


# A kernel turns scores into attention weights. "softmax" and "hard" see to the mask themselves; the others work entrywise.
KERNELS = {
    "linear": lambda scores, view, sink: view.masked(scores),
    "relu": lambda scores, view, sink: view.masked(relu(scores)),
    "softmax": lambda scores, view, sink: _against_sink(softmax, scores, view.visible, sink),
    "hard": lambda scores, view, sink: _against_sink(hardmax, scores, view.visible, sink),
}


NORMALISERS = {
    "none": lambda weights, layout, sink: weights,
    "1/n": lambda weights, layout, sink: weights / layout.examples,
    "1/T": lambda weights, layout, sink: weights / layout.length,
    "sum": lambda weights, layout, sink: _divided_by_row_sums(weights, sink),
}


ACTIVATIONS = {
    "identity": lambda u: u,
    "relu": relu,
    "squared relu": lambda u: relu(u) * relu(u),
    "gelu": gelu,
    "gelu tanh": gelu_tanh,
}


def forward(network: Transformer, tokens: Matrix, layout: Layout) -> tuple[Matrix, ...]:
    """The residual stream (tokens × width) before the first layer and after every layer."""
    streams = [tokens]
    for layer in network.unrolled:
        streams.append(after(layer, streams[-1], layout))
    return tuple(streams)


def after(layer: Single, H: Matrix, layout: Layout) -> Matrix:
    """The residual stream after one layer that read H."""
    _refuse_while_closed()
    for sublayer in layer.sublayers if isinstance(layer, Block) else (layer,):
        H = SUBLAYERS[type(sublayer)](sublayer, H, layout)
    return H


def attend(layer: Attention, H: Matrix, layout: Layout) -> Matrix:
    """H plus what the heads and the skip of an attention layer add to it."""
    _refuse_while_closed()
    read, update, view = normed(layer.norm, H), zeros(*H.shape), layout.view(layer.mask)
    for head in layer.heads:
        given = scores(head, layer, read, view, layout)
        weights = view.weighted(KERNELS[layer.kernel](given, view, layer.sink))
        weights = NORMALISERS[layer.normaliser](weights, layout, layer.sink)
        update = update + weights @ (read[view.keys] @ head.value.dense.T) @ head.into.dense
    for write in layer.skip:
        update = update + H @ write.value.dense.T @ write.into.dense
    return H + update


def scores(head: Head, layer: Attention, H: Matrix, view: View, layout: Layout) -> Matrix:
    """⟨q_i, k_j⟩. For hard attention, scores that depend on positions alone are computed in ℚ, in every arithmetic."""
    if layer.kernel == "hard" and layer.norm is None and {*head.query.blocks, *head.key.blocks} <= layout.fixed:
        H = layout.codes
    return (H @ head.query.dense.T) @ (H[view.keys] @ head.key.dense.T).T


def solve_ridge(layer: MesaLayer, H: Matrix, layout: Layout) -> Matrix:
    """H plus what a mesa layer adds to it: one linear system for all tokens that see the same keys."""
    _refuse_while_closed()
    Q, K, V = H @ layer.query.dense.T, H @ layer.key.dense.T, H @ layer.value.dense.T
    outputs, (groups, order) = [], layout.alike(layer.mask)
    for readers, keys in groups:
        gram = K[keys].T @ K[keys] + exact(layer.ridge) * identity(K.shape[1])
        outputs.append((V[keys].T @ (K[keys] @ solve(gram, Q[readers].T))).T)
    return H + below(*outputs)[order] @ layer.into.dense


def think(layer: MLP, H: Matrix, layout: Layout) -> Matrix:
    """H plus what the hidden units of an MLP, and its output bias, add to it."""
    _refuse_while_closed()
    read, update, each = normed(layer.norm, H), zeros(*H.shape), ones(H.shape[0], 1)
    for units in layer.units:
        active = ACTIVATIONS[layer.activation](
            read @ units.read.dense.T + each @ column(units.bias, units.read.width).T
        )
        gated = active if units.gate is None else active * (read @ units.gate.dense.T)
        update = update + multiple(units.factor, gated @ units.into.dense)
    for constant in layer.constants:
        update = update + each @ column(constant.value, constant.into.width).T @ constant.into.dense
    return H + update


def normed(norm: LayerNorm | None, H: Matrix) -> Matrix:
    """λ of every row of H: centred, divided by its standard deviation, then gain and bias."""
    if norm is None:
        return H
    rows, width = H.shape
    row = ones(1, width)
    centred = H - H @ row.T @ row / width
    scale = reciprocal_sqrt((centred * centred) @ row.T / width + ones(rows, 1) * exact(norm.epsilon))
    gain, bias = column(norm.gain, width).T, column(norm.bias, width).T
    return centred * (scale @ gain) + ones(rows, 1) @ bias


def column(value: Any, height: Any) -> Matrix:
    """An exact column, or an exact number repeated."""
    value = exact(value)
    return value if equal(value.shape[0], height) else ones(height, 1) * value


SUBLAYERS = {Attention: attend, MesaLayer: solve_ridge, MLP: think, LayerNorm: lambda norm, H, layout: normed(norm, H)}


def embed(segments: tuple[tuple[tuple[Matrix, ...], Matrix | None], ...], codes: Matrix, order: list[int]) -> Matrix:
    """The tokens of a prompt: every item's data times each token's embedding (width × item width), in `order`, plus codes."""
    _refuse_while_closed()
    blocks = [items @ embedding.T for embeddings, items in segments if items is not None for embedding in embeddings]
    return below(*blocks)[order] + codes


def _divided_by_row_sums(weights: Matrix, sink: bool) -> Matrix:
    rows, columns = weights.shape
    total = weights @ ones(columns, 1) + ones(rows, 1) if sink else weights @ ones(columns, 1)
    return weights * (reciprocal(total) @ ones(1, columns))


def _against_sink(choose: Callable[..., Matrix], scores: Matrix, visible: np.ndarray, sink: bool) -> Matrix:
    """Attention weights where, with a sink, one more key of score 0 takes its share."""
    if not sink:
        return choose(scores, visible)
    rows, columns = scores.shape
    seen = np.hstack([visible, np.ones((rows, 1), dtype=bool)])
    return choose(beside(scores, zeros(rows, 1)), seen)[:, :columns]


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
