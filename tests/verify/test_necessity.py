"""Derivatives against divided differences and by hand; dead weights and leaks that were planted; brute force on the catalogue."""

import itertools
import re
from dataclasses import replace
from fractions import Fraction

import flint
import numpy as np
import pytest

from constructions import CATALOGUE, get
from constructions.language import (
    Attention,
    Construction,
    Equal,
    Head,
    Parameter,
    Prompt,
    Readout,
    Repeat,
    Stream,
    Token,
    Transformer,
    UnknownName,
    Write,
    build,
    stack,
)
from constructions.matrix import below, beside, exact, exp, hardmax, reciprocal, relu, softmax, solve
from constructions.matrix.floating import FLOAT64, array_of, floats
from constructions.matrix.rational import RATIONAL, fractions_of
from tests.controls.base import CAUSAL, TRUE
from verify import Report, Standing
from verify.arithmetic.ball import BALL, ball_entries, balls, precision
from verify.arithmetic.pattern import PATTERN, anything, pattern_of
from verify.arithmetic.prime_field import prime_field
from verify.arithmetic.tape import TapeArithmetic
from verify.engines.derivative_degree import Doubt, doubt
from verify.engines.generic_points import FIELD, certainly_nonzero, rerun, run_in
from verify.engines.places import Entry, entries_where, mutated
from verify.engines.sensitivity import derivatives, matters, study
from verify.methods.necessity import APART, NONZEROS, ZEROS, necessity
from verify.plan import Plan, plan
from verify.verdict import Verdict

A = [[2, -1, 3], [1, 5, -2], [-4, 1, 1]]
B = [[1, 0, 2], [-3, 1, 1], [2, 2, -5]]
S = [[3, -2, 7], [1, 4, -1], [5, -6, 2]]
SEEN = np.array([[True, True, False], [True, False, True], [False, False, False]])


def derivative(function, at, arithmetic=RATIONAL, lift=lambda a: exact(a)):
    tape = TapeArithmetic(arithmetic)
    variable = tape.variable(lift(at))
    answer = function(variable)
    weights = exact([row[: answer.shape[1]] for row in S][: answer.shape[0]])
    return tape.derivatives(answer, weights)(variable), tape


def weighted(matrix):
    rows = fractions_of(matrix)
    return sum(s * entry for s_row, row in zip(S, rows, strict=False) for s, entry in zip(s_row, row, strict=False))


def moved(at, i, j, step):
    return exact([[entry + step * (k == i and l == j) for l, entry in enumerate(row)] for k, row in enumerate(at)])


def interpolated(function, at, degree):
    """The derivative of a polynomial (in each entry) of at most that degree, from its values at whole steps: exact."""
    nodes = [Fraction(k) for k in range(degree + 1)]

    def slope(i, j):
        total = Fraction(0)
        for k in nodes:
            others = [m for m in nodes if m != k]
            coefficients = [Fraction(1)]
            for m in others:  # Π (t − m), lowest power first
                coefficients = [
                    (coefficients[p - 1] if p else 0) - m * (coefficients[p] if p < len(coefficients) else 0)
                    for p in range(len(coefficients) + 1)
                ]
            scale = np.prod([k - m for m in others], initial=Fraction(1))
            total += weighted(function(moved(at, i, j, k))) * coefficients[1] / scale
        return total

    return [[slope(i, j) for j in range(len(at[0]))] for i in range(len(at))]


POLYNOMIALS = {
    "add": lambda a: a + exact(B) + a,
    "negate": lambda a: -a,
    "times": lambda a: a * a * exact(B),
    "scale, the scalar": lambda a: a[1, 2] * exact(B),
    "scale, the matrix": lambda a: exact(Fraction(2, 3)) * a,
    "scale, both": lambda a: a[0, 1] * a,
    "matmul, left": lambda a: a @ exact(B),
    "matmul, right": lambda a: exact(B) @ a,
    "matmul, both": lambda a: a @ a,
    "transpose": lambda a: a.T @ exact(B),
    "take": lambda a: a[[2, 0], [1, 2]],
    "take, repeated": lambda a: a[[1, 1, 0], [2, 0, 2]] * exact(B),
    "take, one": lambda a: a[1] @ a[:, [0]],
    "below": lambda a: below(a[1:], a[0] * a[2]),
    "beside": lambda a: beside(a[:, [2]], a[:, :2] @ exact(B)[:2, :2]),
    "a power of three uses": lambda a: a @ a.T @ a,
}


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_derivatives_of_polynomials_are_exact(name):
    function = POLYNOMIALS[name]
    assert fractions_of(derivative(function, A)[0]) == interpolated(function, A, degree=3)


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_the_prime_field_differentiates_like_the_rationals(name):
    field = prime_field(2**127 - 1)
    got = derivative(POLYNOMIALS[name], A, field)[0]
    want = fractions_of(derivative(POLYNOMIALS[name], A)[0])
    residues = [x.numerator * pow(x.denominator, -1, field.p) % field.p for row in want for x in row]
    assert field.residues(got._entries) == residues


def test_reciprocal_by_hand():
    got = fractions_of(derivative(lambda a: reciprocal(a), A)[0])
    assert got == [[-Fraction(s, a * a) for s, a in zip(p, q, strict=True)] for p, q in zip(S, A, strict=True)]


def test_solve_by_both_operands():
    """A⁻¹B = adj(A)B/det(A): the derivative of the quotient of two polynomials, each of degree 1 in an entry."""

    def quotient(function, i, j):
        zero, one, two = (weighted(function(moved(A, i, j, k))) for k in (0, 1, 2))
        det = [np.linalg.det(np.array(fractions_of(moved(A, i, j, k)), dtype=float)) for k in (0, 1)]
        d0, d1 = (round(x) for x in det)
        slope = one * d1 - zero * d0  # of the numerator, which is linear in the entry
        assert two * (2 * d1 - d0) == zero * d0 + 2 * slope
        return (slope * d0 - zero * d0 * (d1 - d0)) / Fraction(d0 * d0)

    left = fractions_of(derivative(lambda a: solve(a, exact(B)), A)[0])
    assert left == [[quotient(lambda a: solve(a, exact(B)), i, j) for j in range(3)] for i in range(3)]
    right = derivative(lambda b: solve(exact(A), b), B)[0]
    assert fractions_of(right) == interpolated(lambda b: solve(exact(A), b), B, degree=1)


def test_relu_passes_what_is_positive_and_marks_a_kink():
    got, tape = derivative(relu, A)
    assert fractions_of(got) == [[s * (a > 0) for s, a in zip(p, q, strict=True)] for p, q in zip(S, A, strict=True)]
    assert tape.used == {"relu"} and not tape.kinks
    assert derivative(relu, [[0, 1]])[1].kinks


def test_exp_and_softmax_agree_with_finite_differences_and_enclose_the_truth():
    for function in (exp, lambda a: softmax(a, SEEN), lambda a: softmax(a @ a, SEEN) @ exact(B)):
        got = array_of(derivative(function, [[x / 7 for x in row] for row in A], FLOAT64, floats)[0])
        with precision(128):
            enclosed = ball_entries(derivative(function, (exact(A) / 7), BALL)[0])
            assert all(abs(float(ball.mid()) - value) < 1e-12 for ball, value in zip(enclosed, got.flat, strict=True))
            step = Fraction(1, 2**40)
            at = fractions_of(exact(A) / 7)
            ends = [[function(balls(moved(at, i, j, h))) for h in (step, -step)] for i in range(3) for j in range(3)]
            for (up, down), exactly in zip(ends, enclosed, strict=True):
                rise = sum(
                    (s * d for s, d in zip(itertools.chain(*S), ball_entries(up - down), strict=True)), flint.arb(0)
                ) / flint.arb(2 * flint.fmpq(1, 2**40))
                assert abs(float(rise.mid()) - float(exactly.mid())) < 1e-12


def test_nothing_flows_back_through_hard_attention_unless_its_choices_are_asked_for():
    tie = [[2, 2, 3], [1, 5, -2], [-4, 1, 1]]  # row 1 sees the first two: without a tie the weights are flat anyway
    got, tape = derivative(lambda a: hardmax(a, SEEN) @ a, tie)
    chosen = fractions_of(hardmax(exact(tie), SEEN).T @ exact(S))
    assert fractions_of(got) == chosen and tape.used == {"hardmax"}
    asking = TapeArithmetic(PATTERN, choices=True)
    scores = asking.variable(anything(3, 3))
    assert (pattern_of(asking.derivatives(hardmax(scores, SEEN), exact(S))(scores)) == SEEN).all()


def test_a_sum_over_shared_uses_and_an_unused_variable():
    tape = TapeArithmetic(RATIONAL)
    a, b = tape.variable(exact(A)), tape.variable(exact(B))
    of = tape.derivatives(a + a, exact(S))
    assert fractions_of(of(a)) == fractions_of(2 * exact(S)) and not any(map(any, fractions_of(of(b))))


# Networks with planted errors.


def gd_weights(d_x, n, *, extra=None):
    x, y, spare = stream = Stream(x=d_x, y=1, spare=1)
    value, into = (y, y) if extra is None else extra(y, spare)
    head = Head(query=x, key=x, value=value / n, into=into)
    return Transformer(stream, layers=(Attention((head,), kernel="linear", mask="context"),))


PLAIN = Construction(
    name="plain",
    title="One head, for planted errors",
    weights=gd_weights,
    prompt=lambda X, Y, X_q: Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),)),
    readout=lambda y: Readout(y, at="query"),
    algorithm=lambda X, Y, X_q, n: X_q @ X.T @ Y / n,
    sizes={"d_x": 2, "n": 5, "m": 3},
    data={"X": ("n", "d_x"), "Y": ("n", 1), "X_q": ("m", "d_x")},
)
SMALL = Plan(({"d_x": 2, "n": 5, "m": 3},))
FREE = replace(PLAIN, weights=lambda d_x, n: gd_weights(d_x, n, extra=lambda y, spare: (stack(y, y), stack(y, spare))))
MATTERS, PREDICTED, LEAK = range(3)


def test_every_weight_of_a_plain_head_matters():
    verdicts = necessity(PLAIN, SMALL)
    assert [verdict.kind for verdict in verdicts] == ["necessity"] * 3
    assert [verdict.subject for verdict in verdicts] == [NONZEROS, ZEROS, "no leakage"]
    assert [v.standing for v in verdicts] == [Standing.PROVED, Standing.CERTIFIED, Standing.PROVED]
    assert verdicts[MATTERS].evidence["nonzeros"] == 6


def test_a_planted_dead_weight_is_refuted_by_name():
    verdict = necessity(FREE, SMALL)[MATTERS]
    assert verdict.standing is Standing.REFUTED
    assert {name.split(" at ")[0] for name in verdict.evidence["dead"]} == {
        "layer 1 head 1 into row 1 spare 0",
        "layer 1 head 1 value row 1 y 0",
    }


def test_a_dead_weight_that_is_declared_is_accepted_and_printed():
    declared = replace(FREE, dead={"layer last head 1 * row 1 *": "gauge freedom"})
    verdict = necessity(declared, SMALL)[MATTERS]
    assert verdict.standing is Standing.PROVED
    assert "2 exceptions declared: layer last head 1 * row 1 * (gauge freedom)" in verdict.scope
    stale = replace(PLAIN, dead={"layer 1 head 2 *": "pad"})
    assert "no such weight is: layer 1 head 2 *" in necessity(stale, SMALL)[MATTERS].because


def test_only_a_record_that_declares_it_falls_with_its_necessity():
    verdicts = necessity(FREE, SMALL)
    claim = replace(verdicts[LEAK], kind="claim", subject=FREE.claims[0].text)
    assert Report(FREE, (claim, *verdicts)).stands
    report = Report(replace(FREE, dead={}), (claim, *verdicts))
    assert not report.stands and "2 nonzero weights do not matter" in report.failures[0]


def test_the_reason_is_one_of_five():
    with pytest.raises(UnknownName, match=r"'layer 1 \*' is dead by 'padding'; did you mean pad"):
        replace(PLAIN, dead={"layer 1 *": "padding"})


def test_a_head_without_a_value_is_dead_throughout():
    """A second head whose value is 0: its query, key and `into` meet nothing."""

    def weights(d_x, n):
        x, y = stream = Stream(x=d_x, y=1)
        heads = [Head(query=x, key=x, value=value, into=y) for value in (y, 0 * y)]
        return Transformer(stream, layers=(Attention(tuple(heads), kernel="linear", mask="context"),))

    dead = necessity(replace(PLAIN, weights=weights), SMALL)[MATTERS].evidence["dead"]
    assert {name.split(" row")[0] for name in dead} == {f"layer 1 head 2 {role}" for role in ("query", "key", "into")}


def test_zeros_that_die_by_cancellation_are_reported_as_unpredicted():
    """Two skips that undo each other: the pattern says that what they read reaches the answer, the sum is 0."""

    def weights(d_x):
        x, y, spare = stream = Stream(x=d_x, y=1, spare=1)
        first = Attention((Head(query=x, key=x, value=y, into=spare),), kernel="linear", mask="context")
        undo = Attention((), kernel="linear", mask="context", skip=(Write(spare, into=y), Write(-1 * spare, into=y)))
        return Transformer(stream, layers=(first, undo))

    verdict = necessity(replace(PLAIN, weights=weights), SMALL)
    assert verdict[MATTERS].standing is Standing.REFUTED
    assert verdict[PREDICTED].standing is Standing.REFUTED and "dead, though the pattern" in verdict[PREDICTED].because


def test_a_shared_layer_counts_by_the_sum_and_says_which_use_is_idle():
    def weights(d_x, n):
        x, y, spare = stream = Stream(x=d_x, y=1, spare=1)
        head = Head(query=x, key=x, value=stack(y, y) / n, into=stack(y, spare))
        layer = Attention((head,), kernel="linear", mask="context", skip=(Write(spare, into=y),))
        return Transformer(stream, layers=(Repeat(layer, 2),))

    verdict = necessity(replace(PLAIN, weights=weights), SMALL)[MATTERS]
    assert verdict.standing is Standing.PROVED
    assert "layer 1 head 1 into row 1 spare 0 in use 2 of 2" in verdict.evidence["idle"]


def test_a_ridge_and_a_skip_are_weights_too():
    found = study(get("mesa-layer"), {"d_k": 3, "d_v": 2, "n": 5}, 0)
    assert found.live["layer 1 ridge"].all() and found.nonzero["layer 1 ridge"].all()
    found = study(get("gd-interleaved"), {"d_x": 3, "d_y": 2, "n": 5, "m": 2, "steps": 1}, 0)
    assert found.live["layer 1 skip 1 value"][found.nonzero["layer 1 skip 1 value"]].all()


def test_a_point_on_a_kink_proves_nothing():
    """A token without x has the score 0 for all data, on the kink of relu."""

    def weights(d_x, n):
        x, y = stream = Stream(x=d_x, y=1)
        head = Head(query=x, key=x, value=y, into=y)
        return Transformer(stream, layers=(Attention((head,), "relu", "context"),))

    generic = necessity(replace(PLAIN, weights=weights), SMALL)[MATTERS]
    assert generic.standing is Standing.PROVED
    empty = replace(PLAIN, weights=weights, prompt=lambda X, Y, X_q: two_tokens(X, Y, X_q))
    verdict = necessity(empty, SMALL)[MATTERS]
    assert verdict.standing is Standing.TESTED and "kink of a relu" in verdict.because


def two_tokens(X, Y, X_q):
    return Prompt(context=(Token(x=X, y=Y), Token(y=Y)), query=(Token(x=X_q),))


# Leaks.

LABELLED = replace(
    PLAIN,
    data={**PLAIN.data, "Y_q": ("m", 1)},
    prompt=lambda X, Y, X_q, Y_q: Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q, y=Y_q),)),
)


def test_a_query_that_sees_its_own_label_is_caught():
    verdict = necessity(LABELLED, SMALL)[LEAK]
    assert verdict.standing is Standing.REFUTED
    assert "answer row 0 depends on Y_q[0, 0], the algorithm does not" in verdict.because


def test_an_empty_label_slot_is_no_leak_and_the_scope_says_who_would_read_it():
    assert "attention reads nothing in the query's empty slot y" in necessity(PLAIN, SMALL)[LEAK].scope

    def reader(d_x, n):
        x, y = stream = Stream(x=d_x, y=1)
        head = Head(query=stack(x, y), key=stack(x, y), value=y, into=y)
        return Transformer(stream, layers=(Attention((head,), kernel="linear", mask="context"),))

    verdict = necessity(replace(PLAIN, weights=reader), SMALL)[LEAK]
    assert verdict.standing is Standing.PROVED and "attention would read a label in the query's slot y" in verdict.scope


def causal(mask):
    def weights(d_x, n):
        x, y, spare = stream = Stream(x=d_x, y=1, spare=1)
        head = Head(query=x, key=x, value=y, into=spare)
        return Transformer(stream, layers=(Attention((head,), "linear", mask(n)),))

    return weights


def lower_triangle(n, ahead=0):
    return exact([[int(j <= i + ahead) for j in range(n)] for i in range(n)])


PREFIXES = Construction(
    name="prefixes",
    title="Sums over prefixes",
    weights=causal(lower_triangle),
    prompt=lambda X, Y: Prompt(context=(Token(x=X, y=Y),)),
    readout=lambda spare: Readout(spare, at="context"),
    algorithm=lambda X, Y, n: below(*(X[t] @ X[: t + 1].T @ Y[: t + 1] for t in range(n))),
    sizes={"d_x": 2, "n": 5},
    data={"X": ("n", "d_x"), "Y": ("n", 1)},
)


def test_an_off_by_one_causal_mask_is_caught():
    sizes = Plan(({"d_x": 2, "n": 5},))
    assert necessity(PREFIXES, sizes)[LEAK].standing is Standing.PROVED
    late = replace(PREFIXES, weights=causal(lambda n: lower_triangle(n, ahead=1)))
    verdict = necessity(late, sizes)[LEAK]
    assert verdict.standing is Standing.REFUTED
    assert "answer row 0 depends on X[1, 0], the algorithm does not" in verdict.because
    words = replace(PREFIXES, weights=causal(lambda n: "everything"))
    assert necessity(words, sizes)[LEAK].standing is Standing.REFUTED


def test_a_forward_pass_that_ignores_a_mask_is_caught(monkeypatch):
    """What the masks hide must not be seen: here the forward pass lets every token see everything."""
    from constructions.language.layout import Layout

    honest = Layout.view
    record = replace(PREFIXES, weights=causal(lambda n: "causal"), domain={"X": "real", "Y": "real"})
    monkeypatch.setattr(Layout, "view", lambda self, mask: honest(self, "everything"))
    verdict = necessity(record, Plan(({"d_x": 2, "n": 5},)))[LEAK]
    assert verdict.standing is Standing.REFUTED and "which the masks hide" in verdict.because


# Other arithmetics, and the catalogue.


def test_softmax_is_judged_with_balls():
    record = replace(
        PLAIN,
        weights=lambda d_x, tau: Transformer(
            s := Stream(x=d_x, y=1, spare=1),
            layers=(Attention((Head(tau * s["x"], s["x"], s["y"], s["y"]),), "softmax", "context"),),
        ),
        parameters={"tau": Parameter(default=1)},
        algorithm=lambda X, Y, X_q, tau: softmax(tau * X_q @ X.T, np.ones((X_q.shape[0], X.shape[0]), bool)) @ Y,
    )
    verdicts = necessity(record, SMALL)
    assert verdicts[MATTERS].standing is Standing.PROVED
    assert verdicts[PREDICTED].standing is Standing.UNDECIDED


def test_hard_attention_is_judged_by_removal():
    record = replace(get("induction-head"), dead=None)
    found = necessity(record, plan(record))[MATTERS]
    assert [name.split(" at ")[0] for name in found.evidence["dead"]] == ["layer 1 head 1 key row 4 p 4"]
    unknown = {name.split(" at ")[0] for name in found.evidence["unknown"]}
    assert unknown == {"layer 1 head 1 query row 0 p 1", "layer 1 head 1 key row 0 p 0"}


@pytest.mark.parametrize(
    "name",
    ["gd-steps", "gd-plus-plus", "gd-interleaved", "linear-attention-recursion", "causal-lm", "mesa-layer", "td-zero"],
)
def test_brute_force_agrees_on_every_entry(name):
    record = get(name)
    small = {"steps": 2, "heads": 1, "m": 2, "n": 3}
    sizes = {size: small.get(size, 2) for size in record.sizes}
    found = study(record, sizes, 0)
    entries = entries_where({place: np.ones_like(live) for place, live in found.live.items()})
    wrong = [
        entry.name(found.instance)
        for entry in entries
        if matters(found, entry, lambda value: value + 1) != bool(found.live[entry.place][entry.row, entry.column])
    ]
    assert not wrong and len(entries) > 20


@pytest.mark.parametrize("record", [*CATALOGUE, TRUE, CAUSAL], ids=lambda record: record.name)
def test_the_catalogue_has_no_leak_and_no_unpredicted_zero(record):
    for verdict in necessity(record, plan(record)):
        assert verdict.standing is not Standing.REFUTED or verdict.subject.startswith(NONZEROS), verdict.because
        if "no value in real balls" in verdict.because:  # relu where softmax may give either sign
            assert record.name == "subleq" and verdict.standing is Standing.UNDECIDED
        elif verdict.subject.startswith(NONZEROS) and verdict.evidence["dead"]:
            assert verdict.standing is Standing.REFUTED


def test_a_network_that_divides_by_zero_everywhere_is_undecided():
    def weights(d_x, n):
        _, y, spare = stream = Stream(x=d_x, y=1, spare=1)
        head = Head(query=spare, key=spare, value=y, into=y)
        return Transformer(stream, layers=(Attention((head,), "linear", "context", normaliser="sum"),))

    for verdict in necessity(replace(PLAIN, weights=weights), SMALL):
        assert verdict.standing is Standing.UNDECIDED and "division by" in verdict.because
        assert (verdict.kind, verdict.method, verdict.scope) == ("necessity", "necessity", SMALL.where)


def test_two_networks_of_one_record_are_told_apart():
    claims = (Equal(text="the plain one"), Equal(text="the free one", replaces={"weights": FREE.weights}))
    verdicts = necessity(replace(PLAIN, claims=claims), SMALL)
    assert [verdict.subject for verdict in verdicts] == [
        f"{subject} ({text})"
        for text in ("the plain one", "the free one")
        for subject in (NONZEROS, ZEROS, "no leakage")
    ]
    assert verdicts[MATTERS].standing is Standing.PROVED and verdicts[3 + MATTERS].standing is Standing.REFUTED


def test_where_nothing_is_declared_dead_the_first_sizes_are_enough():
    at = Plan((SMALL.sizes[0], {"d_x": 1, "n": 2, "m": 1}), seed=5)
    verdicts = necessity(PLAIN, at)
    one, two = "d_x=2, n=5, m=3", "d_x=1, n=2, m=1"
    assert verdicts[MATTERS].scope.startswith(f"all 6 nonzero entries at the sizes {one}; where no zero pattern")
    assert verdicts[MATTERS].scope.endswith(f"; {APART}") and verdicts[PREDICTED].scope.endswith(f"; {APART}")
    assert re.match(rf"\d+ zero entries at the sizes {one}; 1\d entries confirmed by", verdicts[PREDICTED].scope)
    both = necessity(replace(PLAIN, dead={}), at)[MATTERS]
    assert both.scope.startswith(f"all 10 nonzero entries at the sizes {one}; {two}; where")
    assert both.evidence == {"nonzeros": 10, "dead": [], "unknown": [], "declared": {}, "idle": []}


def test_brute_force_contradicts_a_derivative_that_was_lost(monkeypatch):
    """The sample of mutants is no decoration: here every derivative by a zero entry of a query is taken for zero."""

    def losing(found, *arguments):
        seen = honest(found, *arguments)
        seen.live["layer 1 head 1 query"] &= seen.nonzero["layer 1 head 1 query"]
        return seen

    honest = study
    monkeypatch.setattr("verify.methods.necessity.study", losing)
    verdict = necessity(PLAIN, SMALL)[PREDICTED]
    assert verdict.standing is Standing.REFUTED and "(brute force says otherwise)" in verdict.because


def test_a_mutant_reads_what_its_matrix_says():
    """A mutated form gets the blocks of its new entries, so that hard attention to positions is no longer assumed."""
    found = study(get("copy-next"), {"T": 3}, 0)
    changed = mutated(found.instance, Entry("layer 1 head 1 query", 0, 0), lambda value: value + 1)
    (layer,) = changed.network.unrolled
    assert isinstance(layer, Attention) and set(layer.heads[0].query.blocks) == {"c", "p"}


def test_a_mutant_s_pass_starts_at_its_layer_and_ends_where_a_whole_pass_does():
    found = study(get("gd-steps"), {"d_x": 2, "d_y": 1, "n": 3, "m": 2, "steps": 3}, 0)
    (instance, data), *_ = found.points
    run = run_in(found.arithmetic, instance, data)
    for place in ("layer 1 head 1 value", "layer 1 head 1 key"):
        other = mutated(instance, Entry(place, 0, 1), lambda value: value + 1)
        again, whole = rerun(run, other), run_in(found.arithmetic, other, data)
        assert not certainly_nonzero(again.answer - whole.answer).any()
        assert certainly_nonzero(again.answer - run.answer).any()
    assert not certainly_nonzero(rerun(run, instance).answer - run.answer).any()


def test_only_the_layer_of_an_entry_is_another_in_its_mutant():
    instance = study(get("raw-sgd-step"), {"d": 2, "m": 1}, 0).instance
    before = instance.network.unrolled
    after = mutated(instance, Entry("layer 2.2 units 1 read", 0, 0), lambda value: value + 1).network.unrolled
    assert [a is b for a, b in zip(before, after, strict=True)] == [number != 1 for number in range(len(before))]


def test_a_mutant_that_writes_to_another_register_is_run_as_a_whole():
    """It may write over a position code, and then attention to positions is no longer fixed."""
    found = study(get("copy-next"), {"T": 3}, 0)
    instance, data = found.points[0]
    run = run_in(found.arithmetic, instance, data)
    registers = list(instance.network.stream.registers)
    (layer,) = instance.network.unrolled
    unwritten = next(name for name in registers if name not in layer.heads[0].into.blocks)
    column = sum(instance.network.stream.registers[name] for name in registers[: registers.index(unwritten)])
    assert rerun(run, mutated(instance, Entry("layer 1 head 1 into", 0, column), lambda value: value + 1)) is None


# Masks of weights, and the degree of the derivatives.


def test_a_dead_weight_in_a_mask_is_reported():
    """The readout looks at the last token only, so the first row of the mask, which is no token's key, meets nothing."""
    last = replace(
        PREFIXES,
        readout=lambda spare: Readout(spare, at="last"),
        algorithm=lambda X, Y, n: X[n - 1] @ X.T @ Y,
    )
    verdict = necessity(last, Plan(({"d_x": 2, "n": 3},)))[MATTERS]
    assert verdict.standing is Standing.REFUTED
    dead = {name.split(" at ")[0] for name in verdict.evidence["dead"]}
    assert dead == {f"layer 1 mask row {i} column {j}" for i in range(2) for j in range(i + 1)}
    declared = replace(last, dead={"layer last mask row *": "pad"})
    assert necessity(declared, Plan(({"d_x": 2, "n": 3},)))[MATTERS].standing is Standing.PROVED
    assert "position codes, prompt, readout" in verdict.scope


def test_brute_force_agrees_on_every_entry_of_a_mask():
    found = study(PREFIXES, {"d_x": 2, "n": 3}, 0)
    entries = [Entry("layer 1 mask", i, j) for i in range(3) for j in range(3)]
    live = [matters(found, entry, lambda value: value + 1) for entry in entries]
    assert live == found.live["layer 1 mask"].ravel().tolist() and all(live)


def test_the_degree_behind_a_vanishing_derivative_is_computed():
    """The answer x_q Xᵀ Y/n has degree 3; its derivative by the scale of a query too, and an output weight comes in."""
    found = doubt(PLAIN, {"d_x": 2, "n": 5, "m": 3}, FIELD)
    assert (found.degree, found.bits, found.log2_failure) == (4, 120, -118)
    assert (
        "probability ≤ 2^-118 (degree ≤ 4, a point of 120 bits, modulo 2^127 − 1)" in necessity(PLAIN, SMALL)[0].scope
    )
    assert doubt(PLAIN, {"d_x": 2, "n": 5, "m": 3}, RATIONAL).log2_failure == -30
    deep = replace(PLAIN, weights=lambda d_x, n: repeated(d_x, 3))
    assert doubt(deep, {"d_x": 2, "n": 5, "m": 3}, FIELD).degree > found.degree


def repeated(d_x, times):
    x, y = stream = Stream(x=d_x, y=1)
    return Transformer(stream, (Repeat(Attention((Head(x, x, y, y),), "linear", "everything"), times),))


def test_the_degree_bounds_a_derivative_that_is_known():
    """Two layers, all data equal to t: the derivative is a polynomial in t, whose differences vanish beyond its degree."""
    sizes = {"d_x": 1, "n": 1, "m": 1}
    record = replace(PLAIN, sizes=sizes, weights=lambda d_x: repeated(d_x, 2))
    instance, bound = build(record, sizes, {}), doubt(record, sizes, FIELD).degree

    def at_scale(t):
        data = {name: exact([[t]]) for name in record.data}
        _, by_use = derivatives(instance, data, RATIONAL, lambda r, c: exact([[1]]))
        return sum((fractions_of(part)[0][0] for part in by_use["layer 1 head 1 query"]), Fraction(0))

    differences, degree = [at_scale(t) for t in range(bound + 3)], -1
    while any(differences):
        differences, degree = [b - a for a, b in itertools.pairwise(differences)], degree + 1
    assert 3 < degree < bound  # one more of the bound is the output weight's


# --- what the verdicts say ---------------------------------------------------------------------------------------

NAMES = [f"entry {k}" for k in range(7)]
SIX = "entry 0; entry 1; entry 2; entry 3; entry 4; entry 5"


def said(monkeypatch, record=PLAIN, **found):
    """The first two verdicts on what a study is said to have found."""
    monkeypatch.setattr("verify.methods.necessity.study", lambda construction, sizes, seed: None)
    monkeypatch.setattr("verify.methods.necessity.add", lambda findings, seen, _: vars(findings).update(found))
    return necessity(record, SMALL)[:2]


@pytest.mark.parametrize(
    ("found", "standing", "because"),
    [
        ({}, Standing.PROVED, ""),
        ({"dead": NAMES}, Standing.REFUTED, f"7 nonzero weights do not matter: {SIX}; and 1 more"),
        ({"dead": NAMES[:6]}, Standing.REFUTED, f"6 nonzero weights do not matter: {SIX}"),
        ({"dead": NAMES[:1], "unknown": NAMES}, Standing.REFUTED, "1 nonzero weights do not matter: entry 0"),
        ({"unknown": NAMES[:1]}, Standing.UNDECIDED, "no change was met at the points tried: entry 0"),
        (
            {"unknown": NAMES[:2], "kinks": True},
            Standing.UNDECIDED,
            "no change was met at the points tried: entry 0; entry 1",
        ),
        ({"kinks": True}, Standing.TESTED, "a point lies on the kink of a relu, where a derivative proves nothing"),
    ],
)
def test_what_is_said_of_the_nonzero_weights(found, standing, because, monkeypatch):
    verdict = said(monkeypatch, nonzeros=9, idle=["one"], **found)[MATTERS]
    evidence = {"nonzeros": 9, "dead": found.get("dead", []), "unknown": found.get("unknown", [])}
    assert verdict == Verdict(
        "necessity",
        NONZEROS,
        "necessity",
        standing,
        f"all 9 nonzero entries {SMALL.where}; {APART}",
        because,
        evidence | {"declared": {}, "idle": ["one"]},
    )


def test_the_seed_moves_the_points_of_the_study(monkeypatch):
    asked = []
    monkeypatch.setattr("verify.methods.necessity.study", lambda construction, sizes, seed: asked.append((sizes, seed)))
    monkeypatch.setattr("verify.methods.necessity.add", lambda findings, seen, _: None)
    _ = necessity(PLAIN, replace(SMALL, seed=8))
    assert asked == [(SMALL.sizes[0], 8)]


def test_what_is_said_of_exceptions(monkeypatch):
    declared = replace(PLAIN, dead={"layer 1 *": "pad", "layer 2 *": "gauge freedom"})
    verdict = said(monkeypatch, declared, declared={"layer 1 *": NAMES[:3]})[MATTERS]
    assert verdict.standing is Standing.REFUTED
    assert verdict.because == "declared dead, but no such weight is: layer 2 *"
    assert "; 3 exceptions declared: layer 1 * (pad)" in verdict.scope
    assert verdict.evidence["declared"] == {"layer 1 * (pad)": NAMES[:3]}


@pytest.mark.parametrize(
    ("found", "standing", "because"),
    [
        ({}, Standing.CERTIFIED, ""),
        (
            {"local": True},
            Standing.UNDECIDED,
            "derivatives at points, or balls, do not prove that a zero cannot matter",
        ),
        ({"unpredicted": NAMES[:2]}, Standing.REFUTED, "dead, though the pattern lets them matter: entry 0; entry 1"),
        (
            {"unpredicted": NAMES, "impossible": NAMES[:1], "local": True},
            Standing.REFUTED,
            "alive, though the pattern rules them out: entry 0",
        ),
    ],
)
def test_what_is_said_of_the_zeros(found, standing, because, monkeypatch):
    doubts = [Doubt(degree, 100, failure, True) for degree, failure in ((3, -90), (4, -80), (2, -99))]
    verdict = said(monkeypatch, zeros=5, mutants=12, doubts=doubts, **found)[PREDICTED]
    scope = (
        f"5 zero entries {SMALL.where}; 12 entries confirmed by brute force; where no zero pattern says so, a weight"
    )
    evidence = {"zeros": 5, "unpredicted": found.get("unpredicted", []), "mutants": 12}
    scope = f"{scope} is called dead wrongly with {doubts[1].in_words}; {APART}"
    assert verdict == Verdict("necessity", ZEROS, "necessity", standing, scope, because, evidence)
