"""The ideal network at some sizes, as rational functions of all data and parameters: whether it is the algorithm, and what its
divisors are at least.

A divisor P/Q is at least γ where Q has no negative coefficient and P − γQ is a sum of squares of a simple kind: even powers of
what may be negative with positive coefficients, out of which every other term is paid for, |c m₁m₂| ≤ a m₁² + b m₂² with
4ab ≥ c².
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from constructions.language import Attention, Construction, build
from constructions.language.transformer import Block
from constructions.matrix import Matrix, Unsupported
from verify.arithmetic.polynomial import Quotient, matrix_of
from verify.arithmetic.quadratic import QuadraticArithmetic
from verify.engines.layer_sums import attention_sum
from verify.plan import shape_at
from verify.sides import matched

Key = tuple[int, int, int, int]


@dataclass(frozen=True)
class Ideal:
    """What is left of ideal − algorithm (empty: nothing), lower bounds of divisors by (prompt, sublayer, token, head), and whether
    the algorithm divides by something that may vanish."""

    difference: str
    least: Mapping[Key, Fraction]
    poles: bool = False


def ideal(construction: Construction, sizes: Mapping[str, int]) -> Ideal:
    """The ideal network beside the algorithm."""
    declared = {**{name: p.shape for name, p in construction.parameters.items()}, **construction.data}
    shapes = {name: _two((*shape_at(shape, sizes), 1, 1)) for name, shape in declared.items()}
    names = [f"{name}_{i}_{j}" for name, (r, c) in shapes.items() for i in range(r) for j in range(c)]
    positive = [construction.parameters[n].positive if n in construction.parameters else False for n in _owners(shapes)]
    functions, numbers = QuadraticArithmetic(names), iter(range(len(names)))
    made = {
        name: matrix_of(functions, r, c, [functions.variable(next(numbers)) for _ in range(r * c)])
        for name, (r, c) in shapes.items()
    }
    instance = build(construction, sizes, {name: made[name] for name in construction.parameters})
    data = {name: made[name] for name in construction.data}
    run = instance.run(data)
    functions.parabolas = False  # what it was for is done: a GeLU in the algorithm is no parabola
    functions.divided.clear()
    left, right = matched(run.answer, instance.algorithm(data))
    differing = [entry for entry in functions.table(left - right).entries if not functions.is_zero(entry)]
    signs = Signs(functions, positive)
    least = {}
    for prompt, (layout, streams) in enumerate(zip(run.layouts, run.streams, strict=True)):
        for key, score in _scores(instance.network, layout, streams):
            least[prompt, *key] = signs.least(functions.table(score).cells[0][0])
    poles = not all(map(signs.never_zero, functions.divided))
    return Ideal(functions.shown(differing[0]) if differing else "", least, poles)


def _two(shape: tuple[int, ...]) -> tuple[int, int]:
    return shape[0], shape[1]


def _owners(shapes: Mapping[str, tuple[int, int]]) -> list[str]:
    return [name for name, (rows, columns) in shapes.items() for _ in range(rows * columns)]


def _scores(network: Any, layout: Any, streams: Sequence[Matrix]) -> list[tuple[tuple[int, int, int], Matrix]]:
    """((sublayer, token, head), divisor) for every division."""
    found, number = [], 0
    for before, layer in zip(streams, network.unrolled, strict=False):
        parts = layer.sublayers if isinstance(layer, Block) else (layer,)
        for place, part in enumerate(parts):
            if isinstance(part, Attention) and part.kernel == "linear":
                if place:
                    raise Unsupported("a composed bound of a division that is not the first sublayer of its layer")
                step = attention_sum(part, layout, network.stream.width)
                for token, quotients in step.quotients.items():
                    for head, quotient in enumerate(quotients):
                        found.append(((number, token, head), quotient.score @ before[token].T + 1))
            number += 1
    return found


@dataclass(frozen=True, eq=False)
class Signs:
    """Which variables of a ring are positive."""

    functions: QuadraticArithmetic
    positive: Sequence[bool]

    def never_zero(self, entry: Quotient) -> bool:
        """Whether a divisor is known to be positive everywhere, or negative: one term is, and the others do not outweigh it."""
        ring = entry.top.context()
        for top in (entry.top, -entry.top):
            for powers, c in top.terms():
                if c > 0 and self._sure(powers) and self.not_negative(top - ring.from_dict({powers: c})):
                    return True
        return False

    def _sure(self, powers: Sequence[int]) -> bool:
        return all(not p or (k < len(self.positive) and self.positive[k]) for k, p in enumerate(powers))

    def least(self, entry: Quotient) -> Fraction:
        """A positive number below a divisor. Raises `Unsupported` where none was found."""
        top, bottom = entry.top, entry.bottom
        if all(self.even(m) and c > 0 for m, c in bottom.terms()):
            ratios = [_fraction(top[m] / c) for m, c in bottom.terms()]
            if (least := min(ratios)) > 0 and self.not_negative(
                top - flint.fmpq(least.numerator, least.denominator) * bottom
            ):
                return least
        raise Unsupported("a composed bound where a divisor is not known to stay away from 0")

    def even(self, powers: Sequence[int]) -> bool:
        """Whether a monomial is not negative anywhere."""
        return all(not p % 2 or (k < len(self.positive) and self.positive[k]) for k, p in enumerate(powers))

    def not_negative(self, polynomial: Any) -> bool:
        """Whether the terms that may be negative are paid for by squares, half of their modulus by each of two."""
        credit = {m: c for m, c in polynomial.terms() if c > 0 and self.even(m)}
        return all(m in credit or self._paid(m, abs(c) / 2, credit) for m, c in polynomial.terms())

    def _paid(self, monomial: Sequence[int], half: Any, credit: dict[Any, Any]) -> bool:
        for first in credit:
            second = tuple(2 * m - f for m, f in zip(monomial, first, strict=True))
            if first != second and min(credit[first], credit.get(second, 0)) >= half:
                credit[first] -= half
                credit[second] -= half
                return True
        return False


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))
