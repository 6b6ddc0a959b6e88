"""What a transformer computes. Every theorem of this package is a statement about this page.

Tokens are rows. A prompt is embedded as H (tokens × stream width); each layer maps H to H plus what its heads write:

    q_i = h_i W_Qᵀ,  k_j = h_j W_Kᵀ,  v_j = h_j W_Vᵀ,   h_i ← h_i + Σ_j A_ij v_j W_Oᵀ,   A = normalise(mask ∘ kernel(⟨q_i, k_j⟩)),

or what an MLP adds to each token, h ← h + W_out σ(W_in λ(h) + b_in) + b_out, λ being LayerNorm or nothing. There is no
scaling by √d, and no ε or bias that a record does not give. To add a kernel, a mask word, a normaliser, an activation or a
position code, add one entry to its table. It runs in any arithmetic: the matrices are opaque. `memory_forward.py` is the rest
of this page: the layers that keep a matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from constructions.language.arriving import Arrivals
from constructions.language.closed import ForwardClosed, closed_forward, refuse_while_closed
from constructions.language.layout import Layout, View
from constructions.language.memory_forward import remember, solve_ridge
from constructions.language.sublayers import MLP, Attention, DeltaLayer, Head, LayerNorm, MesaLayer
from constructions.language.transformer import Block, Single, Transformer
from constructions.matrix import (
    Matrix,
    below,
    beside,
    exact,
    exp,
    gelu,
    gelu_tanh,
    hardmax,
    multiple,
    ones,
    reciprocal,
    reciprocal_sqrt,
    relu,
    softmax,
    zeros,
)
from constructions.matrix.sizes import equal

__all__ = [
    "ForwardClosed",
    "after",
    "attend",
    "closed_forward",
    "embed",
    "forward",
    "generate",
    "normed",
    "scores",
    "think",
]

# A kernel turns scores into attention weights. "softmax" and "hard" see to the mask themselves; the others work entrywise.
KERNELS = {
    "linear": lambda scores, view, sink: view.masked(scores),
    "relu": lambda scores, view, sink: view.masked(relu(scores)),
    "exp": lambda scores, view, sink: view.masked(exp(scores)),
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


def generate(
    network: Transformer, tokens: Matrix, layout: Layout, coming: Arrivals | None = None
) -> tuple[tuple[Matrix, ...], Layout]:
    """The streams of the last pass, and where its tokens stand: after every other pass the network has written one token.
    Before each pass, what comes in then stands in the last token."""
    tokens = tokens if coming is None else coming.meet(tokens, 0)
    for number in range(1, network.passes):
        written = forward(network, tokens, layout)[-1][[-1]]
        tokens, layout = below(tokens, written), layout.longer()
        tokens = tokens if coming is None else coming.meet(tokens, number)
    return forward(network, tokens, layout), layout


def after(layer: Single, H: Matrix, layout: Layout) -> Matrix:
    """The residual stream after one layer that read H."""
    refuse_while_closed()
    for sublayer in layer.sublayers if isinstance(layer, Block) else (layer,):
        H = SUBLAYERS[type(sublayer)](sublayer, H, layout)
    return H


def attend(layer: Attention, H: Matrix, layout: Layout) -> Matrix:
    """H plus what the heads and the skip of an attention layer add to it."""
    refuse_while_closed()
    read, update, view = normed(layer.norm, H), zeros(*H.shape), layout.view(layer.mask)
    for head in layer.heads:
        weights = attention(head, layer, read, layout)
        update = update + weights @ (read[view.keys] @ head.value.dense.T) @ head.into.dense
    for write in layer.skip:
        update = update + H @ write.value.dense.T @ write.into.dense
    return H + update


def attention(head: Head, layer: Attention, H: Matrix, layout: Layout) -> Matrix:
    """A, reader × key, of a head that reads H; where it depends on positions alone, it is computed once for a layout."""

    def found() -> Matrix:
        view = layout.view(layer.mask)
        given = scores(head, layer, H, view, layout)
        weights = view.weighted(KERNELS[head.kernel or layer.kernel](given, view, layer.sink))
        weights = NORMALISERS[layer.normaliser](weights, layout, layer.sink)
        return weights if head.mixing is None else weights @ head.mixing

    return layout.once((layer, head), found) if by_position(head, layer, layout) else found()


def by_position(head: Head, layer: Attention, layout: Layout) -> bool:
    """Whether attention is hard, and its scores depend on positions alone."""
    hard = (head.kernel or layer.kernel) == "hard" and layer.norm is None
    return hard and {*head.query.blocks, *head.key.blocks} <= layout.fixed


def scores(head: Head, layer: Attention, H: Matrix, view: View, layout: Layout) -> Matrix:
    """⟨q_i, k_j⟩. For hard attention, scores that depend on positions alone are computed in ℚ, in every arithmetic."""
    H = layout.codes if by_position(head, layer, layout) else H
    return (H @ head.query.dense.T) @ (H[view.keys] @ head.key.dense.T).T


def think(layer: MLP, H: Matrix, layout: Layout) -> Matrix:
    """H plus what the hidden units of an MLP, and its output bias, add to it."""
    refuse_while_closed()
    read, update = normed(layer.norm, H), zeros(*H.shape)
    for units in layer.units:
        active = ACTIVATIONS[layer.activation](
            read @ units.read.dense.T + repeated(units.bias, H.shape[0], units.read.width)
        )
        gated = active if units.gate is None else active * (read @ units.gate.dense.T)
        update = update + multiple(units.factor, gated @ units.into.dense)
    for constant in layer.constants:
        update = update + repeated(constant.value, H.shape[0], constant.into.width) @ constant.into.dense
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


def repeated(value: Any, rows: Any, width: Any) -> Matrix:
    """An exact column as a row, below itself `rows` times; every entry is `value` where that is a number."""
    if type(value) is int and value == 0:
        return zeros(rows, width)
    return ones(rows, 1) @ column(value, width).T


def column(value: Any, height: Any) -> Matrix:
    """An exact column, or an exact number repeated."""
    value = exact(value)
    return value if equal(value.shape[0], height) else ones(height, 1) * value


SUBLAYERS = {
    Attention: attend,
    MesaLayer: solve_ridge,
    DeltaLayer: remember,
    MLP: think,
    LayerNorm: lambda norm, H, layout: normed(norm, H),
}


def embed(segments: tuple[tuple[tuple[Matrix, ...], Matrix | None], ...], codes: Matrix, order: list[int]) -> Matrix:
    """The tokens of a prompt: every item's data times each token's embedding (width × item width), in `order`, plus codes."""
    refuse_while_closed()
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
