"""What grows beyond all bounds with the knob: softmax and GeLU far out, roots of positive squares, and what is not certain."""

from fractions import Fraction
from functools import partial

import flint
import numpy as np
import pytest

from constructions.language import (
    MLP,
    Attention,
    Block,
    Construction,
    Head,
    LayerNorm,
    Limit,
    Parameter,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    Units,
)
from constructions.matrix import Unsupported, exact, ones
from verify import Standing
from verify.arithmetic.ball import precision
from verify.arithmetic.entries import Table
from verify.arithmetic.far import LACKS, vanishing
from verify.arithmetic.germ import GermArithmetic
from verify.arithmetic.polynomial import PolynomialArithmetic
from verify.arithmetic.series import SeriesArithmetic
from verify.arithmetic.series_functions import SMOOTH, NeedsMoreTerms
from verify.arithmetic.smooth import ball
from verify.arithmetic.symbols import Symbols
from verify.engines.expansion import expansion_at
from verify.engines.paths import paths_of
from verify.engines.remainder import Place, bound_in_box, bound_up_to, box_of
from verify.methods.rate import rate
from verify.plan import plan

EVERYTHING = np.ones((1, 3), dtype=bool)


def series(width=4, names=(), positive=()):
    return SeriesArithmetic(Symbols(names, positive=positive), width)


@pytest.mark.parametrize("function", SMOOTH)
def test_gelu_far_out_is_its_argument_or_nothing(function):
    ring = series()
    far, one = ring.power(-1), ring.power(0)
    assert str(SMOOTH[function](far + one)) == "1·t^-1 + 1 + O(t^3)"
    assert str(SMOOTH[function](far + one) + -far) == "1 + O(t^3)"
    nothing = SMOOTH[function](-far + one)
    assert not nothing.known and not nothing.exact and not ring.is_zero(nothing)
    with pytest.raises(NeedsMoreTerms):
        _ = ring.inverse(nothing)


def test_what_grows_with_a_sign_that_is_not_known():
    ring = series(names=["a"])
    u = ring.of(ring.field.variable(0)) * ring.power(-1)
    for function in SMOOTH.values():
        with pytest.raises(Unsupported, match="its sign not being certain"):
            _ = function(u)
    signed = SeriesArithmetic(Symbols(), 4, positive=False)
    with pytest.raises(Unsupported, match="its sign not being certain"):
        _ = SMOOTH["gelu"](signed.power(-1))


def test_another_number_is_not_taken_for_the_root_of_half_pi():
    assert str(series().factor("√(π/2)").entries[0]) == "((1/2)/(kappa))"
    for ring, word in ((series(), "√π"), (SeriesArithmetic(PolynomialArithmetic([]), 4), "√(π/2)")):
        with pytest.raises(Unsupported, match=word.replace("(", r"\(").replace(")", r"\)")):
            _ = ring.factor(word)


def test_softmax_of_scores_that_grow():
    """Two of three scores are the largest, a constant apart; all may go to −∞."""
    ring = series()
    for shift in (0, -3):
        far, one = ring.power(-1), ring.power(0)
        start = ring.constant(Fraction(shift)) * far
        weights = ring.softmax(Table([[start + far, start, start + far + one]], 3), EVERYTHING).cells[0]
        total = weights[0] + weights[1] + weights[2]
        e = ring.field.value(weights[2].coefficient(0))
        assert not weights[1].known and str(total) == "1 + O(t^4)"
        assert abs(float(e.mid()) - 0.7310585786300049) < 1e-15
    unseen = ring.softmax(Table([[far, one, one]], 3), np.array([[False, True, True]])).cells[0]
    assert ring.is_zero(unseen[0]) and str(unseen[1]) == "1/2"


def test_what_sees_nothing_has_no_weights():
    ring = series()
    weights = ring.softmax(Table([[ring.power(-1), ring.power(0)]], 2), np.zeros((1, 2), dtype=bool)).cells[0]
    assert all(map(ring.is_zero, weights))


def test_exp_of_what_grows_has_no_bound():
    for ring in (series(), GermArithmetic(3, Fraction(1, 2))):
        assert not ring.exponential(-ring.power(-1)).known
        with pytest.raises(Unsupported, match="exp of what grows beyond all bounds"):
            _ = ring.exponential(ring.power(-1))


@pytest.mark.parametrize("function", LACKS)
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("t_0", ["2", "1/2", "1/6"])
def test_what_gelu_lacks_far_out_is_never_more_than_the_bound(function, sign, t_0):
    """Against GeLU in balls at u = ±1/t + 1/3."""
    t_0 = Fraction(t_0)
    with precision(4096):
        ring = GermArithmetic(3, t_0)
        u = ring.germ(-1, [ball(sign), ball(Fraction(1, 3))], flint.arb(0))
        found = ring.far(function, u)
        for k in range(1, 9):
            t = t_0 * Fraction(k, 8)
            at = ball(sign / t + Fraction(1, 3))
            listed = sum((c * ball(t ** (found.start + k)) for k, c in enumerate(found.known)), start=flint.arb(0))
            assert abs(gelu(function, at) - listed) <= abs(found.rest).upper() * ball(t**found.end)
        assert found.end == (2 if sign > 0 else 6)


def gelu(function, u):
    if function == "gelu":
        return u * (1 + (u / flint.arb(2).sqrt()).erf()) / 2
    v = (flint.arb(2) / flint.arb.pi()).sqrt() * (u + ball(Fraction(44715, 10**6)) * u**3)
    return u * (1 + v.tanh()) / 2


@pytest.mark.parametrize(("order", "power"), [(1, 3), (2, 5), (1, 40)])
@pytest.mark.parametrize("t_0", ["1", "1/30"])
def test_exponentials_vanish_faster_than_powers(order, power, t_0):
    """Sharp: the supremum is met somewhere on a grid up to 5 %."""
    t_0, scale = Fraction(t_0), flint.arb(2)
    with precision(128):
        bound = vanishing(scale, order, power, t_0)
        values = [
            (-scale / ball(t**order)).exp() / ball(t**power) for t in (t_0 * Fraction(k, 200) for k in range(1, 201))
        ]
        assert all(value <= bound for value in values)
        assert any(value > bound * ball(Fraction(19, 20)) for value in values)


def test_the_root_of_a_square_that_is_surely_positive():
    field = Symbols(["a", "x"], positive=["a"])
    a, x = field.variable(0), field.variable(1)
    two = field.constant(Fraction(2))
    root = field.root((a + x * x) * (a + x * x) * a.inverse() * a.inverse())
    assert str(root) == "(x^2 + a)/(a)"
    assert str(field.root(-(a * a) * -(two * two))) == "2*a"
    for without in (x * x, (a + x) * (a + x), (a + -(x * x)) * (a + -(x * x)), a, a * a + x * x, -(a * a)):
        assert field.root(without) is None


def test_a_root_with_one_of_several_data_of_either_sign():
    """√((a + x)²) is not a + x where x < −a, whatever other data there are."""
    field = Symbols(["a", "x", "y"], positive=["a"])
    a, x, y = map(field.variable, range(3))
    assert field.root((a + x) * (a + x)) is None and field.root((a + x * y) * (a + x * y)) is None
    assert str(field.root((a + x * x * y * y) * (a + x * x * y * y))) == "x^2*y^2 + a"


def test_only_whole_multiples_of_the_knob_leave_an_exponent():
    """exp(3β + x) = exp(β)³ exp(x); exp(βx), exp(β²) and exp(1/β) are no powers of exp(β)."""
    field = Symbols(["x"], knob="beta")
    x, knob = field.variable(0), field.knob
    three = field.constant(Fraction(3))
    assert str(knob) == "knob_beta" and field.holds_knob(knob) and not field.holds_knob(x)
    c, rest = field.linear_in_knob(three * knob + x)
    assert (c, str(rest)) == (3, "x") and field.linear_in_knob(x) == (0, x)
    for other in (knob * x, knob * knob, field.inverse(knob), knob * field.inverse(x), knob * x + knob):
        assert field.linear_in_knob(other) is None


def scaled(d, N, *, pads=("1/2", "1/2")):
    """N √(2/L) λ(x) with two pads, L = 8."""
    x, out, one, plus, minus, rest = stream = Stream(x=d, out=d, one=1, plus=1, minus=1, rest=5 - 2 * d)
    (a, b), total = map(exact, pads), ones(1, d) @ x + one
    head = (
        Head(one, one, N * one - a * total, plus),
        Head(one, one, -N * one - b * total, minus),
    )
    units = Units(read=N / 2 * x, into=out)
    assert rest.width + 2 * d + 3 == stream.width
    sublayers = Attention(head, "linear", "self"), MLP((units,), "identity", norm=LayerNorm())
    return Transformer(stream, (Block(sublayers),))


def bypass(order, weights):
    return Construction(
        name="bypass",
        title="LayerNorm that does nothing",
        weights=weights,
        prompt=lambda X: Prompt(context=(Token(x=X, one=1),)),
        readout=lambda out: Readout(out, at="context"),
        algorithm=lambda X: X,
        sizes={"d": 1, "n": 2},
        parameters={"N": Parameter(default=100, positive=True)},
        data={"X": ("n", "d")},
        claims=(Limit({"N": order}),),
        gadget=True,
    )


@pytest.mark.parametrize(
    ("order", "pads", "standing"),
    [
        (-2, ("1/2", "1/2"), "PROVED"),
        (-1, ("1/2", "1/2"), "REFUTED"),
        (-3, ("1/2", "1/2"), "REFUTED"),
        (-1, (0, 1), "PROVED"),
        (-2, (0, 1), "REFUTED"),
        (-1, (0, 0), "REFUTED"),
    ],
)
def test_the_pads_decide_the_order(order, pads, standing):
    record = bypass(order, partial(scaled, pads=pads))
    verdict = rate(record, plan(record, {"d": 2, "n": 2}))
    assert verdict.standing is Standing[standing]
    assert ("for all knobs and data" in verdict.evidence) is (standing == "PROVED")
    assert standing == "REFUTED" or "all real data" in verdict.scope
    assert pads != (0, 0) or "order is 0 at most" in verdict.because


def test_the_constant_and_the_bound_of_a_pair_of_pads():
    """x/√(1 + ρ²/(2N²)) with ρ² = x² + 1 + (x + 1)²/2: the error is −xρ²/(4N²) + …; at x = 1 it is −1/N²."""
    record, data, sizes = bypass(-2, scaled), {"X": exact([[1]])}, {"d": 1, "n": 1}
    found = expansion_at(record, sizes, {"N": exact(1)}, data)
    assert str(found.constant()) == "-1"
    at = Place(record, sizes, {}, data, paths_of(record, record.claims[0])[0], 2)
    one = bound_up_to(at, Fraction(1, 100))
    assert 1 - 1e-9 <= one.least <= one.constant < 1.01
    whole = bound_in_box(Place(record, sizes, {}, box_of(record, sizes, {}), at.path, 2, box=True), Fraction(1, 100))
    assert 1 <= whole.constant < 4
