"""The method `rate`: orders of limits are exact, and a wrong constant is no limit at all."""

import math
import re
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from constructions.language import (
    MLP,
    Attention,
    Construction,
    Equal,
    Head,
    Limit,
    Parameter,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    Units,
)
from constructions.matrix import exact, hardmax, ones, relu, softmax
from verify import Standing
from verify.arithmetic.polynomial import PolynomialArithmetic
from verify.arithmetic.rounding_floor import UNITS, rounding_floor
from verify.arithmetic.series import NeedsMoreTerms, SeriesArithmetic
from verify.engines.expansion import expansion_at
from verify.engines.knob_bounds import at_the_point
from verify.engines.paths import paths_of
from verify.engines.remainder import Place
from verify.methods.rate import rate
from verify.plan import plan


def two_heads(d, b, *, factor=1):
    """Softmax heads of opposite sign at scale b."""
    x, y, out = stream = Stream(x=d, y=1, out=1)
    made = tuple(Head(query=s * b * x, key=x, value=s * exact(factor) * y / (2 * b), into=out) for s in (1, -1))
    return Transformer(stream, (Attention(made, "softmax", "context"),))


def linear(d, b, *, kernel="linear"):
    """A head of score ⟨x_q, x_i⟩ and one of the score's b² multiple."""
    x, y, out = stream = Stream(x=d, y=1, out=1)
    made = tuple(Head(query=s * x, key=x, value=y, into=out) for s in (1, b * b))
    return Transformer(stream, (Attention(made, kernel, "context"),))


def centred(X, Y, X_q, n):
    return X_q @ X.T @ (Y - ones(n, n) @ Y / n) / n


def record(weights, algorithm, order, positive=True, knob="b"):
    return Construction(
        name="limit",
        title="A limit",
        weights=weights,
        prompt=lambda X, Y, X_q: Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),)),
        readout=lambda out: Readout(out, at="query"),
        algorithm=algorithm,
        sizes={"d": 2, "n": 3, "m": 1},
        parameters={knob: Parameter(default="1/10", positive=positive)},
        data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
        claims=(Limit({knob: order}),),
    )


def judged(*arguments, sizes=None, **more):
    made = record(*arguments, **more)
    return rate(made, plan(made, sizes))


def test_two_opposite_softmax_heads_are_a_centred_step_of_order_two():
    verdict = judged(two_heads, centred, 2)
    assert verdict.standing is Standing.PROVED
    assert "all real data" in verdict.scope and "b → 0" in verdict.scope
    assert verdict.evidence["order"] == 2 and Fraction(verdict.evidence["constant"]) != 0


@pytest.mark.parametrize("scale", [1, 100])
def test_a_bound_for_all_data_names_the_parameters_that_it_was_computed_at(scale):
    """The error is a b² times the data: what holds at a = 1/2 does not hold at a = 50."""

    def scaled(d, a, b):
        x, y, out = stream = Stream(x=d, y=1, out=1)
        return Transformer(stream, (Attention((Head(x, x, (1 + scale * a * b * b) * y, out),), "linear", "context"),))

    others = {"a": Parameter(default="1/2", positive=True), "c": Parameter(default=3)}
    plain = record(linear, lambda X, Y, X_q: X_q @ X.T @ Y, 2)
    made = replace(plain, weights=scaled, parameters={**plain.parameters, **others})
    verdict = rate(made, plan(made, {"d": 1, "n": 1, "m": 1}))
    assert verdict.standing is Standing.PROVED
    assert verdict.evidence["for all knobs and data"].endswith(
        "for all 0 < b ≤ 1/10 and all data with entries in [−1, 1], with d=1, n=1, m=1, a = [1/2]"
    )
    assert verdict.evidence["for all knobs and data"].startswith(f"|error| ≤ {scale / 2:g}")


@pytest.mark.parametrize("constant", ["1.0000041", "123456.4", "0.0299999949"])
def test_the_digits_of_a_bound_are_rounded_up(constant):
    """The error is c b² for all b, so nothing below c is a bound, and nothing above it is ruled out."""

    def scaled(d, b):
        x, y, out = stream = Stream(x=d, y=1, out=1)
        return Transformer(
            stream, (Attention((Head(x, x, (1 + exact(constant) * b * b) * y, out),), "linear", "context"),)
        )

    made = record(scaled, lambda X, Y, X_q: X_q @ X.T @ Y, 2)
    data = {"X": exact(1), "Y": exact(1), "X_q": exact(1)}
    path = paths_of(made, made.claims[0])[0]
    said = at_the_point(Place(made, {"d": 1, "n": 1, "m": 1}, {}, data, path, 2))["for all knobs"]
    bound, least = (Fraction(word) for word in re.findall(r"(?:error. ≤|below) ([\d.]+)", said))
    assert least <= Fraction(constant) <= bound <= Fraction(constant) * (1 + Fraction(1, 10**5))


def test_the_constant_is_the_fourth_cumulant():
    """At X = (0, 1), Y = (0, 1), x_q = 1 the network is tanh(b/2)/(2b) = 1/4 − b²/48 + …"""
    made = record(two_heads, centred, 2)
    data = {"X": exact([[0], [1]]), "Y": exact([[0], [1]]), "X_q": exact([[1]])}
    found = expansion_at(made, {"d": 1, "n": 2, "m": 1}, {"b": exact(1)}, data)
    assert str(found.constant()) == "-1/48"


def test_more_terms_than_are_needed_say_the_same():
    """A point starts with as many terms as the last one needed."""
    made, data = record(two_heads, centred, 2), {"X": exact([[0], [1]]), "Y": exact([[0], [1]]), "X_q": exact([[1]])}
    few, many = (expansion_at(made, {"d": 1, "n": 2, "m": 1}, {"b": exact(1)}, data, width=w) for w in (1, 9))
    assert (few.width, many.width) == (4, 9)
    assert str(few.constant()) == str(many.constant()) == "-1/48"


@pytest.mark.parametrize(
    ("order", "reason"),
    [(1, "is zero at every point"), (3, "order is 2 at most"), (-2, "·b^0, so its order is 0 at most")],
)
def test_another_order_is_not_the_order(order, reason):
    verdict = judged(two_heads, centred, order, sizes={"d": 2, "n": 3, "m": 2})
    assert verdict.standing is Standing.REFUTED
    assert reason in verdict.because


def test_an_error_of_a_billionth_in_the_constant_is_no_limit():
    verdict = judged(partial(two_heads, factor="1000000001/1000000000"), centred, 2)
    assert verdict.standing is Standing.REFUTED
    assert "order is 0 at most" in verdict.because
    assert verdict.counterexample is not None
    assert verdict.counterexample.parameters["b"] == "t"  # the answers are series in t, so it is said what t is


@pytest.mark.parametrize(("order", "standing"), [(2, "PROVED"), (1, "REFUTED"), (3, "REFUTED")])
def test_a_polynomial_network(order, standing):
    assert judged(linear, lambda X, Y, X_q: X_q @ X.T @ Y, order).standing is Standing[standing]


@pytest.mark.parametrize(("order", "standing"), [(-2, "PROVED"), (-1, "REFUTED"), (-3, "REFUTED")])
def test_a_knob_that_goes_to_infinity(order, standing):
    verdict = judged(lambda d, b: linear(d, 1 / b), lambda X, Y, X_q: X_q @ X.T @ Y, order)
    assert verdict.standing is Standing[standing]


def test_a_wrong_limit_and_an_error_that_is_always_zero():
    assert judged(linear, lambda X, Y, X_q: 2 * X_q @ X.T @ Y, 2).standing is Standing.REFUTED
    assert judged(lambda d, b: linear(d, 0 * b), lambda X, Y, X_q: X_q @ X.T @ Y, 2).standing is Standing.REFUTED


def one_head(d, b):
    x, y, out = stream = Stream(x=d, y=1, out=1)
    return Transformer(stream, (Attention((Head(query=b * x, key=x, value=y, into=out),), "softmax", "context"),))


def winners(X, Y, X_q):
    scores = X_q @ X.T
    return hardmax(scores, np.ones(scores.shape, dtype=bool)) @ Y


def test_an_exponential_limit_has_no_power_as_its_order():
    """softmax of scores that grow: the weights that stay behind are smaller than every power."""
    verdict = judged(one_head, winners, -1)
    assert verdict.standing is Standing.REFUTED
    assert "the error is smaller" in verdict.because


@pytest.mark.parametrize(("order", "standing"), [(1, "TESTED"), (2, "REFUTED")])
def test_softmax_at_zero_temperature_at_points(order, standing):
    """Two hard heads of opposite sign, times b/2; which score is the largest is known at points only."""
    verdict = judged(lambda d, b: two_heads(d, 1 / b), lambda X, Y, X_q: 0 * X_q @ X.T @ Y, order)
    assert verdict.standing is Standing[standing]


def bent(d, b):
    """The second difference of GeLU at 1, where its value is no number that is known."""
    stream = Stream(x=d, y=1, out=1)
    x, out = stream["x"], stream["out"]
    units = [Units(read=s * b * ones(1, d) @ x, into=out * -(2 - 3 * abs(s)), bias=1) for s in (1, 0, -1)]
    return Transformer(stream, (MLP(tuple(units), "gelu"),))


def test_what_has_no_series_is_tested_by_ratios_only():
    nothing = lambda X, X_q, Y: 0 * X_q @ X.T @ Y  # noqa: E731
    verdict = judged(bent, nothing, 2, sizes={"d": 1, "n": 1, "m": 1})
    assert verdict.standing is Standing.TESTED
    assert "ratios" in verdict.because and verdict.scope.startswith("6 points")  # three small, and three generic ones
    assert judged(bent, nothing, 1, sizes={"d": 1, "n": 1, "m": 1}).standing is Standing.UNDECIDED
    assert judged(bent, nothing, 3, sizes={"d": 1, "n": 1, "m": 1}).standing is Standing.REFUTED  # in balls


def test_a_relu_of_data_is_tested_at_points():
    relus = partial(linear, kernel="relu")
    small = {"d": 2, "n": 3, "m": 2}
    assert judged(relus, relu_sum, 2, sizes=small).standing is Standing.TESTED
    assert judged(relus, relu_sum, 3, sizes=small).standing is Standing.REFUTED
    assert judged(relus, relu_sum, 1, sizes=small).standing is Standing.REFUTED
    assert judged(relus, relu_sum, 2, positive=False).standing is Standing.UNDECIDED


def relu_sum(X, Y, X_q):
    return relu(X_q @ X.T) @ Y


def tilted_heads(d, b):
    """The difference quotient of a softmax mean at the scale 1, where its weights are no rational numbers."""
    x, y, out = stream = Stream(x=d, y=1, out=1)
    made = tuple(Head(query=(1 + s * b) * x, key=x, value=s * y / (2 * b), into=out) for s in (1, -1))
    return Transformer(stream, (Attention(made, "softmax", "context"),))


def tilted_covariance(X, Y, X_q, n, *, off=0):
    s = X_q @ X.T
    p = softmax(s, np.ones(s.shape, dtype=bool))
    means = (p * s) @ ones(n, 1)
    return (p * s) @ Y - means * (p @ Y) + exact(off) * p @ Y


def test_coefficients_with_exponentials():
    small = {"d": 2, "n": 2, "m": 2}
    assert judged(tilted_heads, tilted_covariance, 2, sizes=small).standing in (Standing.PROVED, Standing.TESTED)
    assert judged(tilted_heads, tilted_covariance, 1, sizes=small).standing is Standing.REFUTED
    assert judged(tilted_heads, tilted_covariance, 3, sizes=small).standing is Standing.REFUTED
    off = partial(tilted_covariance, off="1/1000000000")
    assert judged(tilted_heads, off, 2, sizes=small).standing is Standing.REFUTED


def test_other_claims_and_two_knobs_are_left_alone():
    made = record(two_heads, centred, 2)
    assert rate(made.claiming(Equal()), plan(made)).standing is Standing.UNDECIDED


def test_series_know_what_they_do_not_know():
    ring = SeriesArithmetic(PolynomialArithmetic([]), 4)
    t, one = ring.power(1), ring.power(0)
    series = (one + -t).inverse()
    assert [str(series.coefficient(k)) for k in range(4)] == ["1", "1", "1", "1"]
    with pytest.raises(NeedsMoreTerms):
        _ = series.coefficient(4)
    assert (series + ring.power(-2) * series).end == 2
    assert ring.is_zero((-t).relu()) and not ring.is_zero(t.relu())
    rest = series + -series
    assert not ring.is_zero(rest)
    with pytest.raises(NeedsMoreTerms):
        _ = rest.inverse()
    assert str((t + t * t).exp()) == "1 + 1·t + 3/2·t^2 + 7/6·t^3 + O(t^4)"
    assert str(ring.power(-2) * (t + t)) == "2·t^-1" and str(t + -ring.power(3)) == "1·t - 1·t^3"


@pytest.mark.parametrize("gadget", ["heads", "gelus"])
@pytest.mark.parametrize("kind", UNITS)
def test_rounding_ends_the_limit_where_predicted(kind, gadget):
    """Both lose one digit in the knob (values of size 1/b that cancel; values of size t over t²) and have order 2."""
    torch = pytest.importorskip("torch")
    generator, dtype = torch.Generator().manual_seed(0), getattr(torch, kind)
    x, y = (torch.rand(2, 64, generator=generator, dtype=torch.float64) * 2 - 1).bfloat16().double()
    answer, limit = {"heads": (heads_in_floats, centred_covariance), "gelus": (gelus_in_floats, torch.mul)}[gadget]
    knobs = [2.0 ** (-k / 2) for k in range(52)]
    errors = [(answer(x.to(dtype), y.to(dtype), b).double() - limit(x, y)).abs().mean().item() for b in knobs]
    best, predicted = knobs[errors.index(min(errors))], rounding_floor(2, 1, UNITS[kind])
    assert 1 / 4 < best / predicted.knob < 4
    assert 1 / 300 < min(errors) / predicted.error < 1


def heads_in_floats(s, y, b):
    s, y = s.view(8, 8), y.view(8, 8)
    plus, minus = ((sign * b * s).softmax(1) * (y / (2 * b)) for sign in (1, -1))
    return plus.sum(1) - minus.sum(1)


def centred_covariance(s, y):
    s, y = s.view(8, 8), y.view(8, 8)
    return ((y - y.mean(1, keepdim=True)) * s).mean(1)


def gelus_in_floats(x, y, t):
    def gelu(u):
        return u * (1 + (u / 2**0.5).erf()) / 2

    p, m = t * (x + y), t * (x - y)
    return (gelu(p) + gelu(-p) - gelu(m) - gelu(-m)) * ((math.pi / 2) ** 0.5 / (4 * t * t))


def test_a_floor_needs_a_growing_error():
    with pytest.raises(ValueError, match="no floor"):
        _ = rounding_floor(2, -2, 1e-16)
    assert rounding_floor(2, 1, 2.0**-54, amplification=2).knob == pytest.approx(2.0 ** (-53 / 3))
