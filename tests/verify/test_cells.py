"""The method `cells`: relu and hard attention, cell by cell, with errors that show on one side of a kink only."""

from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

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
from constructions.matrix import exact, hardmax, relu
from verify import Standing
from verify.arithmetic.cell import Choices, SwitchedRationals, settings
from verify.methods.cells import cells
from verify.plan import plan


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
    assert "settings of the kinks, which are all" in verdict.scope
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
