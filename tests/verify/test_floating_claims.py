"""What the runs in floats say of a claim: bounds that are negative or have no value, constants, and what is counted."""

from dataclasses import replace
from fractions import Fraction

import pytest

from constructions.language import Within
from constructions.matrix import exact, ones
from tests.controls.base import TRUE, algorithm
from verify.arithmetic.formats import BINARY32, BINARY64, NumpyBfloat16, NumpyFloats
from verify.engines.bit_exact import bit_exact
from verify.methods.floating import floating
from verify.plan import plan
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
