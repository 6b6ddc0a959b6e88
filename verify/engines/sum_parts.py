"""What a sublayer is made of, as its weights say: linear maps, products, quotients, for the paper's layer leaks and LayerNorm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from constructions.language import Attention
from constructions.matrix import Matrix, identity, zeros
from verify.arithmetic.factored_sums import Sum
from verify.arithmetic.terms_of_sums import Term


@dataclass(frozen=True, eq=False)
class Product:
    """out (width × k) times u(h) ∘ v(h), for k × width matrices u and v."""

    u: Matrix
    v: Matrix
    out: Matrix
    gelu: str = ""  # the units that make it, or "" where it is exact


@dataclass(frozen=True, eq=False)
class Quotient:
    """out (width × k) times value(h)/(score(h) + 1)."""

    value: Matrix
    score: Matrix
    out: Matrix


@dataclass(frozen=True, eq=False)
class Softened:
    """One head: `read[i]` are the columns that token i reads and `seen[i]` how many it sees; the scores are ±`sharpness`."""

    value: Matrix
    out: Matrix
    read: Mapping[int, frozenset[int]]
    seen: Mapping[int, tuple[int, ...]]
    sharpness: Sum


@dataclass(frozen=True, eq=False)
class Shifted:
    """The MLP: k times the rows of λ(x) that units pass on, where they are added, and by how much their arguments are shifted.
    `shared` is what all rows of units have in common (None: they are 0): ν is a part of it."""

    value: Matrix
    out: Matrix
    shift: Sum
    shared: Term | None
    width: int


@dataclass(frozen=True, eq=False)
class LayerSum:
    """`linear[i][j]` is the width × width matrix from token j to token i (None: zero); the rest is the same for every token,
    but for quotients, which are numbered by token."""

    linear: list[list[Matrix | None]]
    constant: Matrix
    products: tuple[Product, ...] = ()
    quotients: dict[int, list[Quotient]] = field(default_factory=dict)
    softened: tuple[Softened, ...] = ()
    shifted: Shifted | None = None


def stays(width: int, tokens: int, written: Matrix | None = None) -> list[list[Matrix | None]]:
    """The residual stream, and what is added to every token alike."""
    stay = identity(width) if written is None else identity(width) + written
    return [[stay if i == j else None for j in range(tokens)] for i in range(tokens)]


def skipped(layer: Attention, width: int, tokens: int) -> list[list[Matrix | None]]:
    """The residual stream, and the linear skips of an attention layer."""
    skips = [write.into.dense.T @ write.value.dense for write in layer.skip]
    return stays(width, tokens, sum(skips, zeros(width, width)) if skips else None)


def added(a: Matrix | None, b: Matrix) -> Matrix:
    return b if a is None else a + b
