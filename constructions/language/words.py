"""The words of a network (kernels, masks, normalisers) are checked when it is built, before any data exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import partial
from itertools import chain
from types import FunctionType
from typing import Any

from constructions.language.forward import KERNELS, NORMALISERS
from constructions.language.layout import MASKS
from constructions.language.quantifier import UnknownName, offer
from constructions.language.stream import Form, Stream
from constructions.language.transformer import (
    Attention,
    BadNetwork,
    Head,
    MesaLayer,
    Repeat,
    Stack,
    Transformer,
    Write,
    distinct,
)
from constructions.matrix import Matrix
from constructions.matrix.sizes import Size, equal


def check_words(network: Transformer, tokens: Any) -> None:
    """Refuse words that `forward` does not know, and a mask of weights that is not tokens × tokens."""
    for layer in chain.from_iterable(map(distinct, network.layers)):
        if isinstance(layer, Attention):
            _known("kernel", [layer.kernel], KERNELS)
            _known("normaliser", [layer.normaliser], NORMALISERS)
        elif not isinstance(layer.mask, str):
            raise BadNetwork("a mesa layer sees all or nothing: its mask is words, not a matrix of weights")
        if isinstance(layer.mask, Matrix):
            rows, columns = layer.mask.shape
            if not (equal(rows, tokens) and equal(columns, tokens)):
                raise BadNetwork(
                    f"a mask of weights has one row and one column a token, here {tokens}×{tokens}; "
                    f"it is {rows}×{columns}"
                )
        else:
            if not layer.mask.split():
                raise UnknownName("a mask needs a word: " + ", ".join(MASKS))
            _known("word of a mask", layer.mask.split(), MASKS)


def _known(what: str, words: Iterable[str], table: Iterable[str]) -> None:
    for word in words:
        if word not in set(table):
            raise UnknownName(f"{word!r} is no {what}; {offer(word, list(table))}")


PARTS = (Attention, MesaLayer, Repeat, Stack, Head, Write, Form, Matrix, Stream, str, int, tuple, FunctionType, partial)


def check_types(network: Transformer) -> None:
    """Refuse subclasses: what they mean could differ from what they say."""
    for layer in (*network.layers, *chain.from_iterable(map(distinct, network.layers))):
        for part in _parts(layer):
            if type(part) not in PARTS and not isinstance(part, (Fraction, Size)):
                raise BadNetwork(
                    f"a layer holds a {type(part).__name__}; it may hold heads, forms, matrices and words only"
                )


def _parts(layer: Any) -> Iterator[Any]:
    """A layer, its fields, its heads and writes, and their forms and blocks."""
    yield layer
    for value in vars(layer).values():
        for part in value if isinstance(value, tuple) else (value,):
            yield part
            if isinstance(part, (Head, Write)):
                for form in (getattr(part, field) for field in part.__dataclass_fields__):
                    yield form
                    yield from form.blocks.values()
            if isinstance(part, Form):
                yield from part.blocks.values()
