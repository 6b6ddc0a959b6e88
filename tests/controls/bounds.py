"""False bounds: negative, matrix-valued, false for large β only, violated between the points that are tried."""

from dataclasses import replace
from fractions import Fraction

from constructions.language import (
    Attention,
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
