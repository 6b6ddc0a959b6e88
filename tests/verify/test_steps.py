"""Proof steps and invariants are judged under their own names, by identity testing and then by what may know more."""

from dataclasses import replace

import pytest

from constructions import get
from constructions.language import Reading, Step
from constructions.matrix import exp, gelu, relu
from tests.controls.base import TRUE
from tests.controls.bounds import COUNTS
from verify.methods.steps import steps
from verify.plan import plan
from verify.verdict import Standing


def verdicts(record):
    return list(steps(record, plan(record)))


def stepped(name, left, right, record=TRUE):
    return replace(record, steps=(Step(name, left, right),))


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
        (stepped("by nobody", lambda X: gelu(X), lambda X: gelu(X)), "identity", Standing.UNDECIDED),
        (stepped("cell by cell", lambda X: relu(X - relu(X)), lambda X: 0 * X), "cells", Standing.CERTIFIED),
    ],
    ids=lambda part: part.steps[0].text if hasattr(part, "steps") else "",
)
def test_what_identity_testing_cannot_say_is_left_to_others(record, method, standing):
    (verdict,) = verdicts(record)
    assert (verdict.kind, verdict.subject) == ("step", record.steps[0].text)
    assert (verdict.method, verdict.standing) == (method, standing), verdict
