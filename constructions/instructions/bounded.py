"""How errors pass through linear maps, products and quotients: the one lemma behind every composed bound.

Columns of numbers x are known as |x| ≤ size, and what a network has in their place as |x′ − x| ≤ error. Then

    linear   |F x′ − F x| ≤ |F| error
    product  |x′y′ − xy| ≤ X f + Y e + e f              for |x| ≤ X, |y| ≤ Y and the errors e, f
    GeLU     |√(π/2)(g(u + v) − g(u) − g(v)) − uv| ≤ UV (2U² + 3UV + 2V²)/6 for |u| ≤ U, |v| ≤ V, times 1.005 in the tanh form
    quotient |x′/c′ − x/c| ≤ (e + X f/γ)/(γ − f)        for c ≥ γ > f, f the error of c

GeLU: with R(z) = g(z) − z/2 − z²/√(2π), the left side is √(π/2) ∫∫ R″(a + b) over [0, u] × [0, v], and |R″(z)| ≤ √(2/π) z²: with
t = z²/2 it is √(2/π) |1 − e^{−t} (1 − t)|, and e^{−t} (1 − t) ≥ (1 − t)² ≥ 1 − 2t for t ≤ 1.
Where f reaches γ there is no bound, and computing it meets a pole. Everything is an opaque matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.matrix import Matrix, exact, modulus, reciprocal, relu, zeros

TANH = Fraction("1.005")  # |R″(z)| ≤ 1.005 √(2/π) z² for the tanh form of GeLU (the tests prove it in balls)


@dataclass(frozen=True, eq=False)
class Bounded:
    """Columns of bounds: |ideal| ≤ size, |network − ideal| ≤ error. Both are not negative."""

    size: Matrix
    error: Matrix

    @property
    def reach(self) -> Matrix:
        """What the network's own values do not exceed."""
        return self.size + self.error

    def __add__(self, other: Bounded) -> Bounded:
        return Bounded(self.size + other.size, self.error + other.error)

    def __mul__(self, other: Bounded) -> Bounded:
        """The entrywise product, exactly computed."""
        crossed = self.size * other.error + other.size * self.error
        return Bounded(self.size * other.size, crossed + self.error * other.error)

    def __rmatmul__(self, matrix: Any) -> Bounded:
        """A linear map of the column."""
        return self.weighted(modulus(matrix))

    def weighted(self, weights: Any) -> Bounded:
        """A linear map of the column, given by the moduli of its entries."""
        return Bounded(weights @ self.size, weights @ self.error)

    def off_by(self, error: Matrix) -> Bounded:
        """The same numbers, with an error of their own added."""
        return Bounded(self.size, self.error + error)


def exactly(size: Any) -> Bounded:
    """Numbers without an error, |x| ≤ size."""
    size = exact(size)
    return Bounded(size, zeros(*size.shape))


def gelu_product(u: Bounded, v: Bounded, *, tanh: bool = False) -> Bounded:
    """√(π/2)(g(u + v) − g(u) − g(v)) in the place of uv."""
    U, V = u.reach, v.reach
    own = U * V * (2 * (U * U) + 3 * (U * V) + 2 * (V * V)) / 6
    return (u * v).off_by(TANH * own if tanh else own)


def quotient(x: Bounded, c: Bounded, least: Any) -> Bounded:
    """x/c for one number c ≥ `least` > 0."""
    least = exact(least)
    room = reciprocal(relu(least - c.error))
    return Bounded(x.size / least, (x.error + x.size @ (c.error / least)) @ room)
