"""What the proofs on boxes rest on: expressions, units, enclosures with kinks; a composed bound confirmed by Taylor models."""

import random
from fractions import Fraction

import pytest

from constructions.language import (
    MLP,
    Box,
    Construction,
    Parameter,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    Within,
    at,
    build,
)
from constructions.matrix import Pole, exact
from tests.verify.box_records import gelu_product, gelu_units, layer_norm, sink_attention
from verify.arithmetic.ball import ball_entries, in_balls, precision
from verify.arithmetic.bernstein import least_of
from verify.arithmetic.boxes import settled
from verify.arithmetic.expressions import Pool
from verify.arithmetic.smooth import SERIES, ball, coefficients
from verify.arithmetic.straight_line import cut
from verify.arithmetic.taylor import TaylorArithmetic
from verify.engines.box_places import common_units, places_of
from verify.engines.composition import composed, symbolic
from verify.engines.scalings import units
from verify.engines.traced import data_at, numbers, traced
from verify.plan import plan
from verify.sides import claim_sides

RECORDS = {
    "gelu": gelu_product(lambda s, B: s),
    "layer norm": layer_norm(lambda N, B: N),
    "sink": sink_attention(Fraction(1, 4), lambda: 1),
}


@pytest.mark.parametrize("name", RECORDS)
def test_expressions_have_the_values_of_the_network(name):
    record, draw = RECORDS[name], random.Random(name)
    sizes = {size: 2 for size in record.sizes}
    parameters = {key: exact(Fraction(draw.randint(1, 9), 4)) for key in record.parameters}
    pool = (found := traced(record, sizes, {})).pool
    values = numbers(parameters, tuple(parameters))
    with precision(128):
        formulas = [cut(pool, (defect,), values, {}) for defect in found.defects]
        leaves = {leaf for _, own in formulas for leaf in own}
        point = {leaf: Fraction(draw.randint(-8, 8), 8) for leaf in sorted(leaves)}
        instance = build(record, sizes, parameters)
        left, right = claim_sides(instance, in_balls(data_at(record, sizes, parameters, point)))
        for (formula, own), true in zip(formulas, ball_entries(left - right), strict=True):
            (value,) = formula.run(TaylorArithmetic([(point[leaf], point[leaf]) for leaf in own], 1))
            assert value.range().overlaps(true) and value.range().rad() < 1e-25


def test_entries_that_are_the_same_function_are_one_formula():
    pool = Pool()
    x, y, z = (pool.node("data", "X", 0, k) for k in range(3))
    pairs = [(x * x + y).number, (z * z + x).number, (z * z + z).number]
    first, renamed, other = (cut(pool, (number,), {}, {})[0] for number in pairs)
    assert first == renamed != other


def test_only_what_is_true_of_all_real_numbers_is_simplified():
    pool = Pool()
    x, three = pool.node("data", "X", 0, 0), pool.constant(3)
    minus = -x
    assert (-minus).number == x.number and (-three).value == -3
    assert (x * 1).number == (x + 0).number == x.number and (x * 0).value == 0
    assert (x * 2).value is None and (x + 1).value is None and (x + 1).number != (x * 1).number
    assert (x.inverse() * 0).value == 0
    assert len(pool.guards) == 1  # where x has no value, neither has 0/x
    with pytest.raises(Pole, match="always zero"):
        _ = pool.constant(0).inverse()


def test_a_parameter_that_becomes_a_pole_is_one():
    pool = Pool()
    root = (pool.node("parameter", "s") + -1).inverse() * pool.node("data", "X", 0, 0)
    with pytest.raises(Pole, match="always zero"):
        _ = cut(pool, (root.number,), {"s": Fraction(1)}, {})
    formula, _ = cut(pool, (root.number,), {}, {"s": (Fraction(1, 2), Fraction(2))})
    with pytest.raises(Pole, match="inverse may have no value on this box"):
        _ = formula.run(TaylorArithmetic(formula.intervals, 4))


def test_units_are_those_of_the_formulas():
    def found(bound):
        record = gelu_product(bound)
        return common_units(record, places_of(record, plan(record, {"n": 1, "d": 1}))[0])

    good = found(lambda s, B: s * s * B * B * B * B)
    assert good.ones == ("B",) and good.powers == {"s": {"B": 1}} and good.in_words("s") == "s·B"
    assert good.values({"s": Fraction(1, 2), "B": Fraction(3)}) == {"s": Fraction(3, 2), "B": 1}
    bad = found(lambda s, B: s * s * B * B * B)
    assert bad.ones == () and bad.powers == {"B": {}, "s": {}}


def test_summands_and_arguments_must_have_the_same_units():
    def ones(build, bound):
        pool = Pool()
        s, x = pool.node("parameter", "s"), pool.node("data", "X", 0, 0)
        return units(pool, [(build(s, x).number, bound(s).number)], pool.guards, ["s"]).ones

    assert ones(lambda s, x: s * x + s, lambda s: s) == ("s",)
    assert ones(lambda s, x: s * x + s * s, lambda s: s) == ()
    assert ones(lambda s, x: s * x + 1, lambda s: s) == ()
    assert ones(lambda s, x: (s * x).apply("relu"), lambda s: s) == ("s",)
    assert ones(lambda s, x: (s * x).apply("gelu"), lambda s: s * s.inverse()) == ()
    assert ones(lambda s, x: (s * s.inverse() * x).apply("gelu"), lambda s: s * s.inverse()) == ("s",)
    assert ones(lambda s, x: (s * s).apply("reciprocal_sqrt") * s * s, lambda s: s) == ("s",)
    assert ones(lambda s, x: (s * s).apply("reciprocal_sqrt") * x, lambda s: s) == ()


@pytest.mark.parametrize("sign", [1, -1])
def test_both_signs_of_an_error_count(sign):
    def value(m):
        shifted = m.variable(0) - Fraction(1, 3)
        return (shifted * shifted * -2 + 2) * sign

    box = [(Fraction(-1), Fraction(1))]
    assert settled(lambda m: (value(m), m.constant(Fraction(2001, 1000))), box, order=3, most=50).left == 0
    failing = settled(lambda m: (value(m), m.constant(Fraction(1999, 1000))), box, order=3, most=50).failing
    assert failing is not None and abs(failing[0] - Fraction(1, 3)) < Fraction(1, 20)


def test_a_kink_is_enclosed_and_the_least_coefficient_points_at_the_least_value():
    draw = random.Random(7)
    with precision(128):
        for _ in range(60):
            models = TaylorArithmetic([(-1, 1)] * 2, 4)
            a, b, c = (Fraction(draw.randint(-9, 9), 8) for _ in range(3))
            linear = models.variable(0) * a + models.variable(1) * b + c
            for _ in range(8):
                point = [Fraction(draw.randint(-8, 8), 8) for _ in range(2)]
                true = ball(max(a * point[0] + b * point[1] + c, 0))
                assert linear.enclosed_relu().at(point).overlaps(true)
        lowest, place = least_of((models.variable(0) - models.variable(1)).terms, 2)
        assert place == (-1, 1) and lowest <= -2 and lowest > -2.0001


def test_a_part_that_is_left_is_left():
    box = [(Fraction(-1), Fraction(1))]
    square = lambda m: (m.variable(0) * m.variable(0) * Fraction(1, 3), m.constant(Fraction(1, 3)))  # noqa: E731
    found = settled(square, box, order=3, most=50)
    assert found.left and found.failing is None and 1 < found.ratio < 1.001
    nan = lambda m: (m.variable(0).inverse(), m.constant(Fraction(1)))  # noqa: E731
    assert settled(nan, [(Fraction(-2), Fraction(1))], order=3, most=9).failing is not None
    assert settled(lambda m: (nan(m)[0], m.constant(Fraction(10**9))), box, order=3, most=9).left


def test_the_tanh_form_is_narrow_far_left_of_zero():
    with precision(128):
        ends = [coefficients(SERIES["gelu tanh"], ball(Fraction(k, 10)), 1)[0] for k in (-61, -60, -59)]
        wide = coefficients(SERIES["gelu tanh"], ball(-6).union(ball(Fraction(-59, 10))), 4)
        assert wide[0].overlaps(ends[1]) and wide[0].overlaps(ends[2])
        assert wide[3].rad() < 1e-6


def chain(s):
    """x y w by two products in a row."""

    def weights(d, s):
        x, y, w, z, out = stream = Stream(x=d, y=d, w=d, z=d, out=d)
        layers = (MLP(gelu_units(x, y, z, s), "gelu"), MLP(gelu_units(z, w, out, s), "gelu"))
        return Transformer(stream, layers)

    return Construction(
        name="chain",
        title="A product of three",
        sizes={"n": 2, "d": 1},
        parameters={"s": Parameter(default=s, positive=True)},
        data={name: ("n", "d") for name in "XYW"},
        domain={name: Box(1) for name in "XYW"},
        weights=weights,
        prompt=lambda X, Y, W: Prompt(context=(Token(x=X, y=Y, w=W),)),
        readout=lambda out: Readout(out, at="context"),
        algorithm=lambda X, Y, W: X * Y * W,
        claims=(Within(lambda s: s),),
    )


def bound_of_chain(s):
    """A formula in the knob, at one value of it."""
    known = symbolic(chain("1/10"), {"n": 1, "d": 1})
    (error,) = composed(known, {}).errors
    (found,) = known.arithmetic.values([error], {("s", 0, 0): ball(s)})
    return Fraction(float(found.mid())).limit_denominator(10**12)


def test_the_bound_of_a_chain_is_computed_from_its_gadgets_and_holds():
    s = Fraction(1, 10)
    bound, record, draw = bound_of_chain(s), chain(s), random.Random(3)
    assert abs(bound - Fraction(1529772643, 64800000000)) < Fraction(1, 10**12)  # 2.36 %; the first product has 1.17 %
    with precision(128):
        instance, worst = at(record, {"n": 1}), 0.0
        for _ in range(40):
            values = [Fraction(draw.choice((-8, 8, draw.randint(-8, 8))), 8) for _ in "XYW"]
            data = in_balls({name: exact(value) for name, value in zip("XYW", values, strict=True)})
            left, right = claim_sides(instance, data)
            worst = max(worst, float(abs(ball_entries(left - right)[0]).upper()))
        assert 0.9 * bound < worst < bound


def test_taylor_models_confirm_the_bound_of_the_chain_and_refute_a_smaller_one():
    s = Fraction(1, 10)
    found = traced(chain(s), {"n": 1, "d": 1}, {})
    formula, _ = cut(found.pool, found.defects, {"s": s}, {})

    def below(bound):
        sides = lambda m: (formula.run(m)[0], m.constant(bound))  # noqa: E731
        return settled(sides, list(formula.intervals), order=6, most=60)

    assert below(bound_of_chain(s)).left == 0
    assert below(bound_of_chain(s) * Fraction(9, 10)).failing is not None
