"""Exponentials of exact numbers, beside data that live elsewhere: of a parameter, of a constant, in an answer, in a limit."""

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
)
from constructions.matrix import below, exact, exp, ones
from tests.controls.base import TRUE, Control, algorithm, broken

KNOB = {"t": Parameter(default="1/10", positive=True)}


def decaying(n, lam):
    """Every token seen so far has the weight e^λ."""
    x, one, out = stream = Stream(x=1, one=1, out=1)
    return Transformer(stream, (Attention((Head(lam * one, one, x, out),), "exp", "causal"),))


def sums(X):
    return below(*(ones(1, j + 1) @ X[: j + 1] for j in range(X.shape[0])))


def weighted(name, formula):
    return Construction(
        name=name,
        title=name,
        sizes={"n": 4},
        parameters={"lam": Parameter(default=1)},
        data={"X": ("n", 1)},
        weights=decaying,
        prompt=lambda X: Prompt((Token(x=X, one=1),)),
        readout=lambda out: Readout(out, at="context"),
        algorithm=formula,
    )


def nearly_squared(t):
    x, one, out = stream = Stream(x=1, one=1, out=1)
    return Transformer(stream, (Attention((Head(one, x, (1 + t) * x, out),), "linear", "causal"),))


def limit(name, order, formula=lambda X, t: exp(t) * (X.T @ X)):
    """(1 + t) Σ x² against e^t Σ x², which differ by t²/2 Σ x² and more."""
    return Construction(
        name=name,
        title=name,
        sizes={"n": 3},
        parameters=KNOB,
        data={"X": ("n", 1)},
        weights=nearly_squared,
        prompt=lambda X: Prompt((Token(x=X, one=1),)),
        readout=lambda out: Readout(out, at="last"),
        algorithm=formula,
        claims=(Limit({"t": order}),),
    )


RECORDS = (
    weighted("exp-of-a-parameter", lambda X, lam: exp(lam) * sums(X)),
    weighted("exp-of-a-parameter-and-of-a-number", lambda X, lam: exp(lam + 1) * exp(exact(-1)) * sums(X)),
    replace(
        TRUE,
        name="exponentials-cancel",
        algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta * exp(eta) * exp(-eta)),
    ),
    limit("a-limit-with-exp-of-its-knob", 2),
    limit("a-limit-with-exp-of-nothing", 1, lambda X: exp(exact(0)) * (X.T @ X)),
)
CONTROLS = (
    Control(
        weighted(
            "exp-of-a-parameter-off-by-10-to-the-minus-30", lambda X, lam: exp(lam + Fraction(1, 10**30)) * sums(X)
        )
    ),
    Control(weighted("exp-of-a-parameter-to-second-order", lambda X, lam: (1 + lam + lam * lam / 2) * sums(X))),
    broken(
        "exponentials-that-do-not-quite-cancel",
        algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta * exp(eta) * exp(-eta * (1 + Fraction(1, 10**25)))),
    ),
    Control(limit("a-limit-with-exp-of-its-knob-too-low", 1)),
    Control(limit("a-limit-with-exp-of-its-knob-too-high", 3)),
)
