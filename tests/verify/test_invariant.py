"""The proof by a cut-off: it confirms the proof in letters, and believes nothing that is right at small sizes only."""

from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest

from constructions import CATALOGUE, get
from constructions.language import Within
from constructions.matrix import Unsupported
from tests.controls import cut_off, obligations, true_records
from tests.controls.base import TRUE, algorithm, weights
from tests.verify.test_controls import ALL
from verify import Standing
from verify.arithmetic.entries import Table
from verify.arithmetic.sized import value_at
from verify.engines import induction
from verify.engines.cut_off import Leaves, computed, lengths_for, written_down
from verify.judge import guarded
from verify.methods.blockwise import blockwise
from verify.methods.invariant import invariant
from verify.plan import plan

MISSES = [record.variant(miss) for record in CATALOGUE for miss in record.near_misses.values()]
WRONG = [control.record for control in cut_off.CONTROLS]
STEADY = [control.record for control in ALL if "honesty" not in control.refuted]  # others may answer twice differently
RECORDS = [*CATALOGUE, *true_records.RECORDS, *WRONG, *MISSES, *STEADY]
BEYOND = (  # what a proof in letters may know and a polynomial identity at a cut-off does not
    "solving a linear system has no value",
    "is no polynomial",
    "terms, more than",
    "counts what is zero as well",
    "exp has no value",
    "relu has no value",
)


@cache
def judged(number):
    """Both proofs of every claim of a record."""
    claims = [RECORDS[number].claiming(claim) for claim in RECORDS[number].claims]
    return [
        tuple(guarded("claim", "", "", lambda s=single, m=method: m(s, plan(s))) for method in (blockwise, invariant))
        for single in claims
    ]


@pytest.mark.parametrize("number", range(len(RECORDS)), ids=lambda number: RECORDS[number].name)
def test_the_two_proofs_never_contradict_each_other(number):
    for pair in judged(number):
        assert {verdict.standing for verdict in pair} != {Standing.PROVED, Standing.REFUTED}, pair


@pytest.mark.parametrize("number", range(len(RECORDS)), ids=lambda number: RECORDS[number].name)
def test_a_proof_in_letters_is_confirmed(number):
    for letters, numbers in judged(number):
        if letters.standing is Standing.PROVED and numbers.standing is not Standing.PROVED:
            assert any(words in numbers.because for words in BEYOND), numbers
        elif letters.standing is Standing.PROVED:
            assert numbers.scope == letters.scope or "divided by zero" in numbers.scope


@pytest.mark.parametrize("number", range(len(RECORDS)), ids=lambda number: RECORDS[number].name)
def test_no_near_miss_is_proved(number):
    """The two proofs owe the same obligations: one that is forgotten would make both believe."""
    if RECORDS[number] in MISSES:
        for method in zip(*judged(number), strict=True):
            assert any(verdict.standing is not Standing.PROVED for verdict in method), method


def test_the_catalogue_is_proved_twice():
    proved = {
        RECORDS[k].name for k in range(len(CATALOGUE)) if any(v.standing is Standing.PROVED for _, v in judged(k))
    }
    assert proved >= {"gd-step", "gd-steps", "gd-looped", "gd-plus-plus", "gd-preconditioned", "td-zero"}


@pytest.mark.parametrize("name", ["gd-looped", "heavy-ball", "functional-gd", "gp-posterior", "newton-inverse"])
def test_stacks_are_proved_by_induction_and_say_so(name):
    """One state, pairs of states, a part of the network before the stack."""
    scope = blockwise(get(name), plan(get(name))).scope
    assert scope.startswith("all real data and parameters and all sizes d")
    assert scope.endswith(", steps (by induction over the depth)")


@pytest.mark.parametrize("record", WRONG, ids=lambda record: record.name)
def test_a_wrong_record_is_not_proved(record):
    verdict = invariant(record, plan(record))
    assert verdict.standing in (Standing.REFUTED, Standing.UNDECIDED)
    assert verdict.because and (verdict.counterexample or verdict.standing is Standing.UNDECIDED)


@pytest.mark.parametrize("method", [blockwise, invariant])
@pytest.mark.parametrize("control", obligations.CONTROLS, ids=lambda control: control.record.name)
def test_every_obligation_is_owed(control, method):
    assert method(control.record, plan(control.record)).standing is not Standing.PROVED


@pytest.mark.parametrize("name", cut_off.DECOYS)
def test_the_cut_off_is_above_the_sizes_at_which_a_wrong_record_is_right(name):
    record = next(record for record in WRONG if record.name == name)
    task = written_down(record)
    lengths, decoy = lengths_for(task), cut_off.DECOYS[name]
    assert all(lengths[size] > length for size, length in decoy.items())
    assert computed(task, {**lengths, **decoy}).left_over is None  # it would have been believed
    assert computed(task, lengths).left_over is not None


def test_cut_offs_are_small():
    lengths = lengths_for(written_down(get("gd-steps")))
    assert lengths == {"d_x": 2, "d_y": 1, "n": 2, "m": 1, "steps": 1}


def test_evidence_says_what_was_computed():
    verdict = invariant(get("gd-step"), plan(get("gd-step")))
    assert verdict.evidence["cut-off"] == {"d_x": 2, "d_y": 1, "n": 1, "m": 1}
    assert verdict.evidence["variables"] == 9
    assert verdict.scope == "all real data and parameters and all sizes d_x, d_y, n, m"


def test_a_size_used_as_a_number_has_to_be_a_variable(monkeypatch):
    """At the cut-off n = 1 the step η·n is the step η/n."""
    record = next(record for record in WRONG if record.name == "eta-times-n")
    assert invariant(record, plan(record)).standing is Standing.REFUTED

    def number(self, size):
        return Table([[self.arithmetic.constant(Fraction(value_at(size, self.lengths)))]], 1)

    monkeypatch.setattr(Leaves, "_size", number)
    assert invariant(record, plan(record)).standing is Standing.PROVED


@pytest.mark.parametrize("method", [blockwise, invariant])
def test_a_free_state_is_no_letter_of_the_record(method, monkeypatch):
    """All layers add the gradient at the parameter W. If the free state were called W, one layer would seem to step from it."""
    record = cut_off.A_STATE_CALLED_W.record
    assert method(record, plan(record)).standing is not Standing.PROVED
    monkeypatch.setattr(induction, "FREE", "W")
    assert method(record, plan(record)).standing is Standing.PROVED


def dividing(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, 1 / eta)


def test_a_division_is_said():
    record = replace(
        TRUE, name="divided", weights=dividing, algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, 1 / eta)
    )
    assert invariant(record, plan(record)).scope.endswith("wherever nothing is divided by zero")
    narrow = replace(record, domain={"X": "one-hot rows"})
    assert "X is restricted" in invariant(narrow, plan(narrow)).because


def test_sizes_that_are_added_are_positive():
    record = replace(
        TRUE,
        weights=lambda d_x, d_y, n, eta: weights(d_x, d_y, 1, eta / (n + d_x)),
        algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta * X.shape[0]) / (X.shape[1] + X.shape[0]),
    )
    verdict = invariant(record, plan(record))
    assert verdict.standing is Standing.PROVED and "zero" not in verdict.scope


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"algorithm": lambda X, Y, X_q: X_q @ X.T @ Y / (Y.T @ Y)[[0], [0]]}, "needed as numbers"),
        ({"claims": (Within(bound=lambda eta: eta),)}, "the claim is a bound"),
        (
            {
                "weights": lambda d_x, d_y, n, eta: weights(d_x * d_y, d_y, n, eta),
                "data": {"X": ("n", "d_x*d_y"), "Y": ("n", "d_y"), "X_q": ("m", "d_x*d_y")},
            },
            "is not a sum of sizes",
        ),
    ],
)
def test_what_the_lemma_does_not_cover_is_undecided(changes, words):
    record = replace(TRUE, **changes)
    verdict = guarded("claim", "", "invariant", lambda: invariant(record, plan(record)))
    assert verdict.standing is Standing.UNDECIDED
    assert words in verdict.because


def test_what_is_too_large_is_not_tried():
    base = get("gd-preconditioned")
    record = base.variant(base.near_misses["layers-in-reverse"])
    verdict = invariant(record, plan(record))
    assert verdict.standing is Standing.UNDECIDED and "terms, more than 20,000" in verdict.because


def test_two_letters_of_one_name_are_refused():
    task = written_down(TRUE)
    leaves = Leaves(None, lambda number: number, {"a": 2})
    assert task and leaves._letter("X", False, 2, 1).shape == (2, 1)
    with pytest.raises(Unsupported, match="two matrices of different shapes are called X"):
        _ = leaves._letter("X", False, 1, 1)
