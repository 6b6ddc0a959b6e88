"""False bounds: negative, matrix-valued, false for large β only, violated between the points that are tried."""

from dataclasses import replace
from fractions import Fraction

from constructions.language import (
    Attention,
    Box,
    Construction,
    Head,
    Limit,
    Parameter,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    Within,
)
from constructions.matrix import exact, exp, ones
from constructions.sequences.induction_head import INDUCTION_HEAD
from tests.controls.base import Control, broken


def counting(S):
    s, o = stream = Stream(s=S, o=S)
    return Transformer(stream, (Attention((Head(s, s, s, o),), "linear", "causal"),))


COUNTS = Construction(
    name="counts",
    title="How often the last symbol occurred",
    sizes={"S": 3, "n": 3},
    data={"E": ("n", "S")},
    domain={"E": "one-hot rows"},
    weights=counting,
    prompt=lambda E: Prompt((Token(s=E),)),
    readout=lambda o: Readout(o, "last"),
    algorithm=lambda E: E[-1] @ E.T @ E,
)


def nearly_one(beta):
    """1 at every half in [−4, 11), and nowhere else."""
    factor = exact(1)
    for k in range(-8, 22):
        factor = factor * (beta - Fraction(k, 2))
    return 1 + factor


def between_the_points(E, beta):
    """Right at every half in [−4, 11)."""
    return nearly_one(beta) * E[-1] @ E.T @ E


def by_weight(S, beta):
    s, o = stream = Stream(s=S, o=S)
    return Transformer(stream, (Attention((Head(s, s, nearly_one(beta) * s, o),), "linear", "causal"),))


def one_too_many(E):
    return E[-1] @ E.T @ E + ones(1, E.shape[1])


def false_bound(name, bound, refuted=("claim",), **fields):
    return Control(replace(COUNTS, name=name, claims=(Within(bound),), **fields), refuted)


def softmax_within(name, bound):
    return Control(replace(INDUCTION_HEAD, name=name, claims=(Within(bound),), near_misses={}, steps=(), dead=None), ())


def nearly_zero(X):
    """0 at every eighth in [−1, 1], and nowhere else."""
    factor = ones(*X.shape)
    for k in range(-8, 9):
        factor = factor * (X - Fraction(k, 8) * ones(*X.shape))
    return factor


def squared(b):
    """Y_i x² (1 + b²), added up over the examples."""
    x, y, out = stream = Stream(x=1, y=1, out=1)
    return Transformer(stream, (Attention((Head((1 + b * b) * x, x, y, out),), "linear", "context"),))


LIMIT_BETWEEN_THE_POINTS = Construction(
    name="a-limit-between-the-points",
    title="A limit of order 2 at all data in the box that are multiples of 1/8, which are those that are drawn",
    sizes={"n": 3, "m": 2},
    parameters={"b": Parameter(default="1/10", positive=True)},
    data={"X": ("n", 1), "Y": ("n", 1), "X_q": ("m", 1)},
    domain={"X": Box(1), "Y": Box(1), "X_q": Box(1)},
    weights=squared,
    prompt=lambda X, Y, X_q: Prompt((Token(x=X, y=Y),), (Token(x=X_q),)),
    readout=lambda out: Readout(out, "query"),
    algorithm=lambda X, Y, X_q: X_q @ X.T @ Y + nearly_zero(X_q),
    claims=(Limit({"b": 2}),),
)


BETA = {"beta": Parameter(default=1)}

CONTROLS = (
    false_bound("a-negative-bound", lambda: exact(-1)),
    false_bound("a-negative-bound-that-is-tiny", lambda: exact(-1) / 10**60),
    false_bound("a-matrix-for-a-bound", lambda: exact([[9, 9, 9]]), ()),
    false_bound(
        "a-bound-that-is-too-small",
        lambda: exact(1) - Fraction(1, 10**30),
        algorithm=one_too_many,
    ),
    false_bound("a-bound-between-the-points", lambda: exact(0), (), parameters=BETA, algorithm=between_the_points),
    Control(replace(COUNTS, name="equal-between-the-points", parameters=BETA, algorithm=between_the_points), ()),
    softmax_within("false-for-large-beta-only", lambda n, beta: (n - 1) * exp(-beta) - exp(-exact(40))),
    softmax_within("true-for-small-beta-only", lambda n, beta: (n - 1) * exp(-beta) * (20 - beta)),
    Control(LIMIT_BETWEEN_THE_POINTS, ()),
    broken("a-limit-that-is-false", (), claims=(Limit({"eta": 9}),), algorithm=lambda X, Y, X_q: X_q @ X.T @ Y),
)

FINITE = (  # these are for the methods of finite domains; every other method takes its time
    false_bound("a-bound-that-dips", lambda beta: nearly_one(beta), (), parameters=BETA, algorithm=one_too_many),
    Control(replace(COUNTS, name="weights-between-the-points", parameters=BETA, weights=by_weight), ()),
    Control(
        replace(
            COUNTS,
            name="tokens-between-the-points",
            parameters=BETA,
            prompt=lambda E, beta: Prompt((Token(s=nearly_one(beta) * E),)),
        ),
        (),
    ),
    Control(
        replace(
            COUNTS,
            name="readout-between-the-points",
            parameters=BETA,
            readout=lambda o, beta: Readout(nearly_one(beta) * o, "last"),
        ),
        (),
    ),
)
