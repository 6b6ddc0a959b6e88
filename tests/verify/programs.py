"""Random programs for tests of identity testing, and an arithmetic of rational functions in one variable to measure them with."""

from fractions import Fraction

import flint
import numpy as np
from hypothesis import strategies as st

from constructions.matrix import Arithmetic, Matrix, Pole, below, beside, exact, reciprocal, solve
from verify.arithmetic.program import Program
from verify.arithmetic.recorder import Recorder

STEPS = ("add", "times", "matmul", "scale", "reciprocal", "solve", "below", "beside", "T", "take", "cancel", "constant")


@st.composite
def programs(draw, most=6, steps=STEPS):
    """left and right: two values of a random computation on 2×2 matrices (joins grow them, and parts are taken again)."""
    recorder = Recorder()
    values = [recorder.variable(2, 2, "A"), recorder.variable(2, 2, "B"), exact([[1, 0], [0, "2/3"]])]
    for _ in range(draw(st.integers(1, most))):
        a, b = (draw(st.sampled_from(values)) for _ in range(2))
        values.append(step(draw(st.sampled_from(steps)), a, b, draw(st.integers(-3, 3))))
    left, right = (draw(st.sampled_from(values[-3:])) for _ in range(2))
    return Program.of(recorder, left, right)


def step(name: str, a: Matrix, b: Matrix, number: int) -> Matrix:
    """One operation; the result is 2×2 again."""
    makes = {
        "add": lambda: a + number * b,
        "times": lambda: a * b,
        "matmul": lambda: a @ b,
        "scale": lambda: b[0, 0] * a,
        "reciprocal": lambda: reciprocal(a + number * exact([[1, 1], [1, 1]])),
        "solve": lambda: solve(a, b),
        "below": lambda: below(a, b)[[1, 2]],
        "beside": lambda: beside(a, b)[:, [3, 0]],
        "T": lambda: a.T,
        "take": lambda: a[[1, 0]],
        "cancel": lambda: a - a + b,
        "constant": lambda: a @ exact([[number, 0], [0, Fraction(number, 7)]]) + b,
    }
    try:
        return makes[name]()
    except Pole:  # constants only
        return a


class Ratio:
    """A rational function of t in lowest terms, numerator and denominator with coprime integer coefficients."""

    def __init__(self, top, bottom=1):
        top, bottom = flint.fmpz_poly(top), flint.fmpz_poly(bottom)
        common = top.gcd(bottom)
        self.top, self.bottom = top // common, bottom // common

    def __add__(self, other):
        return Ratio(self.top * other.bottom + other.top * self.bottom, self.bottom * other.bottom)

    def __mul__(self, other):
        return Ratio(self.top * other.top, self.bottom * other.bottom)

    def __neg__(self):
        return Ratio(-self.top, self.bottom)

    def inverse(self):
        if self.top == 0:
            raise Pole("zero on the whole line")
        return Ratio(self.bottom, self.top)


class OnALine(Arithmetic):
    """Rational functions of t; a table is a list of rows."""

    name = "rational functions of t"

    def table(self, rows, columns, entry):
        out = np.empty((rows, columns), dtype=object)
        for i in range(rows):
            for j in range(columns):
                out[i, j] = entry(i, j)
        return out

    def lift(self, exact):
        a = exact._entries
        return self.table(*a.shape, lambda i, j: Ratio([int(a.numerators[i, j])], [a.denominator]))

    def add(self, a, b):
        return self.table(*a.shape, lambda i, j: a[i, j] + b[i, j])

    def negate(self, a):
        return self.table(*a.shape, lambda i, j: -a[i, j])

    def times(self, a, b):
        return self.table(*a.shape, lambda i, j: a[i, j] * b[i, j])

    def scale(self, s, a):
        return self.table(*a.shape, lambda i, j: s[0, 0] * a[i, j])

    def matmul(self, a, b):
        return self.table(len(a), b.shape[1], lambda i, j: sum((a[i, k] * b[k, j] for k in range(len(b))), Ratio([0])))

    def transpose(self, a):
        return a.T

    def take(self, a, rows, columns):
        return a[np.ix_(rows, columns)]

    def join(self, parts, axis):
        return np.concatenate(parts, axis=axis)

    def reciprocal(self, a):
        return self.table(*a.shape, lambda i, j: a[i, j].inverse())

    def solve(self, a, b):
        """Cramer's rule for 1×1 and 2×2."""
        if len(a) == 1:
            return self.matmul(self.reciprocal(a), b)
        (p, q), (r, s) = a
        scale = (p * s + -(q * r)).inverse()
        adjugate = np.array([[s, -q], [-r, p]], dtype=object)
        return self.matmul(self.table(2, 2, lambda i, j: scale * adjugate[i, j]), b)
