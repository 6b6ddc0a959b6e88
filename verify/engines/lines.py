"""Both sides along whole lines of data a + t b, t ∈ ℝ: swept from −∞ to +∞, piece by piece and kink by kink."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from math import ceil, floor, prod
from typing import Any

import numpy as np

from constructions.language import Construction, Instance
from constructions.matrix import Matrix, Unsupported, exact, zeros
from constructions.matrix.opaque import entries_in
from constructions.matrix.rational import fractions_of
from verify.arithmetic.cell import RawRecorder
from verify.arithmetic.entries import Table
from verify.arithmetic.flint_numbers import fraction
from verify.arithmetic.idle import kinds_of_kinks
from verify.arithmetic.line import LineArithmetic
from verify.arithmetic.program import Program
from verify.domains import small_data
from verify.plan import drawn, shape_at, stream_of_integers
from verify.sides import Sides, same

PIECES = 150  # most pieces of one line
SPREAD = 20  # entries of a lie between −SPREAD and SPREAD, those of b within half of that


class ManyPieces(ArithmeticError):
    """A line has more pieces than are swept."""


@dataclass(frozen=True)
class Line:
    """The data `at` + t `by`; `by` has the data that move."""

    at: Mapping[str, Matrix]
    by: Mapping[str, Matrix]

    def point(self, t: Fraction) -> dict[str, Matrix]:
        return {name: value + exact(t) * self.by[name] if name in self.by else value for name, value in self.at.items()}

    def within(self, arithmetic: LineArithmetic) -> dict[str, Matrix]:
        """The data as polynomials of degree 1 in t; what does not move is constant."""
        return {name: self._moving(arithmetic, name) for name in self.at}

    def _moving(self, arithmetic: LineArithmetic, name: str) -> Matrix:
        start = fractions_of(self.at[name])
        step = fractions_of(self.by[name]) if name in self.by else [[Fraction(0)] * len(row) for row in start]
        cells = [list(map(arithmetic.moving, *rows)) for rows in zip(start, step, strict=True)]
        return Matrix(arithmetic, Table(cells, self.at[name].shape[1]))


@dataclass(frozen=True)
class Swept:
    """How many pieces a line has, how many numbers at kinks vary on it, and a t at which the sides differ, if there is one."""

    pieces: int
    kinks: int
    differs_at: Fraction | None = None


def sweep(instance: Instance, sides: Sides, line: Line) -> Swept:
    """left = right for every real t: on each open piece as polynomials, at each point between two pieces as numbers.

    Raises `Unsupported` where a side is not a polynomial on the pieces, `ManyPieces` beyond `PIECES`.
    """
    start: Fraction | None = None
    kinds, kinks = _kinds(instance, sides), 0
    for pieces in range(1, PIECES + 1):
        arithmetic = LineArithmetic(start, kinds)
        left, right = sides(instance, line.within(arithmetic))
        end, kinks = arithmetic.end, max(kinks, arithmetic.met)
        pairs = zip(*(entries_in(side, arithmetic).entries for side in (left, right)), strict=True)
        differing = next((a - b for a, b in pairs if a != b), None)
        if differing is not None:
            return Swept(pieces, kinks, next(t for t in between(start, end) if _at(differing, t)))
        if end is None:
            return Swept(pieces, kinks)
        if not same(*sides(instance, line.point(end))):
            return Swept(pieces, kinks, end)
        start = end
    raise ManyPieces(f"a line has more than {PIECES} pieces")


def _kinds(instance: Instance, sides: Sides) -> list[np.ndarray] | None:
    """Which kinks matter, for all data."""
    recorder = RawRecorder()
    data = {name: recorder.variable(*instance.shape_of(name), name) for name in instance.construction.data}
    program = Program.of(recorder, *sides(instance, data))
    return kinds_of_kinks(program.operations, program.outputs, recorder.met)


def _at(polynomial: Any, t: Fraction) -> Any:
    total = Fraction(0)
    for c in reversed(polynomial.coeffs()):
        total = total * t + fraction(c)
    return total


def between(start: Fraction | None, end: Fraction | None) -> Iterator[Fraction]:
    """Infinitely many different numbers of an open interval, whole ones first."""
    if start is None:
        yield from (Fraction(0 if end is None else ceil(end)) - k for k in count(1))
    elif end is None:
        yield from (Fraction(floor(start)) + k for k in count(1))
    else:
        whole = (Fraction(k) for k in range(floor(start) + 1, floor(start) + 5))
        yield from (t for t in whole if t < end)
        yield from (start + (end - start) / k for k in count(2))


def is_one_line(construction: Construction, sizes: Mapping[str, int]) -> bool:
    """Whether the data are one real number."""
    free = all(construction.domain.get(name, "real") == "real" for name in construction.data)
    return free and sum(prod(shape_at(shape, sizes)) for shape in construction.data.values()) == 1


def lines_of(construction: Construction, instance: Instance, words: tuple[Any, ...]) -> Iterator[Line]:
    """A line of all real data at once, then, through the same point, one of each data set alone."""
    shapes = {name: instance.shape_of(name) for name in construction.data}
    free = [name for name in shapes if construction.domain.get(name, "real") == "real"]
    if is_one_line(construction, instance.sizes):
        yield Line({name: zeros(1, 1) for name in free}, {name: exact(1) for name in free})
        return
    numbers = stream_of_integers(32, "line", construction.name, *words)
    at = small_data(construction, shapes, numbers, instance.parameters)
    at |= {name: drawn((k % (2 * SPREAD + 1) - SPREAD for k in numbers), *shapes[name]) for name in free}
    by = {name: drawn((k % SPREAD + 1 - SPREAD // 2 for k in numbers), *shapes[name]) for name in free}
    if free:
        yield Line(at, by)
    if len(free) > 1:
        yield from (Line(at, {name: by[name]}) for name in free)


def first_swept(instance: Instance, sides: Sides, lines: Iterator[Line]) -> tuple[Line, Swept]:
    """The first of the lines with kinks along which both sides are polynomials between them, and these are rational.
    Raises `Unsupported`."""
    reason = "no data are real matrices, so there is no line"
    for line in lines:
        try:
            swept = sweep(instance, sides, line)
        except Unsupported as error:
            reason = str(error)
            continue
        if swept.kinks or swept.differs_at is not None:
            return line, swept
        reason = "no kink that matters was met on a whole line, and `identity` decides what has none"
    raise Unsupported(reason)
