"""The method `cells`: relu and hard attention, cell by cell, with errors that show on one side of a kink only."""

import re
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.catalogue import get
from constructions.language import (
    Attention,
    Construction,
    Head,
    Parameter,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
)
from constructions.matrix import Unsupported, below, beside, exact, hardmax, ones, reciprocal, relu, solve
from constructions.matrix.rational import Rational, fractions_of
from tests.controls.base import TRUE
from verify import Standing
from verify.arithmetic.cell import Choices, RawRecorder, SwitchedRationals, settings
from verify.arithmetic.idle import DEAD, FIXED, MATTERS, kinds_of_kinks
from verify.arithmetic.program import Program
from verify.engines.cell_runs import BITS, RANGE, _values
from verify.methods.cells import cells
from verify.plan import plan, stream_of_integers
from verify.sides import claim_sides


def judged(record, **sizes):
    return cells(record.claiming(record.claims[0]), plan(record, sizes))


def heads(d, M, *, signs=(1, -1), kernel="relu"):
    """Σ_i |x_qᵀ M x_i| y_i: one relu head for each sign of the score."""
    x, y, out = stream = Stream(x=d, y=1, out=1)
    made = tuple(Head(query=sign * M.T @ x, key=x, value=y, into=out) for sign in signs)
    return Transformer(stream, (Attention(made, kernel, "context"),))


def moduli(X, Y, X_q, M, *, slope=1):
    """|s| = 2 relu(s) − s: another formula than the network's."""
    scores = X_q @ M @ X.T
    return (2 * relu(scores) - slope * scores) @ Y


MODULUS = Construction(
    name="modulus",
    title="Two relu heads weigh by the modulus of the score",
    weights=heads,
    prompt=lambda X, Y, X_q: Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),)),
    readout=lambda out: Readout(out, at="query"),
    algorithm=moduli,
    sizes={"d": 2, "n": 3, "m": 2},
    parameters={"M": Parameter(("d", "d"), default=1)},
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
)


def winners(X, Y, X_q, M):
    scores = X_q @ M @ X.T
    return hardmax(scores, np.ones(scores.shape, dtype=bool)) @ Y


NEAREST = replace(MODULUS, name="nearest", weights=partial(heads, signs=(1,), kernel="hard"), algorithm=winners)


def test_every_cell_is_certified_at_small_sizes():
    verdict = judged(MODULUS)
    assert verdict.standing is Standing.CERTIFIED
    assert re.search(r"at the sizes d=.*\(\d+ settings of \d+ kinks, gone through one by one\)", verdict.scope)
    assert re.search(r"activation cells that were met \(\d+ at d=", verdict.scope)
    assert "failure probability ≤ 2^-7" in verdict.scope


def test_cells_that_were_met_are_counted_and_called_tested():
    verdict = judged(MODULUS, d=2, n=5, m=5)
    assert verdict.standing is Standing.TESTED
    assert verdict.evidence["cells"] == 8
    assert verdict.because == "there may be other cells"
    assert "all real data" not in verdict.scope


@pytest.mark.parametrize(
    "wrong",
    [
        {"weights": partial(heads, signs=(1,))},  # right where the score is positive
        {"weights": lambda d, M: heads(d, M.T)},  # right for symmetric M
        {"algorithm": lambda X, Y, X_q, M: moduli(X, Y, X_q, M, slope=1 + Fraction(1, 10**12))},
        {"algorithm": lambda X, Y, X_q, M: (X_q @ M @ X.T) @ Y},
    ],
)
def test_planted_errors_are_refuted(wrong):
    verdict = judged(replace(MODULUS, **wrong))
    assert verdict.standing is Standing.REFUTED
    assert verdict.counterexample is not None


def test_a_kink_out_of_reach_is_not_certified():
    """Wrong only where the first label exceeds 10⁹: no small point shows it, but the sides differ in some setting."""

    few = {"d": 1, "n": 1, "m": 1}
    assert judged(MODULUS, **few).standing is Standing.CERTIFIED
    assert judged(replace(MODULUS, algorithm=late), **few).standing is Standing.TESTED


def late(X, Y, X_q, M):
    return moduli(X, Y, X_q, M) + relu(Y[0] - 10**9) * X_q[:, [0]]


def test_a_pole_everywhere_is_undecided():
    poles = replace(MODULUS, algorithm=lambda X, Y, X_q, M: moduli(X, Y, X_q, M) / (M[0, 0] - M[0, 0]))
    assert judged(poles).standing is Standing.UNDECIDED


def test_hard_attention_is_tested_cell_by_cell_and_its_ties_are_not_enumerated():
    verdict = judged(NEAREST)
    assert verdict.standing is Standing.TESTED
    assert verdict.because.startswith("there may be other cells")
    assert judged(replace(NEAREST, weights=partial(heads, signs=(-1,), kernel="hard"))).standing is Standing.REFUTED


def test_a_network_without_kinks_is_left_to_others():
    verdict = judged(get("gd-step"))
    assert verdict.standing is Standing.UNDECIDED
    assert "`identity` decides it" in verdict.because


def test_the_induction_head_on_its_finite_domain():
    assert judged(get("induction-head")).standing in (Standing.TESTED, Standing.UNDECIDED)


def test_all_settings_of_kinks_are_met_once():
    def run(choices):
        rationals = SwitchedRationals(choices)
        for value in (3, -3, 5, 0):  # −3 shares the choice of 3, and 0 has none
            _ = relu(rationals.given(exact(value)))
        return rationals

    found = [tuple(int(switch[0][0]) for switch in rationals.switches) for rationals in settings(run, 10)]
    assert sorted(found) == [(0, 1, 0, 0), (0, 1, 1, 0), (1, 0, 0, 0), (1, 0, 1, 0)]
    assert list(settings(run, 3))[-1] is None
    assert Choices([True])(Fraction(-2)) is False


# Kinks that cannot matter.


def test_kinks_that_nobody_reads_make_no_cells():
    """The scores of the examples are computed too, but only those of the queries are read; and a head that writes nothing."""
    few = {"d": 1, "n": 2, "m": 1}
    verdict = judged(MODULUS, **few)
    assert verdict.standing is Standing.CERTIFIED
    assert (
        "(4 settings of 6 kinks, gone through one by one)" in verdict.scope
    )  # for two scores s: relu(s) twice, relu(−s)
    assert verdict.evidence["idle kinks"] > 0

    def idle_head(d, M):
        made = heads(d, M)
        x, y, out = made.stream
        silent = tuple(Head(query=k * x, key=x, value=0 * y, into=out) for k in range(1, 9))
        return Transformer(made.stream, (Attention((*made.layers[0].heads, *silent), "relu", "context"),))

    crowded = judged(replace(MODULUS, weights=idle_head), **few)
    assert crowded.standing is Standing.CERTIFIED and "(4 settings of 6 kinks" in crowded.scope
    assert crowded.evidence["idle kinks"] > verdict.evidence["idle kinks"]


def test_a_fixed_kink_has_one_side_and_the_right_one():
    """relu(2) = 2 and relu(−2) = 0, with 2 = a constant that went through the data's arithmetic."""

    def fixed(X, Y, X_q, M, *, of=1):
        two = 0 * X_q[:, [0]] + 2 * ones(X_q.shape[0], 1)
        return moduli(X, Y, X_q, M) + relu(of * two) - (2 if of > 0 else 0) * ones(X_q.shape[0], 1)

    few = {"d": 1, "n": 1, "m": 1}
    for of in (1, -1):
        verdict = judged(replace(MODULUS, algorithm=partial(fixed, of=of)), **few)
        assert verdict.standing is Standing.CERTIFIED and "(2 settings of 3 kinks" in verdict.scope
    wrong = replace(MODULUS, algorithm=lambda X, Y, X_q, M: fixed(X, Y, X_q, M) + X_q[:, [0]] / 10**9)
    assert judged(wrong, **few).standing is Standing.REFUTED


def kinds_of(formula):
    """The kinds of the kinks of a formula in two 2 × 2 matrices."""
    recorder = RawRecorder()
    a, b = recorder.variable(2, 2, "A"), recorder.variable(2, 2, "B")
    answer = formula(a, b)
    program = Program.of(recorder, answer, answer)
    return [kind.tolist() for kind in kinds_of_kinks(program.operations, program.outputs, recorder.met)]


E11, SEE = exact([[1, 0], [0, 0]]), np.array([[True, True], [True, False]])
M2, D0, F1 = MATTERS, DEAD, FIXED


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (lambda a, b: relu(a), [[M2, M2], [M2, M2]]),
        (lambda a, b: relu(a) * E11, [[M2, D0], [D0, D0]]),
        (lambda a, b: relu(a) @ E11, [[M2, D0], [M2, D0]]),
        (lambda a, b: E11 @ relu(a), [[M2, M2], [D0, D0]]),
        (lambda a, b: relu(a)[[1, 1, 0]][:, [1]], [[D0, M2], [D0, M2]]),
        (lambda a, b: beside(relu(a)[:, [0]], b), [[M2, D0], [M2, D0]]),
        (lambda a, b: below(relu(a)[[0]].T, b[:, [0]]), [[M2, M2], [D0, D0]]),
        (lambda a, b: 0 * relu(a), [[D0, D0], [D0, D0]]),
        (lambda a, b: relu(a * E11), [[M2, F1], [F1, F1]]),
        (lambda a, b: relu(a * E11 - E11), [[M2, F1], [F1, F1]]),
        (lambda a, b: (relu(a) @ b)[[0]], [[M2, M2], [D0, D0]]),
        (lambda a, b: (relu(a)[[0]][:, [1]]) * b, [[D0, M2], [D0, D0]]),
        (lambda a, b: 0 * reciprocal(relu(a)), [[M2, M2], [M2, M2]]),  # a pole is a pole, whatever it is multiplied by
        (lambda a, b: solve(b, relu(a))[:, [0]], [[M2, M2], [M2, M2]]),
        (lambda a, b: relu(solve(a, E11)), [[M2, M2], [M2, M2]]),  # it moves with any of its operands
        (lambda a, b: relu(solve(exact([[1, 2], [0, 1]]), b)), [[M2, M2], [M2, M2]]),
        (lambda a, b: -relu(a) * E11 - b, [[M2, D0], [D0, D0]]),
        (lambda a, b: hardmax(a, SEE), [[M2, M2], [F1, F1]]),  # the second row sees one score
        (lambda a, b: E11.T @ hardmax(a, SEE[:, ::-1]), [[M2, M2], [D0, D0]]),
        (lambda a, b: hardmax(a * exact([[0, 0], [0, 1]]), ~SEE | True), [[F1, F1], [M2, M2]]),
    ],
)
def test_which_kinks_matter(formula, expected):
    assert kinds_of(formula) == [expected]


SMALL = st.lists(st.lists(st.integers(-2, 2), min_size=2, max_size=2), min_size=2, max_size=2)
SPARSE = st.lists(st.lists(st.sampled_from([0, 0, 1, -1]), min_size=2, max_size=2), min_size=2, max_size=2)
STEPS = {
    "@": lambda a, b, c: a @ c + b @ a,
    "* a": lambda a, b, c: a * c,
    "* b": lambda a, b, c: b * c,
    "+": lambda a, b, c: a + c,
    "relu": lambda a, b, c: relu(a),
    "T": lambda a, b, c: a.T,
    "take": lambda a, b, c: a[[1, 1]][:, [0, 1]],
    "scale": lambda a, b, c: a[[0]][:, [1]] * b,
}


def test_generic_points_are_drawn_from_the_range_that_the_chance_is_computed_with():
    class Given:
        def __init__(self):
            self.largest, self.lowest = 0, 0

        def given(self, a):
            entries = [entry for row in fractions_of(a) for entry in row]
            self.largest, self.lowest = max(self.largest, *entries), min(self.lowest, *entries)
            return a

    for generic, width in ((True, 2**BITS), (False, RANGE)):
        seen, numbers = Given(), stream_of_integers(BITS + 2, "range")
        _ = _values(TRUE, TRUE.sizes, claim_sides, seen, numbers, generic=generic)
        assert width // 2 < seen.largest <= width and -width <= seen.lowest < -width // 2


@given(st.data())
def test_dead_kinks_change_nothing_and_fixed_ones_do_not_move(data):
    """Random formulas in exact numbers, with the dead relus replaced by anything."""
    constants = data.draw(st.lists(SPARSE, min_size=3, max_size=3))
    steps = data.draw(st.lists(st.sampled_from(sorted(STEPS)), min_size=3, max_size=8))

    def formula(a, b):
        for number, step in enumerate(steps):
            a, b = b, STEPS[step](a, b, exact(constants[number % 3]))
        return relu(a) * exact(constants[0]) + b

    recorder = RawRecorder()
    answer = formula(recorder.variable(2, 2, "A"), recorder.variable(2, 2, "B"))
    program = Program.of(recorder, answer, answer)
    kinds = kinds_of_kinks(program.operations, program.outputs, recorder.met)
    values = [exact(data.draw(SMALL)) for _ in range(2)]
    plain, other, moved = SwitchedRationals(), Flipping(kinds), SwitchedRationals()
    results = [formula(*map(arithmetic.given, values))._entries.fractions() for arithmetic in (plain, other)]
    assert results[0] == results[1]
    _ = formula(*(moved.given(exact(data.draw(SMALL))) for _ in range(2)))
    for kind, one, two in zip(kinds, plain.switches, moved.switches, strict=True):
        for row, first, second in zip(kind, one, two, strict=True):
            assert all(p == q for k, p, q in zip(row, first, second, strict=True) if k == FIXED)


class Flipping(SwitchedRationals):
    """Dead relus answer 7."""

    def __init__(self, kinds):
        super().__init__()
        self.dead = iter(kinds)

    def relu(self, a):
        mask = next(self.dead) == DEAD
        rows = super().relu(a).fractions()
        return Rational.of(
            [
                [Fraction(7) if off else v for v, off in zip(row, gone, strict=True)]
                for row, gone in zip(rows, mask, strict=True)
            ],
            a.shape[1],
        )


def test_a_kink_that_matters_is_seen_to_be_missed_if_it_is_called_dead():
    """The planted error: were a live kink declared dead, both sides would differ."""
    rationals = SwitchedRationals(kinds=[np.array([[DEAD, MATTERS]])])
    assert relu(rationals.given(exact([[3, 4]])))._entries.fractions() == [[0, 4]]
    with pytest.raises(Unsupported, match="meets other kinks when it is run again"):
        _ = relu(rationals.given(exact([[3, 4]])))
