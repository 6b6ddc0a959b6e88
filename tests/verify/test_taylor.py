"""Taylor models: no point of a box is ever outside, and the bounds are as sharp as they say."""

import random
import time
from fractions import Fraction

import flint
import numpy as np
import pytest

from constructions.matrix import Matrix, Unsupported, exact, softmax
from verify.arithmetic.ball import BALL, ball_entries, balls, precision
from verify.arithmetic.boxes import bound_on_box
from verify.arithmetic.entries import Table
from verify.arithmetic.smooth import ball, coefficients, gelu_series, gelu_tanh_series
from verify.arithmetic.taylor import TaylorArithmetic

SQUARE = [(-1, 1), (-1, 1)]


def gelu_erf(u):
    return u.compose(gelu_series)


def gelu_tanh(u):
    return u.compose(gelu_tanh_series)


ZOO = {
    "product": (lambda x, y: x * y * x + 3 * y - x * Fraction(1, 3), lambda x, y: x * y * x + 3 * y - x / 3),
    "exp": (lambda x, y: (x * y - x).exp(), lambda x, y: (x * y - x).exp()),
    "reciprocal": (lambda x, y: (x * x + y + 9).inverse(), lambda x, y: 1 / (x * x + y + 9)),
    "relu": (lambda x, y: (x + 9).relu() + (y - 9).relu(), lambda x, y: x + 9),
    "erf": (lambda x, y: gelu_erf(x + y * y), lambda x, y: value_of(gelu_series, x + y * y)),
    "tanh": (lambda x, y: gelu_tanh(x - x * y), lambda x, y: value_of(gelu_tanh_series, x - x * y)),
    "nested": (
        lambda x, y: (gelu_erf(x).exp() + 1).inverse(),
        lambda x, y: 1 / (value_of(gelu_series, x).exp() + 1),
    ),
}


def value_of(function, x):
    return coefficients(function, x, 1)[0]


def box_of(draw):
    """Two intervals in [−4, 4], some of them small."""
    middles, radii = ([Fraction(draw.randint(1, 2**12), 2**12 // s) for _ in range(2)] for s in (3, 1))
    return [
        (m - r, m + r)
        for m, r in zip((middles[0], -middles[1]), (r / draw.choice((1, 8, 64)) for r in radii), strict=True)
    ]


@pytest.mark.parametrize("name", ZOO)
def test_no_point_of_a_box_is_outside(name):
    function, true = ZOO[name]
    draw = random.Random(name)
    with precision(128):
        for _ in range(40):
            models = TaylorArithmetic(box_of(draw), draw.randint(1, 7))
            model = function(models.variable(0), models.variable(1))
            for _ in range(8):
                point = [Fraction(draw.randint(-64, 64), 64) for _ in range(2)]
                inside = [(a + b) / 2 + s * (b - a) / 2 for s, (a, b) in zip(point, models.box, strict=True)]
                value = true(*map(ball, inside))
                assert model.at(point).overlaps(value)
                assert model.range().overlaps(value)


def test_a_remainder_that_excludes_zero_is_carried_through():
    models = TaylorArithmetic([(0, "1/8")], 3)
    x = models.variable(0)
    shifted = x._with(x.terms, flint.arb("2.5", "0.5"))
    assert all((-shifted).exp().range().contains((-flint.arb(v)).exp()) for v in (2, "2.5", 3, "3.125"))
    assert all(shifted.exp().range().contains(flint.arb(v).exp()) for v in (2, "2.5", 3, "3.125"))


@pytest.mark.parametrize(
    ("gelu", "t", "milliseconds"),
    [(gelu_erf, "1/2", 100), (gelu_erf, "1/10", 100), (gelu_tanh, "1/2", 500), (gelu_tanh, "1/10", 200)],
)
def test_the_product_of_gelus_is_bounded_within_a_thousandth(gelu, t, milliseconds):
    function, seconds = gelu_product(gelu, Fraction(t)), []
    for _ in range(3):
        start = time.process_time()
        lower, upper, _ = bound_on_box(function, SQUARE, 1e-3)
        seconds.append(time.process_time() - start)
    assert 0 < lower <= upper <= 1.001 * lower
    assert lower <= largest(gelu, Fraction(t)) * (1 + 1e-9) <= upper * (1 + 1e-8)
    assert min(seconds) * 1000 < milliseconds


def gelu_product(gelu, t):
    """The four-GeLU product minus x y; `t` is exact."""

    def error(x, y):
        scale = (flint.arb.pi() / 2).sqrt() / (4 * ball(t * t))
        plus, minus = (x + y) * ball(t), (x - y) * ball(t)
        return (gelu(plus) + gelu(-plus) - gelu(minus) - gelu(-minus)) * scale - x * y

    return error


def largest(gelu, t):
    """The largest modulus of the error on a grid with the corners, by balls at its points."""
    series = {gelu_erf: gelu_series, gelu_tanh: gelu_tanh_series}[gelu]
    with precision(128):
        function = gelu_product(lambda u: value_of(series, u), t)
        grid = [Fraction(k, 8) for k in range(-8, 9)]
        return max(float(abs(function(ball(x), ball(y)))) for x in grid for y in grid)


def test_subdivision_finds_a_maximum_inside_and_stops_where_it_is_told():
    lower, upper, boxes = bound_on_box(lambda x: x * (x * x - 1), [(-1, "3/4")], 1e-6)
    assert lower <= 2 / 27**0.5 <= upper <= lower * (1 + 1e-6)
    assert boxes < 200
    assert bound_on_box(lambda x: x.inverse(), [(-1, 1)], 0.1, most=20).upper == float("inf")


def test_softmax_on_a_box():
    models = TaylorArithmetic([(Fraction(-1, 8), Fraction(1, 8))] * 3, 4)
    visible = np.array([[True, True, True]])
    scores = Matrix(models, Table([[models.variable(k) for k in range(3)]], 3))
    first = softmax(scores, visible)._entries.cells[0][0]
    linear = models.constant(Fraction(1, 3)) + scores._entries.cells[0][0] * Fraction(1, 3)
    linear = linear - sum(models.variable(k) for k in range(3)) * Fraction(1, 9)
    assert (first - linear).range().abs_upper() < 0.01
    value = softmax(balls(exact([["1/16", "-1/8", "1/8"]])), visible)._entries[0, 0]
    assert first.at([Fraction(1, 2), Fraction(-1), Fraction(1)]).overlaps(value)


def test_relu_needs_a_sign():
    with pytest.raises(Unsupported, match="changes sign"):
        _ = TaylorArithmetic([(-1, 1)], 3).variable(0).relu()


def test_the_cap_of_series_is_put_back_and_no_term_is_lost():
    before = flint.ctx.cap
    assert len(coefficients(lambda s: s.exp(), flint.arb(0), 30)) == 30
    assert coefficients(lambda s: s.exp(), flint.arb(0), 30)[29] > 0
    assert flint.ctx.cap == before
    with pytest.raises(ArithmeticError, match="are needed"):
        _ = coefficients(lambda s: s.derivative(), flint.arb(0), 4)


def test_a_fraction_becomes_a_ball_once_for_every_precision():
    third, radii = exact("1/3"), []
    for bits in (64, 256, 64):
        with precision(bits):
            (ball,) = ball_entries(balls(third))
            radii.append(float(ball.rad()))
            assert BALL.lift(third) is BALL.lift(third)
    assert radii[0] == radii[2] > 0 and radii[1] < 2.0**-250
