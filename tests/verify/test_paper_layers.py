"""What the bounds for the paper's layers must look at, and chains whose bounds were not found once."""

from dataclasses import replace

import pytest

from constructions.instructions import (
    aff,
    columns,
    compiled,
    div,
    dot,
    error_bound,
    mov,
    pairs,
    pairs_in_a_box,
    paper_bound,
    times,
)
from constructions.instructions.scales import KNOBS
from constructions.language import BadNetwork, Box, Construction, Parameter, Prompt, Readout, Stream, Token, Within
from constructions.matrix import Unsupported, exact, ones, reciprocal
from constructions.matrix.floating import floats
from tests.controls.paper_layers import NOT_PROVED, REFUTED, TWO_LAYERS
from verify.methods.composition import composition
from verify.plan import Plan
from verify.verdict import Standing

SMALL = Plan(({"T": 2, "d": 1},))
ONE_EXAMPLE = {"X": ("1", "d"), "Y": ("1", 1), "X_q": ("m", "d")}


@pytest.mark.parametrize("control", REFUTED, ids=lambda control: control.record.name)
def test_what_the_bound_must_look_at(control):
    at = Plan(({"d": 1, "m": 3},)) if "m" in control.record.sizes else SMALL
    verdict = composition(control.record, at)
    assert verdict.standing is Standing.REFUTED and verdict.counterexample, verdict


def test_a_pad_is_known_only_as_long_as_it_stays_what_it_was():
    assert composition(TWO_LAYERS, SMALL).standing is Standing.PROVED
    assert composition(NOT_PROVED, SMALL).standing is not Standing.PROVED


def test_numbers_beyond_floats_are_refused_with_a_sentence():
    for huge in (exact(10**400), exact(10**400) / 3):
        with pytest.raises(Unsupported, match=r"beyond 1\.8·10³⁰⁸ has no value in float64"):
            _ = floats([[1.0]]) * huge


def quotient(d, eta, gamma):
    v, c, q = stream = Stream(v=d, c=1, q=d)
    return stream, (div(eta * v, c, into=q, at_least=gamma),)


def by_gamma(R, gamma, T):
    return reciprocal(gamma * ones(T, 1) + R * R)


ETA_OVER_C = Construction(
    name="eta-over-c",
    title="η v/(γ + r²)",
    gadget=True,
    degree=2,
    sizes={"T": 2, "d": 2},
    parameters={"N": KNOBS["N"], "B": KNOBS["B"]}
    | {name: Parameter(default=2, positive=True) for name in ("eta", "gamma")},
    data={"V": ("T", "d"), "R": ("T", 1), "Q": ("T", "d")},
    weights=lambda T, d, eta, gamma, N: compiled(*quotient(d, eta, gamma), length=T, fidelity="paper", N=N),
    prompt=lambda V, R, Q, gamma: Prompt(
        context=(Token(v=V, c=gamma + R * R, q=Q),), positions=(("column", "one-hot"),)
    ),
    readout=lambda q: Readout(q, at="context"),
    algorithm=lambda V, R, d, T, eta, gamma: eta * V * (by_gamma(R, gamma, T) @ ones(1, d)),
    domain=dict.fromkeys(("V", "R", "Q"), Box("B")),
    claims=(
        Within(
            lambda T, d, eta, gamma, N, B: paper_bound(
                lambda stream: stream["q"],
                quotient(d, eta, gamma),
                [{"v": B, "c": gamma + B * B, "q": B}] * T,
                at=None,
                length=T,
                N=N,
            )
        ),
    ),
)


def lms(d, w, eta, eps):
    """One step of normalised LMS: w + η (y − wᵀx) x/(ε + |x|²)."""
    y, x, r, q, g, u = stream = Stream(y=1, x=d, r=1, q=1, g=d, u=d)
    return stream, (
        mov(x, source=0, target=1, into=x),
        aff(y - w.T @ x, into=r),
        dot(x, x, into=q),
        aff(q, constant=eps, into=q),
        times(x, r, into=g),
        div(eta * g, q, into=g, at_least=eps),
        aff(g, constant=w, into=g),
        mov(g, source=1, target=2, into=u),
        dot(u, x, into=r),
    )


def lms_bound(d, w, eta, eps, s, B):
    return error_bound(lambda stream: stream["r"], lms(d, w, eta, eps), pairs_in_a_box(1, B), s=s)


LMS = Construction(
    name="normalised-lms",
    title="A step of normalised LMS",
    sizes={"d": 2, "m": 1},
    parameters={
        "w": Parameter(("d",), default="1/2"),
        **{name: Parameter(default="1/2", positive=True) for name in ("eta", "eps")},
        **KNOBS,
    },
    data=ONE_EXAMPLE,
    weights=lambda d, w, eta, eps, s: compiled(*lms(d, w, eta, eps), length=3, fidelity="limit", s=s),
    prompt=pairs,
    readout=lambda r: Readout(r, at="query"),
    algorithm=lambda X, Y, X_q, w, eta, eps: X_q @ (w + eta * X.T @ (Y - X @ w) / (eps + X @ X.T)),
    domain=dict.fromkeys(ONE_EXAMPLE, Box("B")),
    claims=(Within(lms_bound),),
)


def shifted(d, w, v):
    """A constant is added to a register in place: the units that do it read nothing."""
    y, x, r = stream = Stream(y=1, x=d, r=1)
    return stream, (aff(w.T @ x - y, into=r), aff(r, constant=v, into=r))


def of_shifted(**more):
    fields = {
        "name": "a-constant-in-place",
        "title": "wᵀx − y + v",
        "gadget": True,
        "sizes": {"d": 2, "m": 1},
        "parameters": {"w": Parameter(("d",), default="1/2"), "v": Parameter(default=1)} | KNOBS,
        "data": ONE_EXAMPLE,
        "weights": lambda d, w, v, N: compiled(*shifted(d, w, v), length=3, fidelity="paper", N=N),
        "prompt": pairs,
        "readout": lambda r: Readout(r, at="context[1]"),
        "algorithm": lambda Y, v: v - Y,
        "domain": dict.fromkeys(ONE_EXAMPLE, Box("B")),
        "claims": (Within(shifted_bound),),
    }
    return Construction(**(fields | more))


def shifted_bound(d, w, v, N, B):
    return paper_bound(lambda stream: stream["r"], shifted(d, w, v), pairs_in_a_box(1, B), length=3, N=N, at=1)


def averages(d, n, beta):
    x, m = stream = Stream(x=d, m=d)
    rounds = [(mov(m, source=i - 1, target=i, into=m), aff(beta * m + (1 - beta) * x, into=m)) for i in range(1, n)]
    return stream, (aff((1 - beta) * x, into=m), *(op for pair in rounds for op in pair))


def averages_bound(d, n, beta, N, B):
    return paper_bound(lambda stream: stream["m"], averages(d, n, beta), [{"x": B}] * n, length=n, N=N)


def averaged(X, n, beta):
    m = (1 - beta) * X[0]
    for i in range(1, n):
        m = beta * m + (1 - beta) * X[i]
    return m


AVERAGES = Construction(
    name="weighted-mean",
    title="m ← β m + (1 − β) x, from 0",
    sizes={"d": 1, "n": 2},
    parameters={"beta": Parameter(default="1/2"), "N": KNOBS["N"], "B": KNOBS["B"]},
    data={"X": ("n", "d")},
    weights=lambda d, n, beta, N: compiled(*averages(d, n, beta), length=n, fidelity="paper", N=N),
    prompt=lambda X: columns(Token(x=X)),
    readout=lambda m: Readout(m, at="last"),
    algorithm=averaged,
    domain={"X": Box("B")},
    claims=(Within(averages_bound),),
)


@pytest.mark.parametrize(
    ("record", "sizes"),
    [
        (AVERAGES, {"d": 1, "n": 2}),
        (ETA_OVER_C, {"T": 2, "d": 2}),
        (LMS, {"d": 2, "m": 1}),
        (of_shifted(), {"d": 2, "m": 1}),
    ],
    ids=lambda part: getattr(part, "name", ""),
)
def test_chains_whose_bounds_are_found(record, sizes):
    """A factor of all rows that the pads lack; a divisor that is known by a parameter; units that read nothing; |1 − β|."""
    verdict = composition(record, Plan((sizes,)))
    assert verdict.standing is Standing.PROVED, verdict


@pytest.mark.parametrize(
    ("record", "algorithm"),
    [
        (AVERAGES, lambda X, n, beta: averaged(X, n, -beta)),
        (ETA_OVER_C, lambda V, R, d, T, gamma: V * (by_gamma(R, gamma, T) @ ones(1, d))),
        (LMS, lambda X, Y, X_q, w, eta, eps: X_q @ (w + eta * X.T @ (Y - X @ w) / (2 * eps + X @ X.T))),
        (of_shifted(), lambda Y, v: 2 * v - Y),
    ],
    ids=lambda part: getattr(part, "name", ""),
)
def test_the_same_bounds_for_another_algorithm_are_refuted(record, algorithm):
    sizes = {name: 1 for name in record.sizes}
    verdict = composition(replace(record, algorithm=algorithm), Plan((sizes,)))
    assert verdict.standing is Standing.REFUTED, verdict


def test_units_that_read_nothing_have_no_bound_where_layer_norm_may_have_no_value():
    """At N = 1/100 pads may be as small as what leaks into them."""
    verdict = composition(of_shifted(claims=(Within(lambda B: 10**9 * (1 + B)),)), Plan(({"d": 1, "m": 1},)))
    assert verdict.standing is not Standing.PROVED


def test_the_size_of_the_pads_is_a_parameter():
    fixed = of_shifted(
        weights=lambda d, w, v: compiled(*shifted(d, w, v), length=3, fidelity="paper", N=1000),
        claims=(Within(lambda B: B),),
    )
    assert "the size of its pads, a positive parameter" in composition(fixed, Plan(({"d": 1, "m": 1},))).because
    with pytest.raises(BadNetwork, match="holds e\\^−N, which has no exact value: make N a parameter"):
        _ = shifted_bound(1, exact(1), exact(1), 1000, exact(1))
