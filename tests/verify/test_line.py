"""The method `line`: exact on whole lines of data, with errors that live in small cells, far away, or at one tie."""

from dataclasses import replace
from fractions import Fraction
from functools import partial

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.catalogue import get
from constructions.language import Attention, Construction, Head, Parameter, Prompt, Readout, Stream, Token, Transformer
from constructions.matrix import Matrix, Pole, Unsupported, beside, exact, hardmax, reciprocal, relu
from constructions.matrix.rational import fractions_of
from tests.verify.test_cells import MODULUS, NEAREST, late, moduli
from verify import Standing, verify
from verify.arithmetic.entries import Table
from verify.arithmetic.line import LineArithmetic
from verify.engines import lines
from verify.engines.lines import between
from verify.methods.cells import cells
from verify.methods.line import line
from verify.methods.symbolic import symbolic
from verify.plan import plan

TINY = Fraction(1, 10**6)


def judged(record, method=line, **sizes):
    return method(record.claiming(record.claims[0]), plan(record, sizes))


# One number in, one number out: soft-thresholding by two relu heads; the position is the constant 1.


def shrink(theta=Fraction(1, 2)):
    x, p, out = stream = Stream(x=1, p=1, out=1)
    heads = (Head(x - theta * p, p, p, out), Head(-x - theta * p, p, -p, out))
    return Transformer(stream, (Attention(heads, "relu", "everything"),))


def thresholded(z, theta=Fraction(1, 2)):
    return z - theta + relu(theta - z) - relu(-z - theta)


SOFT = Construction(
    name="soft-threshold",
    title="Two relu heads are the soft threshold at 1/2",
    weights=lambda: shrink(),
    prompt=lambda z: Prompt(context=(Token(x=z),), positions=(("p", "one-hot"),)),
    readout=lambda out: Readout(out, at="last"),
    algorithm=lambda z: thresholded(z),
    sizes={},
    data={"z": (1, 1)},
)
FREE = replace(
    SOFT,
    name="soft-threshold-free",
    parameters={"theta": Parameter(default="1/2")},
    weights=lambda theta: shrink(theta),
    algorithm=lambda z, theta: thresholded(z, theta),
)


def test_a_network_of_one_number_is_proved_on_its_only_line():
    verdict = judged(SOFT)
    assert verdict.standing is Standing.PROVED, verdict
    assert verdict.scope == "all real data, which are one line (3 pieces)"
    assert judged(SOFT, symbolic).standing is Standing.PROVED
    assert judged(SOFT, cells).standing is Standing.CERTIFIED


def test_with_parameters_it_is_tested_only():
    """Else a theorem that holds at a few thresholds only would be believed."""
    verdict = judged(FREE)
    assert verdict.standing is Standing.TESTED
    assert verdict.because == "parameters were fixed at a few values"
    assert "3 whole lines of data (3, 3, 3 pieces)" in verdict.scope
    assert judged(FREE, symbolic).standing is Standing.PROVED
    at_half = replace(FREE, algorithm=lambda z, theta: thresholded(z))
    assert judged(at_half).standing is Standing.REFUTED


WRONG = {
    "threshold off by 10⁻⁶": lambda z: thresholded(z, Fraction(1, 2) + TINY),
    "no threshold below zero": lambda z: z - Fraction(1, 2) + relu(Fraction(1, 2) - z) - relu(-z),
    "a bump of width 2·10⁻⁶ at 10⁶": lambda z: thresholded(z) + relu(TINY - relu(z - 10**6) - relu(10**6 - z)),
    "far away": lambda z: thresholded(z) + relu(z - 10**30),
    "far below": lambda z: thresholded(z) + relu(-z - 10**30) / 10**30,
    "right for z > 0": lambda z: relu(z - Fraction(1, 2)),
    "at one point only": lambda z: thresholded(z) + ties(z, Fraction(1, 3)),
    "squared": lambda z: thresholded(z) * thresholded(z),
}


def ties(z, at):
    """1 at z = at, else 0."""
    first = hardmax(beside(z, 0 * z + at), np.ones((1, 2), dtype=bool))
    return 4 * first[:, [0]] * first[:, [1]]


@pytest.mark.parametrize("name", WRONG)
def test_errors_are_refuted_wherever_they_are_on_the_line(name):
    record = replace(SOFT, algorithm=WRONG[name])
    verdict = judged(record)
    assert verdict.standing is Standing.REFUTED, verdict
    assert verdict.counterexample is not None
    z = exact(verdict.counterexample.data["z"])
    assert fractions_of(thresholded(z)) == [list(row) for row in verdict.counterexample.left]
    assert fractions_of(WRONG[name](z)) == [list(row) for row in verdict.counterexample.right]
    assert fractions_of(thresholded(z)) != fractions_of(WRONG[name](z))
    assert judged(record, symbolic).standing is not Standing.PROVED
    assert judged(record, cells).standing not in (Standing.PROVED, Standing.CERTIFIED)
    assert not verify(record).stands


# Several numbers: a line is one of many.


def test_lines_of_a_larger_network_are_counted_and_called_tested():
    verdict = judged(MODULUS)
    assert verdict.standing is Standing.TESTED
    assert verdict.because == "there are other lines"
    assert verdict.scope.startswith("every point of 3 whole lines of data (") and verdict.scope.endswith(
        "n=2, m=5, at the parameters drawn"
    )
    assert all(pieces > 1 for pieces in verdict.evidence["pieces"])


def test_what_random_cells_miss_a_line_may_meet():
    """Wrong only where the first label exceeds 10⁹."""
    wrong = replace(MODULUS, algorithm=late)
    few = {"d": 1, "n": 1, "m": 1}
    assert judged(wrong, cells, **few).standing is Standing.TESTED
    verdict = judged(wrong, **few)
    assert verdict.standing is Standing.REFUTED
    assert verdict.counterexample.data["Y"][0][0] > 10**9
    hair = replace(MODULUS, algorithm=lambda X, Y, X_q, M: moduli(X, Y, X_q, M, slope=1 + TINY**2))
    assert judged(hair).standing is Standing.REFUTED
    assert judged(replace(MODULUS, weights=partial(MODULUS.weights, signs=(1,)))).standing is Standing.REFUTED


def test_ties_of_hard_attention_are_on_lines():
    assert judged(NEAREST).standing is Standing.TESTED

    def first_wins(X, Y, X_q, M):
        """Ties go to the first example: no random point tells it from the mean."""
        scores = X_q @ M @ X.T
        shares = hardmax(scores, np.ones(scores.shape, dtype=bool))
        later = exact([[Fraction(-j, 100) for j in range(X.shape[0])]] * X_q.shape[0])
        return hardmax(shares + later, np.ones(scores.shape, dtype=bool)) @ Y

    wrong = replace(NEAREST, algorithm=first_wins)
    assert judged(wrong, cells).standing is Standing.TESTED
    assert judged(wrong).standing is Standing.REFUTED


def test_restricted_data_do_not_move():
    fixed = replace(MODULUS, domain={"X": "one-hot rows", "Y": "one-hot rows", "X_q": "one-hot rows"})
    verdict = judged(fixed)
    assert verdict.standing is Standing.UNDECIDED
    assert "no data are real matrices" in verdict.because
    partly = judged(replace(MODULUS, domain={"X": "one-hot rows"}))
    assert partly.standing is Standing.TESTED


@pytest.mark.parametrize(
    ("algorithm", "words"),
    [
        (lambda z: thresholded(z) + z - z + relu(z * z - 2) - relu(z * z - 2), "a kink at an irrational number"),
        (lambda z: thresholded(z) * reciprocal(1 + z * z), "division by what varies along a line"),
        (lambda z: thresholded(z) + sum(relu(z - k) - relu(z - k) for k in range(3, 12)), "more than 8 pieces"),
        (lambda z: thresholded(z) / relu(z - z), "division"),
    ],
)
def test_what_it_cannot_do_is_undecided_with_the_reason(algorithm, words, monkeypatch):
    monkeypatch.setattr(lines, "PIECES", 8)
    verdict = judged(replace(SOFT, algorithm=algorithm))
    assert verdict.standing is Standing.UNDECIDED, verdict
    assert words in verdict.because.lower()


def test_a_network_without_kinks_is_left_to_others():
    verdict = judged(get("gd-step"))
    assert verdict.standing is Standing.UNDECIDED and "`identity` decides" in verdict.because


# The arithmetic against exact rationals.


def test_signs_and_kinks_by_hand():
    t = flint.fmpq_poly([0, 1])
    for start, signs in (
        (None, (-1, 1, -1)),
        (Fraction(0), (1, 1, 1)),
        (Fraction(2), (1, 1, 1)),
        (Fraction(-1), (-1, 1, -1)),
    ):
        here = LineArithmetic(start)
        assert tuple(map(here.sign, (t, t * t, t * t * t))) == signs
    here = LineArithmetic(Fraction(0))
    assert [here.decided(t - 2), here.decided(2 - t), here.decided(t), here.decided(t - t)] == [-1, 1, 1, 0]
    assert here.end == 2 and here.met == 3
    here = LineArithmetic(Fraction(3, 2))
    _ = here.decided((t * t - 2) * (t - 5))
    assert here.end == 5  # √2 < 3/2
    here = LineArithmetic(Fraction(0))
    _ = here.decided((t * t - 2) * (t - 1))
    assert here.end == 1  # √2 comes later
    _ = here.decided((t * t - 2) * (t - 1) * t + 0 * t)
    assert LineArithmetic(None).end is None
    with pytest.raises(Unsupported, match="a kink at an irrational number"):
        late_kink = LineArithmetic(Fraction(1))
        _ = late_kink.decided((t * t - 2) * (t - 7))
        _ = late_kink.end
    with pytest.raises(Pole):
        _ = here.inverse(t - t)


@pytest.mark.parametrize(
    ("start", "end"), [(None, None), (None, Fraction(1, 2)), (Fraction(-7, 3), None), (Fraction(-1), Fraction(9))]
)
def test_numbers_between(start, end):
    found = [t for _, t in zip(range(20), between(start, end), strict=False)]
    assert len(set(found)) > 10
    assert all((start is None or start < t) and (end is None or t < end) for t in found)


@given(
    st.lists(st.integers(-4, 4), min_size=8, max_size=8),
    st.fractions(-6, 6, max_denominator=3),
    st.lists(st.sampled_from(["relu", "mix", "scale", "hard"]), min_size=1, max_size=4),
)
def test_pieces_take_the_values_of_the_formula(numbers, t, steps):
    """Between `start` and `end` the polynomials are the function, at every point."""
    weights = np.array(numbers[4:]).reshape(2, 2).tolist()

    def formula(a):
        for step in steps:
            if step == "hard":
                a = a + hardmax(a, np.array([[True, True]])) @ exact([[1, 2], [0, -1]])
            else:
                a = {"relu": relu(a), "mix": a @ exact(weights), "scale": Fraction(-1, 2) * a + exact([[1, 0]])}[step]
        return a

    here, (a0, a1, b0, b1) = LineArithmetic(t), map(Fraction, numbers[:4])
    start = Matrix(here, Table([[here.moving(a0, b0), here.moving(a1, b1)]], 2))
    pieces = here.table(formula(start)).cells[0]
    for _, s in zip(range(3), between(t, here.end), strict=False):
        point = exact([[a0 + s * b0, a1 + s * b1]])
        expected = fractions_of(formula(point))[0]
        got = [p(flint.fmpq(s.numerator, s.denominator)) for p in pieces]
        assert [Fraction(int(v.p), int(v.q)) for v in got] == list(expected)
