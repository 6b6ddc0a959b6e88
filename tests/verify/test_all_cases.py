"""All data sets of a finite domain at once, and all depths by induction: against one case at a time, and on planted errors."""

from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import exp

import numpy as np
import pytest

from constructions import get
from constructions.algorithms import subleq
from constructions.computers.subleq import SUBLEQ, hard, threshold, weights
from constructions.language import (
    MLP,
    Construction,
    Equal,
    Invariant,
    Prompt,
    Readout,
    Repeat,
    Stream,
    Token,
    Transformer,
    Units,
)
from constructions.matrix import Pole, Unsupported, below, exact, iterate, ones, relu, softmax, zeros
from constructions.matrix.functions import hardmax, reciprocal
from constructions.matrix.rational import fractions_of
from constructions.sequences.induction_head import INDUCTION_HEAD
from tests.verify.limits import POSITION_LIMIT
from verify.arithmetic.all_cases import CaseArithmetic
from verify.domains import DOMAINS
from verify.engines.all_cases import all_cases, listed_cases
from verify.engines.any_depth import _belongs, carried_on
from verify.methods.exhaustive import exhaustive
from verify.plan import plan
from verify.sides import claim_sides
from verify.verdict import Standing

RECORD = get("subleq")
STATE = SUBLEQ.invariant
SIZES = {"L": 1, "N": 1, "steps": 1}
HARD = replace(
    RECORD.claiming(RECORD.claims[1]), sizes=SIZES, parameters={}, weights=lambda L, N, steps: hard(L, N, steps)
)
SEEN = np.ones((1, 2), dtype=bool)


def in_cases(numbers, rows):
    return numbers.cases(np.array(rows))


def of_case(matrix, case):
    """One case of a matrix that holds no symbols, as fractions."""
    entries = matrix._entries
    plain = np.broadcast_to(entries.plain, (max(len(entries.plain), case + 1), *entries.shape))
    return fractions_of(exact(plain[case].tolist()) / entries.denominator)


def test_signs_are_listed_and_drawn():
    members = list(DOMAINS["signs"].members(2, 2))
    assert len({str(member) for member in members}) == 16 == DOMAINS["signs"].at_most(2, 2)
    assert DOMAINS["signs"].draw(iter(range(4)), 2, 2) == [[-1, 1], [-1, 1]]
    assert len(listed_cases(RECORD, {**SIZES})["M"]) == 2**9


def test_every_operation_is_that_of_one_case():
    numbers, rows = CaseArithmetic(), [[[1, -2], [3, 0]], [[0, 0], [-5, 7]], [[2, 2], [-1, -1]]]
    A, B, s = in_cases(numbers, rows), exact([[1, "1/2"], ["-1/3", 2]]), exact("3/4")

    def made(A):
        C = s * (A @ B + A.T) - A * A
        H = hardmax(A, np.array([[True, True], [False, True]]))
        return below(relu(C), H, C[[1]][:, [1, 0]], reciprocal(A * A + 3 * ones(2, 2)))

    for case, row in enumerate(rows):
        assert of_case(made(A), case) == fractions_of(made(exact(row)))


def test_softmax_knows_what_the_others_weigh_at_most():
    """Scores 0 and −1 − β: the other key weighs at most e^{−1}/(1 + e^{−1}), and no less is known."""
    numbers = CaseArithmetic()
    beta = numbers.parameter()
    weight = softmax(beta * exact([[0, -1]]) + exact([[0, -1]]))
    share = exp(-1) / (1 + exp(-1))
    above, below_it = (exact([[str(round(share + shift, 6))]]) for shift in (1e-5, -1e-5))
    assert of_case(relu(weight[:, [1]] - above), 0) == [[0]]
    with pytest.raises(Unsupported, match="relu of a number of unknown sign"):
        relu(weight[:, [1]] - below_it)
    assert of_case(weight @ ones(2, 1), 0) == [[1]]
    assert of_case(softmax(beta * exact([[2, 2]])), 0) == [[Fraction(1, 2)] * 2]


def test_what_has_no_value_is_refused():
    numbers = CaseArithmetic()
    beta, free = numbers.parameter(), numbers.anything(1, 1)
    assert of_case(relu(-beta), 0) == [[0]] and of_case(relu(beta) - beta, 0) == [[0]]
    for refused, because in (
        (lambda: relu(beta - 1), "unknown sign"),
        (lambda: relu(free), "unknown sign"),
        (lambda: beta * free, "a product of unknown numbers"),
        (lambda: reciprocal(beta), "a product, quotient or choice"),
        (lambda: hardmax(beta @ exact([[1, 2]]), SEEN), "a product, quotient or choice"),
        (lambda: softmax(free @ exact([[1, 2]])), "softmax of what softmax gave"),
        (lambda: softmax(beta @ exact([[0, 1]]) - exact([[0, 1]])), "none of which is surely the largest"),
        (lambda: in_cases(numbers, [[[2**40]]]) * in_cases(numbers, [[[2**40]]]), "integers beyond"),
    ):
        with pytest.raises(Unsupported, match=because):
            _ = refused()
    with pytest.raises(Pole, match="division by zero"):
        reciprocal(in_cases(numbers, [[[1]], [[0]]]))
    assert of_case(free - free, 0) == [[0]]  # unknown, and yet it cancels


def wrong_once(M, P, pc, L, N, steps):
    """The algorithm, but for one state of all 512."""
    memory, counter = subleq.run(M, P, pc, steps)
    hit = ones(1, 1)
    for part in (M.T[[0]], M[[0]], pc, *(P[:, [k]].T for k in range(3 * L))):
        for k in range(part.shape[1]):
            hit = hit * ((1 + part[:, [k]]) / 2)
    return RECORD.algorithm(memory + hit * ones(2**L, N), P, counter, L, N, 0)


def test_one_wrong_case_of_512_is_found():
    right = exhaustive(HARD, plan(HARD, SIZES))
    assert right.standing is Standing.PROVED and right.evidence == {"cases": 512}
    assert all_cases(HARD, SIZES, claim_sides) == (512, None)
    verdict = exhaustive(replace(HARD, algorithm=wrong_once, invariant=None), plan(HARD, SIZES))
    assert verdict.standing is Standing.REFUTED and verdict.counterexample is not None
    assert verdict.counterexample.data == {"M": [[1], [1]], "P": [[1] * 3] * 2, "pc": [[1]]}


@pytest.mark.parametrize("L", (1, 2, 3))
def test_the_threshold_is_the_least(L):
    """At L = 1 the verifier proves it and cannot prove a hundredth less; elsewhere the closed form says so."""
    share = [1 - (1 + exp(-2 * float(threshold(L) - d))) ** -L for d in (0, 1 / 1000)]
    assert 2 * share[0] <= 1 / 2 < 2 * share[1]
    if L == 1:
        soft = replace(RECORD.claiming(RECORD.claims[0]), sizes=SIZES, invariant=None)
        assert exhaustive(soft, plan(soft, SIZES)).scope.endswith("for all beta > 0 (512 cases)")
        hot = replace(soft, weights=lambda L, N, steps, beta: weights(L, N, steps, beta - Fraction(1, 100)))
        assert exhaustive(hot, plan(hot, SIZES)).standing is not Standing.PROVED


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"weights": lambda L, N, steps: hard(L, N, steps, clear=0)}, "relu of a number of unknown sign"),
        ({"weights": lambda L, N, steps: hard(L, N, steps, zero=0)}, "a layer does not carry the invariant on"),
        ({"weights": lambda L, N, steps: hard(L, N, 2)}, "not one layer, repeated"),
        ({"invariant": None}, "no invariant"),
        ({"weights": lambda L, N, steps: replace(hard(L, N, steps), passes=2)}, "the network writes tokens"),
        ({"data": {**RECORD.data, "pc": ("2*N", "L")}}, "every query is a prompt of its own"),
        ({"invariant": replace(STATE, start=lambda M, pc: (-M, pc))}, "does not start as data"),
        ({"invariant": replace(STATE, step=lambda W, P: (2 * W[0], W[1]))}, "a step leaves the domain of M"),
        (
            {"invariant": Invariant(STATE.start, STATE.step, {("pc", "query"): lambda W: W[1]})},
            "a product, quotient or choice of unknown numbers",
        ),
        (
            {"invariant": replace(STATE, holds={**STATE.holds, ("one", "query"): lambda: zeros(1, 1)})},
            "the prompt does not",
        ),
    ],
)
def test_what_is_not_carried_on_is_not_claimed(change, because):
    with pytest.raises(Unsupported, match=because):
        carried_on(replace(HARD, **change), SIZES)
    assert carried_on(HARD, SIZES) == "steps"


@pytest.mark.parametrize(
    ("run", "because"),
    [
        (lambda M, P, pc, n: iterate(lambda W, l: subleq.step(M, P, W[1]), (M, pc), n), "a product of unknown numbers"),
        (lambda M, P, pc, n: iterate(lambda W, l: subleq.step(W[0], P, W[1]), (-M, pc), n), "does not start where"),
        (
            lambda M, P, pc, n: iterate(lambda W, l: subleq.step(W[0], P, W[1]), (M, pc), n + 1),
            "another number of steps",
        ),
        (
            lambda M, P, pc, n: (-iterate(lambda W, l: subleq.step(W[0], P, W[1]), (M, pc), n)[0], pc),
            "the answer is not",
        ),
        (lambda M, P, pc, n: subleq.run(*subleq.run(M, P, pc, n)[:1], P, pc, n), "does not start where"),
    ],
)
def test_another_algorithm_is_not_taken_for_the_iteration(run, because):
    def algorithm(M, P, pc, L, N, steps):
        return RECORD.algorithm(*_arguments(run(M, P, pc, steps), P), L, N, 0)

    with pytest.raises(Unsupported, match=because):
        carried_on(replace(HARD, algorithm=algorithm), SIZES)


def _arguments(state, P):
    return state[0], P, state[1]


def test_a_claim_at_some_depths_does_not_say_all():
    shallow = replace(HARD, invariant=None)
    assert "all steps" in exhaustive(HARD, plan(HARD, SIZES)).scope
    assert "all steps" not in exhaustive(shallow, plan(shallow, SIZES)).scope


def test_what_is_known_as_a_range_only_is_no_equality():
    """Softmax attention tells the answer of hard attention up to weights of which only the largest sum is known."""
    soft = replace(POSITION_LIMIT, claims=(Equal(),), domain={"X": "signs"})
    with pytest.raises(Unsupported, match="the sides differ by numbers of which only a range is known"):
        all_cases(soft, {"n": 3}, claim_sides)
    assert exhaustive(soft, plan(soft, {"n": 3})).standing is not Standing.PROVED


def turned(d, steps, *, times=-2):
    """Every layer adds −2x to x."""
    stream = Stream(x=d)
    x = stream["x"]
    return Transformer(stream, (Repeat(MLP((Units(x, x * times),), "identity"), steps),))


TURNS = Construction(
    name="turns",
    title="A sign that turns in every layer: a state that is one matrix",
    weights=turned,
    prompt=lambda X: Prompt((Token(x=X),)),
    readout=lambda x: Readout(x, "context"),
    algorithm=lambda X, steps: iterate(lambda W, _: -W, X, steps),
    sizes={"n": 2, "d": 1, "steps": 3},
    data={"X": ("n", "d")},
    domain={"X": "signs"},
    invariant=Invariant(lambda X: X, lambda W: -W, {("x", "context"): lambda W: W}),
)


def test_a_state_of_one_part_is_that_matrix():
    assert "all steps" in exhaustive(TURNS, plan(TURNS)).scope
    thrice = replace(TURNS, weights=partial(turned, times=-4))
    with pytest.raises(Unsupported, match="a layer does not carry the invariant on"):
        carried_on(thrice, {"n": 2, "d": 1, "steps": 3})


def test_a_case_is_looked_up_as_it_stands():
    """0, 0, 1 is no member, whatever the other cases are; in another order its rows would be one."""
    words = {**DOMAINS}["one-hot rows, last one seen before"]
    record = replace(INDUCTION_HEAD, claims=(Equal(),), near_misses={}, steps=(), dead=None)
    numbers = CaseArithmetic()
    assert record.domain == {"E": "one-hot rows, last one seen before"} and words.members is not None
    for cases, inside in (
        ([[0, 1, 0], [1, 1, 1]], True),
        ([[0, 0, 1], [1, 0, 0]], False),
        ([[1, 1, 0], [0, 1, 1]], False),
    ):
        value = numbers.cases(np.eye(2, dtype=int)[np.array(cases)])
        if inside:
            _belongs(record, numbers, "E", value)
            continue
        with pytest.raises(Unsupported, match="a step leaves the domain of E"):
            _belongs(record, numbers, "E", value)
