"""Sizes that the source of a record names, and no plan has: which are tried, which are not, and what is found there."""

from dataclasses import replace

import pytest

from constructions import get
from constructions.language import Limit, Within
from tests.controls.base import TRUE, algorithm, weights
from tests.controls.named_sizes import CONTROLS
from tests.controls.tiny_errors import off_by
from verify import Standing, verify
from verify.engines.source_sizes import NAMED, _met, assignments, beyond_the_plan, numbers_of
from verify.plan import plan

TABLE = (7,) * 20


def by_many(d_x, d_y, n, eta, *, more=31):
    """99 stands in the docstring alone."""
    return weights(d_x, d_y, n + 0 * len("window:41"), eta * TABLE[3] / TABLE[3] + 0 * more)


def found(record):
    return next(beyond_the_plan(record.claiming(record.claims[0]), plan(record)), None)


def test_numbers_stand_in_the_code_in_defaults_in_constants_and_in_words():
    record = replace(TRUE, weights=by_many)
    assert numbers_of(record) - numbers_of(TRUE) == {3, 7, 20, 31, 41}


def test_sizes_are_tried_together_where_they_are_small_and_alone_where_not():
    record = replace(
        TRUE, weights=lambda d_x, d_y, n, eta: weights(d_x, d_y, n, eta * (1 + 8 * d_x - 8 * d_x + 40 * n - n * 40))
    )
    tried = [tuple(sizes.values()) for sizes in assignments(record, plan(record))]
    assert (8, 8, 8, 8) in tried and (10, 10, 10, 10) in tried and (40, 2, 2, 2) in tried and (2, 2, 42, 2) in tried
    assert (40, 40, 40, 40) not in tried and len(tried) == len(set(tried))


def test_what_was_asked_for_is_not_changed():
    record = CONTROLS[0].record
    assert found(record).standing is Standing.REFUTED
    given = plan(record, {"d_x": 3})
    assert all(sizes["d_x"] == 3 for sizes in assignments(record, given)) and not [*beyond_the_plan(record, given)]


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.record.name)
def test_a_counterexample_is_no_larger_than_it_must_be(control):
    verdict = found(control.record)
    assert verdict.standing is Standing.REFUTED and verdict.method == "property"
    assert sorted(verdict.counterexample.sizes.values())[:2] <= [2, 2]
    (one,) = verify(control.record, methods=("property", "symbolic")).of("claim")
    assert one.counterexample.sizes == verdict.counterexample.sizes


def test_a_bound_is_tried_too_and_a_limit_is_not():
    def turned(d_x, d_y, n, eta, *, bar=8):
        return weights(d_x, d_y, n, eta * (2 if d_x > bar else 1))

    wrong = replace(TRUE, weights=turned, claims=(Within(lambda: 0),))
    assert found(wrong).standing is Standing.REFUTED
    assert found(replace(wrong, claims=(Limit({"eta": 1}),))) is None
    far = replace(wrong, weights=lambda d_x, d_y, n, eta: turned(d_x, d_y, n, eta, bar=9999))
    assert found(far) is None  # no size that is tried is so large


def test_a_record_that_raises_there_is_refuted_by_none():
    def odd(d_x, d_y, n, eta):
        return weights(d_x, d_y, n, eta * (4 - d_x) / (4 - d_x))

    assert found(replace(TRUE, weights=odd)) is None


@pytest.mark.parametrize("record", [TRUE, get("gd-step"), get("mesa-layer"), get("mov")], ids=lambda one: one.name)
def test_what_is_true_stays_so(record):
    assert found(record) is None


def test_what_is_wrong_everywhere_is_found_by_the_methods_as_before():
    verdict = verify(replace(TRUE, weights=off_by(1)), methods=("symbolic",)).of("claim")[0]
    assert verdict.standing is Standing.REFUTED and verdict.method == "symbolic"
    assert algorithm is TRUE.algorithm


def test_a_refutation_outlives_a_builder_that_raises_at_smaller_sizes():
    def odd(d_x, d_y, n, eta):
        return weights(d_x, d_y, n, eta * (1 if d_x < 8 else 2) * (d_x - 1) / (d_x - 1))

    verdict = found(replace(TRUE, weights=odd))
    assert (
        verdict.standing is Standing.REFUTED
        and verdict.because == f"the two sides differ {NAMED}"
        and verdict.counterexample.sizes["d_x"] >= 8
    )


def test_it_outlives_a_builder_that_raises_from_now_on(monkeypatch):
    def gone(*_):
        raise SystemExit

    monkeypatch.setattr("verify.engines.source_sizes.simplified", gone)
    assert found(CONTROLS[0].record).counterexample


def test_what_is_wrong_at_all_sizes_is_not_said_to_be_wrong_at_some(monkeypatch):
    """Missed at the first point of the plan, and met at a size of the source: the author would look for that size."""
    wrong = replace(TRUE, weights=lambda d_x, d_y, n, eta: weights(d_x, d_y, n, 2 * eta * TABLE[3] / 7))
    monkeypatch.setattr(
        "verify.engines.source_sizes._met", lambda *given: _met(*given) if given[1]["d_x"] != 3 else None
    )
    verdict = found(wrong)
    assert verdict.because == "the two sides differ at the point printed"
    assert set(verdict.counterexample.sizes.values()) == {1}
    monkeypatch.setattr(
        "verify.engines.source_sizes._agree", lambda *_: True
    )  # missed at all the points of the plan, too
    bound = found(replace(wrong, claims=(Within(lambda: 0),)))
    assert bound.because == "|network − algorithm| exceeds the bound at the point printed"


def test_a_large_number_is_tried_beside_many_small_ones():
    def turned(d_x, d_y, n, eta, *, small=(3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)):
        return weights(d_x, d_y, n, eta if d_x <= 90 else 2 * eta)

    verdict = found(replace(TRUE, weights=turned))
    assert verdict.standing is Standing.REFUTED and verdict.counterexample.sizes == {
        "d_x": 91,
        "d_y": 1,
        "n": 1,
        "m": 1,
    }
