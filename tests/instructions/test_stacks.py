"""Whole programs: what each layer may touch, what later columns may change, the order of examples, and n single steps."""

from itertools import permutations

import pytest

from constructions import get
from constructions.gradient_descent import raw_sgd, raw_sgd_step
from constructions.instructions import compiled, div
from constructions.instructions.operations import Mov, Raw, Together
from constructions.instructions.rows import rows_of
from constructions.instructions.sharing import forms_of
from constructions.language import at
from constructions.least_squares import raw_ridge, raw_ridge_step
from constructions.matrix import Pole, exact
from constructions.matrix.rational import fractions_of
from tests.instructions.columns import START, after, plain

X, Y, X_Q = [[1, 2], [-3, 1], [2, -5]], [[4], [-1], [7]], [[3, -2]]
ALPHA, LAM, W = exact("1/7"), exact("3/5"), exact([[2], [-1]])
PROGRAMS = {
    "raw-sgd-step": lambda **how: raw_sgd_step.program(2, W, ALPHA, LAM, **how),
    "raw-ridge-step": lambda **how: raw_ridge_step.program(2, LAM, **how),
    "raw-sgd": lambda **how: raw_sgd.program(2, 3, W, ALPHA, LAM, **how),
    "raw-ridge": lambda **how: raw_ridge.program(2, 3, LAM, **how),
}


def streams(name, operations, stream, rows_x, rows_y, rows_q):
    """The stream before and after every layer."""
    record, n = get(name), len(rows_x)
    network = compiled(stream, operations, length=2 * n + 1)
    sizes = {"d": 2, "m": 1} | ({"n": n, "N": n} if "N" in record.sizes else {})
    instance = at(type(record)(**{**vars(record), "weights": lambda: network, "claims": record.claims[:1]}), sizes)
    run = instance.run({"X": exact(rows_x), "Y": exact(rows_y), "X_q": exact(rows_q)})
    return [fractions_of(one) for one in run.streams[0]]


def trespasses(name, **how):
    """Entries (operation, column, register) that change though the operation does not name them."""
    stream, operations = PROGRAMS[name](**how)
    n = 3 if "step" not in name else 1
    told = streams(name, operations, stream, X[:n], Y[:n], X_Q)
    starts, start = {}, 0
    for register, width in stream.registers.items():
        starts[register], start = start, start + width
    found = []
    for number, (operation, before, then) in enumerate(zip(operations, told[:-1], told[1:], strict=True)):
        parts = operation.operations if isinstance(operation, Together) else (operation,)
        allowed = set()
        for part in parts:
            columns = {Mov: lambda op: {op.target}, Raw: lambda op: {*op.columns}}.get(
                type(part), lambda op: {*range(99)}
            )(part)
            for register, rows in rows_of(forms_of(part)["into"]).items():
                allowed |= {(t, starts[register] + row) for t in columns for row in rows}
        for t, (old, new) in enumerate(zip(before, then, strict=True)):
            found += [(number, t, k) for k in range(start) if old[k] != new[k] and (t, k) not in allowed]
    return found


@pytest.mark.parametrize("name", PROGRAMS)
def test_rows_and_columns_that_an_operation_does_not_name_stay_as_they_are(name):
    assert trespasses(name) == []


@pytest.mark.parametrize("name", ["raw-sgd-step", "raw-ridge-step"])
def test_without_its_gate_mov_reaches_other_columns(name):
    wrong = trespasses(name, gated=False)
    assert {number for number, _, _ in wrong} >= {0}
    assert {t for number, t, _ in wrong if number == 0} == {0, 2}


@pytest.mark.parametrize("name", ["raw-sgd", "raw-ridge"])
def test_later_columns_never_change_earlier_ones(name):
    """The last example and the query are others; nothing changes before them, in any layer."""
    stream, operations = PROGRAMS[name]()
    one = streams(name, operations, stream, X, Y, X_Q)
    two = streams(name, operations, stream, [*X[:2], [9, 11]], [*Y[:2], [-8]], [[6, 1]])
    assert [layer[:4] for layer in one] == [layer[:4] for layer in two]
    assert all(a[4] != b[4] for a, b in zip(one, two, strict=True))


def answer(name, order, **parameters):
    instance = at(get(name), {"d": 2, "n": 3, "N": 3, "m": 1}, parameters)
    data = {"X": [X[i] for i in order], "Y": [Y[i] for i in order], "X_q": X_Q}
    return fractions_of(instance.run({key: exact(rows) for key, rows in data.items()}).answer)


def test_one_pass_of_sgd_depends_on_the_order_of_examples_and_ridge_does_not():
    orders = list(permutations(range(3)))
    assert len({answer("raw-ridge", order, lam=LAM)[0][0] for order in orders}) == 1
    assert len({answer("batch-gd", order, alpha=ALPHA, lam=LAM, w_0=W)[0][0] for order in orders}) == 1
    assert len({answer("raw-sgd", order, alpha=ALPHA, lam=LAM, w_0=W)[0][0] for order in orders}) == 6


def test_two_layers_on_one_example_are_the_nine_of_theorem_1():
    for w in (W, 3 * W):
        many = at(get("batch-gd"), {"d": 2, "n": 1, "m": 1}, {"w_0": w, "alpha": ALPHA, "lam": LAM})
        one = at(get("raw-sgd-step"), {"d": 2, "m": 1}, {"w": w, "alpha": ALPHA, "lam": LAM})
        data = {"X": exact(X[:1]), "Y": exact(Y[:1]), "X_q": exact(X_Q)}
        assert fractions_of(many.run(data).answer) == fractions_of(one.run(data).answer)
        assert (len(many.network.unrolled), len(one.network.unrolled)) == (2, 9)


def steps_one_by_one(examples):
    """n networks of Theorem 1: the weights that one has trained are put into the next."""
    w = W
    for i in examples:
        one = at(get("raw-sgd-step"), {"d": 2, "m": 1}, {"w": w, "alpha": ALPHA, "lam": LAM})
        run = one.run({"X": exact([X[i]]), "Y": exact([Y[i]]), "X_q": exact(X_Q)})
        w = run.read("w", "context[1]", 7).T
    return fractions_of(exact(X_Q) @ w)


def test_the_stack_of_n_is_n_networks_of_one_step():
    stacked = answer("raw-sgd", range(3), alpha=ALPHA, lam=LAM, w_0=W)
    assert stacked == steps_one_by_one(range(3))
    assert stacked not in (steps_one_by_one(range(2)), steps_one_by_one([1, 0, 2]))


def test_a_negative_divisor_divides_and_zero_has_no_value():
    """Exactly v/c for c ≠ 0; Lemma 8 of the paper would give v/|c|. At c = 0 there is no silent number."""
    x, _, z, _, c = stream = plain()
    negative = {**START, "c": [[-2], [-5], [-7]]}
    told = after(stream, (div(x, c, into=z),), negative)["z"]
    assert told == [[u / k for u in row] for row, (k,) in zip(after(stream, ())["x"], negative["c"], strict=True)]
    with pytest.raises(Pole, match="division by zero"):
        after(stream, (div(x, c, into=z),), {**START, "c": [[2], [0], [7]]})
