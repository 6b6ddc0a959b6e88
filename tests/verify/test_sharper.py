"""A loose bound allows many networks at the defaults; honesty asks where it is tight."""

from dataclasses import replace
from fractions import Fraction

import pytest

from constructions import get
from constructions.gradient_descent.gd_step import weights
from constructions.language import Equal, Parameter, Within
from constructions.matrix import exact
from constructions.matrix.rational import fractions_of
from tests.controls.base import TRUE
from verify.engines.bounds import bound_at
from verify.engines.sharper import knobs, sharper
from verify.methods.honesty import honesty
from verify.plan import plan
from verify.standard import parameter_choices
from verify.verdict import Standing

SIZES = {"d": 2, "n": 2, "N": 2, "m": 1}


def single(name, kind=Within):
    record = get(name)
    return record.claiming(next(claim for claim in record.claims if isinstance(claim, kind)))


def test_knobs_are_what_the_network_alone_takes():
    """λ is the algorithm's too, and B is the box's: neither may be moved."""
    assert knobs(single("raw-ridge")) == ["s"]
    assert sorted(knobs(get("raw-sgd-step").claiming(get("raw-sgd-step").claims[-1]))) == ["N", "s"]
    assert knobs(get("gd-step")) == []


def test_every_knob_goes_where_the_bound_is_smaller():
    record = single("raw-ridge")
    choice = next(parameter_choices(record, SIZES))
    moved = sharper(record, SIZES, choice)
    (before,), (after,) = ([bound_at(record.claims[0], SIZES, one)] for one in (choice, moved))
    assert after < before / 10**6 and moved["lam"] is choice["lam"] and moved["B"] is choice["B"]


def test_a_loose_bound_is_no_dishonesty():
    record = single("raw-ridge")
    assert honesty(record, plan(get("raw-ridge"), {}, 0)).standing is Standing.TESTED


def test_where_a_bound_has_no_value_honesty_is_open():
    """With more examples the bound of raw-ridge says nothing, however small its scale: what it divides by may be 0."""
    verdict = honesty(single("raw-ridge"), plan(get("raw-ridge"), {"d": 1, "n": 6, "N": 6, "m": 1}, 0))
    assert verdict.standing is Standing.UNDECIDED and "the bound has no value" in str(verdict.because)


def test_a_prompt_with_the_answer_keeps_every_bound():
    """The layer adds something of order s² to the answer, which stands in the prompt."""
    record = get("gd-step")
    told = replace(
        record,
        parameters={"W_0": record.parameters["W_0"], "s": Parameter(default="1/10", positive=True)},
        weights=lambda d_x, d_y, n, s, W_0: weights(d_x, d_y, n, s * s, W_0),
        algorithm=lambda X_q, W_0: X_q @ W_0.T,
        claims=(Within(lambda s: 10**6 * s * s),),
        near_misses={},
        invariant=None,
        resources={},
    )
    assert knobs(told) == ["s"]
    verdict = honesty(told, plan(told, {}, 0))
    wide = "the bound is too wide to say anything, or the prompt carries the answer"
    assert verdict.standing is Standing.REFUTED and wide in str(verdict.because)


@pytest.mark.parametrize(("bound", "way"), [(lambda k: 1 / k, 1), (lambda k: k, -1), (lambda k: 1 / k + 1, 1)])
def test_a_knob_goes_up_or_down_until_the_bound_is_tight(bound, way):
    """By 4096 each time, from 1; a bound that stays above 1 is followed as far as it falls."""
    record = replace(
        TRUE,
        weights=lambda d_x, d_y, n, eta, k: TRUE.weights(d_x, d_y, n, k / k * eta),
        parameters={**TRUE.parameters, "k": Parameter(default="1", positive=True)},
        claims=(Equal(), Within(bound, "the bound")),
    )
    single = record.claiming(record.claims[1])
    start = {"eta": exact("1/10"), "k": exact(1)}
    moved = sharper(single, dict(TRUE.sizes), start)
    ((k,),) = fractions_of(moved["k"])
    rounds = 4 if bound(1) == 2 else 2
    assert k == Fraction(4096) ** (way * rounds) and moved["eta"] is start["eta"]
