"""MLPs, norms and sinks with random weights: `forward.py` in float64 against torch's own layers, to 1e-12."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from constructions.language import MLP, Attention, Constant, Head, LayerNorm, Stream, Transformer, Units, stack
from constructions.language.forward import ACTIVATIONS, forward
from constructions.language.layout import Layout
from constructions.matrix import exact, zeros
from constructions.matrix.floating import array_of, floats
from tests.language import plain_sublayers as plain

SEEDS = (0, 1, 2)
T, HIDDEN = 5, 6
UNIT = 1e-12  # relative to the largest entry


class Draw:
    """Exact random weights, each also as a float64 tensor; all are multiples of 1/64, so both are the same number."""

    def __init__(self, seed):
        self.numbers = np.random.default_rng(seed)

    def __call__(self, rows, columns):
        whole = self.numbers.integers(-64, 65, (rows, columns))
        made = exact([[Fraction(int(entry), 64) for entry in row] for row in whole])
        return made, torch.from_numpy(whole / 64)


def tensor(value):
    return value[:, 0]


def random_norm(draw, width):
    (gain, g), (bias, b) = draw(width, 1), draw(width, 1)
    return LayerNorm(gain, bias, Fraction(1, 32)), (tensor(g), tensor(b), 1 / 32)


def random_mlp(draw, whole, activation, gated, normed):
    """An MLP of two groups of units and a constant, and the same for `plain.mlp`."""
    width, groups, units = whole.width, [], []
    for factor in ("1", "√(π/2)"):
        (W, w), (b, c), (G, g), (O, o) = (
            draw(HIDDEN, width),
            draw(HIDDEN, 1),
            draw(HIDDEN, width),
            draw(HIDDEN, width),
        )
        units.append(Units(W @ whole, O @ whole, b, G @ whole if gated else None, factor))
        groups.append((w, tensor(c), g if gated else None, o.T, 1 if factor == "1" else math.sqrt(math.pi / 2)))
    (value, v), (O, o) = draw(2, 1), draw(2, width)
    norm, numbers = random_norm(draw, width) if normed else (None, None)
    layer = MLP(tuple(units), activation, norm, (Constant(value, O @ whole),))
    return layer, {"groups": groups, "constants": [(tensor(v), o.T)], "activation": activation, "norm": numbers}


def ours(layer, stream, tokens):
    layout = Layout(
        context=np.ones(T, dtype=bool),
        owner=np.full(T, -1),
        position=np.arange(T),
        examples=T,
        codes=zeros(T, stream.width),
        fixed=frozenset(),
    )
    return array_of(forward(Transformer(stream, (layer,)), floats(tokens.numpy()), layout)[-1])


def gap(mine, theirs):
    theirs = theirs.detach().numpy()
    return np.abs(mine - theirs).max() / np.abs(theirs).max()


def case(seed):
    stream = Stream(x=2, y=3)
    draw = Draw(seed)
    return draw, stream, stack(*stream), 2 * draw(T, stream.width)[1]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("normed", [False, True])
@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_mlps(activation, gated, normed, seed):
    draw, stream, whole, tokens = case(seed)
    layer, same = random_mlp(draw, whole, activation, gated, normed)
    assert gap(ours(layer, stream, tokens), plain.mlp(tokens, **same)) < UNIT


@pytest.mark.parametrize("wrong", plain.ERRORS["mlp"])
def test_a_wrong_mlp_is_seen(wrong):
    draw, stream, whole, tokens = case(7)
    layer, same = random_mlp(draw, whole, "gelu", True, True)
    mine = ours(layer, stream, tokens)
    assert gap(mine, plain.mlp(tokens, **same)) < UNIT < 1e-6 < gap(mine, plain.mlp(tokens, **same, wrong=wrong))


@pytest.mark.parametrize("seed", SEEDS)
def test_layer_norm(seed):
    draw, stream, _, tokens = case(seed)
    norm, numbers = random_norm(draw, stream.width)
    assert gap(ours(norm, stream, tokens), plain.layer_norm(tokens, *numbers)) < UNIT
    bare = plain.layer_norm(tokens, None, None, 0.0)
    assert gap(ours(LayerNorm(), stream, tokens), bare) < UNIT


@pytest.mark.parametrize("wrong", plain.ERRORS["norm"])
def test_a_wrong_norm_is_seen(wrong):
    draw, stream, _, tokens = case(7)
    norm, numbers = random_norm(draw, stream.width)
    mine = ours(norm, stream, tokens)
    right = plain.layer_norm(tokens, *numbers)
    assert gap(mine, right) < UNIT < 1e-3 < gap(mine, plain.layer_norm(tokens, *numbers, wrong=wrong))


def random_attention(draw, whole, kernel, normed):
    """Two causal heads with a sink. Linear heads read query and key alike, so that sums of scores stay away from −1."""
    heads, same = [], []
    for _ in range(2):
        (Q, q), (K, k), (V, v), (O, o) = (draw(2, whole.width) for _ in range(4))
        if kernel == "linear":
            K, k = Q, q
        heads.append(Head(Q @ whole, K @ whole, V @ whole, O @ whole))
        same.append((q, k, v, o.T))
    norm, numbers = random_norm(draw, whole.width) if normed else (None, None)
    normaliser = "none" if kernel == "softmax" else "sum"
    layer = Attention(tuple(heads), kernel, "causal", normaliser, sink=True, norm=norm)
    return layer, {"heads": same, "kernel": kernel, "norm": numbers}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("normed", [False, True])
@pytest.mark.parametrize("kernel", ["softmax", "linear"])
def test_attention_with_a_sink(kernel, normed, seed):
    draw, stream, whole, tokens = case(seed)
    layer, same = random_attention(draw, whole, kernel, normed)
    assert gap(ours(layer, stream, tokens), plain.attention(tokens, **same)) < UNIT


@pytest.mark.parametrize("kernel", ["softmax", "linear"])
@pytest.mark.parametrize("wrong", plain.ERRORS["attention"])
def test_a_wrong_sink_or_norm_is_seen(wrong, kernel):
    draw, stream, whole, tokens = case(3)
    layer, same = random_attention(draw, whole, kernel, True)
    mine = ours(layer, stream, tokens)
    right, planted = plain.attention(tokens, **same), plain.attention(tokens, **same, wrong=wrong)
    assert gap(mine, right) < UNIT < 1e-3 < gap(mine, planted)


def test_the_comparison_covers_every_activation():
    assert set(plain.ACTIVATIONS) == set(ACTIVATIONS)
