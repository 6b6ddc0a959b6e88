"""Floats: bounds that are never violated, licences that are never wrong, and planted roundings that are seen."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions import CATALOGUE, get
from constructions.language import Limit, build
from constructions.matrix import Matrix, Pole, Unsupported, below, exact, exp, ones, reciprocal, relu, softmax, solve
from constructions.matrix.rational import fractions_of
from tests.controls.base import TRUE, algorithm
from verify.arithmetic import torch_floats
from verify.arithmetic.ball import ball_entries, balls, precision
from verify.arithmetic.formats import BFLOAT16, BINARY32, BINARY64, NumpyBfloat16, NumpyFloats
from verify.arithmetic.majorant import MajorantArithmetic
from verify.arithmetic.rounding import RoundingArithmetic, bounded, values_and_errors
from verify.arithmetic.torch_floats import TorchFloats
from verify.methods.floating import floating, torch_models
from verify.plan import plan
from verify.verdict import Standing

FEWER = settings(max_examples=max(12, settings().max_examples // 5))
NUMPY = [NumpyFloats(BINARY64), NumpyFloats(BINARY32), NumpyBfloat16()]
MODELS = [*NUMPY, *torch_models()]
VISIBLE = np.array([[True, True, False], [True, True, True], [False, False, False]])
numbers = st.builds(Fraction, st.integers(-(10**6), 10**6), st.sampled_from((1, 2, 3, 7, 64, 1000, 2**20)))
squares = st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=3, max_size=3).map(exact)


def modest(a):
    """Entries of size at most 1, so that exp and softmax stay in range."""
    return exact([[entry / (1 + abs(entry)) * 3 for entry in row] for row in fractions_of(a)])


RATIONAL_TERMS = {
    "product": lambda A, B: A @ B - 3 * (B @ A),
    "entrywise": lambda A, B: A * B + B * B - A,
    "join": lambda A, B: below(A[:2], B.T[[0]]) @ B,
    "scale": lambda A, B: A[0, 0] * B - A / 7,
    "relu": lambda A, B: relu(A @ B) - relu(A),
    "solve": lambda A, B: solve(A @ A.T + ones(3, 3) + 1000 * exact(np.eye(3, dtype=int)), B),
    "reciprocal": lambda A, B: reciprocal(A * A + ones(3, 3)) * B,
}
BALL_TERMS = {
    "exp": lambda A, B: exp(A) @ B,
    "softmax": lambda A, B: softmax(A @ B, VISIBLE) @ B,
}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("term", RATIONAL_TERMS)
@FEWER
@given(A=squares, B=squares)
def test_no_bound_is_violated(model, term, A, B):
    arithmetic = RoundingArithmetic(model)
    try:
        with np.errstate(all="ignore"):
            computed = RATIONAL_TERMS[term](bounded(A, arithmetic), bounded(B, arithmetic))
    except (Unsupported, Pole):
        return
    true = fractions_of(RATIONAL_TERMS[term](A, B))
    for row, value, error in zip(true, *values_and_errors(computed, arithmetic), strict=True):
        for x, v, e in zip(row, value.tolist(), error.tolist(), strict=True):
            assert abs(Fraction(v) - x) <= Fraction(e)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("term", BALL_TERMS)
@FEWER
@given(A=squares.map(modest), B=squares.map(modest))
def test_no_transcendental_bound_is_violated(model, term, A, B):
    arithmetic = RoundingArithmetic(model)
    try:
        computed = BALL_TERMS[term](bounded(A, arithmetic), bounded(B, arithmetic))
    except Unsupported:  # scores too uncertain in bfloat16
        return
    values, errors = values_and_errors(computed, arithmetic)
    with precision(256):
        true = ball_entries(BALL_TERMS[term](balls(A), balls(B)))
        for x, v, e in zip(true, values.ravel().tolist(), errors.ravel().tolist(), strict=True):
            assert abs(x - v).abs_lower() <= e


small = st.integers(-3, 3).map(lambda k: Fraction(k, 2))
dyadic = st.lists(st.lists(small, min_size=3, max_size=3), min_size=3, max_size=3).map(exact)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@FEWER
@given(A=dyadic, B=dyadic, times=st.integers(0, 3))
def test_what_is_licensed_is_exact(model, A, B, times):
    def term(A, B):
        for _ in range(times):
            A = A @ B - A * B
        return A - relu(B) / 4

    needed = MajorantArithmetic()
    _ = term(*(Matrix(needed, needed.lift(value)) for value in (A, B)))
    if needed.licenses(model.format):
        computed = term(*(Matrix(model, model.lift(value)) for value in (A, B)))
        assert [[Fraction(v) for v in row] for row in model.widened(computed._entries).tolist()] == fractions_of(
            term(A, B)
        )


def test_a_licence_counts_bits():
    needed = MajorantArithmetic()
    A = Matrix(needed, needed.lift(exact([[2**10, 1]])))
    _ = A @ A.T
    assert needed.bits == 21  # 2²⁰ + 1
    assert needed.licenses(BINARY32) and not needed.licenses(BFLOAT16)
    with pytest.raises(Unsupported, match="a multiple of 1/3 has no value in dyadic numbers"):
        _ = needed.lift(exact("1/3"))


def test_bfloat16_in_numpy_is_that_of_torch():
    ours, theirs, rng = NumpyBfloat16(), TorchFloats(BFLOAT16), np.random.default_rng(1)
    for _ in range(50):
        A, B = (exact([[Fraction(x) for x in row] for row in rng.standard_normal((3, 3)).tolist()]) for _ in range(2))
        a, b = ((model.lift(A), model.lift(B)) for model in (ours, theirs))
        for operation in ("add", "times"):
            left, right = getattr(ours, operation)(*a), getattr(theirs, operation)(*b)
            assert np.array_equal(ours.widened(left), theirs.widened(right))


class Planted(NumpyFloats):
    """A product that rounds what it should not: its factors, to so many bits."""

    def __init__(self, format, bits):
        super().__init__(format)
        self.kept = bits

    def matmul(self, a, b):
        return (self._cut(a) @ self._cut(b)).astype(self.format.name)

    def _cut(self, a):
        mantissa, exponent = np.frexp(a)
        return np.ldexp(np.round(mantissa * 2.0**self.kept) / 2.0**self.kept, exponent).astype(a.dtype)


@pytest.mark.parametrize("model", [Planted(BINARY32, 11), Planted(BINARY64, 24)], ids=["TF32", "hidden float32 cast"])
@pytest.mark.parametrize("name", ["gd-step", "gd-steps", "gd-interleaved", "mesa-layer", "td-zero"])
def test_planted_roundings_are_seen(model, name):
    construction = get(name)
    verdict = floating(construction, plan(construction), [model])
    assert verdict.standing is Standing.REFUTED
    honest = floating(construction, plan(construction), [NumpyFloats(model.format)])
    assert honest.standing is Standing.TESTED


class BadSolver(NumpyFloats):
    def solve(self, a, b):
        return np.linalg.solve(a.astype(np.float32), b.astype(np.float32)).astype(np.float64)


def test_a_solver_in_less_precision_is_seen():
    construction = get("mesa-layer")
    verdict = floating(construction, plan(construction), [BadSolver(BINARY64)])
    assert verdict.standing is Standing.REFUTED
    assert "layer 1" in verdict.because


# Scores that are computed: hard attention must not round them, and softmax in bfloat16 has no useful bound for them. And the
# bound of Theorem 2 in the paper's layers has no value at d = 5.
NO_BOUND = {
    ("kalman-filter", 0): "a softmax has no useful bound",
    ("kalman-filter", 1): "a softmax has no useful bound",
    ("raw-ridge-step", 4): "division by a ball that contains zero",
    ("subleq", 0): "a softmax has no useful bound",
    ("subleq", 1): "a maximum of uncertain numbers has no value",
}


@pytest.mark.parametrize("construction", CATALOGUE, ids=lambda c: c.name)
def test_every_theorem_runs_in_floats_with_a_bound_at_every_layer(construction):
    for number, claim in enumerate(construction.claims):
        if isinstance(claim, Limit):
            continue  # what floats make of a limit is for `rate` to say
        single = construction.claiming(claim)
        verdict = floating(single, plan(single), MODELS)
        if because := NO_BOUND.get((construction.name, number)):
            assert verdict.standing is not Standing.REFUTED and because in verdict.because
            continue
        assert verdict.standing is Standing.TESTED, verdict.because
        shares = verdict.evidence["layers, of their bound"]
        depth = max(len(build(single, sizes, _ones(single, sizes)).network.unrolled) for sizes in plan(single).sizes)
        assert set(shares) == {model.name for model in MODELS}
        assert all(len(layers) == depth for name, layers in shares.items())
        assert all(share <= 1 for layers in shares.values() for share in layers)


def _ones(construction, sizes):
    from verify.plan import parameters_from

    return parameters_from(construction, sizes, lambda p, r, c: ones(r, c))


def test_an_epsilon_in_the_algorithm_is_seen():
    wrong = replace(TRUE, algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta * (1 + Fraction(1, 10**8))))
    assert floating(wrong, plan(wrong), NUMPY).standing is Standing.REFUTED


def test_without_torch_the_reason_is_given(monkeypatch):
    monkeypatch.setattr(torch_floats, "find_spec", lambda name: None)
    monkeypatch.setenv("VERIFY_TORCH", "cpu")
    verdict = floating(TRUE, plan(TRUE))
    assert verdict.standing is Standing.UNDECIDED
    assert "torch is not installed" in verdict.because


def test_torch_runs_where_it_is_asked_for(monkeypatch):
    monkeypatch.setenv("VERIFY_TORCH", "cpu")
    assert "bfloat16 in torch" in floating(TRUE, plan(TRUE)).evidence["layers, of their bound"]
