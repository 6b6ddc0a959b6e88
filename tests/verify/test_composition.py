"""Bounds that are composed along a network: the lemma, the formulas, what is read off a layer, and wrong bounds that are caught."""

import itertools
import math
import random
from dataclasses import replace
from fractions import Fraction

import flint
import pytest

from constructions import get
from constructions.instructions import aff, compiled, deviations, div, dot, error_bound, mov, mul, raw, together
from constructions.instructions.bounded import Bounded, exactly, gelu_product, modulus, quotient
from constructions.language import (
    MLP,
    Attention,
    Box,
    Construction,
    Head,
    LayerNorm,
    Parameter,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    Units,
    Within,
    build,
)
from constructions.matrix import Pole, Unsupported, exact, gelu, ones, zeros
from constructions.matrix.rational import fractions_of
from tests.controls.composed_bounds import CONTROLS, no_square
from tests.verify.box_records import SEVEN_SIXTHS
from tests.verify.box_records import gelu_product as product_on_a_box
from verify.arithmetic.ball import ball_entries, in_balls, precision
from verify.arithmetic.boxes import bound_on_box
from verify.arithmetic.entries import Table
from verify.arithmetic.magnitudes import MagnitudeArithmetic
from verify.arithmetic.quadratic import QuadraticArithmetic
from verify.arithmetic.smooth import SERIES, ball, coefficients
from verify.engines.compared import _ratio
from verify.engines.composition import composed, symbolic
from verify.engines.ideal import ideal
from verify.engines.one_query import one_query
from verify.engines.signs import Lower
from verify.methods.composition import composition
from verify.plan import Plan, plan
from verify.verdict import Standing

HALF = Fraction(1, 2)


def number(bounded):
    return tuple(fractions_of(part)[0][0] for part in (bounded.size, bounded.error))


def test_the_lemma_line_by_line():
    """Every bound is attained by some numbers, which stand beside it."""
    x, y = Bounded(exact(3), exact(HALF)), Bounded(exact(5), exact("1/4"))
    assert number(x + y) == (8, Fraction(3, 4))  # 3.5 + 5.25
    assert number(exact(-2) @ x) == (6, 1)  # −2 · 3.5
    assert number(x * y) == (15, Fraction(7, 2) * Fraction(21, 4) - 15)  # 3.5 · 5.25
    assert number(quotient(x, Bounded(exact(9), exact(1)), 2)) == (HALF * 3, Fraction(7, 2) - HALF * 3)  # 3.5/(2 − 1)
    assert fractions_of(modulus([[1, -2]])) == [[1, 2]]
    with pytest.raises(Pole):
        _ = quotient(x, Bounded(exact(9), exact(2)), 2)


@pytest.mark.parametrize("name", ["gelu", "gelu tanh"])
@pytest.mark.parametrize("box", [(HALF, HALF), (Fraction(1, 8), HALF), (Fraction(1, 20), Fraction(1, 20))])
def test_taylor_models_confirm_the_lemma_of_the_product(name, box):
    def error(u, v):
        g = lambda z: z.compose(SERIES[name])  # noqa: E731
        return (g(u + v) - g(u) - g(v)) * (flint.arb.pi() / 2).sqrt() - u * v

    found = bound_on_box(error, [(-side, side) for side in box], 1e-3, most=200)
    U, V = (exactly(exact(side)) for side in box)
    limit = float(number(gelu_product(U, V, tanh=name == "gelu tanh"))[1])
    assert found.upper <= limit * 1.002  # the enclosure itself is 0.1 % wide
    assert found.lower > limit * (1 - max(box)), (found, limit)  # sharp as the box shrinks


def derivative(name, k, low, high, terms=6):
    """The k-th derivative on an interval, by its Taylor polynomial at the middle."""
    middle, radius = (low + high) / 2, flint.arb(0, 1) * ball((high - low) / 2)
    near = coefficients(SERIES[name], ball(middle), k + terms)
    last = coefficients(SERIES[name], ball(low).union(ball(high)), k + terms + 1)[k + terms]
    return sum(
        c * math.perm(k + j, k) * math.prod([radius] * j, start=flint.arb(1)) for j, c in enumerate((*near[k:], last))
    )


@pytest.mark.parametrize(("name", "most"), [("gelu", Fraction(1)), ("gelu tanh", Fraction("1.005"))])
def test_the_curvature_of_both_forms(name, most):
    """|g″(z) − g″(0)| ≤ c √(2/π) z². Up to 1/2: g⁽⁶⁾ > 0, so g⁗ grows from g⁗(0) < 0, and |g⁗| is largest at 0. Then part by
    part up to 3, and farther out |g″| < 1 while √(2/π) 9 > 7."""
    grid = [Fraction(k, 64) for k in range(193)]
    with precision(128):
        root, parts = (2 / flint.arb.pi()).sqrt(), list(itertools.pairwise(grid))
        assert all(derivative(name, 6, *part) > 0 for part in parts[:32])
        first, half = (derivative(name, 4, z, z) for z in (Fraction(0), HALF))
        assert first < 0 and half < -first and -first / 2 <= root * ball(most) * (1 + flint.arb(2) ** -100)
        assert name == "gelu" or -first / 2 > root  # 1 is too little for the tanh form
        for low, high in parts[32:]:
            assert abs(derivative(name, 2, low, high) - root) <= root * ball(most * low * low), low


def sums():
    arithmetic = MagnitudeArithmetic()
    s, B, w = arithmetic.variable("s", True), arithmetic.variable("B", True), arithmetic.variable("w", False)
    return arithmetic, s, B, w, arithmetic.constant


def test_sums_of_magnitudes_are_compared_in_factored_form():
    _, s, B, w, c = sums()
    long = (s + B) * (s + w.modulus) * (c(Fraction(2)) * s + c(Fraction(2)) * B)
    assert len(long.terms) == 1  # 2 (s + B)² (s + |w|)
    assert long.terms == ((s + w.modulus) * (s + B) * (s + B) * c(Fraction(2))).terms
    assert (s * long * s.inverse()).terms == long.terms
    assert long.at_most(long + s) and not (long + s).at_most(long)
    assert (s * s + B * B).at_most((s + B) * (s + B)) and not ((s + B) * (s + B)).at_most(s * s + B * B)
    assert (w * w).at_most(w * w + s) and not (w + s).at_most(s + s)
    with pytest.raises(Pole):
        _ = (s + -s).inverse()


def test_the_modulus_of_a_product_is_known_by_its_factors():
    _, s, B, w, c = sums()
    u, v = c(Fraction(1)) + -w, c(Fraction(2)) * w + -s
    assert u.multiplied_out(v).modulus.terms == (u.modulus * v.modulus).terms
    assert u.multiplied_out(u).modulus.terms == (u * u).terms
    assert (u.multiplied_out(u).multiplied_out(v) * B).modulus.terms == (u * u * v.modulus * B).terms
    assert (v + B).multiplied_out(u).modulus.terms != ((v + -B).modulus * u.modulus).terms
    assert u.majorant.terms == (c(Fraction(1)) + w.modulus).terms


def test_sums_of_magnitudes_have_the_values_of_the_formulas():
    arithmetic, s, B, w, c = sums()
    relu = arithmetic.positive_part
    entries = [
        (s + B) * (s + w).inverse(),
        w.modulus * w * w,
        relu(c(Fraction(1)) + -s),
        relu(s + -B),
        relu(w),
        relu(-w),
    ]
    wanted = [Fraction(-1, 2), 125, Fraction(2, 3), 0, 0, 5]
    with precision(128):
        found = arithmetic.values(entries, {"s": ball(Fraction(1, 3)), "B": ball(2), "w": ball(-5)})
        for value, want in zip(found, wanted, strict=True):
            assert value.overlaps(ball(want)) and value.rad() < 1e-20, (value, want)


def machine(d=2, fidelity="limit", **knobs):
    x, y, z, a, c = stream = Stream(x=d, y=d, z=d, a=1, c=1)
    operations = (
        together(dot(x, y, into=a), aff(x - 3 * y, into=z, constant=Fraction(1, 3))),
        mov(x, source=0, target=1, into=y),
        raw("×", x + z, z, into=z, columns={1: (0, 1), 2: (0,)}),
        raw("+", x, y, out=exact([[1, -2], [0, 1]]), into=x, columns={2: (0, 1, 2)}),
        dot(x, x, into=c),
        aff(Fraction(1, 4) * c, into=c, constant=1),
        div(z, c, into=y),
        mul(y, a, into=z, sizes=(d, 1, 1)),
    )
    return stream, operations


def record(weights, bound=lambda s: s, readout=lambda z: Readout(z, at="context"), **fields):
    return Construction(
        **{
            "name": "a-machine",
            "title": "A machine for tests",
            "sizes": {"T": 3, "d": 2},
            "parameters": {"s": Parameter(default="1/50", positive=True)},
            "data": {"X": ("T", "d"), "Y": ("T", "d")},
            "domain": {"X": Box(1), "Y": Box(HALF)},
            "weights": weights,
            "prompt": lambda X, Y: Prompt(context=(Token(x=X, y=Y),), positions=(("column", "one-hot"),)),
            "readout": readout,
            "algorithm": lambda X, Y: zeros(*X.shape),
            "claims": (Within(bound),),
        }
        | fields
    )


def gelu_machine(d, s):
    return compiled(*machine(d), length=3, fidelity="limit", s=s)


def exact_machine(d):
    return compiled(*machine(d), length=3)


def test_what_is_read_off_a_network_bounds_how_far_it_is_from_the_exact_one():
    """Every operation, shared layers and a division; at random data the difference is below the bound, and not far below."""
    sizes, s, draw = {"T": 3, "d": 2}, exact("1/50"), random.Random(5)
    known = symbolic(record(gelu_machine), sizes)
    least = {(0, number, token, 0): Lower(Fraction(1)) for number in range(12) for token in range(3)}
    errors = composed(known, least).errors
    with precision(128):
        limits = known.arithmetic.values(errors, {("s", 0, 0): ball(Fraction(1, 50))})
        worst = [0.0] * len(limits)
        for _ in range(12):
            X, Y = (exact([[draw.choice((-1, 1)) for _ in range(2)] for _ in range(3)]) / n for n in (1, 2))
            data = in_balls({"X": X, "Y": Y})
            sides = [build(record(w), sizes, {"s": s}).run(data).answer for w in (gelu_machine, exact_machine)]
            found = [float(abs(b).upper()) for b in ball_entries(sides[0] - sides[1])]
            assert all(f <= float(limit.upper()) for f, limit in zip(found, limits, strict=True))
            worst = [max(pair) for pair in zip(worst, found, strict=True)]
        assert max(w / float(limit) for w, limit in zip(worst, limits, strict=True)) > 0.1
    exact_errors = composed(symbolic(record(exact_machine), sizes), least).errors
    assert not any(error.terms for error in exact_errors)  # bilinear products and this division are exact


def test_the_program_has_the_same_bound_as_the_network():
    """Two derivations of one formula: from the operations, and from the weights."""
    known = symbolic(record(gelu_machine), {"T": 3, "d": 2})
    errors = composed(known, {(0, k, t, 0): Lower(Fraction(1)) for k in range(12) for t in range(3)}).errors
    stream, operations = machine()
    state = deviations(stream, operations, [{"x": 1, "y": HALF}] * 3, s=known.parameters["s"])
    wanted = [row[0] for column in state for row in known.arithmetic.table(column["z"].error).cells]
    assert [error.terms for error in errors] == [error.terms for error in wanted]


def test_what_has_no_composed_bound_says_why():
    def of(*layers):
        return lambda d: Transformer(STREAM, layers)

    x, _, z, _, _ = STREAM = Stream(x=2, y=2, z=2, a=1, column=3)
    look = Head(query=x, key=x, value=x, into=z)
    for weights, sentence in (
        (of(LayerNorm()), "LayerNorm has no composed bound"),
        (of(MLP((Units(x, z),), "gelu", norm=LayerNorm())), "GeLU units behind LayerNorm have a composed bound only"),
        (of(MLP((Units(x, z),), "gelu")), "a GeLU unit that is neither one of a pair nor of a product"),
        (of(MLP((Units(x, z), Units(-x, z)), "gelu")), "a GeLU unit that is neither one of a pair nor of a product"),
        (of(MLP((Units(x, z, factor="√(π/2)"),), "gelu")), "a GeLU unit that is not one of the three of a product"),
        (of(MLP((Units(x, z, bias=1),), "identity")), "hidden units with a bias have no composed bound"),
        (of(MLP((Units(x, z),), "relu")), "hidden units of the kind “relu” have no composed bound"),
        (of(Attention((look,), "hard", mask="causal")), "only where it looks at positions alone"),
        (of(Attention((look,), "linear", mask="causal")), "attention has a composed bound where it is hard"),
        (of(Attention((look,), "linear", mask="self", normaliser="sum", sink=True)), "where its keys are constants"),
    ):
        with pytest.raises(Unsupported, match=sentence):
            _ = composed(symbolic(record(weights), {"T": 3, "d": 2}), {})
    harmless = record(of(MLP((Units(0 * x, z),), "relu")))
    verdict = composition(harmless, Plan(({"T": 3, "d": 2},)))
    assert verdict.standing is Standing.UNDECIDED and "relu has no value" in verdict.because


def divides(divisor):
    """x/(divisor), the divisor being made of y."""

    def weights(d):
        x, y, z, q, c = stream = Stream(x=1, y=d, z=1, q=1, c=1)
        return compiled(
            stream, (dot(y, y, into=q), aff(divisor(q, y), into=c, constant=1), div(x, c, into=z)), length=3
        )

    def algorithm(X, Y, d):
        return X * 0

    return record(weights, algorithm=algorithm, data={"X": ("T", 1), "Y": ("T", "d")})


def test_a_divisor_is_kept_away_from_zero_by_squares():
    sizes = {"T": 1, "d": 2}
    first = exact([[1, 0]])
    assert {*ideal(divides(lambda q, y: q), sizes).least.values()} == {Lower(Fraction(1))}
    signed = (lambda q, y: first @ y, lambda q, y: q + 3 * first @ y)  # as if y were not negative
    for bad in (lambda q, y: -q, lambda q, y: q - 3 * first @ y, *signed):
        with pytest.raises(Unsupported, match="a divisor is not known to stay away from 0"):
            _ = ideal(divides(bad), sizes)


@pytest.mark.parametrize("positive", [True, False])
def test_a_parameter_in_a_divisor_has_to_be_positive(positive):
    def weights(d, w):
        x, y, z, q, c = stream = Stream(x=1, y=d, z=1, q=1, c=1)
        operations = (dot(y, y, into=q), aff(w * q, into=c, constant=1), div(x, c, into=z))
        return compiled(stream, operations, length=3)

    parameters = {"w": Parameter(default=1, positive=positive)}
    made = replace(divides(lambda q, y: q), parameters=parameters, weights=weights, claims=(Within(lambda w: w),))
    if positive:
        assert {*ideal(made, {"T": 1, "d": 2}).least.values()} == {Lower(Fraction(1))}
    else:
        with pytest.raises(Unsupported, match="a divisor is not known to stay away from 0"):
            _ = ideal(made, {"T": 1, "d": 2})


@pytest.mark.parametrize("name", ["raw-sgd-step", "raw-ridge-step"])
def test_the_bounds_of_both_theorems_are_proved_and_say_for_what(name):
    construction = get(name)
    verdict = composition(construction.claiming(construction.claims[2]), Plan(({"d": 2, "m": 2},)))
    assert verdict.standing is Standing.PROVED, verdict
    assert "every data set in the boxes at the sizes d=2, m=2, for all" in verdict.scope
    assert "B, N > 0" in verdict.scope and "wherever the bound has a value" in verdict.scope
    assert verdict.evidence["composed bound / bound"] == 1


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.record.name)
def test_a_false_bound_is_refuted_with_a_point(control):
    verdict = composition(control.record, plan(control.record))
    assert verdict.standing is Standing.REFUTED, verdict
    found = verdict.counterexample
    assert found is not None and found.data


def test_a_larger_bound_is_proved_and_an_unknown_one_only_compared_or_left():
    construction = get("dot")
    claim = construction.claims[2]
    dot_product = construction.claiming(claim)
    at = Plan(({"T": 2, "d": 2},))

    def standing(bound):
        return composition(replace(dot_product, claims=(Within(bound),)), at)

    assert standing(lambda d, s, B: claim.bound(d, s, B) + s).standing is Standing.PROVED
    tested = standing(lambda d, s, B: claim.bound(d, s, B) * (1 + (B - s) * (B - s)))
    assert tested.standing in (Standing.TESTED, Standing.PROVED)
    slightly = standing(lambda d, s, B: claim.bound(d, s, B) * (1 - s * s * B * B / 10**6))
    assert slightly.standing is Standing.UNDECIDED and "times this one at some parameters" in slightly.because


def test_queries_are_bounded_one_at_a_time():
    construction = get("raw-sgd-step")
    single = construction.claiming(construction.claims[2])
    assert one_query(symbolic(single, {"d": 2, "m": 3}).instance) == {"d": 2, "m": 1}
    assert one_query(symbolic(record(gelu_machine), {"T": 3, "d": 2}).instance) == {"T": 3, "d": 2}


def test_queries_that_are_as_many_as_the_examples_are_not_cut_down():
    """One query would be one example too, and what one example adds up to is not what n of them do."""
    weights = lambda d: Transformer(Stream(x=d, y=d, z=d), ())  # noqa: E731

    prompt = lambda X, Y: Prompt(context=(Token(x=X),), query=(Token(x=Y),))  # noqa: E731

    def kept(sizes, **data):
        made = record(weights, lambda: 1, sizes=sizes, parameters={}, prompt=prompt, data=data)
        return one_query(symbolic(made, sizes).instance)

    assert kept({"T": 3, "d": 2}, X=("T", "d"), Y=("T", "d")) == {"T": 3, "d": 2}
    assert kept({"T": 3, "d": 2, "m": 5}, X=("T", "d"), Y=("m", "d")) == {"T": 3, "d": 2, "m": 1}
    wide = {"T": 3, "d": 2, "m": 5}
    assert kept(wide, X=("T", "d"), Y=("m", "d"), Z=("T", "m")) == wide  # Z is wider with every query


@pytest.mark.parametrize(("activation", "proved"), [("gelu", True), ("gelu tanh", False)])
def test_the_bound_of_one_form_is_not_that_of_the_other(activation, proved):
    made = product_on_a_box(lambda s, B: SEVEN_SIXTHS * s * s * B * B * B * B, activation)
    assert (composition(made, Plan(({"n": 1, "d": 1},))).standing is Standing.PROVED) == proved


def test_what_is_not_known_to_hold_has_a_ratio_above_1():
    one, half, unknown = flint.arb(1), flint.arb(1) / 2, flint.arb("inf")
    assert _ratio([half], one, True) <= 1 and _ratio([one, half], half, True) == 1
    assert (
        _ratio([half], one, False) > 1 and _ratio([one, half], half, False) == 2 and _ratio([0 * one], one, False) > 1
    )
    assert _ratio([half, unknown], one, True) == math.inf


def test_a_gelu_in_the_algorithm_is_no_parabola():
    """Replaced on both sides it would be proved: g(x) + g(−x) would be 2κx² at every scale."""
    made = product_on_a_box(lambda s, B: SEVEN_SIXTHS * s * s * B * B * B * B)
    at = Plan(({"n": 1, "d": 1},))
    assert composition(made, at).standing is Standing.PROVED
    with_gelu = composition(replace(made, algorithm=lambda X, Y: X * Y + no_square(X)), at)
    assert with_gelu.standing is Standing.REFUTED
    harmless = composition(replace(made, algorithm=lambda X, Y: X * Y + gelu(X) - gelu(X)), at)
    assert harmless.standing is Standing.UNDECIDED and "gelu has no value in rational functions" in harmless.because


@pytest.mark.parametrize(("function", "order"), [("gelu", 1), ("erf", 0), ("gelu tanh", 2)])
def test_only_gelu_itself_has_a_parabola(function, order):
    functions = QuadraticArithmetic(["x"])
    x = Table([[functions.variable(0)]], 1)
    with pytest.raises(Unsupported, match=f"{'a derivative of ' if order else ''}{function} has no value"):
        _ = functions.smooth(function, x, order)
    found = functions.smooth("gelu tanh", x).cells[0][0]
    half = functions.constant(HALF)
    assert functions.is_zero(found + -(half * x.cells[0][0] + functions.kappa * x.cells[0][0] * x.cells[0][0]))


def test_what_is_too_long_to_compare_is_not_called_smaller():
    arithmetic, s, B, _, c = sums()
    long = c(Fraction(1))
    for k in range(13):
        long = long * (arithmetic.variable(k, True) + B)
    assert not long.at_most(c(HALF) * long + s) and long.at_most(long + s)


def test_a_bound_where_the_error_reaches_the_divisor_is_infinite():
    """λ → 0: the error of the divisor grows like s²/λ², and the bound has a value only while it is below 1."""
    construction = get("raw-ridge-step")
    bound = construction.claims[2].bound
    value = lambda lam: fractions_of(bound(d=2, lam=exact(lam), s=exact("1/100"), B=exact(1)))[0][0]  # noqa: E731
    assert value("1/2") > 8 * value(1)
    with pytest.raises(Pole):
        _ = bound(d=2, lam=exact("1/100"), s=exact("1/100"), B=exact(1))


def test_errors_are_summed_over_the_rows_that_are_read():
    stream, operations = machine()
    columns = [{"x": 1, "y": HALF}] * 3
    state = deviations(stream, operations, columns, s="1/50")
    total = error_bound(lambda found: found["z"], (stream, operations), columns, s="1/50")
    assert fractions_of(total) == fractions_of(ones(1, 2) @ state[-1]["z"].error)


def test_a_prompt_may_be_shorter_than_the_longest():
    """Operations on columns that are not there change nothing."""
    stream, operations = machine()
    short, long = (deviations(stream, operations, [{"x": 1, "y": HALF}] * count, s="1/50") for count in (2, 3))
    for one, other in zip(short, long, strict=False):
        assert [fractions_of(one[name].error) for name in one] == [fractions_of(other[name].error) for name in other]
