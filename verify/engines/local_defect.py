"""Each layer on its own float input, against the exact layer on exactly that input, with a rigorous bound on the rounding.

Errors of earlier layers do not enter, so the bound says as much after many layers as after one. The exact layer is
computed in rationals, or enclosed by balls where it has no rational value (softmax).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from constructions.language import Instance
from constructions.language.forward import forward
from constructions.language.layout import Layout
from constructions.language.transformer import Transformer
from constructions.matrix import Matrix, Unsupported
from constructions.matrix.opaque import entries_in
from constructions.matrix.rational import RATIONAL, rational_matrix
from verify.arithmetic.ball import ball_entries, balls, precision
from verify.arithmetic.formats import Floats
from verify.arithmetic.rounding import RoundingArithmetic, bounded, values_and_errors

PRECISION = 256  # bits of the balls that enclose an exact layer
NOTHING = Fraction(0)


@dataclass(frozen=True)
class Defect:
    """One layer at one point: the largest |float − exact|, the largest share of its bound, and whether a bound is surely broken."""

    observed: float
    of_bound: float
    broken: bool


def local_defects(instance: Instance, data: Mapping[str, Matrix], floats: Floats) -> Iterator[Defect]:
    """The defect of every layer in turn (over all prompts that are run)."""
    arithmetic = RoundingArithmetic(floats)
    given = {name: bounded(value, arithmetic) for name, value in data.items()}
    start = instance.run(given, layers=0) if instance.network.single else instance.run(given)  # the last pass
    streams = [stream[0] for stream in start.streams]
    for layer in instance.network.unrolled:
        one = Transformer(instance.network.stream, (layer,))
        parts = []
        for k, layout in enumerate(start.layouts):
            entries = entries_in(streams[k], arithmetic)
            given = arithmetic.known(entries.values)
            streams[k] = forward(one, Matrix(arithmetic, given), layout)[1]
            parts.append(_defect(one, given.wide, layout, *values_and_errors(streams[k], arithmetic)))
        yield Defect(
            max(part.observed for part in parts),
            max(part.of_bound for part in parts),
            any(part.broken for part in parts),
        )


def _defect(one: Transformer, given: np.ndarray, layout: Layout, values: np.ndarray, errors: np.ndarray) -> Defect:
    H = _exactly(given)
    try:
        apart = _from_rationals(forward(one, H, layout)[1], values)
    except Unsupported:
        with precision(PRECISION):
            apart = _from_balls(forward(one, balls(H), layout)[1], values)
    allowed = errors.ravel().tolist()
    met = [(least, bound) for (least, _), bound in zip(apart, allowed, strict=True) if least]
    shares = [least / bound if bound else 1.0 for least, bound in met]
    broken = any(least > bound for least, bound in met)
    largest = max((float(most) for _, most in apart if most), default=0.0)
    return Defect(largest, max(map(float, shares), default=0.0), broken)


def _exactly(given: np.ndarray) -> Matrix:
    """Floats as the rational numbers that they are, over the largest of their denominators, which are powers of two."""
    ratios = [value.as_integer_ratio() for value in given.ravel().tolist()]
    common = max((bottom for _, bottom in ratios), default=1)
    integers = np.empty(len(ratios), dtype=object)
    integers[:] = [top * (common // bottom) for top, bottom in ratios]
    return rational_matrix(integers.reshape(given.shape)) / common


def _from_rationals(true: Matrix, values: np.ndarray) -> list[tuple[Fraction, Fraction]]:
    """|value − true| as (at least, at most), entry by entry."""
    entries = entries_in(true, RATIONAL)
    pairs = zip(values.ravel().tolist(), entries.numerators.ravel().tolist(), strict=True)
    apart = [_apart(value, numerator, entries.denominator) for value, numerator in pairs]
    return list(zip(apart, apart, strict=True))


def _apart(value: float, numerator: int, denominator: int) -> Fraction:
    """|value − numerator/denominator|; most numbers in a stream are not rounded, and 0."""
    n, d = value.as_integer_ratio()
    defect = n * denominator - numerator * d
    return Fraction(abs(defect), d * denominator) if defect else NOTHING


def _from_balls(true: Matrix, values: np.ndarray) -> list[tuple[Fraction, Fraction]]:
    flat = [abs(ball - v) for v, ball in zip(values.ravel().tolist(), ball_entries(true), strict=True)]
    return [
        (NOTHING, NOTHING) if apart.is_zero() else (_fraction(apart.abs_lower()), _fraction(apart.abs_upper()))
        for apart in flat
    ]


def _fraction(end: object) -> Fraction:
    """A ball without radius as the number that it is."""
    mantissa, exponent = end.man_exp()  # type: ignore[attr-defined]
    power = int(exponent)
    return Fraction(int(mantissa) << power) if power >= 0 else Fraction(int(mantissa), 1 << -power)
