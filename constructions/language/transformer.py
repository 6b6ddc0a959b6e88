"""A transformer as frozen data. Nothing here computes: `forward.py` says what these records mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from constructions.language.held import check_keeps_nothing
from constructions.language.stream import Form, Stream
from constructions.language.sublayers import BadNetwork, LayerNorm, Sublayer, parts_of
from constructions.matrix.sizes import Index, NeedsNumber, Size, text


@dataclass(frozen=True, eq=False)
class Block:
    """Sublayers in a row that count as one layer, e.g. attention and then an MLP."""

    sublayers: tuple[Sublayer, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "sublayers", tuple(self.sublayers))


Single = Sublayer | Block  # one layer


@dataclass(frozen=True, eq=False)
class Repeat:
    """The same layer `times` times: tied weights."""

    layer: Single
    times: Any


@dataclass(frozen=True, eq=False)
class Stack:
    """The layers layer(0), …, layer(times − 1): one form of layer, with coefficients of its own in each."""

    layer: Callable[[Any], Single]
    times: Any


Layer = Single | Repeat | Stack


def layers_of(stack: Stack) -> tuple[Single, ...]:
    """All layers of a stack; the one of an unknown number where `times` is a symbol. It is no attribute: a builder that counted
    them would find out whether `times` is a symbol."""
    known = vars(stack)
    if "_made" not in known:
        if isinstance(stack.times, Size):
            check_keeps_nothing("the layers of a stack", stack.layer)
        numbers = [Index()] if isinstance(stack.times, Size) else range(stack.times)
        known["_made"] = tuple(stack.layer(l) for l in numbers)
    return known["_made"]


@dataclass(frozen=True, eq=False)
class Transformer:
    """A residual stream and the layers that write to it.

    passes  how often the network runs. After every pass but the last, what the last token holds at the end is appended to
            the prompt as a token of its own: the network writes, and reads what it wrote
    """

    stream: Stream
    layers: tuple[Layer, ...]
    passes: Any = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        for layer in self.layers:
            for sublayer in sublayers_of(layer):
                if not isinstance(sublayer, Sublayer):
                    raise BadNetwork(
                        f"a layer is an Attention, a MesaLayer, a DeltaLayer, an MLP, a LayerNorm or a Block of "
                        f"these, got a {type(sublayer).__name__}"
                    )
            for form in forms_of(layer):
                if form.space is not self.stream:
                    raise BadNetwork(f"a layer reads {form.reads} of another stream than the transformer's own")

    @property
    def unrolled(self) -> tuple[Single, ...]:
        """Every layer in the order of the forward pass, a repeated one as often as it is used."""
        return tuple(single for layer in self.layers for single in _unroll(layer))

    @property
    def sublayers(self) -> tuple[Sublayer, ...]:
        """Every sublayer in the order of the forward pass."""
        return tuple(sublayer for layer in self.unrolled for sublayer in sublayers_of(layer))

    @property
    def single(self) -> bool:
        """Whether the network runs once, and writes no token of its own. Of a symbolic number nobody knows."""
        return self.passes == 1


def _unroll(layer: Layer) -> Iterator[Single]:
    if isinstance(layer, Repeat):
        for _ in range(layer.times):
            yield from _unroll(layer.layer)
    elif isinstance(layer, Stack):
        if isinstance(layer.times, Size):
            raise NeedsNumber(text(layer.times))
        yield from layers_of(layer)
    else:
        yield layer


def distinct(layer: Layer) -> tuple[Single, ...]:
    """The layer records that a layer consists of, a repeated one once."""
    if isinstance(layer, Repeat):
        return distinct(layer.layer)
    return layers_of(layer) if isinstance(layer, Stack) else (layer,)


def sublayers_of(layer: Layer) -> tuple[Sublayer, ...]:
    """The sublayer records that a layer consists of, a repeated one once."""
    return tuple(
        s for single in distinct(layer) for s in (single.sublayers if isinstance(single, Block) else (single,))
    )


def forms_of(layer: Layer) -> Iterator[Form]:
    """Every linear form of a layer, reads and writes."""
    for sublayer in sublayers_of(layer):
        for _, part in parts_of(sublayer):
            yield from part.forms.values()


def written(layer: Layer, stream: Stream) -> set[str]:
    """The registers that a layer writes to; LayerNorm as a layer of its own writes to all."""
    found = set()
    for sublayer in sublayers_of(layer):
        found |= {*stream.registers} if isinstance(sublayer, LayerNorm) else set()
        found |= {name for _, part in parts_of(sublayer) for name in part.into.blocks}
    return found
