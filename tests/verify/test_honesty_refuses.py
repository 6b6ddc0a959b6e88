"""The guard of honesty on its own refuses what it is there for, and says which of its checks did."""

from dataclasses import replace

import pytest

from tests.controls import at_load, empty_theorems, peeking, smuggling, two_faced
from tests.controls.base import TRUE, algorithm
from verify.methods.honesty import honesty
from verify.plan import plan
from verify.scrutiny.digging import digging
from verify.verdict import Standing

SLOW = ("the-answer-is-data-with-an-idle-layer", "nothing-is-computed", "one-item-holds-everything")
FAMILIES = (empty_theorems, peeking, smuggling, two_faced, at_load)
CONTROLS = {
    control.record.name: control.record
    for family in FAMILIES
    for control in family.CONTROLS
    if "honesty" in control.refuted and control.record.name not in SLOW
}
EMPTY = "without its layers the network still satisfies the claim"
WORDS = {
    "the-answer-is-data": "no answer depends on the data of other items",
    "a-gadget-whose-answer-is-data": EMPTY,
    "a-gadget-whose-layer-is-idle": EMPTY,
    "a-gadget-that-computes-nothing": EMPTY,
    "a-write-that-is-undone": "no answer depends on the data of other items",
    "remembers-in-a-global": "weights writes to a global name",
    "remembers-in-a-class": "weights uses the class Box, which is not read",
    "a-matrix-that-lies": "algorithm uses the class Liar, which is not read",
    "a-form-that-squares": "readout uses the class Squares, which is not read",
    "asks-isinstance": "weights uses isinstance",
    "reads-the-environment": "weights uses a _Environ, which can change or is not read",
    "a-method-for-an-algorithm": "algorithm is a method: give a plain function",
    "weights-that-remember-data": "weights uses a list, which can change or is not read",
    "by-a-private-attribute": "algorithm uses _arithmetic",
    "by-a-helper": "algorithm uses _arithmetic",
    "by-a-refusal": "algorithm catches exceptions",
}


@pytest.mark.parametrize("name", CONTROLS)
def test_what_is_not_honest_is_refused_and_the_reason_is_said(name):
    record = CONTROLS[name]
    verdict = honesty(record, plan(record, record.sizes))
    assert (verdict.kind, verdict.method, verdict.standing) == ("honesty", "honesty", Standing.REFUTED), verdict
    if name in [control.record.name for control in at_load.CONTROLS]:
        assert "a fresh process builds another network" in verdict.because
    elif name in [control.record.name for control in (*peeking.CONTROLS, *two_faced.CONTROLS)]:
        assert digging(record) == verdict.because
    assert WORDS.get(name, "") in verdict.because


def counting():
    count = 0

    def remembers(X, Y, X_q, eta):
        nonlocal count
        count += 1
        return algorithm(X, Y, X_q, eta) * count

    return remembers


def in_text(X, Y, X_q, eta):
    words = "entries"
    return algorithm(X, Y, X_q, eta) if words == "%s" % X else X_q  # noqa: UP031


def alone(X, Y, X_q, eta):
    share = 7 % 4
    return algorithm(X, Y, X_q, eta) * share / 3


def summed(X, Y, X_q, eta):
    """`:=` inside a comprehension writes to a name of the function around it, which ends with the call."""
    total = 0
    return [total := total + algorithm(X, Y, X_q, eta / 2) for _ in range(2)][-1]


def stepping(X, Y, X_q, eta):
    """A function inside may outlive one of its own calls."""
    count = 0

    def step():
        nonlocal count
        count += 1
        return algorithm(X, Y, X_q, eta)

    return step() + step() * (count - 2)


def test_what_a_comprehension_writes_to_ends_with_the_call():
    assert not digging(replace(TRUE, algorithm=summed))
    assert digging(replace(TRUE, algorithm=stepping)).startswith("algorithm writes to count, which outlives the call")


def test_what_outlives_a_call_or_becomes_text_is_seen():
    assert digging(replace(TRUE, algorithm=counting())).startswith("algorithm writes to count, which outlives the call")
    assert digging(replace(TRUE, algorithm=in_text)).startswith("algorithm turns a value into text")
    assert not digging(replace(TRUE, algorithm=alone)) and not digging(TRUE)
