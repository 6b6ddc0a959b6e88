"""Activation cells: on which side every relu stands, and who wins every row of hard attention.

A run in exact rationals decides it and keeps what it decided; a recorder then replays it, so that both sides become a program
without kinks, equal to them at every point of the cell. A cell is closed: relu(0) = 0 belongs to both sides.

Kinks that cannot matter (`idle.py`) have no sides: a dead one is recorded as 0 whatever its argument, a fixed one is decided by
its number. So two cells are different only where a kink that may matter stands on different sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from constructions.matrix import Matrix, exact
from constructions.matrix.rational import RATIONAL, Rational, RationalArithmetic
from verify.arithmetic.idle import DEAD, FIXED, MATTERS
from verify.arithmetic.recorder import Recorder, Term

Switch = tuple[tuple[Fraction, ...], ...]  # what a relu is multiplied by (0 or 1), or the weights of hard attention


@dataclass(eq=False)
class SwitchedRationals(RationalArithmetic):
    """ℚ, where `on` says which relus let a number pass. `loose` tells of a kink: a number 0 there, or a tie.

    `kinds` says of the entries of every kink, in the order in which they are met, which of them matter; by default all do.
    """

    on: Callable[[Fraction], bool] = lambda value: value > 0
    kinds: Sequence[np.ndarray] | None = None
    switches: list[Switch] = field(default_factory=list)
    loose: bool = False
    hard: bool = False

    def given(self, a: Matrix) -> Matrix:
        """An exact matrix as one of this arithmetic, so that nothing escapes the record."""
        return Matrix(self, RATIONAL.lift(a))

    def relu(self, a: Rational) -> Rational:
        values, kinds = a.fractions(), self._kinds(a.shape)
        switch = tuple(tuple(map(self._side, row, kind)) for row, kind in zip(values, kinds, strict=True))
        self.switches.append(switch)
        return self.times(a, Rational.of(switch, a.shape[1]))

    def _side(self, value: Fraction, kind: int) -> Fraction:
        if kind == DEAD:
            return Fraction(0)
        if kind == FIXED:
            return Fraction(value > 0)
        self.loose = self.loose or not value
        return Fraction(self.on(value))

    def hardmax(self, a: Rational, visible: np.ndarray) -> Rational:
        weights, kinds = super().hardmax(a, visible), self._kinds(a.shape)
        rows = []
        for row, kind in zip(weights.fractions(), kinds, strict=True):
            rows.append(tuple(v if k != DEAD else Fraction(0) for v, k in zip(row, kind, strict=True)))
            if MATTERS in kind:
                self.hard, self.loose = True, self.loose or any(0 < value < 1 for value in row)
        self.switches.append(tuple(rows))
        return Rational.of(rows, a.shape[1])

    def _kinds(self, shape: tuple[int, int]) -> list[list[int]]:
        if self.kinds is None:
            return [[MATTERS] * shape[1]] * shape[0]
        number = len(self.switches)
        if number >= len(self.kinds) or self.kinds[number].shape != shape:
            self.unsupported("a record that meets other kinks when it is run again")
        return self.kinds[number].tolist()


class RawRecorder(Recorder):
    """Writes kinks down as they are: its digest names both sides, but it cannot be run. `met` are the kinks in order."""

    name = "piecewise rational functions"

    def __init__(self) -> None:
        super().__init__()
        self.met: list[int] = []

    def relu(self, a: Term) -> Term:
        return self._kink(self.record(a.shape, "relu", (a,)))

    def hardmax(self, a: Term, visible: np.ndarray) -> Term:
        return self._kink(self.record(a.shape, "hardmax", (a,), tuple(map(tuple, visible.tolist()))))

    def _kink(self, a: Term) -> Term:
        self.met.append(a.number)
        return a


class CellRecorder(Recorder):
    """Writes both sides down with every kink decided as in `switches`, in the order in which they were met."""

    name = "piecewise rational functions"

    def __init__(self, switches: Sequence[Switch]) -> None:
        super().__init__()
        self.kinks: list[Term] = []  # what the relus were applied to
        self._left: Iterator[Switch] = iter(switches)

    def relu(self, a: Term) -> Term:
        self.kinks.append(a)
        return self.times(a, self._next(a))

    def hardmax(self, a: Term, visible: np.ndarray) -> Term:
        return self._next(a)

    def _next(self, a: Term) -> Term:
        switch = next(self._left, None)
        if switch is None or (len(switch), len(switch[0]) if switch else 0) != a.shape:
            self.unsupported("a record that meets other kinks when it is run again")
        return self.lift(exact([list(row) for row in switch]))


@dataclass(eq=False)
class Choices:
    """Decides every new kink by the next of `given`, then by False. Numbers that agree up to sign share one choice."""

    given: Sequence[bool]
    made: dict[Fraction, bool] = field(default_factory=dict)

    def __call__(self, value: Fraction) -> bool:
        if not value:
            return False
        if abs(value) not in self.made:
            number = len(self.made)
            self.made[abs(value)] = number < len(self.given) and self.given[number]
        return self.made[abs(value)] == (value > 0)


def settings(run: Callable[[Choices], SwitchedRationals], most: int) -> Iterator[SwitchedRationals | None]:
    """Every way to set the kinks that `run` meets, one run each; ends with None where there are more than `most`."""
    given: list[bool] = []
    for _ in range(most):
        choices = Choices(given)
        yield run(choices)
        taken = list(choices.made.values())
        while taken and taken[-1]:
            _ = taken.pop()
        if not taken:
            return
        given = [*taken[:-1], True]
    yield None
