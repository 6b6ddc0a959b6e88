"""A near miss is refuted by the first counterexample; methods that come later cannot change the answer, and do not run."""

from dataclasses import replace

import pytest

from constructions import get
from verify.methods import near_misses
from verify.methods.claims import CLAIM_METHODS
from verify.plan import plan
from verify.verdict import Counterexample, Standing, Verdict, undecided

POINT = Counterexample({}, {}, {}, 1, 2, -1)


@pytest.fixture
def single():
    record = get("sigmoid-pieces")
    return record.claiming(record.claims[0])


def judged(monkeypatch, single, answers):
    """The refutation where the methods answer so, and which of them ran."""
    ran = []

    def method(name, verdict):
        def judge(construction, at):
            ran.append(name)
            return verdict

        return replace(next(iter(CLAIM_METHODS.values())), judge=judge, judges=(object,))

    table = {str(number): method(str(number), verdict) for number, verdict in enumerate(answers)}
    monkeypatch.setattr(near_misses, "CLAIM_METHODS", table)
    return near_misses.refutation(single, plan(single)), ran


def refuted(number, point=None):
    return Verdict("claim", "", f"method {number}", Standing.REFUTED, "", counterexample=point)


def test_the_first_counterexample_ends_the_search(monkeypatch, single):
    open_one = undecided("none", "", "", "")
    found, ran = judged(monkeypatch, single, [open_one, refuted(1), refuted(2, POINT), refuted(3, POINT)])
    assert found.method == "method 2" and ran == ["0", "1", "2"]


def test_without_a_counterexample_all_methods_run_and_the_first_refutation_stays(monkeypatch, single):
    found, ran = judged(monkeypatch, single, [refuted(0), undecided("none", "", "", ""), refuted(2)])
    assert found.method == "method 0" and ran == ["0", "1", "2"]


def test_what_no_method_refutes_is_not_refuted(monkeypatch, single):
    found, ran = judged(monkeypatch, single, [undecided("none", "", "", "")] * 2)
    assert found is None and ran == ["0", "1"]
