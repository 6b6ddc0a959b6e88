"""Networks that write tokens: what is proved for all numbers of passes, what is not, and numbers for the lemmas."""

import re
from fractions import Fraction

import numpy as np
import pytest

from constructions import get
from constructions.bayes import kalman_filter as kalman
from constructions.matrix import Size, Unsupported, below, ones, softmax
from constructions.matrix.formula import constants_by
from constructions.matrix.inverses import Total
from constructions.matrix.normal import Inverse
from constructions.matrix.opaque import entries_in
from constructions.matrix.symbols import Inclusion, Loop
from tests.verify.written_tokens import (
    WITHOUT_A_VALUE,
    WRONG_BOUNDS,
    WRONG_RECORDS,
    WRONG_SMOOTHERS,
    WRONG_THOUGHT,
    by,
    by_a_loop,
    of_kalman,
)
from verify.arithmetic.exponential_rows import ExponentialRows
from verify.arithmetic.row_parts import behind, linear_in
from verify.arithmetic.rows import RowArithmetic
from verify.engines.passes import one_pass
from verify.methods.enclosure import enclosure
from verify.methods.passes import passes
from verify.plan import plan
from verify.verdict import Standing

WINDOWS = "at m = 1, 2, 3, 4, 5, 6, 7, 8, wherever the inverses exist and nothing is divided by zero"
KALMAN = f"all real data and parameters (v, beta > 0) and all sizes d, p, T (by induction over the passes), {WINDOWS}"
COT = "all real data and parameters and all sizes d, n, steps (by induction over the passes)"
WRONG = WRONG_RECORDS | WRONG_THOUGHT
RNG = np.random.default_rng(5)


def judged(record, claim=0):
    single = record.claiming(record.claims[claim])
    return passes(single, plan(single))


def test_what_is_proved_and_for_what():
    bound, smoother, alone = (judged(kalman.KALMAN_FILTER, k) for k in range(3))
    assert {one.standing for one in (bound, smoother, alone)} == {Standing.PROVED}
    assert bound.scope == alone.scope == KALMAN
    assert bound.evidence["passes"][1] == {"error of a pass": "≤ √(log 3/(β))"}
    assert "all sizes d, p, at m=2, T=5; m=2, T=3, wherever" in smoother.scope


@pytest.mark.parametrize("claim", [0, 1])
def test_thought_is_gradient_descent_whatever_its_length(claim):
    found = judged(get("cot-gd"), claim)
    assert (found.standing, found.scope) == (Standing.PROVED, COT)


def test_a_bound_a_little_above_what_is_carried():
    assert judged(of_kalman("a-little-above", by(1 + 1e-9))).standing is Standing.PROVED


def test_a_loop_is_written_out():
    found = judged(by_a_loop(2))
    assert (found.standing, found.scope) == (
        Standing.PROVED,
        "all real data and parameters and all sizes d, at T = 3, 2, 1",
    )
    assert judged(by_a_loop(1)).standing is judged(by_a_loop(Fraction(1, 2))).standing is Standing.UNDECIDED


@pytest.mark.parametrize("name", WRONG_BOUNDS)
def test_a_wrong_bound_is_not_proved(name):
    bound, because = WRONG_BOUNDS[name]
    found = judged(of_kalman("wrong-bound", bound))
    assert found.standing is Standing.UNDECIDED and re.search(because, found.because), found


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_record_is_not_proved(name):
    record, because = WRONG[name]
    found = judged(record)
    assert found.standing is Standing.UNDECIDED and re.search(because, found.because), found


@pytest.mark.parametrize("name", WITHOUT_A_VALUE)
def test_what_has_no_value_is_not_proved(name):
    found = judged(WITHOUT_A_VALUE[name])
    assert found.standing is Standing.UNDECIDED and found.because.startswith("no point was met"), found


@pytest.mark.parametrize("name", WRONG_SMOOTHERS)
def test_a_wrong_smoother_is_not_proved_and_refuted_at_a_point(name):
    record = WRONG_SMOOTHERS[name]
    assert judged(record).standing is Standing.UNDECIDED
    assert enclosure(record, plan(record)).standing is Standing.REFUTED


@pytest.mark.parametrize("name", ["nothing-fed-back", "another-prior", "far-for-near", "longest-first"])
def test_no_near_miss_is_proved(name):
    record = kalman.KALMAN_FILTER
    assert judged(record.variant(record.near_misses[name])).standing is Standing.UNDECIDED


@pytest.mark.parametrize("name", ["mean-over-all-tokens", "Gamma-transposed", "no-labels", "one-step-more"])
def test_no_near_miss_of_thought_is_proved(name):
    record = get("cot-gd")
    assert judged(record.variant(record.near_misses[name])).standing is Standing.UNDECIDED


def test_a_limit_and_restricted_data_are_not_judged():
    assert "E is restricted" in judged(get("markov-k")).because
    assert "the claim is a limit" in judged(get("plus-minus-heads"), -1).because


@pytest.mark.parametrize("n", [2, 3, 10])
def test_the_lemma_in_numbers(n):
    """|Σ p_j a_j − a_c|² ≤ log(n)/κ, and the sum of p_j (s_c − s_j) comes near W((n − 1)/e), which is its supremum."""
    share = 0.0
    for scale in np.geomspace(1e-3, 1e3, 200):
        kappa, a = 10 ** RNG.uniform(-2, 2), np.sqrt(scale) * RNG.standard_normal((n, 3))
        a[0] = 0
        gap = kappa * (a**2).sum(1)
        p = np.exp(-gap) / np.exp(-gap).sum()
        assert ((p @ a) ** 2).sum() <= p @ gap / kappa * (1 + 1e-12) <= np.log(n) / kappa
        share = max(share, p @ gap / np.log(n))
    assert share > 0.3


def in_numbers(arithmetic, formula, letters):
    """The value of a formula where the letters have these values; other letters by what they are made of."""
    sizes = {"d": 3, "p": 2}

    def size(n):
        return n if isinstance(n, int) else sum(int(c) * np.prod([sizes[k] for k in m]) for m, c in n.terms.items())

    def matrix(name):
        if isinstance(name, Inclusion):
            blocks = [np.zeros((size(k), size(name.sizes[name.number]))) for k in name.sizes]
            blocks[name.number] = np.eye(size(name.sizes[name.number]))
            return np.vstack(blocks)
        if isinstance(name, Inverse):
            return np.linalg.inv(value(name.base))
        if name.startswith("1("):
            return np.ones((size(name.rows), size(name.columns)))
        if name.startswith("⟨"):
            first, second = map(value, arithmetic.made[name])
            return first * second
        return letters[name]

    def scalar(name):
        if isinstance(name, Total):
            return value(name.formula).item()
        if isinstance(name, Loop):
            return product(name.word, 1).item()
        if name.startswith("exp "):
            return np.exp(value(arithmetic.made[name][0]).item())
        return np.asarray(letters[name]).item()

    def product(word, rows):
        found = np.eye(size(rows))
        for name, turned in word:
            found = found @ (matrix(name).T if turned else matrix(name))
        return found

    def value(a):
        parts = [
            float(c) * np.prod([scalar(n) ** k for n, k in m]) * product(w, a.rows) for (m, w), c in a.terms.items()
        ]
        return sum(parts, np.zeros((size(a.rows), size(a.columns))))

    return value(formula)


def test_a_pass_in_letters_is_the_pass_in_numbers():
    """Two tokens: the state without what is mixed in, by itself, and the written row with softmax as exponentials."""
    values = {"A": (3, 3), "C": (2, 3), "G": (3, 3), "Y[l,:]": (1, 2), "x′": (1, 3)}
    values = {name: RNG.standard_normal(shape) for name, shape in values.items()}
    values |= {"v": RNG.uniform(0.5, 2, (2, 1)), "beta": 0.7}
    arithmetic = RowArithmetic()
    with constants_by(arithmetic):
        passed = one_pass(kalman.KALMAN_FILTER.claiming(kalman.KALMAN_FILTER.claims[0]), {"m": 2}, arithmetic)
    moved = in_numbers(arithmetic, entries_in(passed.moved, arithmetic), values)
    gain = values["A"] @ values["G"] @ values["G"].T @ values["C"].T
    middle = values["C"] @ values["G"] @ values["G"].T @ values["C"].T + np.diag(values["v"][:, 0])
    gain = gain @ np.linalg.inv(middle)
    x, y = values["x′"], values["Y[l,:]"]
    np.testing.assert_allclose(moved, x @ values["A"].T + (y - x @ values["C"].T) @ gain.T, rtol=1e-9)


def test_rows_with_exponentials_are_softmax_in_numbers():
    arithmetic, d = ExponentialRows(), Size.named("d")
    values = {name: RNG.standard_normal((1, 3)) for name in ("a", "b", "c")}
    with constants_by(arithmetic):
        H = below(*(arithmetic.symbol(name, 1, d, "data") for name in values))
        squares = (H * H) @ ones(d, 1)
        seen = np.array([[True, False, False], [True, True, False], [False, True, True]])
        answer = softmax(H @ H.T, seen) @ (squares @ ones(1, d))
    rows = np.vstack(list(values.values()))
    scores = np.where(seen, np.exp(rows @ rows.T), 0)
    expected = (scores / scores.sum(1, keepdims=True)) @ ((rows**2).sum(1, keepdims=True) @ np.ones((1, 3)))
    np.testing.assert_allclose(in_numbers(arithmetic, entries_in(answer, arithmetic), values), expected, rtol=1e-9)


def test_ones_of_a_few_rows_or_columns():
    arithmetic, d = RowArithmetic(), Size.named("d")
    with constants_by(arithmetic):
        found = [entries_in(one, arithmetic) for one in (ones(2, d), ones(d, 2), ones(2, d) @ ones(d, 2))]
    values = [in_numbers(arithmetic, one, {}) for one in found]
    assert [value.tolist() for value in values] == [
        np.ones((2, 3)).tolist(),
        np.ones((3, 2)).tolist(),
        [[3, 3], [3, 3]],
    ]


def test_what_a_formula_depends_on():
    arithmetic, d = RowArithmetic(), Size.named("d")
    with constants_by(arithmetic):
        x, z = (arithmetic.symbol(name, 1, d, kind) for name, kind in (("x", "state"), ("z", "other")))
        hidden = (x * (z * z)) @ ones(d, 1)
        scores = below(x, z) @ below(x, z).T
        mixed = softmax(scores, np.ones((2, 2), dtype=bool)) @ below(x, z)
    assert arithmetic.kinds_in(entries_in(hidden, arithmetic)) == {"state", "other"}
    assert arithmetic.kinds_in(entries_in(1 / (x @ x.T), arithmetic)) == {"state"}
    assert "weight" in arithmetic.kinds_in(entries_in(mixed, arithmetic))
    with pytest.raises(Unsupported, match="is not known"):
        _ = RowArithmetic().letters_in(entries_in(x @ x.T, arithmetic))


def test_parts_of_a_formula():
    arithmetic, d = RowArithmetic(), Size.named("d")
    with constants_by(arithmetic):
        x = arithmetic.symbol("x", 1, d, "state")
        A = arithmetic.symbol("A", d, d, "parameter")
        s, t = (arithmetic.symbol(name, 1, 1, "weight") for name in "st")
        linear, rest = behind(entries_in(2 * x @ A + (x @ A @ x.T) * x @ A + s * x - x, arithmetic), "x")
        parts, left = linear_in(entries_in(3 * s * x + t * x @ A - x, arithmetic), ["s", "t"])
    assert "state" in arithmetic.kinds_in(linear) and not rest.terms
    assert [str(parts["s"]), str(parts["t"]), str(left)] == ["3 x", "x A", "−x"]
    for product in (s * t * x, s * s * x):
        with pytest.raises(Unsupported, match="multiplied by each other"):
            _ = linear_in(entries_in(product, arithmetic), ["s", "t"])
