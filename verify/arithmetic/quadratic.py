"""The ideal network: GeLU replaced by its Taylor polynomial of degree 2 at 0, z/2 + κz² with κ = 1/√(2π), the same for both forms.

Then g(z) − g(−z) = z still, and √(π/2)(g(u + v) − g(u) − g(v)) = uv: what GeLU units approach is what they compute. That is said
of the network only: an algorithm that asks for GeLU means GeLU, and has no value here.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from verify.arithmetic.entries import Table
from verify.arithmetic.polynomial import Quotient
from verify.arithmetic.symbols import Symbols


class QuadraticArithmetic(Symbols):
    """Rational functions of data and parameters, κ being one more variable. `parabolas`: whether a network is being run."""

    name = "rational functions, GeLU being a parabola"
    parabolas = True

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(names)
        self.divided: list[Quotient] = []  # everything that was divided by

    def inverse(self, entry: Quotient) -> Quotient:
        self.divided.append(entry)
        return super().inverse(entry)

    def smooth(self, function: str, a: Table, order: int = 0) -> Table:
        if order or function not in ("gelu", "gelu tanh") or not self.parabolas:
            self.unsupported(function if not order else f"a derivative of {function}")
        half = self.constant(Fraction(1, 2))
        return a.each(lambda z: half * z + self.kappa * z * z)

    def factor(self, word: str) -> Table:
        return Table([[self.root_of_half_pi]], 1)
