"""Sixteen chords: an MLP of 17 ReLUs is within 1/80 of the logistic function on [−10, 10].

**Statement.** There is one MLP of 17 hidden units that adds g(s) to a register of every column, with |g(s) − σ(s)| ≤
1/80 for all s in [−10, 10], where σ(s) = 1/(1 + e^{−s}).

**Proof.** g is the continuous function that is linear between the whole multiples of 1 and takes the values of σ there,
rounded to four digits: start + Σ_m bends_m relu(s − knots_m), the start being an output bias. A chord over a distance h
is within h²/8 max |σ''| = 1/8 · 1/(6√3) < 0.0121 of σ, and rounding adds 0.00005.

**Remarks.** The error falls with the square of the number of pieces. Beyond ±8 g is constant, 0 or 1 but for 0.0003.
The same numbers serve `logistic`, where the units are heads.
"""

from fractions import Fraction
from itertools import pairwise
from math import exp

from constructions.algorithms import classification
from constructions.language import MLP, Box, Constant, Construction, Equal, NearMiss, Prompt, Readout, Source, Stream
from constructions.language import Token, Transformer, Units, Within, functions
from constructions.matrix import exact, ones


def chords(M, reach):
    """Knots, bends and start of M pieces on [−reach, reach], through σ rounded to four digits at the knots."""
    knots = [Fraction(2 * reach * m, M) - reach for m in range(M + 1)]
    values = [Fraction(round(10_000 / (1 + exp(-k))), 10_000) for k in knots]
    slopes = [0, *((b - a) * M / (2 * reach) for a, b in pairwise(values)), 0]
    bends = [after - before for before, after in pairwise(slopes)]
    return exact(knots), exact(bends), exact(values[0])


SIGMOID = chords(16, 8)


def weights(*, pieces=SIGMOID):
    knots, bends, start = pieces
    s, out = stream = Stream(s=1, out=1)
    units = Units(ones(knots.shape[0], 1) @ s, bends @ out, bias=-knots)
    return Transformer(stream, layers=(MLP((units,), "relu", constants=(Constant(start, out),)),))


def algorithm(x):
    return classification.sigmoid(x)


SIGMOID_PIECES = Construction(
    name="sigmoid-pieces",
    tag="ICL-0052",
    sources=(Source("bai2023statisticians", "the role of sums of ReLUs in Theorem 7"),),
    gadget=True,
    sizes={"T": 1},
    data={"x": ("T", 1)},
    domain={"x": Box(10)},
    **functions(weights, lambda x: Prompt(context=(Token(s=x),)), lambda out: Readout(out, at="context"), algorithm),
    claims=(Within(lambda: exact("1/80"), "|g − σ| ≤ 1/80"),),
    near_misses={
        "eight-chords": NearMiss(
            "the error grows with the square of the distance", weights=lambda: weights(pieces=chords(8, 8))
        ),
        "one-hundredth": NearMiss("1/100 is too good", claims=(Within(lambda: exact("1/100")),)),
        "exactly": NearMiss("σ is not piecewise linear", claims=(Equal(),)),
    },
    resources=dict(layers="1", hidden="17", width="2", tokens="T"),
)
