"""Limits of GeLU networks, of softmax temperatures and along paths; bounds for all t ≤ t_0; where floats end a limit."""

import math
import random
from dataclasses import replace
from fractions import Fraction
from functools import partial

import flint
import numpy as np
import pytest

from constructions.language import BadConstruction, Box, Exponential, Parameter, build
from constructions.matrix import Pole, Unsupported, exact
from constructions.matrix.rational import fractions_of
from tests.controls.bounds import LIMIT_BETWEEN_THE_POINTS
from tests.verify.limits import (
    POSITION_LIMIT,
    gelu_product,
    induction_limit,
    normalised_limit,
    product_limit,
    softmax_limit,
    two_knob_limit,
    two_knobs,
)
from verify import Standing
from verify.arithmetic.ball import ball_entries, in_balls, precision, surely_nonzero
from verify.arithmetic.germ import GermArithmetic
from verify.arithmetic.series import SeriesArithmetic
from verify.arithmetic.series_functions import (
    NeedsMoreTerms,
    exp_series,
    gelu_series,
    gelu_tanh_series,
    reciprocal_sqrt_series,
)
from verify.arithmetic.smooth import SERIES, ball, coefficients
from verify.arithmetic.symbols import Symbols
from verify.engines.along_path import _all_points
from verify.engines.ball_ratios import agrees, observed_orders, points_of
from verify.engines.expansion import expansion_at
from verify.engines.floors import _departure, _knob, _least
from verify.engines.knob_bounds import bounds_for_all_knobs
from verify.engines.paths import NoPath, paths_of
from verify.engines.remainder import Place, _largest, _number, bound_in_box, bound_up_to, box_of, surely_below
from verify.methods.rate import rate
from verify.plan import plan
from verify.sides import claim_sides

TANH = partial(gelu_product, activation="gelu tanh")
SMALL = {"n": 4, "S": 2}
AT = {"X": exact([["7/10"]]), "Y": exact([["3/10"]])}
ONE = {"n": 1}


def judged(record, sizes=None):
    """At one small size assignment: the series are the same at all."""
    return rate(record, plan(record, sizes or {name: min(size, 2) for name, size in record.sizes.items()}))


def place(record, data, order, sizes=ONE, **more):
    return Place(record, sizes, {}, data, paths_of(record, record.claims[0])[0], order, **more)


@pytest.mark.parametrize("weights", [gelu_product, TANH])
@pytest.mark.parametrize(("order", "standing"), [(2, "PROVED"), (1, "REFUTED"), (3, "REFUTED")])
def test_four_gelus_multiply_with_an_error_of_order_two(weights, order, standing):
    assert judged(product_limit(order, weights)).standing is Standing[standing]


def test_the_sharp_constant_of_a_gelu_product():
    """−xy(x² + y²)/3, by hand; and in the tanh form a polynomial in κ² beside it."""
    assert str(expansion_at(product_limit(), ONE, {}, AT).constant()) == "-203/5000"
    constant = expansion_at(product_limit(2, TANH), ONE, {}, AT).constant()
    with precision(128):
        x, y = (ball(Fraction(s)) for s in ("7/10", "3/10"))
        third = ball(Fraction(44715 * 6, 10**6)) - 8 / (2 * flint.arb.pi())  # from tanh v = v − v³/3
        assert Symbols([]).value(constant).overlaps(third * x * y * (x * x + y * y) / 3)


@pytest.mark.parametrize("weights", [gelu_product, TANH])
def test_a_billionth_too_much_in_a_gelu_product_is_no_limit(weights):
    verdict = judged(product_limit(2, partial(weights, factor="1000000001/1000000000")))
    assert verdict.standing is Standing.REFUTED
    assert "order is 0 at most" in verdict.because


@pytest.mark.parametrize(
    ("rate_of", "standing"), [(1, "PROVED"), ("1/2", "REFUTED"), (2, "REFUTED"), ("3/2", "REFUTED")]
)
def test_the_induction_head_converges_like_exp_of_minus_beta(rate_of, standing):
    verdict = judged(induction_limit(Exponential(rate_of)), SMALL)
    assert verdict.standing is Standing[standing]
    assert "every data set in the domain" in verdict.scope or standing == "REFUTED"


def test_an_exponential_order_by_ratios():
    """The fallback sees −log E/β, and tells 1 from 2 and from 1/2."""
    record = induction_limit(Exponential(1))
    data = {"E": exact([[1, 0], [0, 1], [0, 1], [1, 0]])}
    (path,) = paths_of(record, record.claims[0])
    orders = observed_orders(record, {"n": 4, "S": 2}, {}, data, path)
    assert agrees(orders, path)
    for other in (2, "1/2"):
        assert not agrees(orders, paths_of(record, induction_limit(Exponential(other)).claims[0])[0])


def test_an_exponential_order_has_no_bound_in_powers():
    """The bounds for all knobs divide by a power of 1/β: of 2 e^{−β} at X = (1, −1) they would say 0.034 e^{−β} for β ≥ 8."""
    verdict = judged(POSITION_LIMIT)
    assert verdict.standing is Standing.PROVED
    assert "all real data" in verdict.scope and verdict.evidence["constants"] == {"n=2": "X_0 - X_1"}
    assert not {"for all knobs", "for all knobs and data"} & {*verdict.evidence}


def test_gaps_that_are_no_whole_numbers():
    """softmax of (0, 2/3, 2/3 + 1/2)·β: the mass beside the maximum is e^{−β/2} + e^{−7β/6}, a series in e^{−β/6} only."""
    record = softmax_limit(Exponential("1/2"))
    data = {"X": exact([[0], ["2/3"], ["7/6"]])}
    found = expansion_at(record, {"n": 3}, {}, data)
    assert (found.scale, found.order) == (6, 3)
    assert [str(entry.coefficient(3)) for entry in found.error] == ["0", "1", "-1"]
    assert str(found.error[0].coefficient(7)) == "1"
    assert expansion_at(softmax_limit(Exponential(1)), {"n": 3}, {}, data).too_low()[0] == 3


@pytest.mark.parametrize("bad", [0, -1, "-1/2", 0.5])
def test_a_rate_is_a_positive_exact_number(bad):
    with pytest.raises(BadConstruction, match="positive exact number"):
        _ = Exponential(bad)


@pytest.mark.parametrize(
    ("knobs", "standing"),
    [
        ({"s": 2, "N": -1}, "PROVED"),
        ({"s": 1, "N": -1}, "REFUTED"),
        ({"s": 2, "N": -2}, "REFUTED"),
        ({"s": 3, "N": -1}, "REFUTED"),
        ({"s": 2}, "REFUTED"),
    ],
)
def test_two_knobs_along_paths(knobs, standing):
    assert judged(two_knob_limit(knobs)).standing is Standing[standing]


def test_a_limit_in_two_knobs_says_what_stands_along_each_path():
    verdict = judged(two_knob_limit({"s": 2, "N": -1}))
    paths = ["s = t, N = t^-2, t → 0", "s = t, N = t^-4, t → 0", "s = t^2, N = t^-2, t → 0"]
    assert [*verdict.evidence["constants along"]] == paths and verdict.evidence["order"] == {"s": 2, "N": -1}
    assert all(path in verdict.scope for path in paths)


def test_a_term_that_is_small_on_the_balanced_path_only():
    """s⁴ N is t² for s = t, N = t⁻², and 1 for N = t⁻⁴."""
    mixed = judged(two_knob_limit({"s": 2, "N": -1}, partial(two_knobs, mixed=1)))
    assert mixed.standing is Standing.REFUTED
    assert "N = t^-4" in mixed.because


def test_a_declared_path_has_the_order_of_its_slowest_term():
    declared = two_knob_limit({"s": 2, "N": -1}, path={"s": 1, "N": -3})
    assert judged(declared).standing is Standing.PROVED
    assert "s = t, N = t^-3" in judged(declared).scope
    slow = two_knob_limit({"s": 2, "N": -2}, path={"s": 1, "N": -1})
    assert judged(slow).standing is Standing.REFUTED


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (two_knob_limit({"s": 2, "N": -1}, path={"s": 1}), "the path names s"),
        (two_knob_limit({"s": 2, "N": -1}, path={"s": 1, "N": 1}), "signs of the orders"),
        (two_knob_limit({"s": Exponential(1), "N": -1}), "the only one"),
        (two_knob_limit({"s": True}), "whole number"),
        (two_knob_limit({}), "names no knob"),
    ],
)
def test_limits_that_are_not_judged(record, reason):
    with pytest.raises(NoPath, match=reason):
        _ = paths_of(record, record.claims[0])
    assert judged(record).standing is Standing.UNDECIDED


def errors_at(knob, record=None, data=None):
    """|error| at a value of the knob, in balls: independent of any series."""
    left, right = claim_sides(build(record or product_limit(), ONE, {"t": exact(knob)}), in_balls(data or AT))
    return [abs(entry) for entry in ball_entries(left - right)]


@pytest.mark.parametrize(("t_0", "most"), [("1", "0.0444"), ("1/4", "0.0409"), ("1/64", "0.04061")])
def test_the_bound_for_all_knobs_is_sharp_and_never_broken(t_0, most):
    found = bound_up_to(place(product_limit(), AT, 2), Fraction(t_0))
    assert found.t_0 == Fraction(t_0)
    assert found.least <= 0.0406 + 1e-12 <= found.constant <= float(most)
    draw = random.Random(t_0)
    with precision(256):
        for _ in range(12):
            t = Fraction(t_0) * Fraction(draw.randint(1, 2**10), 2**10)
            assert all(error <= ball(Fraction(found.constant)) * ball(t * t) for error in errors_at(t))


def test_a_bound_of_a_percent_less_would_be_broken():
    """The bound is sharp to a percent: planted, a constant 2 % smaller fails at a knob next to 0."""
    found = bound_up_to(place(product_limit(), AT, 2), Fraction(1, 64))
    t = Fraction(1, 2**12)
    with precision(256):
        assert not any(
            error <= ball(Fraction(found.constant) * Fraction(98, 100)) * ball(t * t) for error in errors_at(t)
        )


def test_a_bound_for_all_data_in_a_box():
    """The sharp constant on [−1, 1]² is 2/3, at (1, 1)."""
    record = product_limit()
    found = bound_in_box(place(record, box_of(record, ONE, {}), 2, box=True), Fraction(1, 16))
    assert 2 / 3 <= found.constant <= 4 / 3 + 0.01
    with precision(256):
        corner = {"X": exact(1), "Y": exact(1)}
        for t in (Fraction(1, 16), Fraction(1, 33), Fraction(1, 500)):
            assert all(e <= ball(Fraction(found.constant)) * ball(t * t) for e in errors_at(t, record, corner))


def test_a_declared_box_is_the_box_of_the_bound():
    wide = product_limit(domain={"X": Box(2), "Y": Box(2)})
    verdict = judged(wide)
    assert verdict.standing is Standing.PROVED
    assert "entries in [−2, 2]" in verdict.evidence["for all knobs and data"]
    assert "t^2 for all 0 < t ≤ 1/4, at a point with n=2" in verdict.evidence["for all knobs"]
    found = bound_in_box(place(wide, box_of(wide, ONE, {}), 2, box=True), Fraction(1, 16))
    assert found.constant >= 2 / 3 * 16


@pytest.mark.parametrize("value", ["1/3", "2/3", "7", "1/1000003"])
def test_a_bound_as_a_float_is_not_smaller(value):
    with precision(256):
        assert ball(Fraction(_number(ball(Fraction(value))))) >= ball(Fraction(value))


def test_what_is_no_number_is_larger_than_every_number():
    """Or a bound of one entry would stand for another, of which nothing is known."""
    unknown, one = flint.arb("nan"), flint.arb(1)
    for values in ([unknown, one], [one, unknown], [one, flint.arb.pos_inf()]):
        assert not _largest(values).is_finite()
    assert _largest([one, flint.arb(2)]) == 2 and _largest([]) == 0


def test_what_has_a_pole_is_bounded_as_far_as_it_goes():
    """1/(1 − t) − 1 on (0, 2]: no constant will do, and on a part of it one does."""
    with precision(128):
        ring = GermArithmetic(6, Fraction(2))
        with pytest.raises((Unsupported, Pole)):
            _ = (ring.constant(Fraction(1)) + -ring.power(1)).inverse()


GERMS = {
    "gelu": (lambda u: u.compose(SERIES["gelu"]), lambda v: coefficients(SERIES["gelu"], v, 1)[0]),
    "tanh": (lambda u: u.compose(SERIES["gelu tanh"]), lambda v: coefficients(SERIES["gelu tanh"], v, 1)[0]),
    "exp": (lambda u: (u * u).compose(lambda s: s.exp()), lambda v: (v * v).exp()),
    "inverse": (lambda u: (u * u + u.ring.constant(Fraction(3))).inverse(), lambda v: 1 / (v * v + 3)),
    "root": (lambda u: (u * u + u.ring.constant(Fraction(3))).reciprocal_sqrt(), lambda v: 1 / (v * v + 3).sqrt()),
}


@pytest.mark.parametrize("name", GERMS)
def test_no_value_is_outside_a_germ(name):
    function, true = GERMS[name]
    draw = random.Random(name)
    with precision(128):
        for _ in range(30):
            ring = GermArithmetic(draw.randint(1, 9), Fraction(1, draw.choice((1, 2, 8))))
            c = [Fraction(draw.randint(-8, 8), 8) for _ in range(3)]
            germ = function(ring.germ(0, [ball(x) for x in c], flint.arb(0)))
            t = ring.t_0 * Fraction(draw.randint(1, 64), 64)
            point = ball(c[0] + c[1] * t + c[2] * t * t)
            value = sum((x * ball(t**k) for k, x in enumerate(germ.known, germ.start)), flint.arb(0))
            inside = value + germ.rest * ball(t**germ.end)
            assert inside.overlaps(true(point))


def test_a_germ_divides_by_the_knob_exactly_and_says_what_it_does_not_know():
    with precision(128):
        ring = GermArithmetic(4, Fraction(1, 2))
        t, three = ring.power(1), ring.constant(Fraction(3))
        assert (t * ring.power(-1) + -ring.power(0)).known == ()
        assert ((t + t * t) * ring.power(-2)).start == -1
        assert ring.is_zero(t + -t)
        rest = (three + t).inverse()
        with pytest.raises(NeedsMoreTerms):
            _ = rest.coefficient(4)
        with pytest.raises(NeedsMoreTerms):
            _ = (ring.power(-9) * rest).over(2)
        with pytest.raises(Unsupported, match="grows beyond all bounds"):
            _ = ring.power(-1).compose(lambda s: s.exp())
        with pytest.raises(Unsupported, match="may be zero"):
            _ = ring.germ(0, [flint.arb(0, 1)], flint.arb(0)).inverse()
        with pytest.raises(Unsupported, match="sign may change"):
            _ = (t + ring.constant(Fraction(-1, 4))).relu()
        assert ring.is_zero((-three).relu()) and not ring.is_zero(three.relu())


SERIES_OF = {"gelu": gelu_series, "gelu tanh": gelu_tanh_series}


@pytest.mark.parametrize("name", SERIES_OF)
def test_exact_series_of_gelu_agree_with_balls(name):
    ring = SeriesArithmetic(Symbols(), 9)
    exactly = SERIES_OF[name](ring.power(1))
    with precision(128):
        for power, c in enumerate(coefficients(SERIES[name], flint.arb(0), 9)):
            value = ring.field.value(exactly.coefficient(power))
            assert value.overlaps(c) and (value.is_zero() or value.rad() < 1e-20)


def test_exact_series_of_one_over_a_root():
    ring = SeriesArithmetic(Symbols(["x"]), 6)
    x, t = ring.of(ring.field.variable(0)), ring.power(1)
    u = ring.constant(Fraction(9, 4)) * ring.power(-2) + x + t
    rest = reciprocal_sqrt_series(u) * reciprocal_sqrt_series(u) * u + -ring.power(0)
    assert all(ring.field.is_zero(rest.coefficient(k)) for k in range(rest.start, rest.end))
    assert rest.end >= 4
    for bad, reason in ((ring.constant(Fraction(2)), "no rational"), (t, "power 1"), (x, "not a number")):
        with pytest.raises(Unsupported, match=reason):
            _ = reciprocal_sqrt_series(bad)
    for bad in (ring.constant(Fraction(-4)), ring.constant(Fraction(0))):
        with pytest.raises(Pole):
            _ = reciprocal_sqrt_series(bad)
    with pytest.raises(Unsupported, match="other than 0"):
        _ = gelu_series(ring.power(0)).known


def test_an_exponential_of_an_exponential_is_evaluated():
    """exp(e + 1) − 41.18…: the value is that of the exponent, not of its leading coefficient."""
    ring = SeriesArithmetic(Symbols(), 3)
    inner = exp_series(ring.power(0)) + ring.power(0)
    twice = exp_series(inner).coefficient(0)
    with precision(128):
        assert ring.field.value(twice).overlaps((flint.arb(1).exp() + 1).exp())
        assert surely_nonzero(ring.field.value(twice) - 7)


@pytest.mark.parametrize(("order", "standing"), [(2, "TESTED"), (3, "REFUTED"), (1, "UNDECIDED")])
def test_without_exact_series_balls_refute_what_is_too_good(order, standing):
    """GeLU at 1: Φ(1) has no exact value, so the order is tested by ratios, and refuted in balls."""
    verdict = judged(normalised_limit(order))
    assert verdict.standing is Standing[standing]
    if order == 3:
        assert "order is 2 at most" in verdict.because


def test_balls_do_not_refute_the_true_order():
    record = normalised_limit(2)
    assert surely_below(place(record, {"X": exact([["7/10"]])}, 2)) is None
    assert surely_below(place(record, {"X": exact([["7/10"]])}, 3)) is not None


FACTOR = 2.0  # prediction and observation of the knob, at generic data; steps of β for an exponential order


@pytest.mark.parametrize("record", [product_limit(), induction_limit(Exponential(1))], ids=["gelus", "softmax"])
def test_the_floor_is_predicted_and_observed(record):
    floor = judged(record, SMALL if record.name == "induction-head" else {"n": 5}).evidence["floor"]
    assert set(floor) == {"float64", "float32", "bfloat16"}
    for seen in floor.values():
        predicted, observed = seen["predicted knob"], seen["observed knob"]
        if record.name == "induction-head":
            assert abs(predicted - observed) <= FACTOR
        else:
            assert 1 / FACTOR <= predicted / observed <= FACTOR
            assert 1 / 8 <= seen["predicted error"] / seen["observed error"] <= 8


def test_a_limit_without_cancellation_has_no_floor():
    """A polynomial of the knob only rounds; and what is predicted for bfloat16 is not what float64 does."""
    floor = judged(two_knob_limit({"s": 2, "N": -1})).evidence["floor"]
    assert floor["float64"]["predicted knob"] is None and floor["float64"]["observed knob"] is None
    gelus = judged(product_limit()).evidence["floor"]
    assert gelus["bfloat16"]["observed knob"] > 1000 * gelus["float64"]["observed knob"]


def test_the_smallest_error_is_one_that_is_a_number_and_grows_again():
    """The float network may overflow at the first knobs; without a larger error behind it nothing was seen."""
    none = {"observed knob": None, "observed error": None}
    assert _least("observed", {1.0: math.nan, 0.5: 1.0, 0.25: 5.0}) == {"observed knob": 0.5, "observed error": 1.0}
    assert _least("observed", {1.0: 5.0, 0.5: 1.0, 0.25: 2.0}) == _least("observed", {}) == none


def test_a_limit_ends_where_one_entry_stops_to_follow_its_truncation():
    """Entries without a constant are not looked at, and neither is what comes before the first knob at which all follow."""
    rows = [(knob, np.array([1.0, 1.0, 0.0]), None, np.array(errors)) for knob, errors in enumerate(COURSE)]
    assert _departure(rows, lambda cut, _, errors: errors > cut) == 3


COURSE = ([0, 9, 0], [0, 0, 9], [0, 0, 0], [0, 9, 0], [9, 9, 9])


@pytest.mark.parametrize(("orders", "knob"), [({"N": -1}, 4), ({"s": 2}, 1 / 4), ({"s": 2, "N": -1}, 1 / 4)])
def test_a_floor_names_the_knob_and_not_t(orders, knob):
    """t = 1/4 is N = 4; with two knobs there is only t."""
    assert _knob(place(two_knob_limit(orders), {}, 2), Fraction(1, 4)) == knob


@pytest.mark.parametrize(
    ("orders", "path", "t_0"),
    [
        ({"s": 2}, None, "1/10"),
        ({"s": 2}, {"s": 2}, "1/4"),
        ({"N": -1}, {"N": -3}, "1/8"),
        ({"s": 2, "N": -1}, None, "1/16"),
    ],
)
def test_no_knob_of_a_bound_is_farther_from_its_limit_than_its_default(orders, path, t_0):
    """s = 1/10 and N = 100: the largest t itself, else the largest power of 1/2."""
    record = two_knob_limit(orders, path=path)
    assert paths_of(record, record.claims[0])[0].farthest(record) == Fraction(t_0)


def test_what_vanishes_at_the_points_only_is_no_limit():
    """All that is drawn from the box are eighths; only variables see what stands between them."""
    assert rate(LIMIT_BETWEEN_THE_POINTS, plan(LIMIT_BETWEEN_THE_POINTS)).standing is Standing.TESTED


def test_points_stay_in_the_domain():
    """Generic points are drawn where the data are all real numbers; from anything less it is a member that is drawn."""
    inside = product_limit(domain={"X": Box(1), "Y": Box(1)})
    drawn_from = {True: points_of(inside, plan(inside)), False: points_of(product_limit(), plan(product_limit()))}
    for bounded, points in drawn_from.items():
        entries = [
            abs(entry) for _, _, data in points for X in data.values() for row in fractions_of(X) for entry in row
        ]
        assert (max(entries) <= 1) is bounded


def test_only_a_finite_domain_without_other_parameters_is_gone_through_whole():
    """Points of an infinite domain are no proof for every data set in it."""

    def whole(record):
        return _all_points(record, plan(record), record.claims[0])[0]

    finite = induction_limit(Exponential(1))
    assert whole(finite) and not whole(product_limit(2))
    assert not whole(replace(finite, parameters={**finite.parameters, "other": Parameter(default=1)}))


def test_a_bound_that_was_not_found_is_not_said(monkeypatch):
    at = place(product_limit(domain={"X": "real", "Y": "real"}), AT, 2)
    assert {*bounds_for_all_knobs(at, True)} == {"for all knobs", "for all knobs and data"}
    assert {*bounds_for_all_knobs(at, False)} == {"for all knobs"}
    for name in ("bound_up_to", "bound_in_box"):
        monkeypatch.setattr(f"verify.engines.knob_bounds.{name}", lambda place, t_0: None)
    assert bounds_for_all_knobs(at, True) == {"for all knobs": "no bound was found"}


def test_parameters_that_are_no_single_matrix_are_named_without_values():
    several = {"W": Parameter((2, 1, 1), default=0), "a": Parameter(default=2)}
    record = product_limit(
        parameters={**product_limit().parameters, **several}, weights=lambda t, W, a: gelu_product(t)
    )
    at = place(record, AT, 2)
    for values, words in (({"W": (exact(1), exact(2)), "a": exact(2)}, "at one choice of W, a"),):
        said = bounds_for_all_knobs(replace(at, parameters=values), True)
        assert said["for all knobs and data"].endswith(f", with n=1, {words}")
