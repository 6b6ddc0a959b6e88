"""The words of a network (kernels, masks, normalisers) are checked when it is built, before any data exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import partial
from itertools import chain
from types import FunctionType
from typing import Any

from constructions.language.forward import ACTIVATIONS, KERNELS, NORMALISERS
from constructions.language.layout import MASKS, window
from constructions.language.quantifier import UnknownName, offer
from constructions.language.stream import Form, Stream
from constructions.language.sublayers import (
    MLP,
    Attention,
    BadNetwork,
    Constant,
    DeltaLayer,
    Head,
    LayerNorm,
    MesaLayer,
    Units,
    Write,
)
from constructions.language.transformer import Block, Repeat, Stack, Transformer, layers_of, sublayers_of
from constructions.matrix import Matrix, exact
from constructions.matrix.arithmetic import FACTORS
from constructions.matrix.sizes import Size, equal, text

SINKING = ("softmax", "hard")  # kernels that a sink competes with


def check_words(network: Transformer, tokens: Any) -> None:
    """Refuse words that `forward` does not know, and numbers of the wrong shape."""
    _whole("a network runs a whole number of passes", network.passes)
    for sublayer in chain.from_iterable(map(sublayers_of, network.layers)):
        CHECKS[type(sublayer)](sublayer, network, tokens)


def _attention(layer: Attention, network: Transformer, tokens: Any) -> None:
    kernels = [layer.kernel, *(head.kernel for head in layer.heads if head.kernel is not None)]
    _known("kernel", kernels, KERNELS)
    _known("normaliser", [layer.normaliser], NORMALISERS)
    for kernel in kernels if layer.sink else ():
        _sink(kernel, layer.normaliser)
    for head in layer.heads:
        if head.mixing is not None and not equal(*head.mixing.shape):
            raise BadNetwork(
                f"mixing is a square matrix, key × value over the tokens that are seen; it is "
                f"{text(head.mixing.shape[0])}×{text(head.mixing.shape[1])}"
            )
    if isinstance(layer.mask, Matrix):
        rows, columns = layer.mask.shape
        if not (equal(rows, tokens) and equal(columns, tokens)):
            raise BadNetwork(
                f"a mask of weights has one row and one column a token, here {tokens}×{tokens}; it is {rows}×{columns}"
            )
    else:
        _mask(layer.mask)
    _norm(layer.norm, network, tokens)


def _sink(kernel: str, normaliser: str) -> None:
    if normaliser != "sum" and kernel not in SINKING:
        raise BadNetwork(
            f"a sink takes a share of attention weights that sum to 1; {kernel} attention with the normaliser "
            f'"{normaliser}" has none: use normaliser="sum", or softmax'
        )
    if normaliser == "sum" and kernel in SINKING:
        raise BadNetwork(
            f'{kernel} attention has the sink among its keys, and normaliser="sum" would add another: leave the '
            "normaliser out"
        )


def _delta(layer: DeltaLayer, network: Transformer, tokens: Any) -> None:
    _whole("a delta layer takes a whole number of tokens at once", layer.chunk)


def _whole(sentence: str, value: Any) -> None:
    if isinstance(value, Size):
        return
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadNetwork(f"{sentence}, 1 or more, not {value!r}")


def _mesa(layer: MesaLayer, network: Transformer, tokens: Any) -> None:
    if not isinstance(layer.mask, str):
        raise BadNetwork("a mesa layer sees all or nothing: its mask is words, not a matrix of weights")
    _mask(layer.mask)


def _mask(words: str) -> None:
    if not words.split():
        raise UnknownName("a mask needs a word: " + ", ".join(MASKS))
    _known("word of a mask", [word for word in words.split() if not window(word)], [*MASKS, "window:4"])


def _mlp(layer: MLP, network: Transformer, tokens: Any) -> None:
    _known("activation", [layer.activation], ACTIVATIONS)
    for units in layer.units:
        _known("factor", [units.factor], FACTORS)
        _column("the bias of hidden units", units.bias, units.read.width)
    for constant in layer.constants:
        _column("the value of a constant", constant.value, constant.into.width)
    _norm(layer.norm, network, tokens)


def _norm(norm: LayerNorm | None, network: Transformer, tokens: Any) -> None:
    if not isinstance(norm, LayerNorm | None):
        raise BadNetwork(f"norm is a LayerNorm or None, got a {type(norm).__name__}")
    if norm is not None:
        for name in ("gain", "bias"):
            _column(f"the {name} of a LayerNorm", getattr(norm, name), network.stream.width)
        _column("the epsilon of a LayerNorm", norm.epsilon, 1)


def _column(what: str, value: Any, height: Any) -> None:
    rows, columns = exact(value).shape
    if not (equal(columns, 1) and (equal(rows, 1) or equal(rows, height))):
        raise BadNetwork(f"{what} is a number or a column of height {text(height)}; it is {text(rows)}×{text(columns)}")


CHECKS = {Attention: _attention, MesaLayer: _mesa, DeltaLayer: _delta, MLP: _mlp, LayerNorm: _norm}


def _known(what: str, words: Iterable[str], table: Iterable[str]) -> None:
    for word in words:
        if word not in set(table):
            raise UnknownName(f"{word!r} is no {what}; {offer(str(word), list(table))}")


RECORDS = (
    Attention,
    MesaLayer,
    DeltaLayer,
    MLP,
    LayerNorm,
    Block,
    Repeat,
    Head,
    Write,
    Units,
    Constant,
)  # what may hold parts
WORDS = (Form, Matrix, Stream, str, int, bool, tuple, type(None), FunctionType, partial, Stack, Fraction, Size)
ALLOWED = frozenset((*RECORDS, *WORDS))


def check_types(network: Transformer) -> None:
    """Refuse subclasses: what they mean could differ from what they say."""
    for layer in network.layers:
        singles = layers_of(layer) if isinstance(layer, Stack) else ()
        for part in chain.from_iterable(map(_parts, (layer, *singles))):
            if type(part) not in ALLOWED and not isinstance(part, (Fraction, Size)):
                raise BadNetwork(
                    f"a layer holds a {type(part).__name__}; it may hold heads, units, forms, matrices and words only"
                )


def _parts(value: Any) -> Iterator[Any]:
    """A layer and everything in it."""
    waiting = [value]
    while waiting:
        yield (part := waiting.pop())
        kind = type(part)
        if kind in RECORDS:
            waiting += [getattr(part, name) for name in part.__dataclass_fields__]
        elif kind is Form:
            waiting += part.blocks.values()
        elif kind is tuple:
            waiting += part
