"""What a layer is made of, as frozen data: attention heads, hidden units, normalisation. `forward.py` says what they mean,
`memory.py` has the layers that keep a matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from constructions.language.fit import BadNetwork, same_width
from constructions.language.memory import DeltaLayer, MesaLayer
from constructions.language.stream import Form
from constructions.matrix import Matrix

__all__ = [
    "MLP",
    "Attention",
    "BadNetwork",
    "Constant",
    "DeltaLayer",
    "Head",
    "LayerNorm",
    "MesaLayer",
    "Sublayer",
    "Units",
    "Write",
    "parts_of",
]


@dataclass(frozen=True, eq=False)
class LayerNorm:
    """λ(h) = gain · (h − mean h)/√(var h + epsilon) + bias, over all coordinates of each token.

    Inside a sublayer (`norm=LayerNorm()`) it acts on what the sublayer reads; as a layer of its own it replaces the stream.
    `gain` and `bias` are exact numbers or width × 1 columns, `epsilon` an exact number.
    """

    gain: Any = 1
    bias: Any = 0
    epsilon: Any = 0


@dataclass(frozen=True, eq=False)
class Write:
    """The token-wise linear map h ↦ h + into(value(h))."""

    value: Form
    into: Form

    def __post_init__(self) -> None:
        same_width("value", self.value, "into", self.into)

    @property
    def forms(self) -> dict[str, Form]:
        return {"value": self.value, "into": self.into}


@dataclass(frozen=True, eq=False)
class Head:
    """One attention head: q = query(h), k = key(h), v = value(h), and the sum of A_ij v_j is added to `into`.

    `query`, `key`, `value` are the paper's W_Q, W_K, W_V (as `nn.Linear.weight`), `into` is W_O transposed.

    mixing  None, or an exact matrix M[key, value] over the tokens that the layer's mask lets anyone see, in order: key j
            fetches Σ_k M_jk v_k instead of v_j, as where a paper masks between values and keys
    kernel  the kernel of this head, where it is not the layer's
    """

    query: Form
    key: Form
    value: Form
    into: Form
    mixing: Matrix | None = None
    kernel: str | None = None

    def __post_init__(self) -> None:
        same_width("query", self.query, "key", self.key)
        same_width("value", self.value, "into", self.into)

    @property
    def forms(self) -> dict[str, Form]:
        return {"query": self.query, "key": self.key, "value": self.value, "into": self.into}


@dataclass(frozen=True, eq=False)
class Attention:
    """A layer of heads that read the same stream: h_i ← h_i + skip(h_i) + Σ_heads into(Σ_j A_ij v_j).

    kernel      a word of `forward.KERNELS`: "linear" A = ⟨q_i, k_j⟩, "relu", "exp", "softmax", "hard" (softmax at infinite
                scale), for all heads that do not name their own
    mask        words of `layout.MASKS` that must all hold ("context", "causal context", "everything", …; "causal window:4"
                sees the token and the three before it), or an exact
                T × T matrix of weights M[reader, key] over positions, which multiplies A
    normaliser  a word of `forward.NORMALISERS`: "none", "1/n" (n examples), "1/T" (T tokens), "sum" (of the weights)
    skip        token-wise linear writes that happen at the same time
    sink        whether there is one more key that every token sees, of score 0 (of weight 1, where "sum" normalises) and of
                value 0: the null logit of softmax, the unit sink of normalised linear attention
    norm        a LayerNorm on what the heads read, or None
    """

    heads: tuple[Head, ...]
    kernel: str
    mask: str | Matrix
    normaliser: str = "none"
    skip: tuple[Write, ...] = ()
    sink: bool = False
    norm: LayerNorm | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "heads", tuple(self.heads))
        object.__setattr__(self, "skip", tuple(self.skip))

    @property
    def parts(self) -> Iterator[tuple[str, Head | Write]]:
        """Everything with weights, by name: "head 1", …, "skip 1", …"""
        yield from _numbered("head", self.heads)
        yield from _numbered("skip", self.skip)


@dataclass(frozen=True, eq=False)
class Units:
    """Hidden units of an MLP: σ(read(h) + bias), times gate(h) where there is a gate, times `factor`, is added to `into`.

    `read` is W_in, `into` is W_out transposed, `bias` an exact number or column. Weights are rational; `factor` is the one
    place for an irrational number, a word of `FACTORS` in `constructions.matrix.arithmetic`.
    """

    read: Form
    into: Form
    bias: Any = 0
    gate: Form | None = None
    factor: str = "1"

    def __post_init__(self) -> None:
        same_width("read", self.read, "into", self.into)
        if self.gate is not None:
            same_width("read", self.read, "gate", self.gate)

    @property
    def forms(self) -> dict[str, Form]:
        gate = {"gate": self.gate} if self.gate is not None else {}
        return {"read": self.read, **gate, "into": self.into}


@dataclass(frozen=True, eq=False)
class Constant:
    """The output bias of an MLP: h ↦ h + into(value), where `value` is an exact column."""

    value: Any
    into: Form

    @property
    def forms(self) -> dict[str, Form]:
        return {"into": self.into}


@dataclass(frozen=True, eq=False)
class MLP:
    """h_i ← h_i + Σ_units into(factor · σ(read(h_i) + bias) ∘ gate(h_i)) + Σ_constants into(value), token by token.

    activation  a word of `forward.ACTIVATIONS`: "identity", "relu", "squared relu", "gelu", "gelu tanh"; with gates,
                "identity" is the bilinear MLP
    norm        a LayerNorm on what the units read, or None
    """

    units: tuple[Units, ...]
    activation: str
    norm: LayerNorm | None = None
    constants: tuple[Constant, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", tuple(self.units))
        object.__setattr__(self, "constants", tuple(self.constants))

    @property
    def parts(self) -> Iterator[tuple[str, Units | Constant]]:
        """Everything with weights, by name: "units 1", …, "constant 1", …"""
        yield from _numbered("units", self.units)
        yield from _numbered("constant", self.constants)

    @property
    def hidden(self) -> Any:
        """The number of hidden units."""
        return sum((units.read.width for units in self.units), start=0)


Sublayer = Attention | MesaLayer | DeltaLayer | MLP | LayerNorm


def parts_of(sublayer: Sublayer) -> Iterator[tuple[str, Any]]:
    """The parts of a sublayer that have linear forms, by name."""
    if not isinstance(sublayer, LayerNorm):
        yield from sublayer.parts


def _numbered(word: str, parts: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    return ((f"{word} {number}", part) for number, part in enumerate(parts, start=1))
