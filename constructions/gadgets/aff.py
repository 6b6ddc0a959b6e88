"""One MLP writes an affine function of two blocks of rows over a third one, in every column.

**Statement.** For all T, d and all W_1, W_2 ∈ ℝ^{d×d}, b ∈ ℝ^d there is one MLP such that for all columns (x; y; z) it
replaces z by W_1 x + W_2 y + b and leaves x and y as they were.

**Proof.** The MLP has units without activation. It adds W_1 x + W_2 y − z, and the constant b.

**Remarks.** Pairs of units with an activation pass a number on, too: g(u) − g(−u) = u for GeLU, where g(u) = u Φ(u) and
Φ(u) + Φ(−u) = 1, and for relu. Lemma 5 of the paper passes u on as g(N + u) − N, which is no identity but a limit N → ∞,
for bounded u. By Lemma 2 aff is RAW with + and K(t) = {t}, and a bias.
"""

from functools import partial

from constructions.instructions import aff, compiled
from constructions.language import (
    Construction,
    NearMiss,
    Parameter,
    Prompt,
    Readout,
    Source,
    Stream,
    Token,
    stack,
)
from constructions.matrix import beside, ones

LEMMAS = Source("akyurek2023learning", "Lemmas 1, 2 and 5, aff")


def weights(T, d, W_1, W_2, b, *, share=1, constant=1):
    x, y, z = stream = Stream(x=d, y=d, z=d)
    return compiled(stream, (aff(W_1 @ x + share * W_2 @ y, into=z, constant=constant * b),), length=T)


def prompt(X, Y, Z):
    return Prompt(context=(Token(x=X, y=Y, z=Z),), positions=(("column", "one-hot"),))


def readout(x, y, z):
    return Readout(stack(x, y, z), at="context")


def algorithm(X, Y, W_1, W_2, b, T):
    return beside(X, Y, X @ W_1.T + Y @ W_2.T + ones(T, 1) @ b.T)


AFF = Construction(
    name="aff",
    tag="ICL-0018",
    title="One MLP writes an affine function of two blocks of rows over a third one, in every column",
    sources=(LEMMAS,),
    gadget=True,
    sizes={"T": 3, "d": 2},
    parameters={
        "W_1": Parameter(("d", "d"), default="1/2", meaning="matrix of the first block"),
        "W_2": Parameter(("d", "d"), default="1/3", meaning="matrix of the second block"),
        "b": Parameter(("d",), default=1, meaning="constant"),
    },
    data={"X": ("T", "d"), "Y": ("T", "d"), "Z": ("T", "d")},
    weights=weights,
    prompt=prompt,
    readout=readout,
    algorithm=algorithm,
    near_misses={
        "added": NearMiss(
            "the old value is overwritten",
            algorithm=lambda X, Y, Z, W_1, W_2, b, T: algorithm(X, Y, W_1, W_2, b, T) + beside(0 * X, 0 * Y, Z),
        ),
        "without-the-constant": NearMiss("b is added", weights=partial(weights, constant=0)),
        "first-block-alone": NearMiss("the second block counts", weights=partial(weights, share=0)),
    },
    resources={"layers": "1", "hidden": "d", "width": "3*d + T", "tokens": "T"},
)
