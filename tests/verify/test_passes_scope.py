"""For which parameters a network that writes tokens is proved: not where a root or a quotient has no value."""

import pytest

from tests.controls.written_tokens import EVERYWHERE, WHEREVER, WRONG
from verify.methods.passes import passes
from verify.plan import plan
from verify.verdict import Standing

ALL = "all real data and parameters and all sizes d, T (by induction over the passes)"


@pytest.mark.parametrize("name", WHEREVER)
def test_what_has_no_value_somewhere_is_said(name):
    record = WHEREVER[name]
    found = passes(record, plan(record))
    assert found.standing is Standing.PROVED
    assert found.scope == f"{ALL}, wherever the inverses exist and nothing is divided by zero"


@pytest.mark.parametrize("name", EVERYWHERE)
def test_what_has_a_value_everywhere(name):
    record = EVERYWHERE[name]
    found = passes(record, plan(record))
    assert (found.standing, found.scope) == (Standing.PROVED, ALL)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_recurrence_is_not_proved(name):
    assert passes(WRONG[name], plan(WRONG[name])).standing is Standing.UNDECIDED
