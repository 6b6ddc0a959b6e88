"""One MLP writes an affine function of two blocks of rows over a third one, in every column.

**Statement.** For all T, d and all W_1, W_2 ∈ ℝ^{d×d}, b ∈ ℝ^d there is one MLP such that for all columns (x; y; z) it
replaces z by W_1 x + W_2 y + b and leaves x and y as they were.

**Proof.** The MLP has units without activation. It adds W_1 x + W_2 y − z, and the constant b.

**Remarks.** Pairs of units with an activation pass a number on, too: g(u) − g(−u) = u for GeLU, where g(u) = u Φ(u) and
Φ(u) + Φ(−u) = 1, and for relu. Lemma 5 of the paper passes u on as g(N + u) − N, which is no identity but a limit N → ∞,
for bounded u. Lemma 6 does the same for LayerNorm, by two pads ±N − Σ/2 that keep the mean at 0. In the paper's layer
both happen at once: a limit of order 1/N², or of 1/N with the pads N and −N − Σ; both have bounds for data in
a box, |x_i| (|x|² + Σ²/2)/(4N²) and |x_i| |Σ|/(2N) at the leading order. By Lemma 2 aff is RAW with + and
K(t) = {t}, and a bias.
"""

from functools import partial

from constructions.instructions import PAD, SIDE, Chain, aff, columns, in_a_box_of_the_paper, in_the_paper
from constructions.language import Construction, Equal, NearMiss, Parameter, Readout, Source, Stream, Token, stack
from constructions.matrix import beside, ones


def program(d, W_1, W_2, b, *, share=1, constant=1):
    x, y, z = stream = Stream(x=d, y=d, z=d)
    return stream, (aff(W_1 @ x + share * W_2 @ y, into=z, constant=constant * b),)


weights = Chain(program, "T", products=False)
one_sided = partial(weights.paper, pads="one-sided")
PAPER = in_the_paper(weights.paper, {"N": -2})
ONE_SIDED = in_the_paper(one_sided, {"N": -1}, text="with one-sided pads, network → algorithm as 1/N")


def algorithm(X, Y, W_1, W_2, b, T):
    return beside(X, Y, X @ W_1.T + Y @ W_2.T + ones(T, 1) @ b.T)


AFF = Construction(
    name="aff",
    tag="ICL-0018",
    sources=(Source("akyurek2023learning", "Lemmas 1, 2, 5 and 6, aff"),),
    gadget=True,
    sizes={"T": 3, "d": 2},
    parameters={
        "W_1": Parameter(("d", "d"), default="1/2", meaning="matrix of the first block"),
        "W_2": Parameter(("d", "d"), default="1/3", meaning="matrix of the second block"),
        "b": Parameter(("d",), default=1, meaning="constant"),
        "N": PAD,
        "B": SIDE,
    },
    data={"X": ("T", "d"), "Y": ("T", "d"), "Z": ("T", "d")},
    weights=weights,
    prompt=lambda X, Y, Z: columns(Token(x=X, y=Y, z=Z)),
    readout=lambda x, y, z: Readout(stack(x, y, z), at="context"),
    algorithm=algorithm,
    claims=(
        Equal(),
        PAPER,
        ONE_SIDED,
        in_a_box_of_the_paper(weights.paper, "X", "Y", "Z"),
        in_a_box_of_the_paper(one_sided, "X", "Y", "Z", words="with one-sided pads"),
    ),
    near_misses={
        "sum-left-in-the-mean": NearMiss(
            "with the pads N and −N the mean of the other rows stays in, at every N", of=ONE_SIDED, pads=(0, 0)
        ),
        "one-sided-pads": NearMiss("the pads N and −N − Σ leave an error of order 1/N", of=PAPER, pads="one-sided"),
        "shift-too-small": NearMiss(
            "Lemma 5 needs a shift beyond the data: with g(1 + u) − 1 the error stalls", of=PAPER, shift=1
        ),
        "added": NearMiss(
            "the old value is overwritten",
            algorithm=lambda X, Y, Z, W_1, W_2, b, T: algorithm(X, Y, W_1, W_2, b, T) + beside(0 * X, 0 * Y, Z),
        ),
        "without-the-constant": NearMiss("b is added", constant=0),
        "first-block-alone": NearMiss("the second block counts", share=0),
    },
    resources=dict(layers="1", hidden="d", width="3*d + T", tokens="T"),
)
