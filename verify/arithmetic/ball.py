"""Real balls (FLINT/Arb): every entry is an interval that surely contains the true value, at the working precision.

Comparisons of overlapping balls are unknown, never false, so every decision goes through `surely_…`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import flint
import numpy as np

from constructions.matrix import Matrix, Pole
from constructions.matrix.opaque import entries_in
from constructions.matrix.rational import Rational
from verify.arithmetic.flint_matrices import FlintMatrices
from verify.arithmetic.smooth import FACTOR_VALUES, SERIES, coefficients

ZERO = flint.arb(0)
KEPT = 2**14  # values of GeLU that are remembered: tokens, points and claims share most
_gelus: dict[tuple[Any, ...], Any] = {}


class BallArithmetic(FlintMatrices):
    """`arb_mat` at FLINT's current precision."""

    name = "real balls"

    def __init__(self) -> None:
        self.known: WeakKeyDictionary[Rational, dict[int, Any]] = WeakKeyDictionary()  # by precision

    def lift(self, exact: Matrix) -> Any:
        """Computed once for every precision, and kept as long as the exact matrix lives: a network runs at many points."""
        known = self.known.setdefault(exact._entries, {})
        if flint.ctx.prec not in known:
            known[flint.ctx.prec] = self._lifted(exact)
        return known[flint.ctx.prec]

    def _lifted(self, exact: Matrix) -> Any:
        entries, (rows, columns) = exact._entries, exact.shape
        # Weights are mostly zeros, and a ball of its own for each would take most of the time.
        balls = [ZERO] * (rows * columns)
        for i, j, n in zip(*(part.tolist() for part in entries.nonzeros), strict=True):
            balls[i * columns + j] = flint.arb(flint.fmpq(n, entries.denominator))
        return self.of(rows, columns, balls)

    def of(self, rows: int, columns: int, entries: Sequence[Any]) -> Any:
        return flint.arb_mat(rows, columns, entries)

    def reciprocal(self, a: Any) -> Any:
        if any(x.contains(0) for x in a.entries()):
            raise Pole("division by a ball that contains zero")
        return self._each(lambda x: 1 / x, a)

    def solve(self, a: Any, b: Any) -> Any:
        try:
            return a.solve(b)
        except ZeroDivisionError as error:
            raise Pole("a linear system that may be singular") from error

    def relu(self, a: Any) -> Any:
        return self._each(lambda x: x.nonnegative_part(), a)

    def smooth(self, function: str, a: Any, order: int = 0) -> Any:
        return self._each(lambda x: coefficients(SERIES[function], x, order + 1)[order] * math.factorial(order), a)

    def gelu(self, a: Any) -> Any:
        return self._each(lambda x: x if x.is_zero() else _gelu(x), a)

    def reciprocal_sqrt(self, a: Any) -> Any:
        if not all(x > 0 for x in a.entries()):
            raise Pole("1/√ of a ball that is not surely positive")
        return self._each(lambda x: x.rsqrt(), a)

    def factor(self, word: str) -> Any:
        return flint.arb_mat([[FACTOR_VALUES[word]()]])

    def exp(self, a: Any) -> Any:
        return self._each(lambda x: x.exp(), a)

    def softmax(self, a: Any, visible: np.ndarray) -> Any:
        rows = []
        for scores, seen in zip(a.tolist(), visible.tolist(), strict=True):
            shift = next((x.mid() for x, see in zip(scores, seen, strict=True) if see), flint.arb(0))
            weights = [(x - shift).exp() if see else flint.arb(0) for x, see in zip(scores, seen, strict=True)]
            total = sum(weights, flint.arb(0)) if any(seen) else flint.arb(1)
            rows.append([weight / total for weight in weights])
        return flint.arb_mat(rows)

    def hardmax(self, a: Any, visible: np.ndarray) -> Any:
        rows = []
        for scores, seen in zip(a.tolist(), visible.tolist(), strict=True):
            best = [see and self._is_top(x, scores, seen) for x, see in zip(scores, seen, strict=True)]
            rows.append([flint.arb(int(wins)) / max(sum(best), 1) for wins in best])
        return flint.arb_mat(rows)

    def _is_top(self, x: Any, scores: Sequence[Any], seen: Sequence[bool]) -> bool:
        rivals = [y for y, see in zip(scores, seen, strict=True) if see]
        for y in rivals:
            tie = x.rad() == 0 and y.rad() == 0 and x.mid() == y.mid()
            if not (tie or x > y or y > x):
                self.unsupported("a maximum of overlapping numbers")
        return not any(y > x for y in rivals)

    @staticmethod
    def _each(function: Callable[[Any], Any], a: Any) -> Any:
        return flint.arb_mat(a.nrows(), a.ncols(), [function(x) for x in a.entries()])


BALL = BallArithmetic()


def _gelu(x: Any) -> Any:
    """x Φ(x); a ball is found again by its middle, its radius and the precision, which say all about it."""
    if not x.is_finite():
        return _gelu_of(x)
    key = (*x.mid().man_exp(), *x.rad().man_exp(), flint.ctx.prec)
    if (found := _gelus.get(key)) is None:
        if len(_gelus) >= KEPT:
            _gelus.clear()
        found = _gelus[key] = _gelu_of(x)
    return found


def _gelu_of(x: Any) -> Any:
    return x * (-x / flint.arb(2).sqrt()).erfc() / 2


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """FLINT's working precision, put back afterwards."""
    with flint.ctx.workprec(bits):
        yield


def balls(a: Matrix) -> Matrix:
    """An exact matrix as balls at the current precision."""
    return Matrix(BALL, BALL.lift(a))


def in_balls(data: Mapping[str, Matrix]) -> dict[str, Matrix]:
    """Exact data as balls at the current precision."""
    return {name: balls(value) for name, value in data.items()}


def ball_entries(a: Matrix) -> list[Any]:
    """The entries of a matrix as balls, row by row."""
    return entries_in(a, BALL).entries()


def surely_at_most(a: Any, b: Any) -> bool:
    """Whether every value of ball a is ≤ every value of ball b."""
    return bool((b - a).lower() >= 0)


def surely_above(a: Any, b: Any) -> bool:
    """Whether every value of ball a is > every value of ball b."""
    return bool(a > b)


def surely_nonzero(a: Any) -> bool:
    """Whether a ball excludes zero."""
    return bool(a != ZERO)
