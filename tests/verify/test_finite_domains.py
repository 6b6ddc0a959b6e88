"""What holds at every member of a finite domain is proved only where no parameter matters, and the members are counted."""

import re
from dataclasses import replace

import pytest

from constructions.language import Within
from constructions.matrix import exact
from tests.controls import bounds
from tests.controls.bounds import BETA, COUNTS
from verify.methods.enclosure import enclosure
from verify.methods.exhaustive import exhaustive, free_of_parameters
from verify.methods.inequality import inequality
from verify.plan import plan
from verify.verdict import Standing

BETWEEN = [control.record for control in (*bounds.CONTROLS, *bounds.FINITE) if control.record.parameters is BETA]
WITHIN = replace(COUNTS, claims=(Within(lambda: exact(1)),))


def test_members_are_counted():
    for method, record, words in (
        (exhaustive, COUNTS, "at the sizes S=2, n=3 (8 cases)"),
        (inequality, WITHIN, "at the sizes S=2, n=3 (8 cases)"),
        (enclosure, WITHIN, "at the sizes S=2, n=3, for the default and two other choices of parameters (8 points)"),
    ):
        verdict = method(record, plan(record, {"S": 2, "n": 3}))
        assert verdict.standing is Standing.PROVED
        assert verdict.scope == f"every data set in the domain {words}"
        assert list(verdict.evidence.values()) == [8]
    verdict = exhaustive(COUNTS, plan(COUNTS))
    listed = re.findall(r"S=(\d+), n=(\d+)", verdict.scope)
    assert len(listed) == 3 and verdict.evidence == {"cases": sum(int(S) ** int(n) for S, n in listed)}


@pytest.mark.parametrize("record", BETWEEN, ids=lambda record: record.name)
def test_a_parameter_that_matters_is_seen_wherever_it_stands(record):
    sizes = {"S": 2, "n": 3}
    assert not free_of_parameters(record, [sizes])
    method = enclosure if isinstance(record.claims[0], Within) else exhaustive
    verdict = method(record, plan(record, sizes))
    assert verdict.standing is Standing.TESTED and "parameters were fixed at a few values" in verdict.because


def test_a_parameter_that_does_not_matter_keeps_nothing_from_being_proved():
    idle = replace(COUNTS, parameters=BETA, weights=lambda S, beta: COUNTS.weights(S))
    assert free_of_parameters(idle, [{"S": 2, "n": 3}])
    assert exhaustive(idle, plan(idle, {"S": 2, "n": 3})).standing is Standing.PROVED


def test_two_numbers_of_one_domain_too_many_are_not_listed():
    verdict = exhaustive(COUNTS, plan(COUNTS, {"S": 29, "n": 29}))
    assert verdict.standing is Standing.UNDECIDED and verdict.because == "the data range over infinitely many matrices"
