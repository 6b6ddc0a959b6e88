"""Functions along a line of data a + t b, exactly: polynomials in t with rational coefficients, valid from `start` up to the
next kink.

Just to the right of `start` every polynomial has a sign, that of its first derivative that is not zero there; from −∞ on it is
that of its leading coefficient. So every relu, and every row of hard attention, is decided without approximation, and stays
decided until a polynomial that decided one has a root: `end`, a rational number. A root that is irrational and comes before
that has no value here. Single points, where hard attention may have ties, are run in ℚ.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from constructions.matrix import Pole
from verify.arithmetic.entries import EntryArithmetic, Table
from verify.arithmetic.flint_numbers import fmpq, fraction
from verify.arithmetic.idle import DEAD, MATTERS


class LineArithmetic(EntryArithmetic):
    """ℚ[t] on the interval (start, end); `start` None is −∞, `end` None is +∞. What `kinds` calls dead is not decided."""

    name = "polynomials along a line with rational kinks"

    def __init__(self, start: Fraction | None = None, kinds: Sequence[np.ndarray] | None = None) -> None:
        self.start, self.met = start, 0
        self._kinds = None if kinds is None else iter(kinds)
        self._roots: list[Fraction] = []
        self._irrational: list[Any] = []  # balls

    @property
    def end(self) -> Fraction | None:
        """The first number after `start` where something may be decided otherwise. Raises `Unsupported` if it is irrational."""
        first = min(self._roots, default=None)
        for ball in self._irrational:
            if first is None or not ball > fmpq(first):
                self.unsupported("a kink at an irrational number")
        return first

    def constant(self, value: Fraction) -> Any:
        return flint.fmpq_poly([fmpq(value)])

    def moving(self, at: Fraction, by: Fraction) -> Any:
        """at + by t."""
        return flint.fmpq_poly([fmpq(at), fmpq(by)])

    def is_zero(self, entry: Any) -> bool:
        return entry.is_zero()

    def inverse(self, entry: Any) -> Any:
        if entry.degree() > 0:
            self.unsupported("division by what varies along a line")
        if self.is_zero(entry):
            raise Pole("division by a number that is zero on a part of a line")
        return flint.fmpq_poly([1 / entry[0]])

    def relu(self, a: Table) -> Table:
        rows = zip(a.cells, self._next_kinds(a.shape), strict=True)
        return Table(
            [[self._bent(u, kind) for u, kind in zip(row, kinds, strict=True)] for row, kinds in rows], a.width
        )

    def _bent(self, entry: Any, kind: int) -> Any:
        return entry if kind != DEAD and self.decided(entry) > 0 else flint.fmpq_poly([0])

    def hardmax(self, a: Table, visible: np.ndarray) -> Table:
        rows = []
        for scores, seen, kinds in zip(a.cells, visible.tolist(), self._next_kinds(a.shape), strict=True):
            wins = [False] * a.width if DEAD in kinds else self._winners(scores, seen)
            rows.append([self.constant(Fraction(int(win), max(sum(wins), 1))) for win in wins])
        return Table(rows, a.width)

    def _winners(self, scores: Sequence[Any], seen: Sequence[bool]) -> list[bool]:
        best = None
        for score, see in zip(scores, seen, strict=True):
            if see and (best is None or self.sign(score - best) > 0):
                best = score
        return [see and self.decided(best - score, tie=True) == 0 for score, see in zip(scores, seen, strict=True)]

    def _next_kinds(self, shape: tuple[int, int]) -> list[list[int]]:
        if self._kinds is None:
            return [[MATTERS] * shape[1]] * shape[0]
        kinds = next(self._kinds, None)
        if kinds is None or kinds.shape != shape:
            self.unsupported("a record that meets other kinks when it is run again")
        return kinds.tolist()

    def decided(self, entry: Any, tie: bool = False) -> int:
        """The sign just after `start`; where it may change next is remembered. `tie`: a zero matters though the sign be the same
        on both sides of it."""
        if entry.degree() > 0:
            self.met += 1
            self._remember(entry, tie)
        return self.sign(entry)

    def sign(self, entry: Any) -> int:
        if entry.is_zero():
            return 0
        if self.start is None:
            leading = entry.leading_coefficient() * (-1) ** entry.degree()
            return 1 if leading > 0 else -1
        while not (value := entry(fmpq(self.start))):
            entry = entry.derivative()
        return 1 if value > 0 else -1

    def _remember(self, entry: Any, tie: bool) -> None:
        factors = [(entry, 1)] if entry.degree() == 1 else entry.factor()[1]
        for factor, times in factors:
            if factor.degree() == 1:
                root = flint.fmpq(-factor[0]) / flint.fmpq(factor[1])
                self._keep(fraction(root))
            elif times % 2 or tie:
                balls = [root.real for root, _ in factor.complex_roots() if root.imag == 0]
                self._irrational += [ball for ball in balls if self.start is None or not ball < fmpq(self.start)]

    def _keep(self, root: Fraction) -> None:
        if self.start is None or root > self.start:
            self._roots.append(root)
