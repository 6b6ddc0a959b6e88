"""Units: which positive parameters may be set to 1 because both sides of a bound scale with them.

Give every parameter p_k > 0 a degree w_k, data in [−1, 1] and constants the degree 0. If in every sum the summands have the
same degree, and the argument of every function that is not a power has degree 0, then replacing p_k by λ^{w_k} p_k multiplies
every expression by λ^degree. (relu is a power: λ > 0.) If error and bound have the same degree, |error| ≤ bound holds at p if
and only if it holds at λ^w p, for every λ > 0. So a parameter with w_k = 1 may be taken to be 1, and every other one stands
for the product p_j · p_k^{−w_j}, which does not change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from verify.arithmetic.expressions import Pool
from verify.arithmetic.straight_line import needed

Degree = tuple[Fraction, ...]


@dataclass(frozen=True)
class Units:
    """`ones` are set to 1; `powers` says, for every other parameter, with which powers of those it is multiplied."""

    ones: tuple[str, ...]
    powers: Mapping[str, Mapping[str, int]]

    def values(self, parameters: Mapping[str, Fraction]) -> dict[str, Fraction]:
        """The products that do not change, at some parameters."""
        values = dict.fromkeys(self.ones, Fraction(1))
        for name, powers in self.powers.items():
            values[name] = parameters[name]
            for one, power in powers.items():
                values[name] *= parameters[one] ** power
        return values

    def in_words(self, name: str) -> str:
        """s·B or s/B²: the product that a parameter stands for."""
        above = [name, *(_power(one, k) for one, k in self.powers[name].items() if k > 0)]
        below = [_power(one, -k) for one, k in self.powers[name].items() if k < 0]
        return "·".join(above) + "".join(f"/{word}" for word in below)


def _power(name: str, k: int) -> str:
    return name if k == 1 else f"{name}^{k}"


def units(pool: Pool, roots: Sequence[tuple[int, int]], guards: Sequence[int], names: Sequence[str]) -> Units:
    """The units for some pairs (error, bound); `names` of parameters, those that are rather set to 1 first."""
    constraints = [degree for degree in _constraints(pool, roots, guards, names) if any(degree)]
    basis = _kernel(constraints, len(names))
    pivots = [next(k for k, w in enumerate(row) if w) for row in basis]
    whole = all(w.denominator == 1 for row in basis for w in row)
    if not whole:
        basis, pivots = [], []
    powers = {
        name: {names[p]: -int(row[k]) for p, row in zip(pivots, basis, strict=True) if row[k]}
        for k, name in enumerate(names)
        if k not in pivots
    }
    return Units(tuple(names[k] for k in pivots), powers)


def _constraints(
    pool: Pool, roots: Sequence[tuple[int, int]], guards: Sequence[int], names: Sequence[str]
) -> Iterable[Degree]:
    """Degrees that must vanish, as linear forms in the degrees of the parameters."""
    degrees: dict[int, Degree] = {}
    zero: Degree = (Fraction(0),) * len(names)
    for number in needed(pool, [*(k for pair in roots for k in pair), *guards]):
        match pool.operations[number]:
            case ("parameter", name):
                degrees[number] = tuple(Fraction(int(name == other)) for other in names)
            case ("constant" | "factor" | "data", *_):
                degrees[number] = zero
            case ("+", a, b):
                yield _sum(degrees[a], degrees[b], -1)
                degrees[number] = degrees[a]
            case ("*", a, b):
                degrees[number] = _sum(degrees[a], degrees[b])
            case (name, a) if name in POWERS:
                degrees[number] = tuple(POWERS[name] * w for w in degrees[a])
            case (_, a):
                yield degrees[a]
                degrees[number] = zero
    yield from (_sum(degrees[a], degrees[b], -1) for a, b in roots if pool.operations[a] != ("constant", 0))


POWERS = {"-": Fraction(1), "relu": Fraction(1), "inverse": Fraction(-1), "reciprocal_sqrt": Fraction(-1, 2)}


def _sum(a: Degree, b: Degree, sign: int = 1) -> Degree:
    return tuple(x + sign * y for x, y in zip(a, b, strict=True))


def _kernel(constraints: Iterable[Degree], width: int) -> list[Degree]:
    """A basis of what all constraints send to 0, in reduced echelon form."""
    rows = _reduced(constraints)
    pivots = [next(k for k, w in enumerate(row) if w) for row in rows]
    basis = []
    for free in (k for k in range(width) if k not in pivots):
        vector = [Fraction(int(k == free)) for k in range(width)]
        for pivot, row in zip(pivots, rows, strict=True):
            vector[pivot] = -row[free]
        basis.append(tuple(vector))
    return _reduced(basis)


def _reduced(rows: Iterable[Degree]) -> list[Degree]:
    done: list[Degree] = []
    for row in rows:
        for other in done:
            k = next(k for k, w in enumerate(other) if w)
            row = tuple(x - row[k] * y for x, y in zip(row, other, strict=True))
        if any(row):
            k = next(k for k, w in enumerate(row) if w)
            row = tuple(x / row[k] for x in row)
            done = [tuple(x - other[k] * y for x, y in zip(other, row, strict=True)) for other in done] + [row]
    return sorted(done, key=lambda row: next(k for k, w in enumerate(row) if w))
