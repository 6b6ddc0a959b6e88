"""The words of a network (kernels, masks, normalisers) are checked when it is built, before any data exist."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from constructions.language.forward import KERNELS, NORMALISERS
from constructions.language.layout import MASKS
from constructions.language.quantifier import UnknownName, offer
from constructions.language.transformer import Attention, BadNetwork, Transformer, distinct
from constructions.matrix import Matrix
from constructions.matrix.sizes import equal


def check_words(network: Transformer, tokens: Any) -> None:
    """Refuse words that `forward` does not know, and a mask of weights that is not tokens × tokens."""
    for layer in chain.from_iterable(map(distinct, network.layers)):
        if isinstance(layer, Attention):
            _known("kernel", [layer.kernel], KERNELS)
            _known("normaliser", [layer.normaliser], NORMALISERS)
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
