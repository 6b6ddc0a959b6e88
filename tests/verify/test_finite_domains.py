"""What holds at every member of a finite domain is proved only where no parameter matters, and the members are counted."""

import re
from dataclasses import replace

import pytest

from constructions.language import Within
from constructions.matrix import exact, exp
from constructions.sequences.induction_head import INDUCTION_HEAD
from tests.controls import bounds
from tests.controls.base import TRUE
from tests.controls.bounds import BETA, COUNTS
from verify.methods.enclosure import enclosure
from verify.methods.exhaustive import exhaustive, free_of_parameters
from verify.methods.inequality import inequality
from verify.methods.property import property_search
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
    (cases,) = verdict.evidence.values()
    assert cases % 8 == 0 and cases >= 3 * 8  # all of them, at every choice of the parameter


def test_a_parameter_that_does_not_matter_keeps_nothing_from_being_proved():
    idle = replace(COUNTS, parameters=BETA, weights=lambda S, beta: COUNTS.weights(S))
    assert free_of_parameters(idle, [{"S": 2, "n": 3}])
    assert exhaustive(idle, plan(idle, {"S": 2, "n": 3})).standing is Standing.PROVED


def test_two_numbers_of_one_domain_too_many_are_not_listed():
    verdict = exhaustive(COUNTS, plan(COUNTS, {"S": 29, "n": 29}))
    assert verdict.standing is Standing.UNDECIDED and verdict.because == "the data range over infinitely many matrices"


FALSE = [
    control.record for control in bounds.CONTROLS if "negative" in control.record.name or "beta" in control.record.name
]


@pytest.mark.parametrize("record", FALSE, ids=lambda record: record.name)
def test_a_false_bound_is_not_proved_for_all_parameters(record):
    verdict = inequality(record, plan(record, {**record.sizes, "n": 3}))
    assert verdict.standing is Standing.UNDECIDED, verdict


def test_a_bound_with_exponentials_is_proved_for_all_parameters():
    (within,) = (claim for claim in INDUCTION_HEAD.claims if isinstance(claim, Within))
    single = INDUCTION_HEAD.claiming(within)
    verdict = inequality(single, plan(single, {**single.sizes, "n": 3}))
    assert verdict.standing is Standing.PROVED and verdict.scope.endswith(", for all beta > 0")


def test_what_cannot_be_built_is_not_a_counterexample():
    record = replace(TRUE, weights=lambda d_x, d_y, n, eta: TRUE.weights(d_x, d_y, n, exp(eta)))
    verdict = property_search(record, plan(record))
    assert verdict.standing is Standing.UNDECIDED and "exp has no value" in verdict.because
