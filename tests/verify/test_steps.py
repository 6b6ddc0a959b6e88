"""Proof steps and invariants are judged under their own names, by identity testing and then by what may know more."""

from dataclasses import replace

import pytest

from constructions import get
from constructions.language import MLP, Prompt, Reading, Readout, Repeat, Step, Stream, Token, Transformer, Units, build
from constructions.matrix import ShapeMismatch, exact, exp, gelu, ones, reciprocal_sqrt, relu
from tests.controls.base import TRUE
from tests.controls.bounds import COUNTS
from verify.methods.steps import steps
from verify.plan import plan
from verify.sides import same, step_sides
from verify.verdict import Standing


def verdicts(record):
    return list(steps(record, plan(record)))


def stepped(name, left, right, record=TRUE):
    return replace(record, steps=(Step(name, left, right),))


def root(X, c):
    return reciprocal_sqrt(c * (X * X + ones(*X.shape)))


def test_every_step_and_the_invariant_get_a_verdict_of_their_own():
    looped = get("gd-looped")
    right = Step("a context is read back", Reading("x", 0, "context"), lambda X: X)
    wrong = Step("its double is not", Reading("x", 0, "context"), lambda X: 2 * X)
    found = verdicts(replace(looped, steps=(right, wrong)))
    assert [verdict.kind for verdict in found] == ["step"] * 3
    assert [verdict.standing for verdict in found] == [Standing.CERTIFIED, Standing.REFUTED, Standing.CERTIFIED]
    places = "x at context, y at context, x at query, y at query"
    after_every_layer = f"after every layer the stream holds the iterate ({places})"
    assert [verdict.subject for verdict in found] == [right.text, wrong.text, after_every_layer]


@pytest.mark.parametrize(("layer", "times"), [(0, 1), (1, 2), (3, 8), (-1, 8), (-2, 4), (-4, 1)])
def test_a_reading_is_of_the_layer_that_it_names(layer, times):
    """After k layers that double it x is 2^k times what it was; −1 is the last of three."""
    stream = Stream(x=2)
    doubling = MLP((Units(stream["x"], stream["x"]),), "identity")
    record = replace(
        TRUE,
        sizes={"d_x": 2, "n": 3},
        data={"X": ("n", "d_x")},
        parameters={},
        weights=lambda: Transformer(stream, (Repeat(doubling, 3),)),
        prompt=lambda X: Prompt((Token(x=X),)),
        readout=lambda x: Readout(x, "context"),
        algorithm=lambda X: 8 * X,
    )
    instance = build(record, record.sizes, {})
    X = exact([[1, 2], [3, -1], [0, 5]])
    step = Step("a reading", Reading("x", layer, "context"), lambda X: times * X)
    assert same(*step_sides(step)(instance, {"X": X}))
    with pytest.raises(ShapeMismatch, match="the left side is 3×2 and the right side 2×3"):
        _ = step_sides(replace(step, right=lambda X: X.T))(instance, {"X": X})


def test_a_wrong_invariant_is_refuted():
    looped = get("gd-looped")
    slower = replace(looped.invariant, step=lambda W, X, Y, eta: looped.invariant.step(W, X, Y, eta / 2))
    (verdict,) = verdicts(replace(looped, invariant=slower, steps=()))
    assert verdict.standing is Standing.REFUTED


@pytest.mark.parametrize(
    ("record", "method", "standing"),
    [
        (stepped("by a polynomial", lambda X: X + X, lambda X: 2 * X), "identity", Standing.CERTIFIED),
        (
            stepped("at every one-hot row", lambda E: E * E, lambda E: E, COUNTS),
            "exhaustive",
            Standing.PROVED,
        ),
        (stepped("by symbols", lambda X: exp(X + X), lambda X: exp(X) * exp(X)), "symbolic", Standing.PROVED),
        (stepped("by symbols, wrongly", lambda X: exp(X + X), lambda X: exp(X)), "symbolic", Standing.REFUTED),
        (stepped("by letters", lambda X: gelu(X), lambda X: gelu(-X) + X), "symbolic", Standing.PROVED),
        (stepped("by nobody", lambda X: root(X, 1), lambda X: 2 * root(X, 4)), "identity", Standing.UNDECIDED),
        (stepped("cell by cell", lambda X: relu(X - relu(X)), lambda X: 0 * X), "cells", Standing.CERTIFIED),
    ],
    ids=lambda part: part.steps[0].text if hasattr(part, "steps") else "",
)
def test_what_identity_testing_cannot_say_is_left_to_others(record, method, standing):
    (verdict,) = verdicts(record)
    assert (verdict.kind, verdict.subject) == ("step", record.steps[0].text)
    assert (verdict.method, verdict.standing) == (method, standing), verdict
