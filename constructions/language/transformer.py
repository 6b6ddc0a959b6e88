"""A transformer as frozen data. Nothing here computes: `forward.py` says what these records mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from constructions.language.stream import Form, Stream
from constructions.matrix import Matrix
from constructions.matrix.sizes import Index, NeedsNumber, Size, equal, text


class BadNetwork(ValueError):
    """A head, layer or transformer whose parts do not fit together."""


@dataclass(frozen=True, eq=False)
class Write:
    """The token-wise linear map h ↦ h + into(value(h))."""

    value: Form
    into: Form

    def __post_init__(self) -> None:
        _same_width("value", self.value, "into", self.into)


@dataclass(frozen=True, eq=False)
class Head:
    """One attention head: q = query(h), k = key(h), v = value(h), and the sum of A_ij v_j is added to `into`.

    `query`, `key`, `value` are the paper's W_Q, W_K, W_V (as `nn.Linear.weight`), `into` is W_O transposed.
    """

    query: Form
    key: Form
    value: Form
    into: Form

    def __post_init__(self) -> None:
        _same_width("query", self.query, "key", self.key)
        _same_width("value", self.value, "into", self.into)

    @property
    def forms(self) -> dict[str, Form]:
        return {"query": self.query, "key": self.key, "value": self.value, "into": self.into}


@dataclass(frozen=True, eq=False)
class Attention:
    """A layer of heads that read the same stream: h_i ← h_i + skip(h_i) + Σ_heads into(Σ_j A_ij v_j).

    kernel      a word of `forward.KERNELS`: "linear" A = ⟨q_i, k_j⟩, "relu", "softmax", "hard" (softmax at infinite scale)
    mask        words of `forward.MASKS` that must all hold ("context", "causal context", "everything", …), or an exact
                T × T matrix of weights M[reader, key] over positions, which multiplies A
    normaliser  a word of `forward.NORMALISERS`: "none", "1/n" (n examples), "1/T" (T tokens), "sum" (of the scores)
    skip        token-wise linear writes that happen at the same time
    """

    heads: tuple[Head, ...]
    kernel: str
    mask: str | Matrix
    normaliser: str = "none"
    skip: tuple[Write, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "heads", tuple(self.heads))
        object.__setattr__(self, "skip", tuple(self.skip))


@dataclass(frozen=True, eq=False)
class MesaLayer:
    """Attention that solves: out_i = V_iᵀ K_i (K_iᵀ K_i + ridge·I)⁻¹ q_i over the keys K_i, values V_i that token i sees."""

    query: Form
    key: Form
    value: Form
    into: Form
    ridge: Any
    mask: str

    def __post_init__(self) -> None:
        _same_width("query", self.query, "key", self.key)
        _same_width("value", self.value, "into", self.into)

    @property
    def forms(self) -> dict[str, Form]:
        return {"query": self.query, "key": self.key, "value": self.value, "into": self.into}


@dataclass(frozen=True, eq=False)
class Repeat:
    """The same layer `times` times: tied weights."""

    layer: Attention | MesaLayer
    times: Any


@dataclass(frozen=True, eq=False)
class Stack:
    """The layers layer(0), …, layer(times − 1): one form of layer, with coefficients of its own in each."""

    layer: Callable[[Any], Attention | MesaLayer]
    times: Any

    @cached_property
    def layers(self) -> tuple[Attention | MesaLayer, ...]:
        """All of them; the one of an unknown number where `times` is a symbol."""
        numbers = [Index()] if isinstance(self.times, Size) else range(self.times)
        return tuple(self.layer(l) for l in numbers)


Layer = Attention | MesaLayer | Repeat | Stack


@dataclass(frozen=True, eq=False)
class Transformer:
    """A residual stream and the layers that write to it."""

    stream: Stream
    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        for layer in self.layers:
            for form in forms_of(layer):
                if form.space is not self.stream:
                    raise BadNetwork(f"a layer reads {form.reads} of another stream than the transformer's own")

    @property
    def unrolled(self) -> tuple[Attention | MesaLayer, ...]:
        return tuple(sublayer for layer in self.layers for sublayer in _unroll(layer))


def _unroll(layer: Layer) -> Iterator[Attention | MesaLayer]:
    if isinstance(layer, Repeat):
        for _ in range(layer.times):
            yield from _unroll(layer.layer)
    elif isinstance(layer, Stack):
        if isinstance(layer.times, Size):
            raise NeedsNumber(text(layer.times))
        yield from layer.layers
    else:
        yield layer


def distinct(layer: Layer) -> tuple[Attention | MesaLayer, ...]:
    """The layer records that a layer consists of, a repeated one once."""
    if isinstance(layer, Repeat):
        return distinct(layer.layer)
    return layer.layers if isinstance(layer, Stack) else (layer,)


def forms_of(layer: Layer) -> Iterator[Form]:
    """Every linear form of a layer, reads and writes."""
    for record in distinct(layer):
        if isinstance(record, Attention):
            for head in record.heads:
                yield from head.forms.values()
            for write in record.skip:
                yield from (write.value, write.into)
        else:
            yield from record.forms.values()


def written(layer: Layer) -> set[str]:
    """The registers that a layer writes to."""
    records = distinct(layer)
    writes = [w for r in records for w in ([*r.heads, *r.skip] if isinstance(r, Attention) else [r])]
    return {name for write in writes for name in write.into.blocks}


def _same_width(first: str, a: Form, second: str, b: Form) -> None:
    if not equal(a.width, b.width):
        raise BadNetwork(
            f"{first} has width {text(a.width)} (reads {a.reads}) but {second} has width {text(b.width)} "
            f"(reads {b.reads}); they must be equal"
        )
