"""A bound for all t ≤ t_0: |error| ≤ C t^p, with C computed, where the exact series has shown that nothing stands below t^p.

Next to 0 it is Taylor's theorem at 0 with the remainder of Lagrange (`germ.py`), elsewhere Taylor models of error/t^p on
intervals. The interval with the worst bound is halved until the bound is within 1 % of a value that is surely taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from constructions.language import Box, Construction
from constructions.matrix import Matrix, Pole, Unsupported
from constructions.matrix.rational import fractions_of
from verify.arithmetic.ball import BALL, precision, surely_nonzero
from verify.arithmetic.germ import GermArithmetic
from verify.arithmetic.polynomial import matrix_of
from verify.arithmetic.series_functions import NeedsMoreTerms
from verify.arithmetic.smooth import ball
from verify.arithmetic.taylor import TaylorArithmetic
from verify.built import built
from verify.domains import bound_of
from verify.engines.paths import Path
from verify.plan import shape_at
from verify.sides import claim_sides

BITS = 256
CLOSE = 1.01
PIECES = 16  # most intervals
WIDEST = 28  # coefficients next to 0
BEYOND = 6  # coefficients above the order
DEGREE = 8  # of a Taylor model
TINY = Fraction(1, 2**20)  # the t_0 where only coefficients are asked for
HALVINGS = 7  # of t_0, for a box of data
FAILURES = (Unsupported, Pole, NeedsMoreTerms)


@dataclass(frozen=True)
class Place:
    """Where the error is bounded: exact data, or data in balls (a box), for which all that is known was proved before."""

    construction: Construction
    sizes: Mapping[str, int]
    parameters: Mapping[str, Any]
    data: Mapping[str, Matrix]
    path: Path
    order: int
    box: bool = False

    def errors(self, ring: Any) -> list[Any]:
        """network − algorithm over an arithmetic of functions of t. Data are its constants, or else stay exact numbers."""
        if self.box:
            return self._errors(ring, {name: ring.of_balls(value) for name, value in self.data.items()})
        try:
            return self._errors(ring, {name: Matrix(ring, ring.lift(value)) for name, value in self.data.items()})
        except Unsupported:
            return self._errors(ring, dict(self.data))

    def _errors(self, ring: Any, data: dict[str, Matrix]) -> list[Any]:
        knobs = {knob: matrix_of(ring, 1, 1, [ring.power(a)]) for knob, a in self.path.powers.items()}
        left, right = claim_sides(built(self.construction, self.sizes, {**self.parameters, **knobs}), data)
        return ring.table(left - right).entries


@dataclass(frozen=True)
class Piece:
    """error/t^order on (low, high]: at most `most` in absolute value, and somewhere at least `least`."""

    low: Fraction
    high: Fraction
    most: Any
    least: Any


@dataclass(frozen=True)
class Bound:
    """|error| ≤ constant · t^order for all 0 < t ≤ t_0, and a number below which no such constant can be."""

    constant: float
    least: float
    t_0: Fraction
    pieces: int


def bound_up_to(place: Place, t_0: Fraction) -> Bound | None:
    """The bound on (0, t_0], or on (0, t_0/2^k] where there is none on more; None where there is none at all."""
    with precision(BITS):
        pieces = [_piece(place, Fraction(0), t_0)]
        while len(pieces) < PIECES:
            least = max((piece.least for piece in pieces), key=_number)
            worst = max(pieces, key=lambda piece: _number(piece.most))
            if not _number(worst.most) > CLOSE * _number(least):
                break
            pieces.remove(worst)
            middle = (worst.low + worst.high) / 2
            pieces += [_piece(place, worst.low, middle), _piece(place, middle, worst.high)]
        return _contiguous(pieces)


def bound_in_box(place: Place, t_0: Fraction) -> Bound | None:
    """The bound for all data in a box, on (0, t_0/2^k] for the first k ≤ 6 that has one. Sound only where the coefficients
    below the order were proved to vanish for all data; balls are crude, so no 1 % is aimed at."""
    with precision(BITS):
        for _ in range(HALVINGS):
            piece = _piece(place, Fraction(0), t_0)
            if piece.most.is_finite():
                return Bound(_number(piece.most), 0.0, t_0, 1)
            t_0 /= 2
    return None


def box_of(construction: Construction, sizes: Mapping[str, int], parameters: Mapping[str, Any]) -> dict[str, Matrix]:
    """All data of the declared boxes, and all with entries in [−1, 1] where the domain is every real matrix."""
    shapes = {name: shape_at(shape, sizes) for name, shape in construction.data.items()}
    radii = {name: construction.domain.get(name, "real") for name in shapes}
    with precision(BITS):
        return {name: _ball_matrix(shape, _radius(radii[name], parameters)) for name, shape in shapes.items()}


def _radius(word: Any, parameters: Mapping[str, Any]) -> Fraction:
    return abs(fractions_of(bound_of(word, parameters))[0][0]) if isinstance(word, Box) else Fraction(1)


def _ball_matrix(shape: tuple[int, ...], radius: Fraction) -> Matrix:
    rows, columns = shape
    return Matrix(BALL, flint.arb_mat(rows, columns, [ball(-radius).union(ball(radius))] * (rows * columns)))


def _contiguous(pieces: list[Piece]) -> Bound | None:
    """The bound over the intervals from 0 up to the first one without a bound."""
    kept: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: piece.low):
        if _number(piece.most) == float("inf"):
            break
        kept.append(piece)
    if not kept:
        return None
    most, least = max(_number(p.most) for p in kept), max(float(p.least) for p in kept) * (1 - 2.0**-40)
    return Bound(most, least, kept[-1].high, len(kept))


def _piece(place: Place, low: Fraction, high: Fraction) -> Piece:
    infinite = Piece(low, high, flint.arb.pos_inf(), flint.arb(0))
    try:
        most, least = _near_zero(place, high) if not low else _between(place, low, high)
    except FAILURES:
        return infinite
    return Piece(low, high, most, least) if most.is_finite() else infinite


def _near_zero(place: Place, t_0: Fraction) -> tuple[Any, Any]:
    """The error on (0, t_0], and the leading coefficient."""
    width = place.order + BEYOND
    while True:
        try:
            errors = place.errors(GermArithmetic(width, t_0))
            values = [germ.over(place.order) for germ in errors]
            sharp = [germ.coefficient(place.order).abs_lower() for germ in errors if germ.end > place.order]
            return _largest([value.abs_upper() for value in values]), _largest(sharp)
        except NeedsMoreTerms:
            width += BEYOND
            if width > WIDEST:
                raise


def _between(place: Place, low: Fraction, high: Fraction) -> tuple[Any, Any]:
    """The error on [low, high], and its value at the middle."""
    if place.box:
        raise Unsupported("a box of data away from 0")
    ring = TaylorArithmetic([(low, high)], DEGREE)
    scaled = [model * ring.power(-place.order) for model in place.errors(ring)]
    return _largest([m.range().abs_upper() for m in scaled]), _largest([m.at([0]).abs_lower() for m in scaled])


def _largest(values: list[Any]) -> Any:
    return max(values, key=_number, default=flint.arb(0))


def _number(value: Any) -> float:
    """A float that is not smaller; infinity where there is no number."""
    return float(value.upper()) * (1 + 2.0**-40) if value.is_finite() else float("inf")


def surely_below(place: Place) -> tuple[int, str] | None:
    """A power below the order whose coefficient, in balls, excludes zero; what refutes an order without exact series."""
    with precision(BITS):
        try:
            errors = place.errors(GermArithmetic(place.order + BEYOND, TINY))
        except FAILURES:
            return None
        for germ in errors:
            for power in range(min(germ.start, place.order), min(germ.end, place.order)):
                if surely_nonzero(germ.coefficient(power)):
                    return power, germ.coefficient(power).str(6)
    return None
