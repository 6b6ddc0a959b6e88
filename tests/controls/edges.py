"""Right but for a tie, a far kink, a corner or a pole; limits too slow on one side, along one path, or by one order."""

from dataclasses import replace
from fractions import Fraction

from constructions.language import (
    MLP,
    Attention,
    Construction,
    Head,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    Units,
    Write,
)
from constructions.matrix import ones, reciprocal, relu
from tests.controls.base import Control, algorithm, broken
from tests.verify.box_records import record
from tests.verify.limits import product_limit, two_knob_limit, two_knobs


def tied():
    """Scores 0 and −(x² − 2)²: the first token wins, but at x = ±√2 both do."""
    x, one, sq, flag, q, k, v, o = stream = Stream(x=1, one=1, sq=1, flag=1, q=1, k=1, v=1, o=1)
    square = MLP((Units(x, sq, gate=x),), "identity")
    scores = MLP((Units(sq - 2 * one, q, gate=-1 * one), Units(sq - 2 * one, k, gate=flag)), "identity")
    hard = Attention((Head(q, k, v, o),), "hard", "everything", skip=(Write(sq, o),))
    return Transformer(stream, (square, scores, hard))


TIE = Construction(
    name="a-tie-at-the-root-of-two",
    title="A square, and one half at two points",
    sizes={"d": 1},
    data={"X": (1, 1)},
    weights=tied,
    prompt=lambda X: Prompt((Token(x=X, one=1), Token(x=X, one=1, flag=1, v=1))),
    readout=lambda o: Readout(o, "context[0]"),
    algorithm=lambda X: X * X,
    gadget=True,
)


def number(value, like):
    return Fraction(value) * ones(*like.shape)


def copies(d):
    x, _, z = stream = Stream(x=d, y=d, z=d)
    return Transformer(stream, (MLP((Units(x, z), Units(-x, -1 * z)), "relu"),))


def copied(name, algorithm, bound, refuted=("claim",), by=("boxes",)):
    made = record(copies, {"X": 1, "Y": 1}, algorithm, bound, lambda z: Readout(z, at="context"))
    return Control(replace(made, name=name, gadget=True), refuted, by)


def limited(name, algorithm, order=2, refuted=("claim",)):
    return Control(
        product_limit(order, name=name, algorithm=algorithm, gadget=True), refuted, ("rate",) if refuted else ()
    )


def corner(X, Y):
    """x but for x + y > 1.99 and y < x + 1/100."""
    return X + relu(X + Y - number("1.99", X)) * relu(X - Y + number("1/100", X))


def bump(X, Y):
    """x but for |x − 1/3| < 1/1000."""
    middle = X - number("1/3", X)
    return X + relu(number(Fraction(1, 10**6), X) - middle * middle)


CONTROLS = (
    Control(TIE, ()),
    broken(
        "a-kink-far-away",
        by=("line",),
        algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta) + relu(X[0][:, [0]] - 10**9) * (X_q[:, [0]] @ Y[0]),
    ),
    copied("a-corner-of-the-box", corner, lambda: Fraction(1, 10**9)),
    copied("a-thin-bump", bump, lambda: Fraction(1, 10**7)),
    copied("a-pole-in-the-box", lambda X, Y: X + reciprocal(X - number("1/3", X)) / 10**30, lambda: 1, (), ()),
    Control(
        replace(
            two_knob_limit({"s": 2, "N": -1}, weights=lambda s, N: two_knobs(s, N, mixed=1)),
            name="a-term-of-both-knobs",
        ),
        by=("rate",),
    ),
    limited("a-limit-that-is-slow-far-away", lambda X, Y, t: X * Y + t * relu(X - number(10**5, X)), refuted=()),
    limited(
        "a-limit-of-order-one-by-a-kink",
        lambda X, Y, t: X * Y + relu(X + t * number(1, X)) + relu(-X - t * number(1, X)) - relu(X) - relu(-X),
    ),
    limited("a-limit-off-by-a-billionth", lambda X, Y: X * Y * (1 + Fraction(1, 10**9))),
    limited("a-limit-of-order-two-not-one", lambda X, Y, t: X * Y + t * t * X, order=1),
)
