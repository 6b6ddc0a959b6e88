"""All data sets of a finite domain at once, with numbers of which only a range is known.

An entry is c_0 + Σ c_s s with exact c, for every case. The symbols s are parameters, which are positive; real numbers of which
nothing is known; and weights of softmax attention: where one score is the largest for all values of the parameters, the weights
of the other keys are ≥ 0 and their sum is at most 1 − 1/Σ_k e^{s_k − s_max}, with the parameters at 0, where that is largest.
So relu keeps what is surely ≥ 0 and drops what is surely ≤ 0; of anything else it says that it has no value. Nothing is rounded
but these ranges, and they outwards. Products of two symbols have no value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf, lcm, prod

import flint
import numpy as np

from constructions.matrix import Arithmetic, Matrix, Pole, Unsupported
from verify.arithmetic.cases import LARGEST, Cases, kept, largest, scaled, small
from verify.arithmetic.smooth import ball

OUTWARDS = 1 + 2.0**-30  # more than all roundings of a sum of ranges


@dataclass(frozen=True, eq=False)
class Shares:
    """The weights that one row gives to other keys than its best one: a symbol for each, and their largest sum in every case."""

    symbols: range
    at_most: np.ndarray  # cases × 1 × 1


@dataclass
class CaseArithmetic(Arithmetic):
    """The linear forms in the symbols, over ℚ, in every case."""

    name: str = "numbers of all cases at once"
    positive: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    shares: list[Shares] = field(default_factory=list)
    count: int = 1

    def cases(self, listed: np.ndarray) -> Matrix:
        """A matrix that differs from case to case (cases × rows × columns integers)."""
        return Matrix(self, Cases({0: listed.astype(np.int64)}))

    def parameter(self) -> Matrix:
        """A number of which it is known that it is positive."""
        symbol, one = self.count, np.ones((1, 1, 1), dtype=np.int64)
        self.positive.append(symbol)
        self.count += 1
        return Matrix(self, Cases({0: 0 * one, symbol: one}))

    def anything(self, rows: int, columns: int) -> Matrix:
        """A matrix of real numbers of which nothing is known, the same in every case."""
        first, size = self.count, rows * columns
        self.unknown += range(first, first + size)
        self.count += size
        each = np.eye(size, dtype=np.int64).reshape(size, 1, rows, columns)
        nothing = np.zeros((1, rows, columns), dtype=np.int64)
        return Matrix(self, Cases({0: nothing, **{first + k: one for k, one in enumerate(each)}}))

    def lift(self, exact: Matrix) -> Cases:
        entries = exact._entries
        return Cases({0: small(entries.numerators).astype(np.int64)[None]}, entries.denominator)

    def add(self, a: Cases, b: Cases) -> Cases:
        denominator = lcm(a.denominator, b.denominator)
        found: dict[int, np.ndarray] = {}
        for part in (a, b):
            for s, integers in part.numerators.items():
                term = scaled(integers, denominator // part.denominator)
                found[s] = small(found[s] + term) if s in found else term
        return kept(found, denominator)

    def negate(self, a: Cases) -> Cases:
        return a.each(np.negative)

    def times(self, a: Cases, b: Cases) -> Cases:
        return self._product(a, b, np.multiply, 1)

    def scale(self, s: Cases, a: Cases) -> Cases:
        return self._product(s, a, np.multiply, 1)

    def matmul(self, a: Cases, b: Cases) -> Cases:
        return self._product(a, b, np.matmul, a.shape[1])

    def _product(self, a: Cases, b: Cases, multiply: Callable[..., np.ndarray], terms: int) -> Cases:
        """Whole-number products: what they are made of is small enough that sums of so many terms stay whole."""
        found: dict[int, np.ndarray] = {}
        for s, left in a.numerators.items():
            for t, right in b.numerators.items():
                if prod(map(largest, (left, right))) * terms >= LARGEST:
                    raise Unsupported("integers beyond 2^53")
                made = multiply(left, right)
                if s and t and made.any():
                    raise Unsupported("a product of unknown numbers")
                if not (s and t):
                    found[s + t] = made
        return kept(found, a.denominator * b.denominator)

    def transpose(self, a: Cases) -> Cases:
        return a.each(lambda x: x.swapaxes(1, 2))

    def take(self, a: Cases, rows: list[int], columns: list[int]) -> Cases:
        return kept({s: x[:, rows][:, :, columns] for s, x in a.numerators.items()}, a.denominator)

    def join(self, parts: Sequence[Cases], axis: int) -> Cases:
        denominator = lcm(*(part.denominator for part in parts))
        cases = max(len(x) for part in parts for x in part.numerators.values())

        def block(part: Cases, s: int) -> np.ndarray:
            x = part.numerators[s] if s in part.numerators else np.zeros((1, *part.shape), dtype=np.int64)
            return np.broadcast_to(scaled(x, denominator // part.denominator), (cases, *part.shape))

        symbols = {s for part in parts for s in part.numerators}
        return kept({s: np.concatenate([block(p, s) for p in parts], axis=axis + 1) for s in symbols}, denominator)

    def reciprocal(self, a: Cases) -> Cases:
        distinct = np.unique(a.plain).tolist()
        if 0 in distinct:
            raise Pole("division by zero")
        common = lcm(*distinct)
        if common >= LARGEST:
            raise Unsupported("integers beyond 2^53")
        return kept({0: scaled(common // a.plain, a.denominator)}, common)

    def relu(self, a: Cases) -> Cases:
        if len(a.numerators) == 1:
            return kept({0: np.maximum(a.plain, 0)}, a.denominator)
        above, below = self._least(a) >= 0, self._least(self.negate(a)) >= 0
        if not (above | below).all():
            raise Unsupported("relu of a number of unknown sign")
        return kept({s: np.where(above, x, 0) for s, x in a.numerators.items()}, a.denominator)

    def _least(self, a: Cases) -> np.ndarray:
        """A lower bound of every entry, times the denominator."""
        nothing = np.zeros((1, 1, 1))
        low = a.numerators[0].astype(float)
        for s in self.positive:
            low = low + np.where(a.numerators.get(s, nothing) < 0, -inf, 0)
        for s in self.unknown:
            low = low + np.where(a.numerators.get(s, nothing) != 0, -inf, 0)
        for share in self.shares:
            coefficients = [a.numerators[s] for s in share.symbols if s in a.numerators]
            for worst in [np.minimum.reduce(np.broadcast_arrays(*coefficients))] if coefficients else []:
                low = low + np.minimum(worst, 0) * share.at_most * OUTWARDS
        return low

    def hardmax(self, a: Cases, visible: np.ndarray) -> Cases:
        scores = np.where(visible, a.plain, -LARGEST)
        best = visible & (scores == scores.max(axis=2, keepdims=True))
        return _averaged(best)

    def softmax(self, a: Cases, visible: np.ndarray) -> Cases:
        if not {*a.numerators} <= {0, *self.positive}:
            raise Unsupported("softmax of what softmax gave")
        best, others, least = self._weighed(a, visible)
        found = dict(_averaged(best).numerators)
        denominator = _averaged(best).denominator
        for i in range(a.shape[0]):
            if not others[:, i].any():
                continue
            keys = range(self.count, self.count + a.shape[1])
            self.count += a.shape[1]
            self.shares.append(Shares(keys, least[:, [i], None]))
            for j, symbol in enumerate(keys):
                moved = np.zeros(best.shape, dtype=np.int64)
                moved[:, i, j] = others[:, i, j]
                moved[:, i] -= best[:, i] * others[:, i, [j]]
                found[symbol] = scaled(moved, denominator)
        return kept(found, denominator)

    def _weighed(self, a: Cases, visible: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For every case: the best keys, the other ones where there is one best, and what those weigh together at most."""
        symbols = sorted(a.numerators)
        scores = np.stack(np.broadcast_arrays(*(a.numerators[s] for s in symbols)), axis=-1)
        cases, rows, keys, _ = scores.shape
        best, others = np.zeros((2, cases, rows, keys), dtype=bool)
        least = np.zeros((cases, rows))
        for i in range(rows):
            seen = np.flatnonzero(visible[i])
            if not len(seen):
                continue
            distinct, where = np.unique(scores[:, i, seen].reshape(cases, -1), axis=0, return_inverse=True)
            for number, row in enumerate(distinct):
                top, rest, weight = _split(row.reshape(len(seen), len(symbols)), a.denominator)
                here = np.flatnonzero(where.ravel() == number)
                best[here[:, None], i, seen[top]] = True
                others[here[:, None], i, seen[rest]] = True
                least[here, i] = weight
        return best, others, least


def _split(scores: np.ndarray, denominator: int) -> tuple[list[int], list[int], float]:
    """(best keys, other keys, upper bound of the others' weight) of scores c_0 + Σ c_s s in positive s; all alike are all best."""
    tops = [j for j, row in enumerate(scores) if (row >= scores).all()]
    if len(tops) == len(scores):
        return tops, [], 0.0
    if len(tops) != 1:
        raise Unsupported("softmax of scores none of which is surely the largest")
    gaps = [Fraction(int(scores[tops[0], 0] - row[0]), denominator) for row in scores]
    total = sum((ball(-gap).exp() for gap in gaps), flint.arb(0))
    rest = [j for j in range(len(scores)) if j != tops[0]]
    return tops, rest, float((1 - 1 / total).upper()) * OUTWARDS


def _averaged(best: np.ndarray) -> Cases:
    """Equal weights on the best keys of every row; none where there are none."""
    winners = np.maximum(best.sum(axis=2, keepdims=True), 1)
    common = lcm(*np.unique(winners).tolist())
    return kept({0: best * (common // winners)}, common)
