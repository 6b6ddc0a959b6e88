"""float64 at the price of the nonzeros, against dense floats: every operation, and whole networks."""

import numpy as np
import pytest

from constructions import CATALOGUE, get
from constructions.language import at
from constructions.language.transformer import forms_of
from constructions.matrix import (
    Matrix,
    below,
    beside,
    exact,
    exp,
    gelu,
    hardmax,
    identity,
    reciprocal,
    reciprocal_sqrt,
    relu,
    softmax,
    solve,
    sparse,
)
from constructions.matrix.coordinates import Coordinates, dense
from constructions.matrix.floating import FLOAT64, array_of, floats, rounded
from constructions.matrix.sparse import SPARSE64, sparse_floats
from tests.matrix.held import drawn, hold_everything, made
from verify.points import generic_instance


def both(rows, width):
    """The same exact matrix in the two float arithmetics."""
    return (Matrix(arithmetic, arithmetic.lift(made(rows, width, True))) for arithmetic in (SPARSE64, FLOAT64))


def agree(a, b):
    assert array_of(a) == pytest.approx(array_of(b), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_float_operations_agree_with_dense_floats(monkeypatch, seed):
    hold_everything(monkeypatch)
    random = np.random.default_rng(seed)
    m, k, n = random.integers(1, 6, 3).tolist()
    (A, a), (B, b), (C, c) = both(drawn(random, m, k), k), both(drawn(random, m, k), k), both(drawn(random, k, n), n)
    H, data = random.normal(size=(m, k)), random.normal(size=(k, m))
    assert isinstance(A._entries, Coordinates) and isinstance(sparse_floats(H)._entries, np.ndarray)

    def results(make, x, y, z):
        yield from (x + y, x - y, x @ z, x.T, 3 * x, make(H) @ z, x @ make(data), x + make(H), make(H) - x, relu(x))
        yield from (x[::-1], beside(x, y, make(H)), below(x, make(H))[:, ::-1], solve(x @ x.T + identity(m), x))
        yield from (softmax(x, H > 0), hardmax(x, H > 0), x * make(H), make(H) * x, exp(x), gelu(x))
        yield from (reciprocal(x * x + make(H * H)), reciprocal_sqrt(x * x + make(H * H)), x[:1, :1] * make(H))

    for p, q in zip(results(sparse_floats, A, B, C), results(floats, a, b, c), strict=True):
        agree(p, q)


@pytest.mark.parametrize("construction", CATALOGUE, ids=lambda construction: construction.name)
def test_forward_passes_agree_on_the_catalogue(monkeypatch, construction):
    hold_everything(monkeypatch)
    _ = compare(construction, {})


def test_forward_passes_agree_on_a_large_network():
    instance = compare(get("raw-ridge-step"), {"d": 8, "m": 2})
    lifted = [SPARSE64.lift(form.dense) for layer in instance.network.layers for form in forms_of(layer)]
    assert any(isinstance(a, Coordinates) for a in lifted) and any(isinstance(a, np.ndarray) for a in lifted)


def compare(construction, sizes):
    full, random = {**construction.sizes, **sizes}, np.random.default_rng(5)
    given = all(parameter.default is not None for parameter in construction.parameters.values())
    instance = at(construction, full) if given else generic_instance(construction, full)
    data = {name: random.uniform(0.25, 1, size=instance.shape_of(name)) for name in construction.data}
    runs = [instance.run({name: make(x) for name, x in data.items()}) for make in (sparse_floats, floats)]
    agree(*(run.answer for run in runs))
    for mine, plain in zip(*(run.streams for run in runs), strict=True):
        for H, K in zip(mine, plain, strict=True):
            agree(H, K)
    agree(*(instance.algorithm({name: make(x) for name, x in data.items()}) for make in (sparse_floats, floats)))
    return instance


def test_an_exact_matrix_becomes_floats_once(monkeypatch):
    I, count = exact(np.eye(80, dtype=int)), []
    monkeypatch.setattr(sparse, "rounded", lambda *given: count.append(1) or rounded(*given))
    H = sparse_floats(np.ones((2, 80)))
    for _ in range(3):
        assert array_of(H @ I.T @ (I.T / 2)).tolist() == [[0.5] * 80] * 2
    assert len(count) == 4  # I.T is kept with I; I/2 is another matrix every time
    before = len(SPARSE64.known)
    del I
    assert len(SPARSE64.known) < before  # and is forgotten with it


def test_what_is_kept_cannot_be_overwritten():
    given = exact([[1, 2]])
    with pytest.raises(ValueError, match="read-only"):
        SPARSE64.lift(given)[0, 0] = 5


def test_the_two_float_arithmetics_do_not_mix():
    with pytest.raises(TypeError, match="cannot mix numbers of float64, sparse with numbers of float64"):
        _ = floats(np.ones((2, 2))) + sparse_floats(np.ones((2, 2)))
    assert dense(identity(40)._entries.integers).tolist() == np.eye(40, dtype=int).tolist()
