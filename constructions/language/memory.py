"""Layers that keep a matrix of what they have seen, as frozen data. `memory_forward.py` says what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from constructions.language.fit import BadNetwork, same_width
from constructions.language.stream import Form
from constructions.matrix.sizes import equal, text


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
        same_width("query", self.query, "key", self.key)
        same_width("value", self.value, "into", self.into)

    @property
    def forms(self) -> dict[str, Form]:
        return {"query": self.query, "key": self.key, "value": self.value, "into": self.into}

    @property
    def parts(self) -> Iterator[tuple[str, MesaLayer]]:
        """The layer itself, which needs no name."""
        yield "", self


@dataclass(frozen=True, eq=False)
class DeltaLayer:
    """A layer that carries a matrix S from token to token, from S = 0: S ← S + β (v − S k) kᵀ, and then out = S q.

    The examples come in order, and every query goes on from the matrix that they leave. β = rate(h) has width 1.

    chunk   how many tokens are computed at once, in the form of a triangular system; 1 is the recurrence as written above
    """

    query: Form
    key: Form
    value: Form
    rate: Form
    into: Form
    chunk: Any = 1

    def __post_init__(self) -> None:
        same_width("query", self.query, "key", self.key)
        same_width("value", self.value, "into", self.into)
        if not equal(self.rate.width, 1):
            raise BadNetwork(f"the rate of a delta layer is one number a token; it has width {text(self.rate.width)}")

    @property
    def forms(self) -> dict[str, Form]:
        return {"query": self.query, "key": self.key, "value": self.value, "rate": self.rate, "into": self.into}

    @property
    def parts(self) -> Iterator[tuple[str, DeltaLayer]]:
        """The layer itself, which needs no name."""
        yield "", self
