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


def between_the_points(E, beta):
    """Right at every half in [−4, 11)."""
    factor = exact(1)
    for k in range(-8, 22):
        factor = factor * (beta - Fraction(k, 2))
    return (1 + factor) * E[-1] @ E.T @ E


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
        algorithm=lambda E: E[-1] @ E.T @ E + ones(1, E.shape[1]),
    ),
    false_bound("a-bound-between-the-points", lambda: exact(0), (), parameters=BETA, algorithm=between_the_points),
    Control(replace(COUNTS, name="equal-between-the-points", parameters=BETA, algorithm=between_the_points), ()),
    softmax_within("false-for-large-beta-only", lambda n, beta: (n - 1) * exp(-beta) - exp(-exact(40))),
    softmax_within("true-for-small-beta-only", lambda n, beta: (n - 1) * exp(-beta) * (20 - beta)),
    broken("a-limit-that-is-false", (), claims=(Limit({"eta": 9}),), algorithm=lambda X, Y, X_q: X_q @ X.T @ Y),
)
