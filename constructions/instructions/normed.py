"""How errors pass through the layer of the paper: a softmax with a null logit, LayerNorm with two pads, shifted GeLU units.

    softmax    k of t scores are σ, the others −σ, the null logit 0. With y = e^{−σ} and T = k + y + (t − k)y² the weights are
               1/T and y²/T; for k = 0 they are y/(1 + ty). Hard attention has 1/k and 0: the rest of the mass is the leak
    LayerNorm  p, q being two rows (the pads), C = (p − q)/2 and Σ the sum of the other rows, whose squares add up to Q:
               λ(x)_i √(2/L) = (x_i − m)/(|C| √(1 + a + b)),  a = (Q + Σ²/2)/(2C²) ≥ 0,  |b| ≤ (μ|Σ| + μ²/2)/(2C²),
               m the mean and μ = L|m|; so |1/√(1 + a + b) − 1| ≤ a/2 + |b|/(2(1 − |b|)²) where |b| < 1
    GeLU       |g(z) − z| = |z| Φ(−|z|) ≤ (2/5) e^{−r²/2} for z ≥ r > 0

LayerNorm: p + q = Lm − Σ, so p² + q² = 2C² + (Lm − Σ)²/2, and the squares of x − m add up to 2C² + Q + Σ²/2 − LmΣ + (L²/2 − L)m².
With the pads ±N − Σ/2 of the paper's lemma C is N, m is 0, and |x_i| (Q + Σ²/2)/(4N²) is left; with N and −N − Σ it is C = N + Σ/2.
Everything is an opaque matrix; where C may reach 0, or a unit its kink, there is no bound, and computing it meets a pole.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from constructions.instructions.bounded import Bounded, quotient
from constructions.matrix import Matrix, exact, exp, named, ones, reciprocal, relu


def leaks(read: int, seen: int, tiny: Matrix) -> tuple[Matrix, Matrix]:
    """|softmax − hard attention| at a column that is read, and at one that is seen and not read; `tiny` is e^{−σ}."""
    if not read:
        return exact(0), tiny / (1 + seen * tiny)
    rest = tiny + (seen - read) * tiny * tiny
    return rest / (read * (read + rest)), tiny * tiny / (read + rest)


@dataclass(frozen=True, eq=False)
class Norm:
    """What LayerNorm does to a column whose pads hold C = N c: rows that read N √(2/L) λ get x/c, up to these.

    low    |c| is at least this;  loss  |1/√(1 + a + b) − 1|;  drift  |C/N − c|, for an ideal c
    mean   |m|
    """

    low: Matrix
    loss: Matrix
    drift: Matrix
    mean: Matrix

    def kept(self, reach: Matrix, weights: Matrix) -> Matrix:
        """The error of units with these reaches and sums of moduli of weights, where c is 1."""
        return named((reach * (self.loss + self.drift) + weights * self.mean * (1 + self.loss)) @ reciprocal(self.low))

    def divided(self, value: Bounded, divisor: Bounded, least: Fraction | int | Matrix, weights: Matrix) -> Bounded:
        """value/c by units with these sums of moduli of weights, for c ≥ `least`."""
        found = quotient(value, divisor.off_by(self.drift), least)
        lost = (named(value.reach) * self.loss + weights * self.mean * (1 + self.loss)) @ reciprocal(self.low)
        return Bounded(found.size, named(found.error + lost))

    def tail(self, reach: Matrix, shift: Matrix) -> Matrix:
        """The tail of shifted units, and no bound where LayerNorm may have no value, whatever the units read."""
        return tail(reach, shift) @ (1 + self.loss)


def norm(rows: Matrix, slack: Matrix, drift: Matrix, N: Matrix, width: int, least: Matrix) -> Norm:
    """LayerNorm of a column of that width: `rows` are the reaches of all rows but the pads, `slack` is μ, and |C|/N ≥ `least`
    but for the drift."""
    height = rows.shape[0]
    total, squares = ones(1, height) @ rows, rows.T @ rows
    drift = named(drift)
    low = named(relu(least - drift))
    twice = reciprocal(low * low) / (2 * N * N)
    moved = named((slack * total + slack * slack / 2) * twice)
    room = reciprocal(named(relu(1 - moved)))
    loss = named((squares + total * total / 2) * twice / 2 + moved * room * room / 2)
    return Norm(low, loss, drift, named(slack / width))


def pad_reach(rows: Matrix, slack: Matrix, drift: Matrix, N: Matrix, divisor: Matrix) -> Matrix:
    """What neither pad exceeds: p = C + (p + q)/2."""
    return named(N * (divisor + drift) + (ones(1, rows.shape[0]) @ rows + slack) / 2)


def tail(reach: Matrix, shift: Matrix) -> Matrix:
    """|g(shift + u) − shift − u| for |u| ≤ `reach`, entry by entry; a pole where reach ≥ shift."""
    each = ones(reach.shape[0], 1)
    room = named(relu(each * shift - reach))
    inverse = reciprocal(room)
    return Fraction(2, 5) * exp(-(room * room) / 2) * (each + inverse * inverse)
