"""Networks that write tokens, in letters: what stands in their prompt, and who mixes what in.

The prompt is a block of context of symbolic size, if any, and one token behind it; the tokens that the network writes follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from constructions.language import MLP, Attention, Construction, Instance, build
from constructions.language.layout import window
from constructions.language.prompt import Segment
from constructions.language.shapes import size_value
from constructions.matrix import Matrix, Size, Unsupported
from constructions.matrix.formula import letters
from constructions.matrix.sizes import equal
from verify.arithmetic.rows import RowArithmetic
from verify.engines.letters import Everyone

OWN_TOKEN = {"self", "causal", "everything", "query"}  # words of a mask with which every token sees itself
THE_CONTEXT = {"causal", "everything"}  # and with which the last one sees the context, too


class WritesNothing(Unsupported):
    """The network runs once."""


@dataclass(frozen=True)
class Mixing:
    """The one layer that mixes tokens: whether by softmax, and how many tokens the last one sees; None if there is no limit."""

    soft: bool
    keys: int | None


@dataclass(frozen=True)
class Crowd:
    """A layout in which all tokens see each other. What it says of the last token is true where that sees them all."""

    examples: Any

    def view(self, mask: str | Matrix) -> Everyone:
        return Everyone(slice(None))


def lettered_writer(construction: Construction, numbers: Mapping[str, int], arithmetic: RowArithmetic) -> Instance:
    """The construction with a letter for every parameter, and sizes that are symbols but for `numbers`."""
    sizes = {name: numbers.get(name) or Size.named(name) for name in construction.sizes}
    arithmetic.kinds |= dict.fromkeys(construction.sizes, "size")

    def make(name: str, rows: Any, columns: Any, symmetric: bool = False) -> Matrix:
        kind = "parameter of a step" if "[" in name else "parameter"  # P[l] need not be the same in every pass
        return arithmetic.symbol(name, rows, columns, kind, symmetric)

    parameters = {
        name: letters(name, tuple(size_value(s, sizes) for s in one.shape), one.symmetric, make)
        for name, one in construction.parameters.items()
    }
    instance = build(construction, sizes, parameters)
    if instance.query is None or not equal(instance.query.count, 1):
        raise Unsupported("the prompt does not end in one token of its own")
    if instance.positions or any(len(part.tokens) > 1 for part in (instance.context, instance.query) if part):
        raise Unsupported("there are position codes, or several tokens an item")
    return instance


def prompted(instance: Instance, part: Segment, data: Mapping[str, Matrix]) -> Matrix:
    """The tokens of a part of the prompt."""
    (embedding,) = part.embeddings(instance.network.stream.registers)
    return part.item.rows(data) @ embedding.T


def mixing(instance: Instance) -> Mixing:
    """How tokens are mixed. Raises `Unsupported` where not one layer of attention does it, in a way that is known here."""
    layers = [one for one in instance.network.sublayers if not isinstance(one, MLP)]
    layer = layers[0] if len(layers) == 1 else None
    if not isinstance(layer, Attention):
        raise Unsupported("tokens are not mixed by exactly one layer, of attention")
    kernels = {head.kernel or layer.kernel for head in layer.heads}
    soft = kernels == {"softmax"}
    if not soft and kernels != {"linear"}:
        raise Unsupported("attention is neither softmax nor linear")
    if layer.normaliser not in (("none",) if soft else ("none", "1/n")) or layer.sink or layer.norm is not None:
        raise Unsupported("attention has a sink, LayerNorm, or a normaliser that counts tokens")
    if not isinstance(layer.mask, str) or any(head.mixing is not None for head in layer.heads):
        raise Unsupported("there is a mask of weights, or values are mixed before they are read")
    return Mixing(soft, _keys(instance, layer.mask))


def _keys(instance: Instance, mask: str) -> int | None:
    words = mask.split()
    widths = [window(word) or 1 for word in words if window(word) or word == "self"]
    known = OWN_TOKEN if instance.context is None else THE_CONTEXT
    if (instance.context is not None and widths) or not {word for word in words if not window(word)} <= known:
        raise Unsupported(f"what the last token sees by the mask {mask!r} is not known here")
    return min(widths, default=None)
