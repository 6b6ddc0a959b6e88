"""relu as a symbol with lemmas: what is proved on every cell at once, and that nothing false is."""

from dataclasses import replace
from fractions import Fraction
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.language import (
    MLP,
    Construction,
    NearMiss,
    Parameter,
    Prompt,
    Reading,
    Readout,
    Step,
    Stream,
    Token,
    Transformer,
    Units,
)
from constructions.matrix import Unsupported, exact, exp, ones, reciprocal, relu
from tests.controls.base import TRUE
from verify import Standing, verify
from verify.arithmetic.kinks import Kinks
from verify.arithmetic.polynomial import PolynomialArithmetic
from verify.arithmetic.terms import KINKS, TooManyTerms
from verify.engines.free import difference, forecast
from verify.methods.line import test_lines as on_lines
from verify.methods.symbolic import MOST, prove_identity
from verify.plan import plan

PAIRS = replace(
    TRUE,
    name="pairs",
    parameters={"theta": Parameter(default="1/2")},
    data={"Z": ("n", 1), "V": ("n", 1)},
    prompt=lambda Z, V: TRUE.prompt(Z, V, Z),
    algorithm=lambda Z, V: Z,
    weights=lambda d_x, d_y, n: TRUE.weights(d_x, d_y, n, exact(1)),
    sizes={"d_x": 1, "d_y": 1, "n": 1},
)
TINY = Fraction(1, 10**6)


def sides_of(formulas):
    """Two formulas in z, v and θ, every one n × 1."""

    def sides(instance, data):
        theta = instance.parameters["theta"] * ones(data["Z"].shape[0], 1)
        left, right = formulas(data["Z"], data["V"], theta)
        return left, right

    return sides


def judged(formulas, engine=prove_identity, n=2):
    at = plan(PAIRS, {"d_x": 1, "d_y": 1, "n": n})
    return engine(PAIRS, at, sides_of(formulas), kind="step", subject="formulas")


def soft(z, t):
    return relu(z - t) - relu(-z - t)


def one(z):
    return ones(z.shape[0], 1)


TRUE_EVERYWHERE = {
    "soft threshold": lambda z, v, t: (soft(z, t), z - t + relu(t - z) - relu(-z - t)),
    "soft threshold is odd": lambda z, v, t: (soft(-z, t), -soft(z, t)),
    "one ISTA step": lambda z, v, t: (soft(z - v * (v * z - t), t), z - v * v * z + v * t - t + relu(
        t - z + v * (v * z - t)) - relu(-t - z + v * (v * z - t))),
    "two steps": lambda z, v, t: (soft(soft(z, t) + v, t), soft(z, t) + v - t + relu(t - v - soft(z, t)) - relu(
        relu(-z - t) - relu(z - t) - v - t)),
    "modulus": lambda z, v, t: (relu(z) + relu(-z), 2 * relu(z) - z),
    "maximum": lambda z, v, t: (z + relu(v - z), v + relu(z - v)),
    "a square": lambda z, v, t: (z * z, relu(z) * relu(z) + relu(-z) * relu(-z)),
    "a cube": lambda z, v, t: (relu(z) * relu(z) * relu(z), relu(z * z * z)),
    "complementary": lambda z, v, t: (relu(z - v) * relu(v - z), 0 * z),
    "rational factors": lambda z, v, t: (relu(3 * z / 7 - 6 * v / 7), relu(z - 2 * v) * Fraction(3, 7)),
    "a square is its own relu": lambda z, v, t: (relu(z * z), z * z),
    "a negative number": lambda z, v, t: (relu(-z * z - one(z)), 0 * z),
    "a squared factor": lambda z, v, t: (relu(z * v * v), v * v * relu(z)),
    "relu twice": lambda z, v, t: (relu(relu(z)), relu(z)),
    "nested": lambda z, v, t: (relu(relu(z) - relu(v)), relu(z) - relu(v) + relu(relu(v) - relu(z))),
    "a sum of relus": lambda z, v, t: (relu(relu(z) + relu(v)), relu(z) + relu(v)),
    "a positive denominator": lambda z, v, t: (relu(z * reciprocal(one(z) + v * v)), relu(z) * reciprocal(one(z) + v * v)),
    "a relu below": lambda z, v, t: (relu(z * reciprocal(one(z) + relu(v))), relu(z) * reciprocal(one(z) + relu(v))),
    "an exponential": lambda z, v, t: (relu(exp(z) * v), exp(z) * relu(v)),
    "constants": lambda z, v, t: (relu(one(z)) + relu(-one(z)) + 0 * z, one(z) + 0 * z),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE_EVERYWHERE)
def test_identities_are_proved_on_every_cell_at_once(name):
    verdict = judged(TRUE_EVERYWHERE[name])
    assert verdict.standing is Standing.PROVED, verdict
    assert verdict.scope == "all real data and parameters, at the sizes d_x=1, d_y=1, n=2"


def test_a_denominator_of_either_sign_is_named():
    verdict = judged(lambda z, v, t: (relu(z * reciprocal(v)), relu(z * v) * reciprocal(v * v)))
    assert verdict.standing is Standing.PROVED
    assert verdict.scope.endswith("wherever nothing is divided by zero")


FALSE_SOMEWHERE = {
    "threshold off by 10⁻⁶": lambda z, v, t: (soft(z, t), soft(z, t + TINY * one(z))),
    "threshold off on one side": lambda z, v, t: (soft(z, t), relu(z - t) - relu(-z - (1 + TINY) * t)),
    "θ forgotten on one side": lambda z, v, t: (soft(z, t), relu(z - t) - relu(-z)),
    "one square alone": lambda z, v, t: (z * z, relu(z) * relu(z)),
    "right for z > 0": lambda z, v, t: (relu(z), z),
    "right for z < 0": lambda z, v, t: (z - relu(z), -relu(-z) + TINY * relu(z)),
    "wrong in one cell of four": lambda z, v, t: (soft(z, t) + relu(z - t) * relu(v - t), soft(z, t)),
    "wrong in one cell of eight": lambda z, v, t: (relu(relu(z + v) * relu(z - v) * relu(v - t)), 0 * z),
    "a sign": lambda z, v, t: (relu(z - v), relu(v - z)),
    "a factor that changes sign": lambda z, v, t: (relu(z * v), v * relu(z)),
    "relu of a difference": lambda z, v, t: (relu(z - v), relu(z) - relu(v)),
    "relu of a sum": lambda z, v, t: (relu(z + v), relu(z) + relu(v)),
    "a negative square": lambda z, v, t: (relu(-z * z + t), t - z * z),
    "even powers with a negative sign": lambda z, v, t: (relu(z * z - 2 * one(z)), z * z - 2 * one(z)),
    "an odd power": lambda z, v, t: (relu(z * z * z), z * z * z),
}


@pytest.mark.parametrize("name", FALSE_SOMEWHERE)
def test_errors_are_not_proved_and_get_a_counterexample(name):
    verdict = judged(FALSE_SOMEWHERE[name])
    assert verdict.standing is Standing.REFUTED, verdict
    if "relu" in verdict.evidence["left − right"]:  # else the polynomial shows it
        assert verdict.counterexample is not None and any(any(row) for row in verdict.counterexample.defect)


HIDDEN = {
    "beyond 10⁹": lambda z, v, t: (relu(z), relu(z) + relu(v - 10**9 * one(z))),
    "within 10⁻⁶": lambda z, v, t: (relu(z), relu(z) + relu(TINY * one(z) - relu(z - v) - relu(v - z))),
    "a strip": lambda z, v, t: (z, z + relu(TINY * one(z) - 2 * relu(z + v - t / 3) + (z + v - t / 3))),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_no_small_point_shows_is_undecided_here_and_refuted_on_a_line(name):
    verdict = judged(HIDDEN[name])
    assert verdict.standing in (Standing.UNDECIDED, Standing.REFUTED)
    shown = judged(HIDDEN[name], on_lines)
    assert shown.standing is Standing.REFUTED and shown.counterexample is not None, shown


def test_a_true_relation_that_is_not_known_is_neither_proved_nor_refuted():
    """relu(z) relu(−z − 1) = 0, and relu(z + relu(z)) = 2 relu(z)."""
    for formulas in (
        lambda z, v, t: (relu(z) * relu(-z - one(z)), 0 * z),
        lambda z, v, t: (relu(z + relu(z)), 2 * relu(z)),
    ):
        verdict = judged(formulas)
        assert verdict.standing is Standing.UNDECIDED
        assert "relations that are not known here" in verdict.because and "with relu_0 = relu(" in verdict.because


def test_division_by_what_a_relu_may_make_vanish_is_refused():
    """1/(relu(z) relu(−z − 1)) is defined nowhere; a proof "wherever nothing is divided by zero" would be empty."""
    for below in (lambda z: relu(z), lambda z: relu(z) * relu(-z - one(z)), lambda z: relu(z) - z):
        verdict = judged(lambda z, v, t, below=below: (v * reciprocal(below(z)), v * reciprocal(below(z))))
        assert verdict.standing is Standing.UNDECIDED
        assert "division by relus that may vanish has no value in rational functions" in verdict.because
    empty = judged(lambda z, v, t: (v * reciprocal(relu(z) * relu(-z)), 0 * z))
    assert empty.standing is Standing.UNDECIDED and "always zero" in empty.because


# Networks: one step of ISTA on a free state, and a product by four squared relus.


def ista(d, eta, theta, *, slip=0):
    """z ← S_θ(w − η g): two relu units for every coordinate."""
    w, g, z = stream = Stream(w=d, g=d, z=d)
    units = (Units(w - eta * g, z, bias=-theta), Units(eta * g - w, -z, bias=-theta * (1 + slip)))
    return Transformer(stream, (MLP(units, "relu"),))


def proximal_step(W, G, eta, theta):
    """u minus its projection to [−θ, θ], with u = w − η g."""
    u, t = W - eta * G, theta * ones(*W.shape)
    return u - (t - relu(t - u) + relu(-u - t))


ISTA = Construction(
    name="ista-step",
    title="Two relu units are one proximal gradient step, from every state",
    weights=ista,
    prompt=lambda W, G: Prompt(context=(Token(w=W, g=G),)),
    readout=lambda z: Readout(z, at="context"),
    algorithm=proximal_step,
    sizes={"d": 3, "n": 4},
    parameters={"eta": Parameter(default="1/10"), "theta": Parameter(default="1/2")},
    data={"W": ("n", "d"), "G": ("n", "d")},
    steps=(Step("the soft threshold", left=Reading("z", layer=1, at="context"), right=proximal_step),),
    near_misses={"slip": NearMiss("one threshold off by a hair", weights=partial(ista, slip=TINY))},
)


def test_a_step_of_ista_is_proved_from_every_state_for_all_parameters():
    report = verify(ISTA, methods=("symbolic", "cells", "line", "steps", "near-misses"))
    proved = {v.method: v.standing for v in report.verdicts if v.kind in ("claim", "step")}
    assert report.of("claim")[0].standing is Standing.PROVED, report.of("claim")[0]
    assert [v.standing for v in report.of("step")] == [Standing.PROVED], proved
    assert [v.standing for v in report.of("near miss")] == [Standing.REFUTED]
    assert not [v for v in report.verdicts if not v.as_expected]


def squares(d, *, last=1):
    x, y, z = stream = Stream(x=d, y=d, z=d)
    forms = ((x + y, 1), (-x - y, 1), (x - y, -1), (y - x, -last))
    return Transformer(stream, (MLP(tuple(Units(f, Fraction(k) / 4 * z) for f, k in forms), "squared relu"),))


PRODUCT = Construction(
    name="product",
    title="Four squared relus multiply",
    weights=squares,
    prompt=lambda X, Y: Prompt(context=(Token(x=X, y=Y),)),
    readout=lambda z: Readout(z, at="context"),
    algorithm=lambda X, Y: X * Y,
    sizes={"d": 2, "n": 3},
    data={"X": ("n", "d"), "Y": ("n", "d")},
)


def test_four_squared_relus_multiply_and_three_and_a_bit_do_not():
    verdict = verify(PRODUCT, methods=("symbolic",)).of("claim")[0]
    assert verdict.standing is Standing.PROVED, verdict
    wrong = replace(PRODUCT, weights=partial(squares, last=1 + TINY))
    assert verify(wrong, methods=("symbolic",)).of("claim")[0].standing is Standing.REFUTED


# The lemmas against numbers.


NUMBERS = st.lists(st.fractions(-3, 3, max_denominator=4), min_size=3, max_size=3)
WORDS = st.recursive(
    st.sampled_from(["z", "v", "t", "1"]),
    lambda words: st.tuples(st.sampled_from(["+", "-", "*", "relu"]), words, words),
    max_leaves=7,
)


def value(word, leaves, bend, scale):
    if isinstance(word, str):
        return leaves[word]
    name, a, b = word
    x = value(a, leaves, bend, scale)
    if name == "relu":
        return bend(scale(x, -2 if len(b) % 2 else 3))
    y = value(b, leaves, bend, scale)
    return x * y if name == "*" else x + (y if name == "+" else scale(y, -1))


@given(WORDS, NUMBERS)
def test_normal_forms_take_the_values_of_the_formulas(word, numbers):
    functions = PolynomialArithmetic("zvt", bends=20)
    leaves = {name: functions.variable(k) for k, name in enumerate("zvt")} | {"1": functions.constant(Fraction(1))}
    form = value(word, leaves, functions.bent, lambda x, c: functions.constant(Fraction(c)) * x)
    point = dict(zip("zvt", numbers, strict=True)) | {"1": Fraction(1)}
    expected = value(word, point, lambda x: max(x, Fraction(0)), lambda x, c: c * x)
    values = list(numbers)
    for key in functions.kinks.keys:
        values.append(max(at(key, values), Fraction(0)))
    assert at(form.top, values) == at(functions.reduced(form).top, values) == expected * at(form.bottom, values)
    degrees = functions.reduced(form).top.degrees()[3:]
    assert all(degree <= 1 for degree in degrees)


def at(polynomial, values):
    total = Fraction(0)
    for powers, c in polynomial.terms():
        term = Fraction(int(c.p), int(c.q))
        for power, number in zip(powers, values, strict=False):
            term *= number ** int(power)
        total += term
    return total


def test_keys_are_shared_up_to_sign_scale_and_squares():
    functions = PolynomialArithmetic("xy", bends=2)
    x, y = functions.generators[:2]
    kinks = functions.kinks
    for polynomial in (x - y, 7 * y - 7 * x, (x - y) ** 3, (x - y) * (x * x + 1) / 3, (y - x) * y * y):
        _ = kinks.relu(polynomial)
    assert kinks.keys == [x - y]
    assert kinks.relu(x * x + 1) == x * x + 1 and kinks.relu(-x * x).is_zero()
    assert not kinks.nonnegative(x * x - x + 1) and not kinks.nonnegative(x)
    assert not kinks.nonnegative(x * x - 2)
    assert kinks.positive(x * x + 1) and not kinks.positive(x * x) and not kinks.positive(kinks.relu(x - y))
    _ = kinks.relu(x)
    with pytest.raises(LookupError, match="more than 2 different kinks"):
        _ = kinks.relu(y)


def test_a_kink_is_factored_once_up_to_its_factor(monkeypatch):
    counted, core = [], Kinks._core
    monkeypatch.setattr(Kinks, "_core", lambda self, polynomial: counted.append(1) or core(self, polynomial))
    functions = PolynomialArithmetic(["x", "y"], bends=2)
    x, y = functions.generators[:2]
    keys = [str(functions.kinks._key(u)) for u in (x * y + y, -3 * (x * y + y), x * y - y)]
    assert keys[0] == keys[1] != keys[2] and len(counted) == 2


def test_reduction_goes_from_the_last_kink_to_the_first():
    """relu(y + relu(x))² relu(x) = (y + relu(x)) relu(y + relu(x)) relu(x), and there relu(x)² is reduced again."""
    functions = PolynomialArithmetic("xy", bends=2)
    x, y = functions.generators[:2]
    r = functions.kinks.relu(x)
    s = functions.kinks.relu(y + r)
    assert functions.kinks.reduced(s * s * r) == (y + x) * r * s


@pytest.mark.parametrize("name", ["nested", "two steps", "a cube", "one ISTA step"])
def test_the_forecast_counts_kinks_and_is_never_below_the_truth(name):
    sizes = {"d_x": 1, "d_y": 1, "n": 2}
    sides = sides_of(lambda z, v, t: (TRUE_EVERYWHERE[name](z, v, t)[0], 0 * z))
    planned = forecast(PAIRS, sizes, sides, MOST)
    found = difference(PAIRS, sizes, sides, planned)
    assert 0 < found.terms <= planned.terms and planned.kinks >= 2
    with pytest.raises(TooManyTerms):
        _ = forecast(PAIRS, sizes, sides, 1)


def test_many_kinks_are_not_tried():
    def sides(instance, data):
        z = data["Z"]
        return sum((relu(z - k * one(z)) for k in range(KINKS)), 0 * z), z

    assert (
        f"more than {KINKS} kinks"
        in prove_identity(PAIRS, plan(PAIRS, {"d_x": 1, "d_y": 1, "n": 2}), sides, kind="step", subject="").because
    )


def test_a_ring_without_room_for_kinks_has_no_relu():
    functions = PolynomialArithmetic(["x"])
    assert isinstance(functions.kinks, Kinks)
    with pytest.raises(Unsupported, match="relu has no value in rational functions"):
        _ = functions.bent(functions.variable(0))
