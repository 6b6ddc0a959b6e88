"""Every wrong construction is refuted by the kind of check that should see it, and none of them stands."""

import pytest

from tests.controls import empty_theorems, special_cases, two_faced, weights_and_masks
from tests.controls.base import CAUSAL, TRUE
from verify import Standing, verify

FAMILIES = (weights_and_masks, empty_theorems, special_cases, two_faced)
ALL = [control for family in FAMILIES for control in family.CONTROLS]


@pytest.mark.parametrize("record", [TRUE, CAUSAL], ids=lambda record: record.name)
def test_the_true_theorems_stand(record):
    verify(record).require()


@pytest.mark.parametrize("control", ALL, ids=lambda control: control.record.name)
def test_a_wrong_construction_is_refuted(control):
    report = verify(control.record)
    kinds = {verdict.kind for verdict in report.verdicts if verdict.standing is Standing.REFUTED}
    assert kinds & set(control.refuted) or not control.refuted, [
        (v.kind, v.method, v.standing.value, v.because) for v in report.verdicts
    ]
    assert not report.stands


def test_there_are_controls():
    assert len(ALL) >= 25
