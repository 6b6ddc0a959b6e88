"""What the runs in floats say of a claim: bounds that are negative or have no value, constants, and what is counted."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from constructions.language import Head, Parameter, Within, at
from constructions.matrix import exact, ones
from constructions.matrix.rational import fractions_of
from tests.controls.base import TRUE, algorithm
from tests.language.small import bare, data_of, layer_of
from verify.arithmetic.formats import BINARY32, BINARY64, NumpyBfloat16, NumpyFloats
from verify.engines.bit_exact import _dyadic_parameters, bit_exact, dyadic_sizes, trits
from verify.engines.local_defect import local_defects
from verify.methods.floating import _rich, floating
from verify.plan import plan, stream_of_integers
from verify.verdict import Standing

NUMPY = [NumpyFloats(BINARY64), NumpyFloats(BINARY32), NumpyBfloat16()]


def judged(bound=None, models=NUMPY, **changes):
    claims = {} if bound is None else {"claims": (Within(bound),)}
    record = replace(TRUE, **claims, **changes)
    return floating(record, plan(record), models)


def test_a_negative_bound_is_kept_by_nothing():
    """0 ≤ −1 is false: it passed while the size of the bound was taken for the bound."""
    verdict = judged(lambda eta: -1)
    assert verdict.standing is Standing.REFUTED and "they differ by" in verdict.because


@pytest.mark.parametrize(("factor", "standing"), [("1/2", Standing.TESTED), ("3/2", Standing.REFUTED)])
def test_a_bound_is_held_against_the_whole_difference(factor, standing):
    """The algorithm is off by one in every entry."""
    away = lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta) + Fraction(factor) * ones(X_q.shape[0], Y.shape[1])  # noqa: E731
    assert judged(lambda eta: 1, algorithm=away).standing is standing


def test_a_bound_without_a_value_is_not_tested_by_runs_that_are_exact():
    """Network and algorithm are bit for bit what they are in rationals, and nobody compared them with the bound."""
    twice = lambda X, Y, X_q, eta: algorithm(X, Y, X_q, 2 * eta)  # noqa: E731
    verdict = judged(lambda eta: 1 / (eta - eta), algorithm=twice)
    assert verdict.evidence == {} and verdict.standing is Standing.UNDECIDED
    assert "division by a ball that contains zero" in verdict.because


def test_a_constant_has_bits_too():
    """The network gives 0 and 1/3 is claimed of it: no format is licensed for 1/3, and none is called inexact."""
    record = replace(TRUE, algorithm=lambda X, Y, X_q: exact("1/3") * ones(X_q.shape[0], Y.shape[1]))
    within = replace(record, claims=(Within(lambda eta: 10**9),))
    tally = bit_exact(within, plan(within), NUMPY)
    assert not tally.broken and not tally.points and "a multiple of 1/3" in tally.reason


class Off(NumpyFloats):
    """A product whose last bit is wrong."""

    def matmul(self, a, b):
        return super().matmul(a, b) * (1 + 2.0**-52)


def test_one_wrong_bit_is_seen_where_nothing_may_be_rounded():
    """Also beside models that are exact, whichever comes first."""
    exactly, off = NumpyFloats(BINARY64), Off(BINARY64)
    for models in ([off], [exactly, off], [off, exactly]):
        tally = bit_exact(TRUE, plan(TRUE), models)
        assert tally.broken == "the network in float64 in numpy is not exact, though its 53 bits suffice"
    assert floating(TRUE, plan(TRUE), [off]).standing is Standing.REFUTED


def test_sides_that_differ_in_rationals_are_no_matter_of_floats():
    wrong = replace(TRUE, algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, 2 * eta))
    assert bit_exact(wrong, plan(wrong), NUMPY).broken == "network and algorithm differ in exact rationals"
    assert not bit_exact(TRUE, plan(TRUE), NUMPY).broken


def test_points_and_bits_are_counted():
    """Three assignments cut to powers of two, then 2 and 1 throughout, and two data sets at each."""
    verdict = judged()
    assert verdict.evidence["bit-exact points"] == {model.name: 10 for model in NUMPY}
    assert verdict.scope.startswith("points bit-exact: float64 in numpy 10 (up to ")
    assert 0 < verdict.evidence["of_bound"] <= 1 and 0 < verdict.evidence["difference"] < 1e-12
    one = floating(TRUE, plan(TRUE, {"d_x": 1, "d_y": 1, "n": 1, "m": 1}), NUMPY)
    assert one.evidence["bit-exact points"] == {model.name: 2 for model in NUMPY}
    three = floating(TRUE, plan(TRUE, {"d_x": 1, "d_y": 1, "n": 3, "m": 1}), NUMPY)
    assert three.scope.startswith("bit-exact nowhere (a multiple of 1/")


def test_sizes_are_powers_of_two_but_for_those_that_are_given():
    made = list(dyadic_sizes(plan(TRUE)))
    assert len(made) == 5 and all(value & (value - 1) == 0 for sizes in made for value in sizes.values())
    assert {*made[-1].values()} == {1} and {*made[-2].values()} == {2} and max(made[0].values()) > 2
    assert {sizes["n"] for sizes in dyadic_sizes(plan(TRUE, {"n": 3}))} == {3}
    given = {"d_x": 3, "d_y": 5, "n": 3, "m": 7}
    assert list(dyadic_sizes(plan(TRUE, given))) == [given]


@pytest.mark.parametrize(("positive", "among"), [(True, {"1", "1/2"}), (False, {"1", "-1", "1/2", "0"})])
def test_parameters_are_dyadic_and_inside_their_domain(positive, among):
    record = replace(TRUE, parameters={"eta": Parameter(default="1/10", positive=positive)})
    numbers = stream_of_integers(32, "parameters")
    drawn = [_dyadic_parameters(record, dict(TRUE.sizes), numbers)["eta"] for _ in range(40)]
    assert {fractions_of(value)[0][0] for value in drawn} == set(map(Fraction, among))


@pytest.mark.parametrize("draw", ["trits", "rich"])
def test_data_stay_inside_their_domain(draw):
    record = replace(TRUE, domain={"Y": "signs"})
    instance, numbers = at(record), stream_of_integers(60, "domain")
    for _ in range(5):
        made = (
            trits(record, instance, numbers)
            if draw == "trits"
            else {name: _rich(record, instance, name, numbers) for name in record.data}
        )
        assert {entry for row in fractions_of(made["Y"]) for entry in row} <= {1, -1}
        free = {entry for row in fractions_of(made["X"]) for entry in row}
        assert free <= {-1, 0, 1} if draw == "trits" else all(-2 <= entry < 2 for entry in free) and len(free) > 3


class OffFarOut(NumpyFloats):
    """Products beyond 1000 are wrong."""

    def matmul(self, a, b):
        found = super().matmul(a, b)
        return np.where(np.abs(found) > 1000, found * (1 + 1e-6), found)


def test_a_layer_that_is_wrong_in_one_of_several_prompts_is_wrong():
    """Each query has a prompt of its own, and the second only has large numbers."""
    record = bare(weights=layer_of(lambda x, y: Head(x, x, y, y), "linear", "everything"))
    instance = at(record, {"d_x": 1, "d_y": 1, "n": 2, "m": 2})
    for last, broken in ((1, False), (10**5, True)):
        data = data_of([["1/3"], ["1/5"]], [[1], [3]], [["2/7"], [last]])
        assert len(instance.run(data).layouts) == 2
        (found,) = local_defects(instance, data, OffFarOut(BINARY64))
        assert (found.broken, found.of_bound > 1, found.observed > 1e-9) == (broken,) * 3
