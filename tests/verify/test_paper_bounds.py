"""Bounds for the paper's own layers: the lemma at random columns, formulas against observed errors, planted errors."""

import math
import random
from dataclasses import replace
from fractions import Fraction
from functools import wraps

import numpy as np
import pytest

from constructions import get
from constructions.gadgets.aff import one_sided
from constructions.instructions import aff, compiled, dot
from constructions.instructions.normed import leaks, norm, tail
from constructions.language import BadNetwork, LayerNorm, Limit, Stream, UnknownName, Within, at
from constructions.language.quantifier import names_of
from constructions.language.transformer import Block, Transformer
from constructions.language.variants import varied
from constructions.matrix import Pole, Unsupported, exact, gelu, ones
from constructions.matrix.floating import array_of, floats
from verify.arithmetic.ball import ball_entries, balls, precision
from verify.arithmetic.magnitudes import MagnitudeArithmetic
from verify.arithmetic.quadratic import QuadraticArithmetic
from verify.engines.composition import composed, symbolic
from verify.engines.rational_values import Ring, ring_of
from verify.engines.signs import Signs
from verify.engines.single_query import one_at_a_time
from verify.methods.composition import composition
from verify.methods.rate import rate
from verify.plan import Plan
from verify.verdict import Standing

NAMES = ("mov", "aff", "dot", "raw", "div-by-norm", "raw-sgd-step", "raw-ridge-step")
SMALL = {"raw-sgd-step": {"d": 1, "m": 1}, "raw-ridge-step": {"d": 1, "m": 1}}


def bounded(name):
    """The claims of a record that bound the paper's layers."""
    record = get(name)
    return [
        c
        for c in record.claims
        if isinstance(c, Within) and ("paper" in c.text or "one-sided" in c.text or "v/|c||" in c.text)
    ]


def upper(matrix):
    return float(ball_entries(matrix)[0].upper())


def test_the_leak_of_a_softmax_with_a_null_logit_is_exact():
    for read, seen, sigma in ((0, 3, 2.0), (1, 1, 1.5), (2, 5, 1.0)):
        scores = [sigma] * read + [-sigma] * (seen - read) + [0.0]
        weights = np.exp(scores) / np.exp(scores).sum()
        with precision(64):
            at_read, elsewhere = (
                upper(part + balls(exact(0))) for part in leaks(read, seen, balls(exact(Fraction(math.exp(-sigma)))))
            )
        if read:
            assert at_read == pytest.approx(1 / read - weights[0], rel=1e-9)
        if seen > read:
            assert elsewhere == pytest.approx(weights[read], rel=1e-9)


def column(draw, N, shares, width=18, off=0.0):
    """A column of that width whose first two rows are pads, and LayerNorm of it, times N √(2/L)."""
    x = np.array([draw.uniform(-1, 1) for _ in range(width)])
    total = x[2:].sum()
    x[0], x[1] = N - shares[0] * total + off, -N - shares[1] * total
    centred = x - x.mean()
    return x, N * math.sqrt(2 / width) * centred / math.sqrt((centred * centred).mean())


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.0, 1.0)])
@pytest.mark.parametrize("off", [0.0, 0.01])
def test_the_lemma_of_layer_norm_holds_and_is_not_far_off(shares, off):
    draw, ratios = random.Random(3), []
    for N in (10, 30, 100):
        for _ in range(20):
            x, found = column(draw, N, shares, off=off)
            rows = exact([[Fraction(abs(v))] for v in x[2:]])
            total = float(np.abs(x[2:]).sum())
            drift = Fraction(abs(shares[1] - shares[0]) * total + off) / (2 * N)
            with precision(64):
                lemma = norm(
                    balls(rows),
                    balls(exact(Fraction(off))),
                    balls(exact(drift)),
                    balls(exact(N)),
                    len(x),
                    balls(exact(1)),
                )
                weights = balls(exact([[1]] * len(x[2:])))
                limit = [float(b.upper()) for b in ball_entries(lemma.kept(balls(rows), weights))]
            error = np.abs(found[2:] - x[2:])
            assert (error <= np.array(limit) * (1 + 1e-9) + 1e-15).all()
            ratios.append((error / limit).max())
    assert max(ratios) > 0.1


def test_half_sum_pads_are_off_by_the_cube_and_one_sided_ones_by_the_first_power():
    """|x_i| ρ²/(4N²) with ρ² = |x|² + Σ²/2, and a/(2(1 − a)^{3/2}): both from the definition of LayerNorm, at the leading order."""
    x, found = column(random.Random(1), 1000.0, (0.5, 0.5))
    rho = (x[2:] ** 2).sum() + x[2:].sum() ** 2 / 2
    assert np.abs(found[2:] - x[2:]) == pytest.approx(np.abs(x[2:]) * rho / (4 * 1000**2), rel=1e-4)
    x, found = column(random.Random(1), 1000.0, (0.0, 1.0))
    total = x[2:].sum()
    a = abs(total) / 1000 + ((x[2:] ** 2).sum() + total**2) / (2 * 1000**2)
    assert (np.abs(found[2:] / x[2:] - 1) <= a / (2 * (1 - a) ** 1.5)).all()
    assert np.abs(found[2:] / x[2:] - 1) == pytest.approx(abs(total) / 2000, rel=0.02)


def test_the_tail_of_a_shifted_unit():
    with precision(64):
        for shift, u in ((6.0, -1.0), (4.0, -3.0), (8.0, 0.0)):
            z = shift + u
            error = z * math.erfc(z / math.sqrt(2)) / 2
            limit = upper(tail(balls(exact(Fraction(-u))), balls(exact(Fraction(shift)))))
            assert error <= limit < 40 * error
        with pytest.raises(Pole):
            _ = tail(balls(exact(3)), balls(exact(3)))


@pytest.mark.parametrize("name", NAMES)
def test_the_bounds_in_the_paper_are_proved_for_all_parameters(name):
    record = get(name)
    for claim in bounded(name):
        verdict = composition(record.claiming(claim), Plan((SMALL.get(name, {"T": 2, "d": 1}),)))
        assert verdict.standing is Standing.PROVED, verdict
        assert "N" in verdict.scope and "wherever the bound has a value" in verdict.scope


@pytest.mark.parametrize("name", NAMES)
def test_the_error_that_is_observed_is_below_the_bound(name):
    """Corners of the box, in floats; at N = 100 and s = 1/10 rounding is far below both."""
    record, draw = get(name), np.random.default_rng(2)
    settings = {"N": 100, **({"s": "1/10"} if "s" in record.parameters else {})}
    for claim in bounded(name):
        sizes = SMALL.get(name, {"T": 2, "d": 2})
        instance = at(record.claiming(claim), sizes, settings)
        with precision(128):
            limit = upper(
                claim.bound(
                    **{
                        k: v if isinstance(v, int) else balls(v)
                        for k, v in {**instance.sizes, **instance.parameters}.items()
                        if k in names_of(claim.bound)
                    }
                )
            )
        worst = 0.0
        for _ in range(30):
            data = {n: floats(draw.choice([-1.0, 1.0], size=instance.shape_of(n))) for n in record.data}
            worst = max(worst, np.abs(array_of(instance.run(data).answer) - array_of(instance.algorithm(data))).max())
        assert 1e-3 * limit < worst <= limit, (worst, limit)


def judged(record, claim, weights=None, sizes=None):
    changed = replace(record.claiming(claim), **({"weights": weights} if weights else {}))
    return composition(changed, Plan((sizes or {"T": 2, "d": 1},)))


def test_planted_errors_are_not_proved():
    """Half of the bound, the bound of other pads, a network whose sum stays in the mean, and one that computes something else."""
    record = get("aff")
    claim = bounded("aff")[0]
    own, network = claim.bound, claim.replaces["weights"]
    half = replace(claim, bound=lambda T, d, W_1, W_2, b, N, B: own(T=T, d=d, W_1=W_1, W_2=W_2, b=b, N=N, B=B) / 1000)
    assert judged(record, half).standing in (Standing.REFUTED, Standing.UNDECIDED)
    assert judged(record, replace(claim, replaces={"weights": one_sided})).standing is not Standing.PROVED
    sum_left = judged(record, claim, record.near_misses["sum-left-in-the-mean"].replaces["weights"])
    assert sum_left.standing is not Standing.PROVED
    other = judged(record, claim, varied(network, {"W_1": lambda W_1: 2 * W_1}, "it"))
    assert other.standing is not Standing.PROVED


def altered(change, name="aff"):
    """A layer of the paper with one sublayer changed."""
    claim = bounded(name)[0]

    @wraps(claim.replaces["weights"])
    def weights(**given):
        network = claim.replaces["weights"](**given)
        (block,) = network.layers
        return Transformer(network.stream, (Block(change(*block.sublayers)),))

    return get(name), claim, weights


def gated(mlp):
    """The units of products with a gate, which changes what they are; the shifted ones without."""
    units = tuple(replace(u, gate=u.read) if u.factor != "1" else u for u in mlp.units)
    return replace(mlp, units=units)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda a, m: (replace(a, sink=False), m), "attention has a composed bound where"),
        (lambda a, m: (a, replace(m, norm=LayerNorm(epsilon=Fraction(1, 100)))), "LayerNorm has no composed bound"),
        (lambda a, m: (a, replace(m, activation="gelu tanh")), "“gelu tanh” have no composed bound behind LayerNorm"),
        (lambda a, m: (a, replace(m, units=tuple(replace(u, bias=0) for u in m.units))), "only where they are shifted"),
        (lambda a, m: (replace(a, heads=a.heads[1:]), m), "only where two rows carry its size"),
        (
            lambda a, m: (replace(a, heads=(replace(a.heads[0], mixing=exact([[0, 1], [1, 0]])), *a.heads[1:])), m),
            "softmax attention beside other kernels",
        ),
        (
            lambda a, m: (replace(a, heads=(replace(a.heads[0], kernel="hard"), *a.heads[1:])), m),
            "softmax attention beside other kernels",
        ),
        (lambda a, m: (a, gated(m)), "“gelu” have no composed bound behind LayerNorm"),
    ],
)
def test_layers_that_are_not_the_papers_have_no_bound(change, sentence):
    record, claim, weights = altered(change, "dot" if "“gelu” have" in sentence else "aff")
    single, sizes = replace(record.claiming(claim), weights=weights), {"T": 2, "d": 1}
    with pytest.raises(Unsupported, match=sentence):
        ring, _ = ring_of(single, sizes)
        _ = composed(symbolic(single, sizes), {}, ring)


def test_queries_are_taken_one_at_a_time_only_where_the_algorithm_does():
    record = get("raw-sgd-step")
    single = record.claiming(bounded("raw-sgd-step")[0])
    assert one_at_a_time(single, {"d": 1, "m": 3}) == {"d": 1, "m": 1}
    mixing = replace(
        single, algorithm=lambda X, Y, X_q, w, alpha, lam: record.algorithm(X, Y, X_q, w, alpha, lam) + X_q[0, 0]
    )
    assert one_at_a_time(replace(mixing, algorithm=_mixed(record)), {"d": 1, "m": 3}) == {"d": 1, "m": 3}


@pytest.mark.parametrize("m", [2, 3])
def test_an_algorithm_that_counts_its_queries_does_not_take_them_one_at_a_time(m):
    """It is right for one query and for two, and for no other number."""
    record = get("raw-sgd-step")
    single = record.claiming(bounded("raw-sgd-step")[0])
    counting = lambda X, Y, X_q, w, alpha, lam, m: single.algorithm(X, Y, X_q, w, alpha, lam) * (1 + (m - 1) * (m - 2))  # noqa: E731
    kept = one_at_a_time(replace(single, algorithm=counting), {"d": 1, "m": m})
    assert kept == {"d": 1, "m": 1 if m == 2 else m}


def test_a_bound_that_falls_with_the_number_of_queries_is_not_that_for_one():
    """The true bound for one query, and half of it for two."""
    record = get("raw-sgd-step")
    single = record.claiming(bounded("raw-sgd-step")[0])
    own = single.claims[0].bound
    falling = Within(lambda d, w, alpha, lam, s, N, B, m: own(d=d, w=w, alpha=alpha, lam=lam, s=s, N=N, B=B) / m)
    assert one_at_a_time(single.claiming(falling), {"d": 1, "m": 2}) == {"d": 1, "m": 2}
    assert composition(single.claiming(falling), Plan(({"d": 1, "m": 2},))).standing is not Standing.PROVED


def _mixed(record):
    """Every answer has the first query's added."""

    def algorithm(X, Y, X_q, w, alpha, lam, m):
        answers = record.algorithm(X, Y, X_q, w, alpha, lam)
        return answers + ones(m, 1) @ answers[0]

    return algorithm


def test_a_program_without_its_knob_gets_a_sentence():
    x, y, a = stream = Stream(x=2, y=2, a=1)
    for fidelity, knob in (("limit", "s, the scale of the GeLU products"), ("paper", "N, the size of the pads")):
        with pytest.raises(BadNetwork, match=f'fidelity="{fidelity}"\\) needs {knob}'):
            compiled(stream, (dot(x, y, into=a),), length=2, fidelity=fidelity)
    with pytest.raises(UnknownName, match="the fidelity 'limit' has no knob 'N'"):
        compiled(stream, (aff(x, into=y),), length=2, fidelity="limit", s=1, N=3)
    with pytest.raises(UnknownName, match="the fidelity 'exact' has no knob 's'; it has none"):
        compiled(stream, (aff(x, into=y),), length=2, s=1)


def test_a_divisor_is_at_least_what_its_squares_leave():
    """γ² + x² ≥ γ², and (γ − x)² may be 0."""
    functions, atoms = QuadraticArithmetic(["gamma", "x"]), MagnitudeArithmetic().atoms
    keys = {("gamma", 0, 0): 0, ("data", "X", 0, 0): 1}
    ring = Ring(functions, keys, Signs(functions, [*keys], [True, False]))
    gamma, x = functions.variable(0), functions.variable(1)
    found = ring.least(gamma * gamma + x * x, atoms)
    assert found.terms == {((atoms.number(("gamma", 0, 0), True), 2),): 1}
    for divisor in ((gamma + -x) * (gamma + -x), gamma + x, x * x):
        with pytest.raises(Unsupported, match="not known to stay away from 0"):
            _ = ring.least(divisor, atoms)


def test_division_is_proved_because_gamma_is_positive():
    """Without γ > 0 the divisor γ + r² may be 0 or change its sign, and nothing is proved."""
    record = get("div-by-norm")
    loose = {**record.parameters, "gamma": replace(record.parameters["gamma"], positive=False)}
    claim = bounded("div-by-norm")[0]
    verdict = composition(replace(record.claiming(claim), parameters=loose), Plan(({"T": 2, "d": 1},)))
    assert verdict.standing is not Standing.PROVED
    limit = next(c for c in record.claims if isinstance(c, Limit))
    assert (
        rate(replace(record.claiming(limit), parameters=loose), Plan(({"T": 1, "d": 1},))).standing
        is not Standing.PROVED
    )
    assert rate(record.claiming(limit), Plan(({"T": 1, "d": 1},))).standing is Standing.PROVED


def test_a_gelu_in_the_algorithm_is_no_parabola():
    record = get("aff")
    single = record.claiming(bounded("aff")[0])
    asks = replace(single, algorithm=lambda X, Y, W_1, W_2, b, T: gelu(record.algorithm(X, Y, W_1, W_2, b, T)))
    with pytest.raises(Unsupported, match="gelu"):
        _ = ring_of(asks, {"T": 2, "d": 1})
