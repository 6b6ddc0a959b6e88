"""The compiled forward pass against the kernel: every construction, random programs bit for bit, shapes and refusals."""

import tracemalloc

import numpy as np
import pytest

from constructions import CATALOGUE, get
from constructions.language import at
from constructions.language.compiled import compiled
from constructions.language.given import WrongData
from constructions.matrix import (
    Matrix,
    Pole,
    below,
    beside,
    columns,
    exact,
    exp,
    gelu,
    hardmax,
    identity,
    ones,
    reciprocal,
    reciprocal_sqrt,
    relu,
    softmax,
    solve,
)
from constructions.matrix import compiled as plans
from constructions.matrix.compiled import How
from constructions.matrix.floating import array_of, floats
from constructions.matrix.opaque import entries_in
from constructions.matrix.written import Writer
from constructions.views.trace.sample import drawn_parameters, sample, small_sizes


def small(construction):
    sizes = small_sizes(construction, {name: 3 for name in ("m",) if name in construction.sizes})
    return at(construction, sizes, drawn_parameters(construction, sizes, {}, 1))


def of_the_kernel(instance, data):
    return array_of(instance.run({name: floats(np.array(rows)) for name, rows in data.items()}).answer)


def integers(instance, batch, seed=0):
    random = np.random.default_rng(seed)
    names = instance.construction.data
    return {name: random.integers(-3, 4, (*batch, *instance.shape_of(name))).astype(float) for name in names}


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("construction", CATALOGUE, ids=lambda c: c.name)
def test_every_construction_agrees_with_the_kernel(construction, dense):
    instance = small(construction)
    draws = [sample(instance, seed=seed) for seed in (1, 2)]
    data = {name: np.array([draw[name] for draw in draws], dtype=float) for name in construction.data}
    answer = compiled(instance, How(dense=dense))(**data)
    for one, draw in zip(answer, draws, strict=True):
        expected = of_the_kernel(instance, draw)
        assert one.shape == expected.shape
        assert np.abs(one - expected).max() <= 1e-12 * max(1, np.abs(expected).max())


EXACT = {"gd-steps": {"n": 4, "steps": 3}, "raw-sgd-step": {}, "gd-interleaved": {"n": 4}}


@pytest.mark.parametrize("name", EXACT)
def test_on_small_integers_it_is_the_kernel_bit_for_bit(monkeypatch, name):
    record = get(name)
    powers = {key: "1/4" for key in record.parameters if key in ("eta", "alpha", "lam")}
    instance = at(record, {**record.sizes, **EXACT[name]}, powers)
    data = integers(instance, (3,))
    expected = np.array([of_the_kernel(instance, {key: rows[k] for key, rows in data.items()}) for k in range(3)])
    assert (compiled(instance)(**data) == expected).all() and (
        compiled(instance, How(dense=True))(**data) == expected
    ).all()
    monkeypatch.setattr(columns, "_factors", lambda values: None)
    assert not (compiled(instance)(**data) == expected).all()


PIECES = (
    lambda a, b, W, order: a + b + a,
    lambda a, b, W, order: a + b @ W,
    lambda a, b, W, order: a @ W + b @ W.T + W,
    lambda a, b, W, order: identity(4)[order] @ a + b,
    lambda a, b, W, order: W @ a,
    lambda a, b, W, order: a - b[:, order],
    lambda a, b, W, order: relu(a[order]),
    lambda a, b, W, order: below(a[:2], beside(b[2:, :1], a[2:, 1:])),
    lambda a, b, W, order: a.T + b,
    lambda a, b, W, order: (a * W)[:, :1] @ ones(1, 4) + ones(4, 1) @ b[:1],
    lambda a, b, W, order: a,
    lambda a, b, W, order: (a * exact(np.diag([2, 0, 1, 3]))) @ b,
    lambda a, b, W, order: ((a[:, :1] @ b[:1]) * identity(4) * (a @ b) + b) @ a,
    lambda a, b, W, order: ((a @ b) * identity(4)) @ b[:, order],
)


def random_program(seed, *data):
    """Sums, products and selections of 4×4 matrices, in an order that would show a value overwritten too early."""
    random, known = np.random.default_rng(seed), list(data)
    for _ in range(12):
        a, b = (known[int(k)] for k in random.integers(0, len(known), 2))
        W = exact(random.integers(-1, 2, (4, 4)) * (random.random((4, 4)) < random.choice([0.2, 0.9])))
        order = random.permutation(4).tolist() if random.random() < 0.5 else [0, 1, 2, 3]
        known.append(PIECES[int(random.integers(len(PIECES)))](a, b, W, order))
    return sum(known[3:], start=known[2])


def differs(seed):
    random = np.random.default_rng(seed)
    arrays = random.integers(-2, 3, (3, 2, 4, 4)).astype(float)
    writer = Writer()
    answer = random_program(seed, *(writer.variable(str(k), 4, 4) for k in range(3)))
    made = plans.plan(entries_in(answer, writer)).run({str(k): arrays[k] for k in range(3)})
    expected = [array_of(random_program(seed, *(floats(arrays[k][i]) for k in range(3)))) for i in range(2)]
    return not (made == np.array(expected)).all()


def test_random_programs_are_carried_out_bit_for_bit(monkeypatch):
    assert not any(differs(seed) for seed in range(100))
    monkeypatch.setattr(plans, "_lender", lambda node: None)  # a result that lies in other memory, and nobody knows
    assert any(differs(seed) for seed in range(100))


def test_what_is_masked_to_the_diagonal_is_never_a_square(monkeypatch):
    """A token that sees itself alone costs one number, not a row of them; wrong diagonals would be seen."""
    random = np.random.default_rng(0)
    arrays = {name: random.integers(-3, 4, (2, 40, 2)).astype(float) for name in "abc"}

    def masked(a, b, c):
        weights = (a @ b.T) * identity(40)
        return (weights * (reciprocal(weights @ ones(40, 1) + ones(40, 1) * 50) @ ones(1, 40))) @ c

    def made():
        writer = Writer()
        return plans.plan(entries_in(masked(*(writer.variable(name, 40, 2) for name in "abc")), writer))

    expected = [array_of(masked(*(floats(arrays[name][k]) for name in "abc"))) for k in range(2)]
    assert made().widest == 80
    np.testing.assert_allclose(made().run(arrays), expected, rtol=1e-13, atol=1e-15)
    honest = Writer.diagonal
    monkeypatch.setattr(Writer, "diagonal", lambda self, a: None)
    assert made().widest == 1600
    monkeypatch.setattr(Writer, "diagonal", lambda self, a: a.operands[0] if a.name == "times" else honest(self, a))
    with pytest.raises(ValueError):
        _ = made().run(arrays)


def test_equal_constants_are_one_array():
    """Biases of layers that differ in a position only."""
    writer = Writer()
    x = writer.variable("x", 30, 40)
    for _ in range(3):
        x = x * x + exact([[k % 7 for k in range(40)]] * 30)
    made = plans.plan(entries_in(x + exact([[1] * 40] * 30), writer))
    assert len(made.given) == 4 and len({id(array) for array in made.given.values()}) == 2


def test_every_operation_is_that_of_the_kernel():
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 3, 3)), random.normal(size=(2, 3, 3)) + 3 * np.eye(3)
    seen = np.array([[True, True, False], [True, True, True], [False, False, False]])

    def results(x, y):
        yield from (x @ y, x[:, :1] @ y[:1], x * y, x[:1, :1] * y, -x, solve(y, x), reciprocal(x), exp(x), gelu(x))
        yield from (reciprocal_sqrt(x * x), softmax(x, seen), hardmax(x, seen), x / 3, exact("1/3") * x @ ones(3, 2))

    writer = Writer()
    written = results(writer.variable("a", 3, 3), writer.variable("b", 3, 3))
    for one, *wanted in zip(written, *(results(floats(a[k]), floats(b[k])) for k in range(2)), strict=True):
        made = plans.plan(entries_in(one, writer)).run({"a": a, "b": b})
        np.testing.assert_allclose(made, [array_of(w) for w in wanted], rtol=1e-13)
    again = Matrix(writer, entries_in(ones(2, 2), writer))
    assert (plans.plan(again._entries).run({"a": a}) == np.ones((2, 2, 2))).all()
    with pytest.raises(Pole, match="division by zero"):
        _ = plans.plan(entries_in(reciprocal(writer.variable("a", 3, 3)), writer)).run({"a": a * 0})


def test_batches_of_any_shape_in_pieces_and_data_that_stay_as_they_are(monkeypatch):
    instance = at(get("gd-steps"), {**get("gd-steps").sizes, "n": 4})
    run = compiled(instance)
    whole = integers(instance, (5,))
    before = {name: rows.copy() for name, rows in whole.items()}
    answer = run(**whole)
    assert (run(**whole) == answer).all() and all((whole[name] == before[name]).all() for name in whole)
    for batch in ((), (0,), (2, 0), (2, 3)):
        assert run(**integers(instance, batch)).shape == (*batch, *answer.shape[1:])
    monkeypatch.setattr(plans, "CHUNK", 1)
    assert (run(**whole) == answer).all()


def test_what_is_wrong_is_said():
    run = compiled(at(get("gd-step")))
    data = integers(run.instance, (2,))
    with pytest.raises(WrongData, match="takes the data X, Y, X_q, not X, Y"):
        run(**{name: rows for name, rows in data.items() if name != "X_q"})
    with pytest.raises(WrongData, match="was compiled for"):
        run(**{**data, "X": data["X"][:, :1]})
    with pytest.raises(WrongData, match="the same batch dimensions"):
        run(**{**data, "X": data["X"][0]})


def test_memory_grows_with_the_nonzeros():
    """From d = 8 to d = 16 the nonzeros grow 3.7-fold, the dense matrices 13-fold."""

    def kept(d, dense):
        instance = at(get("raw-ridge-step"), {"d": d, "m": 1})
        _ = compiled(instance, How(dense=dense))  # what exact matrices keep of themselves is there now
        tracemalloc.start()
        made = compiled(instance, How(dense=dense))
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return made and size

    assert kept(16, False) < 4 * kept(8, False) < kept(8, True) and kept(16, True) > 8 * kept(8, True)
