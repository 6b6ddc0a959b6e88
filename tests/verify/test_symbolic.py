"""The method `symbolic`: what it proves, what it refutes, and that it says so when it cannot."""

import os
import time
from collections import deque
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import repeat

import flint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.catalogue import CATALOGUE, get
from constructions.language import (
    Attention,
    Construction,
    Equal,
    Head,
    Parameter,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
)
from constructions.matrix import Pole, exact, exp, multiple, ones, reciprocal, solve
from verify import Standing
from verify.arithmetic.polynomial import PolynomialArithmetic, matrix_of
from verify.arithmetic.terms import TooManyTerms
from verify.engines.free import difference, forecast
from verify.engines.isolated import LIMITS, BeyondLimits, isolated
from verify.limits import Limits
from verify.methods.symbolic import MOST, QUICK, prove_identity, symbolic
from verify.plan import plan
from verify.points import random_data, random_instance
from verify.sides import claim_sides, invariant_sides, same, step_sides


def judged(record, **sizes):
    return symbolic(record.claiming(record.claims[0]), plan(record, sizes))


# A softmax head is the Nadaraya–Watson smoother with kernel exp(x_qᵀ M x_i), for every M.


def smoother(d, M, *, turned=False, hotter=1):
    x, y = stream = Stream(x=d, y=1)
    head = Head(query=hotter * (M.T if turned else M).T @ x, key=x, value=y, into=y)
    return Transformer(stream, (Attention((head,), "softmax", "context"),))


def nadaraya_watson(X, Y, X_q, M):
    kernel = exp(X_q @ M @ X.T)
    return (kernel @ Y) * reciprocal(kernel @ ones(X.shape[0], 1))


SMOOTHER = Construction(
    name="smoother",
    title="A softmax head is a Nadaraya–Watson smoother",
    weights=smoother,
    prompt=lambda X, Y, X_q: Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),)),
    readout=lambda y: Readout(y, at="query"),
    algorithm=nadaraya_watson,
    sizes={"d": 2, "n": 3, "m": 2},
    parameters={"M": Parameter(("d", "d"), default=1)},
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
)


def test_a_softmax_head_is_a_smoother_for_every_kernel():
    verdict = judged(SMOOTHER)
    assert verdict.standing is Standing.PROVED
    assert verdict.scope.startswith("all real data and parameters, at the sizes d=")
    assert "divided" not in verdict.scope  # a sum of exponentials never vanishes


@pytest.mark.parametrize("change", [{"turned": True}, {"hotter": 2}, {"hotter": 1 + Fraction(1, 10**12)}])
def test_a_wrong_smoother_is_refuted_by_balls_at_a_point(change):
    verdict = judged(replace(SMOOTHER, weights=partial(smoother, **change)))
    assert verdict.standing is Standing.REFUTED
    assert verdict.counterexample is not None
    assert "exp_" in verdict.evidence["left − right"]


def test_weights_of_softmax_do_not_change_with_a_shift():
    def shifted(X, Y, X_q, M):
        scores = X_q @ M @ X.T
        kernel = exp(scores - scores[:, [0]] @ ones(1, X.shape[0]) + X_q[:, [0]] @ ones(1, X.shape[0]))
        return (kernel @ Y) * reciprocal(kernel @ ones(X.shape[0], 1))

    assert judged(replace(SMOOTHER, algorithm=shifted)).standing is Standing.PROVED


def test_an_unknown_relation_of_exponentials_is_not_a_refutation():
    """exp(u)² = exp(2u) is known only where exp(u) comes first: then the sides differ in symbols and agree in numbers."""

    def halved(X, Y, X_q, M):
        root = exp(X_q @ M @ X.T / 2)
        return ((root * root) @ Y) * reciprocal((root * root) @ ones(X.shape[0], 1))

    verdict = judged(replace(SMOOTHER, algorithm=halved))
    assert verdict.standing is Standing.UNDECIDED
    assert "relations that are not known here" in verdict.because


# Polynomial networks.


# Exponentials and divisions at depth two take their time; `blockwise` proves these for all sizes.
FOR_ALL_SIZES = ("chebyshev", "functional-gd", "gp-posterior")
# A bound for all symbols, and 31 layers of rational functions, are for other methods.
PROVED = [
    record
    for record in CATALOGUE
    if record.name not in ("induction-head", "raw-ridge", *FOR_ALL_SIZES) and isinstance(record.claims[0], Equal)
    if record.name not in ("induction-head", "markov-k", "two-layer-network", "raw-ridge", "subleq")
    and isinstance(record.claims[0], Equal)
]


@pytest.mark.parametrize("record", PROVED, ids=lambda record: record.name)
def test_the_catalogue_is_proved_at_depth_two(record):
    verdict = judged(record)
    assert verdict.standing is Standing.PROVED, verdict.because
    depths = [sizes["sizes"].get("steps", 2) for sizes in verdict.evidence["identities"]]
    assert max(depths) >= 2 or record.name in ("linear-attention-recursion", "fu-newton")  # degree 21 at depth two


@pytest.mark.parametrize("record", PROVED, ids=lambda record: record.name)
def test_near_misses_of_equalities_are_not_proved(record):
    for name, miss in record.near_misses.items():
        variant = record.variant(miss)
        verdict = symbolic(variant, plan(variant))
        weak = record.name == "linear-attention-recursion" and name == "heads-in-turn"  # needs two heads and two layers
        weak = weak or (record.name, name) in (
            ("div", "by-modulus"),
            ("logistic", "logistic-exactly"),
            ("algorithm-selection", "argmin"),
            ("raw-ridge-step", "mov-without-a-gate"),
            ("heavy-ball", "velocity-kept"),  # needs three layers
            ("heavy-ball", "conjugate-gradients"),
        )  # too much for it
        weak = weak or any(not isinstance(claim, Equal) for claim in variant.claims)  # it decides equalities
        assert verdict.standing is Standing.REFUTED or weak, (name, verdict)


def test_steps_and_invariants():
    record = get("td-zero")
    invariant = prove_identity(record, plan(record), invariant_sides, kind="step", subject="invariant")
    assert (invariant.standing, invariant.kind) == (Standing.PROVED, "step")
    record = get("mesa-layer")
    verdict = prove_identity(record, plan(record), step_sides(record.steps[0]), kind="step", subject="ridge")
    assert verdict.standing is Standing.PROVED
    assert verdict.scope.endswith("wherever nothing is divided by zero")


def test_a_constant_off_by_a_trillionth_is_refuted():
    record = get("gd-step")
    near = replace(record, algorithm=lambda X, Y, X_q, W_0, eta: record.algorithm(X, Y, X_q, W_0, eta * trillionth()))
    verdict = judged(near)
    assert verdict.standing is Standing.REFUTED
    assert "1/" in verdict.evidence["left − right"]


def trillionth():
    return exact(1 + Fraction(1, 10**12))


def test_a_pole_everywhere_is_undecided():
    record = get("gd-step")
    poles = replace(record, algorithm=lambda X, Y, X_q, W_0, eta: X_q @ W_0.T / (eta - eta))
    verdict = judged(poles)
    assert verdict.standing is Standing.UNDECIDED
    assert "always zero" in verdict.because


def test_what_it_cannot_do_is_undecided_with_the_reason():
    record = get("gd-step")
    irrational = replace(record, algorithm=lambda X, Y, X_q, W_0, eta: multiple("√(π/2)", X_q @ W_0.T))
    assert "the number √(π/2) has no value in rational" in judged(irrational).because
    assert (
        "the claim is a bound"
        in symbolic(get("induction-head").claiming(get("induction-head").claims[1]), plan(record)).because
    )
    huge = judged(record, d_x=1000, n=1000)
    assert huge.standing is Standing.UNDECIDED
    assert "variables, more than 1,000" in huge.because


def test_a_difference_over_the_reals_does_not_refute_on_a_smaller_domain():
    record = replace(get("gd-step"), domain={"Y": "one-hot rows"})
    assert judged(record).standing is Standing.PROVED
    verdict = judged(replace(record, weights=get("gd-step").near_misses["wrong-sign"].replaces["weights"]))
    assert verdict.standing is Standing.UNDECIDED
    assert "Y is restricted to one-hot rows" in verdict.because


def test_an_identity_with_poles_does_not_prove_on_a_smaller_domain():
    record = replace(get("mesa-layer"), domain={"K": "one-hot rows"})
    assert judged(record).standing is Standing.UNDECIDED


# Limits.


def test_memory_and_time_end_the_worker_and_not_us():
    ring = flint.fmpq_mpoly_ctx.get([f"x_{i}" for i in range(40)], "degrevlex")

    def large():
        return len(sum(ring.gens(), ring.constant(1)) ** 6)

    with pytest.raises(BeyondLimits, match="needs more than 64 MiB"):
        _ = isolated(large, Limits(60, mebibytes=64))
    with pytest.raises(BeyondLimits, match=r"needs more than 0\.05 s"):
        _ = isolated(large, Limits(seconds=0.05))
    with pytest.raises(Pole, match="planted"):
        _ = isolated(planted, LIMITS)
    assert isolated(os.getpid, LIMITS) != os.getpid()


def test_the_limit_is_of_computing_time_and_a_worker_that_waits_for_ever_is_ended_later():
    assert isolated(lambda: time.sleep(0.6), Limits(seconds=0.5)) is None
    with pytest.raises(BeyondLimits, match=r"needs more than 0\.01 s"):
        _ = isolated(lambda: time.sleep(60), Limits(seconds=0.01))
    with pytest.raises(BeyondLimits, match=r"needs more than 0\.1 s"):
        _ = isolated(lambda: deque(repeat(0)), Limits(seconds=0.1))


def planted():
    raise Pole("planted")


def test_a_proof_beyond_the_limits_is_undecided():
    record = get("gd-looped")
    here = plan(record, {"d_x": 4, "d_y": 1, "n": 9, "m": 1, "steps": 3})
    assert len(here.sizes) == 1
    verdict = prove_identity(record, here, claim_sides, kind="claim", subject="", limits=Limits(seconds=0.01))
    assert verdict.standing is Standing.UNDECIDED
    assert verdict.because == "needs more than 0.01 s"
    assert prove_identity(record, here, claim_sides, kind="claim", subject="").standing is Standing.PROVED
    deeper = plan(record, {"d_x": 4, "d_y": 2, "n": 9, "m": 3, "steps": 9})
    assert "terms, more than 1,000,000" in prove_identity(record, deeper, claim_sides, kind="claim", subject="").because


def test_the_forecast_is_never_below_the_truth():
    for name in ("gd-steps", "td-zero", "mesa-layer"):
        record = get(name)
        sizes = plan(record).sizes[0] | ({"d_k": 2, "n": 2} if name == "mesa-layer" else {})
        wrong = record.variant(next(iter(record.near_misses.values())))
        planned = forecast(wrong, sizes, claim_sides, MOST)
        assert 0 < difference(wrong, sizes, claim_sides, planned).terms <= planned.terms
        with pytest.raises(TooManyTerms):
            _ = forecast(wrong, sizes, claim_sides, 5)
    assert QUICK < MOST


# The arithmetic against exact rationals.


@given(st.lists(st.integers(-6, 6), min_size=9, max_size=9), st.data())
def test_rational_functions_agree_with_rationals_at_points(numbers, data):
    functions = PolynomialArithmetic([f"x_{i}" for i in range(9)])
    symbolic_matrix = matrix_of(functions, 3, 3, [functions.variable(i) for i in range(9)])
    point = exact([numbers[:3], numbers[3:6], numbers[6:]])
    formula = data.draw(st.sampled_from(FORMULAS))
    try:
        value = formula(point)
    except Pole:
        return
    cells = functions.table(formula(symbolic_matrix)).cells
    variables = {f"x_{i}": flint.fmpq(n) for i, n in enumerate(numbers)}
    for row, expected in zip(cells, value._entries.fractions(), strict=True):
        for entry, number in zip(row, expected, strict=True):
            top, bottom = (int_value(part.subs(variables)) for part in (entry.top, entry.bottom))
            assert top == number * bottom


def int_value(polynomial):
    value = polynomial.leading_coefficient() if not polynomial.is_zero() else flint.fmpq(0)
    return Fraction(int(value.p), int(value.q))


FORMULAS = (
    lambda A: A @ A.T - 3 * A,
    lambda A: A * A + A[[2, 0, 1]][:, [1, 1, 0]],
    lambda A: reciprocal(A) + A / 7,
    lambda A: reciprocal(A @ A - A) * A.T,
    lambda A: solve(A, A.T @ A),
    lambda A: solve(A @ A.T + 1 * exact([[1, 0, 0], [0, 1, 0], [0, 0, 1]]), A),
    lambda A: (A[0] @ A[:, 1]) * A - reciprocal(A[0] @ A[1].T) * A,
    lambda A: reciprocal(reciprocal(A) - reciprocal(A.T + A)),
)


def test_catalogue_sides_agree_with_rationals_at_a_point():
    """Substituting a point into the polynomial answer is running the network at that point."""
    record, sizes = get("causal-lm"), {"d_x": 2, "d_y": 1, "n": 3, "m": 2, "steps": 2}
    sizes = record.with_sizes(sizes)
    planned = forecast(record, sizes, claim_sides, MOST)
    numbers = iter(range(-9, 10_000))
    instance = random_instance(record, sizes, numbers)
    at_point = instance.run(random_data(instance, numbers)).answer
    functions = PolynomialArithmetic(planned.variables)
    unknown = iter(range(len(planned.variables)))
    values = iter(range(-9, 10_000))
    point = {}

    def make(_, rows, columns):
        chosen = [next(unknown) for _ in range(rows * columns)]
        for number in chosen:
            point[planned.variables[number]] = flint.fmpq(next(values))
        return matrix_of(functions, rows, columns, [functions.variable(number) for number in chosen])

    from verify.engines.free import free_sides

    left, _ = free_sides(record, sizes, claim_sides, make)
    found = [[int_value(e.top.subs(point)) for e in row] for row in functions.table(left).cells]
    assert same(exact(found), at_point)
