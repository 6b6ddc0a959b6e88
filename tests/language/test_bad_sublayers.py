"""Sublayers that are no sublayers: every refusal is matched by its sentence."""

import re

import pytest

from constructions.language import (
    MLP,
    Attention,
    BadNetwork,
    Block,
    Constant,
    Head,
    LayerNorm,
    Repeat,
    Stream,
    Transformer,
    Units,
    UnknownName,
    at,
    stack,
)
from constructions.matrix import exact
from tests.language.small import bare


def built(layer):
    """A network of one layer, given the registers x (width 2) and y (width 1)."""

    def weights(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        return Transformer(stream, (layer(x, y),))

    return at(bare(weights=weights))


def sink(kernel, normaliser="none"):
    return lambda x, y: Attention((Head(x, x, y, y),), kernel, "everything", normaliser, sink=True)


WORDS = {
    "activation": (lambda x, y: MLP((), "rleu"), "'rleu' is no activation; did you mean relu"),
    "activation as a function": (lambda x, y: MLP((), "tanh"), "'tanh' is no activation; did you mean gelu tanh?"),
    "factor": (lambda x, y: MLP((Units(y, y, factor="√π"),), "relu"), "'√π' is no factor; did you mean √(π/2)?"),
    "factor as a number": (lambda x, y: MLP((Units(y, y, factor=2),), "relu"), "2 is no factor; there is: 1, √(π/2)"),
    "in a block": (lambda x, y: Block((MLP((), "gellu"),)), "'gellu' is no activation; did you mean gelu or relu"),
    "in a repeated block": (lambda x, y: Repeat(Block((MLP((), "gellu"),)), 2), "'gellu' is no activation"),
}
SHAPES = {
    "bias": (
        lambda x, y: MLP((Units(x, x, bias=exact([1, 2, 3])),), "relu"),
        "the bias of hidden units is a number or a column of height 2; it is 3×1",
    ),
    "bias as a row": (
        lambda x, y: MLP((Units(x, x, bias=exact([[1, 2]])),), "relu"),
        "the bias of hidden units is a number or a column of height 2; it is 1×2",
    ),
    "constant": (
        lambda x, y: MLP((), "relu", constants=(Constant(exact([1, 2, 3]), x),)),
        "the value of a constant is a number or a column of height 2; it is 3×1",
    ),
    "gain": (
        lambda x, y: LayerNorm(gain=exact([1, 2])),
        "the gain of a LayerNorm is a number or a column of height 3; it is 2×1",
    ),
    "norm's bias": (
        lambda x, y: MLP((), "relu", norm=LayerNorm(bias=exact([1, 2]))),
        "the bias of a LayerNorm is a number or a column of height 3; it is 2×1",
    ),
    "epsilon": (
        lambda x, y: Attention((), "linear", "everything", norm=LayerNorm(epsilon=exact([1, 2]))),
        "the epsilon of a LayerNorm is a number or a column of height 1; it is 2×1",
    ),
    "norm as a word": (lambda x, y: MLP((), "relu", norm="pre"), "norm is a LayerNorm or None, got a str"),
    "sink without a sum": (
        sink("linear"),
        "a sink takes a share of attention weights that sum to 1; linear attention with the normaliser "
        '"none" has none: use normaliser="sum", or softmax',
    ),
    "sink with relu and 1/n": (sink("relu", "1/n"), 'relu attention with the normaliser "1/n" has none'),
    "two sinks": (
        sink("softmax", "sum"),
        'softmax attention has the sink among its keys, and normaliser="sum" would add another',
    ),
    "two hard sinks": (sink("hard", "sum"), "hard attention has the sink among its keys"),
    "a float": (lambda x, y: MLP((Units(x, x, bias=0.5),), "relu"), "a layer holds a float; it may hold heads"),
    "a subclass": (lambda x, y: Block((Sly((), "relu"),)), "a layer holds a Sly"),
    "a block in a block": (lambda x, y: Block((Block(()),)), "or a Block of these, got a Block"),
    "a repeated layer in a block": (lambda x, y: Block((Repeat(MLP((), "relu"), 2),)), "got a Repeat"),
    "a bare head": (
        lambda x, y: Head(x, x, y, y),
        "a layer is an Attention, a MesaLayer, a DeltaLayer, an MLP, a LayerNorm or a",
    ),
}


class Sly(MLP):
    pass


@pytest.mark.parametrize("case", WORDS)
def test_words_in_no_table(case):
    layer, sentence = WORDS[case]
    with pytest.raises(UnknownName, match=re.escape(sentence)):
        built(layer)


@pytest.mark.parametrize("case", SHAPES)
def test_shapes_that_do_not_fit(case):
    layer, sentence = SHAPES[case]
    with pytest.raises(BadNetwork, match=re.escape(sentence)):
        built(layer)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda x, y: Units(x, y), "read has width 2 (reads x) but into has width 1 (reads y); they must be equal"),
        (lambda x, y: Units(x, x, gate=y), "read has width 2 (reads x) but gate has width 1 (reads y)"),
    ],
)
def test_widths_that_differ(make, sentence):
    with pytest.raises(BadNetwork, match=re.escape(sentence)):
        make(*Stream(x=2, y=1))


@pytest.mark.parametrize("name", ["gain", "bias", "epsilon"])
def test_a_float_in_a_norm_is_refused(name):
    with pytest.raises(BadNetwork, match="a layer holds a float"):
        built(lambda x, y: LayerNorm(**{name: 1e-5}))


def test_forms_of_another_stream_are_refused_in_every_part():
    other = Stream(x=2, y=1)["y"]
    for layer in (
        lambda x, y: Block((MLP((Units(y, y, gate=other),), "relu"),)),
        lambda x, y: MLP((), "relu", constants=(Constant(1, other),)),
        lambda x, y: MLP((Units(y, other),), "relu"),
    ):
        with pytest.raises(BadNetwork, match="a layer reads y of another stream than the transformer's own"):
            built(layer)


@pytest.mark.parametrize(
    "layer",
    [
        lambda x, y: MLP((Units(stack(x, y), stack(x, y), exact([1, 2, 3]), stack(y, x), "√(π/2)"),), "gelu tanh"),
        lambda x, y: MLP((Units(x, x, "1/2"),), "relu", LayerNorm(exact([1, 2, 3]), 2, "1/3"), (Constant(1, x),)),
        sink("linear", "sum"),
        sink("softmax", "1/n"),
        lambda x, y: Block(()),
    ],
)
def test_what_fits_is_built(layer):
    assert built(layer).network.stream.width == 3
