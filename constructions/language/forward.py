"""What a transformer computes. Every theorem of this package is a statement about this page.

Tokens are rows. A prompt is embedded as H (tokens × stream width); each layer maps H to H plus what its heads write:

    q_i = h_i W_Qᵀ,  k_j = h_j W_Kᵀ,  v_j = h_j W_Vᵀ,   h_i ← h_i + Σ_j A_ij v_j W_Oᵀ,   A = normalise(mask ∘ kernel(⟨q_i, k_j⟩)).

There is no scaling by √d, no ε and no bias. To add a kernel, a mask word, a normaliser or a position code, add one entry to
its table. It runs in any arithmetic: the matrices are opaque.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from constructions.language.transformer import Attention, Head, MesaLayer, Transformer
from constructions.matrix import Matrix, below, exact, hardmax, identity, ones, reciprocal, relu, softmax, solve, zeros


class ForwardClosed(RuntimeError):
    """An algorithm tried to run a network. The right-hand side of a theorem may not call its left-hand side."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the tokens of a prompt stand. One entry a token: is it context, which query owns it (−1: none), its position from 0.

    `codes` are the exact position codes (tokens × width); `fixed` names the registers that hold nothing but such a code.
    """

    context: np.ndarray
    owner: np.ndarray
    position: np.ndarray
    examples: Any
    codes: Matrix
    fixed: frozenset[str]

    @property
    def tokens(self) -> int:
        return len(self.position)

    @property
    def length(self) -> int:
        """T: the number of tokens in the prompt of one query."""
        return int(self.position.max()) + 1

    @property
    def solitary(self) -> bool:
        """One query or none: the prompt is a single sequence, so context tokens may see the query."""
        return len(set(self.owner[~self.context].tolist())) <= 1

    def visible(self, words: str) -> np.ndarray:
        """Boolean reader × key. Several queries stand for several prompts, so no query sees another's tokens."""
        own = self.owner[:, None] == self.owner[None, :]
        seen = self.context[None, :] | own | (self.context[:, None] & self.solitary)
        for word in words.split():
            seen = seen & MASKS[word](self)
        return seen


# Every word of a mask is a condition on (reader, key); all words must hold.
MASKS = {
    "everything": lambda layout: np.ones((layout.tokens, layout.tokens), dtype=bool),
    "context": lambda layout: np.broadcast_to(layout.context[None, :], (layout.tokens, layout.tokens)),
    "causal": lambda layout: layout.position[None, :] <= layout.position[:, None],
    "strict": lambda layout: layout.position[None, :] < layout.position[:, None],
}

# A kernel turns scores into attention weights. "softmax" and "hard" need to know what is visible; the others work entrywise.
KERNELS = {
    "linear": lambda scores, visible: _masked(scores, visible),
    "relu": lambda scores, visible: _masked(relu(scores), visible),
    "softmax": softmax,
    "hard": hardmax,
}

NORMALISERS = {
    "none": lambda weights, layout: weights,
    "1/n": lambda weights, layout: weights / layout.examples,
    "1/T": lambda weights, layout: weights / layout.length,
    "sum": lambda weights, layout: _divided_by_row_sums(weights),
}

# A position code is an exact T × width matrix, row t for the token at position t.
POSITIONS = {
    "one-hot": lambda length: identity(length),
    "index": lambda length: exact([[t + 1] for t in range(length)]),
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
    update = zeros(*H.shape)
    visible = layout.visible(layer.mask if isinstance(layer.mask, str) else "everything")
    keys = np.flatnonzero(visible.any(axis=0)).tolist()
    for head in layer.heads:
        weights = KERNELS[layer.kernel](scores(head, layer.kernel, H, keys, layout), visible[:, keys])
        if isinstance(layer.mask, Matrix):
            weights = weights * layer.mask[layout.position.tolist(), layout.position[keys].tolist()]
        weights = NORMALISERS[layer.normaliser](weights, layout)
        update = update + weights @ (H[keys] @ head.value.dense.T) @ head.into.dense
    for write in layer.skip:
        update = update + H @ write.value.dense.T @ write.into.dense
    return update


def scores(head: Head, kernel: str, H: Matrix, keys: list[int], layout: Layout) -> Matrix:
    """⟨q_i, k_j⟩. For hard attention, scores that depend on positions alone are computed in ℚ, in every arithmetic."""
    if kernel == "hard" and {*head.query.blocks, *head.key.blocks} <= layout.fixed:
        H = layout.codes
    return (H @ head.query.dense.T) @ (H[keys] @ head.key.dense.T).T


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


def _masked(weights: Matrix, visible: np.ndarray) -> Matrix:
    return weights if visible.all() else weights * exact(visible.astype(int))


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
