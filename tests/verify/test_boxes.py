"""Bounds on boxes: what is true is proved, what is false by a thousandth is refuted at a point, the rest is undecided."""

import time
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import pytest

from constructions.language import Attention, Box, Equal, Head, Parameter, Stream, Transformer
from constructions.matrix import exact
from tests.controls.bounds_on_boxes import dips_between
from tests.verify.box_records import (
    SEVEN_SIXTHS,
    gelu_product,
    layer_norm,
    one_variable,
    relu_product,
    sink_attention,
)
from verify.engines.box_cases import Place
from verify.engines.box_words import left_at, scope
from verify.engines.scalings import Units
from verify.methods import boxes as method
from verify.methods.boxes import boxes
from verify.plan import plan
from verify.verdict import Standing


def judged(record, **sizes):
    return boxes(record, plan(record, sizes))


def scaled(factor):
    return lambda s, B: factor * SEVEN_SIXTHS * s * s * B * B * B * B


def test_the_product_of_gelus_is_proved_for_all_data_in_the_box_and_all_scales():
    seconds = []
    for _ in range(2):
        start = time.process_time()
        verdict = judged(gelu_product(scaled(1)))
        seconds.append(time.process_time() - start)
    assert verdict.standing is Standing.PROVED
    assert "every data set in the boxes at the sizes n=3, d=2; n=2, d=3; n=5, d=7" in verdict.scope
    assert "for all s, B > 0 with s·B in [1/20, 1/5]" in verdict.scope
    assert verdict.evidence["formulas"] == 1  # 47 entries are one function of other variables
    assert min(seconds) < 2


def test_the_bound_of_the_erf_form_is_false_for_the_tanh_form():
    verdict = judged(gelu_product(scaled(1), "gelu tanh"))
    assert verdict.standing is Standing.REFUTED
    point = verdict.counterexample
    s, b = point.parameters["s"][0][0], point.parameters["B"][0][0]
    assert abs(float(point.defect[0][0])) > SEVEN_SIXTHS * s**2 * b**4
    verdict = judged(gelu_product(scaled(Fraction(1006, 1000)), "gelu tanh"), n=2, d=1)
    assert verdict.standing is Standing.PROVED and "s·B in [4/45, 9/80]" in verdict.scope


@pytest.mark.parametrize(("activation", "largest"), [("gelu", "0.011589543169"), ("gelu tanh", "0.011645533872")])
def test_a_bound_is_decided_within_a_thousandth_of_the_true_maximum(activation, largest):
    def verdict(factor):
        record = gelu_product(lambda: Fraction(largest) * factor, activation, box=1)
        return judged(replace(record, weights=lambda d: record.weights(d, exact("1/10")), parameters={}), n=2, d=1)

    assert verdict(Fraction(1001, 1000)).standing is Standing.PROVED
    assert verdict(1 + Fraction(1, 10**6)).standing is Standing.PROVED
    below = verdict(Fraction(999, 1000))
    assert below.standing is Standing.REFUTED
    assert abs(below.counterexample.data["X"][0][0]) == abs(below.counterexample.data["Y"][0][0]) == 1


def test_a_bound_that_fails_on_a_ten_thousandth_of_the_box_is_refuted_at_a_point_of_it():
    largest = Fraction(38490017945975, 10**14)  # of |x − x³| on [−1, 1], near 1/√3

    def verdict(factor):
        return judged(one_variable(lambda X: X * X * X, lambda: largest * factor))

    assert verdict(1 + Fraction(1, 10**6)).standing is Standing.PROVED
    refuted = verdict(1 - Fraction(1, 10**8))  # it fails where ||x| − 1/√3| < 5·10⁻⁵
    assert refuted.standing is Standing.REFUTED
    assert abs(abs(refuted.counterexample.data["X"][0][0]) - 3**-0.5) < 1e-4


def test_kinks_inside_a_box_are_enclosed():
    def absolute(bound):
        return judged(one_variable(lambda X: 0 * X, lambda: bound, units=(1, 1))).standing

    assert absolute(Fraction(1001, 1000)) is absolute(1) is Standing.PROVED
    assert absolute(Fraction(999, 1000)) is Standing.REFUTED
    assert judged(relu_product(lambda: Fraction(1, 10))).standing is Standing.PROVED
    verdict = judged(relu_product(lambda: 0))  # true, and Equal is the claim for it
    assert verdict.standing is Standing.UNDECIDED and "parts that were looked at are left" in verdict.because


def test_layer_norm_passes_numbers_on_within_one_over_n():
    verdict = judged(layer_norm(lambda N, B: B * B / N))
    assert verdict.standing is Standing.PROVED
    assert "for all N, B > 0 with N/B in [80/9, 45/4]" in verdict.scope
    assert judged(layer_norm(lambda N, B: Fraction(97, 100) * B * B / N)).standing is Standing.REFUTED
    assert judged(layer_norm(lambda N, B: B * B * B / N)).standing is Standing.REFUTED  # the wrong power, true at B = 1


def test_normalised_attention_with_a_sink():
    record = sink_attention(Fraction(1, 4), lambda: Fraction(51, 100))
    assert judged(record, n=2, d=1).standing is Standing.PROVED
    assert judged(record, n=2, d=2).standing is Standing.REFUTED  # the scores are twice as large
    small = judged(sink_attention(Fraction(1, 4), lambda: Fraction(49, 100)), n=2, d=1)
    assert small.standing is Standing.REFUTED
    verdict = judged(sink_attention(Fraction(1, 2), lambda: 100), n=2, d=1)  # 1 + Σ s may vanish
    assert verdict.standing is Standing.UNDECIDED and "inverse may have no value on this box" in verdict.because


def test_sizes_shrink_where_an_entry_depends_on_too_many_numbers():
    assert (
        judged(sink_attention(Fraction(1, 12), lambda: Fraction(1, 5))).standing is Standing.REFUTED
    )  # at large sizes
    record = sink_attention(Fraction(1, 12), lambda n, d: n * n * d * d)  # false where a denominator vanishes
    verdict = judged(record)
    assert verdict.standing is Standing.PROVED
    sizes = verdict.scope.removeprefix("every data set in the boxes at the sizes ")
    assert sizes == "n=1, d=2; n=2, d=1; n=1, d=3"
    verdict = judged(sink_attention(Fraction(1, 12), lambda: 1), n=5, d=3)
    assert verdict.standing is Standing.UNDECIDED and "depends on 20 numbers" in verdict.because


def test_a_pole_behind_a_weight_of_zero_counts():
    def weights(d):
        x, y, z = stream = Stream(x=d, y=d, z=d)
        head = Head(query=x, key=y, value=0 * x, into=z)
        return Transformer(stream, (Attention((head,), kernel="linear", mask="context", normaliser="sum", sink=True),))

    record = replace(relu_product(lambda: 1), weights=weights, algorithm=lambda X, Y: 0 * X)
    assert judged(record, n=1, d=1).standing is Standing.UNDECIDED
    tame = replace(record, domain={"X": Box(1), "Y": Box(Fraction(1, 2))})
    assert judged(tame, n=1, d=1).standing is Standing.PROVED


def test_choices_of_what_is_no_variable_are_told_apart():
    """By their number, and by the products of the variables where there are any; of one choice no plural is said."""
    W, s = Parameter(default=1), Parameter(default=1, positive=True)
    both, fixed, free = (SimpleNamespace(data=("X",), parameters=p) for p in ({"W": W, "s": s}, {"W": W}, {"s": s}))
    places = [Place(SimpleNamespace(sizes={"n": 2}), {"W": exact(2), "s": exact(3)}, choice) for choice in (1, 2)]
    powers, none = Units((), {"s": {}}), Units((), {})
    assert [left_at(both, powers, place) for place in places] == ["s = 3, choice 2 of W", "s = 3, choice 3 of W"]
    assert [left_at(fixed, none, place) for place in places] == ["choice 2 of W", "choice 3 of W"]
    assert left_at(free, powers, places[0]) == "s = 3"
    assert scope(fixed, none, places[:1], None).endswith("n=2, W fixed at one choice")
    assert scope(fixed, none, places, None).endswith("n=2, W fixed at 2 choices")


def test_what_is_no_bound_on_boxes_is_undecided():
    record = gelu_product(scaled(1))
    assert "the claim is none" in judged(replace(record, claims=(Equal(),))).because
    mixed = judged(replace(record, domain={"X": Box("B")}))
    assert mixed.standing is Standing.UNDECIDED and "Y is not restricted to a box" in mixed.because


def test_parameters_that_cannot_be_variables_are_tested_at_a_few_values_only():
    record = gelu_product(scaled(1))
    numbers = {**record.parameters, "W": Parameter(default=1)}
    verdict = judged(replace(record, parameters=numbers, algorithm=lambda X, Y, W: W * X * Y))
    assert verdict.standing is Standing.REFUTED
    verdict = judged(replace(record, parameters=numbers, algorithm=lambda X, Y, W: X * Y + W * X - W * X))
    assert verdict.standing is Standing.TESTED
    values = "B = 1, s = 1/10; B = 2, s = 3/2; B = 1, s = 2"
    sizes = "every data set in the boxes at the sizes n=3, d=2; n=2, d=3; n=5, d=7"
    assert verdict.scope == f"{sizes} at {values}, W fixed at 5 choices"
    assert "parameters were fixed" in verdict.because


@pytest.mark.parametrize(("low", "high"), [("1/2", 1), (1, 2), ("1/32", "1/8")])
def test_a_bound_that_is_false_between_the_scales_that_are_tried_is_refuted(low, high):
    assert judged(gelu_product(dips_between(low, high)), n=2, d=1).standing is Standing.REFUTED


@pytest.mark.parametrize("bound", [lambda s, B: SEVEN_SIXTHS * s * s * B * B * B, lambda s, B: s * B / 50])
def test_a_bound_with_other_units_than_the_error_is_not_believed(bound):
    assert judged(gelu_product(bound)).standing is Standing.REFUTED


def test_wrong_variants_of_the_product_are_refuted():
    def swapped(d, s):
        return gelu_product(scaled(1)).weights(d, s * 2)

    wrong = replace(gelu_product(scaled(1)), weights=swapped)
    assert judged(wrong).standing is Standing.REFUTED


def test_models_and_balls_have_to_agree_on_a_counterexample(monkeypatch):
    monkeypatch.setattr(method, "decide", lambda *_: method.Answer.UNKNOWN)
    verdict = judged(gelu_product(scaled(Fraction(9, 10))))
    assert verdict.standing is Standing.UNDECIDED and "disagree" in verdict.because
