"""The layer as the paper assumes it: the errors of whole chains in floats, what each hypothesis is for, and where it ends."""

from fractions import Fraction

import numpy as np
import pytest

from constructions.gradient_descent import raw_sgd_step
from constructions.instructions import aff, compiled, div, dot, mov, raw, together
from constructions.language import BadNetwork, Stream, UnknownName, build
from constructions.least_squares import raw_ridge_step
from constructions.matrix import exact, identity
from constructions.matrix.floating import array_of, floats
from tests.instructions.columns import plain
from tests.instructions.runs import columns_after

SGD, RIDGE = raw_sgd_step.RAW_SGD_STEP, raw_ridge_step.RAW_RIDGE_STEP
PARAMETERS = {
    "sgd": {"alpha": exact("1/20"), "lam": exact("1/10")},
    "ridge": {"lam": exact(1)},
}


def worst(name, d, draws=20, **how):
    """The largest error of the chain in float64 on Gaussian data."""
    drawn = np.random.default_rng(0)
    module, record = (raw_sgd_step, SGD) if name == "sgd" else (raw_ridge_step, RIDGE)
    start = {"w": exact([[Fraction(int(v), 64)] for v in np.round(64 * drawn.normal(size=d))])} if name == "sgd" else {}
    parameters = {**start, **PARAMETERS[name]}
    fields = {**vars(record), "claims": record.claims[:1], "steps": (), "near_misses": {}, "resources": {}}
    made = type(record)(**{**fields, "weights": lambda: compiled(*module.program(d, **parameters), length=3, **how)})
    instance = build(made, {"d": d, "m": 1}, {**{n: exact(1) for n in made.parameters}, **parameters})
    errors = []
    for _ in range(draws):
        shapes = {"X": (1, d), "Y": (1, 1), "X_q": (1, d)}
        data = {key: floats(drawn.normal(size=shape)) for key, shape in shapes.items()}
        errors.append(np.abs(array_of(instance.run(data).answer) - array_of(instance.algorithm(data))).max())
    return max(errors)


def paper(N, s="1/10000", **how):
    return {"fidelity": "paper", "N": N, "s": exact(s), **how}


def test_the_nine_layers_with_pads_of_half_the_sum():
    """What is left at N = 10⁶ is the error of the products, as without LayerNorm; at N = 10⁵ LayerNorm shows beside it."""
    products = worst("sgd", 8, fidelity="limit", s=exact("1/10000"))
    assert products < 4e-7
    assert worst("sgd", 8, **paper(10**6)) == pytest.approx(products, rel=0.05)
    assert products < worst("sgd", 8, **paper(10**5)) < 8.6e-6


def test_one_sided_pads_converge_like_the_inverse_of_their_size():
    first, second, third = (worst("sgd", 8, **paper(N, pads="one-sided")) for N in (10**5, 10**6, 10**8))
    assert 9.9 < first / second < 10.1
    assert first < 5.4e-2 and second < 5.4e-3 and 1e-6 < third < 5.4e-5


def test_pads_that_leave_the_sum_are_wrong_at_every_size():
    errors = [worst("sgd", 8, **paper(N, pads=(0, 0))) for N in (10**5, 10**8)]
    assert all(error > 0.5 for error in errors) and errors[0] == pytest.approx(errors[1], rel=1e-3)


def test_a_shift_that_is_smaller_than_the_data_stalls():
    """Lemma 5 with the shift 6: entries of Gaussian columns reach it, at whatever N."""
    assert worst("sgd", 8, **paper(10**6, shift=6)) > 1e-2
    assert worst("sgd", 8, **paper(10**6, shift=40)) < 4e-7


def test_the_fourteen_layers():
    """Division by LayerNorm costs nothing beside the products."""
    assert worst("ridge", 4, **paper(10**6)) < 2e-7
    assert worst("ridge", 4, **paper(10**6, activation="gelu tanh")) < 2e-7
    assert worst("ridge", 4, **paper(10**3, s="1/1000")) > 1e-5


def same(found, expected):
    return max(np.abs(found[name] - expected[name]).max() for name in expected)


OPERATIONS = {
    "mov": lambda x, y, z, a, c: mov(x, source=0, target=2, into=y),
    "aff": lambda x, y, z, a, c: aff(x - 2 * y, into=z, constant=3),
    "dot": lambda x, y, z, a, c: dot(x, y, into=a),
    "raw +": lambda x, y, z, a, c: raw("+", x, y, into=z, columns={1: (0, 1), 2: (0,)}),
    "raw ×": lambda x, y, z, a, c: raw("×", x, y, into=z, columns={1: (0, 1), 2: (0, 1, 2)}),
    "two mov": lambda x, y, z, a, c: together(mov(x, source=0, target=2, into=y), mov(x, source=1, target=2, into=z)),
    "mov and dot": lambda x, y, z, a, c: together(mov(x, source=0, target=1, into=z), dot(x, y, into=a)),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_register_of_every_column(name):
    stream = plain()
    operation = OPERATIONS[name](*stream)
    exactly = columns_after(stream, (operation,))
    assert same(columns_after(stream, (operation,), fidelity="paper", N=10**6, s=exact("1/30000")), exactly) < 1e-4
    assert same(columns_after(stream, (operation,), fidelity="paper", N=10, s=exact("1/2")), exactly) > 1e-4


@pytest.mark.parametrize("into", ["z", "x"])
def test_division_is_by_the_modulus(into):
    """c = 2, −5, 7: column 1 gets the other sign. In place, too: the value waits in scratch rows."""
    stream = plain()
    x, c = stream["x"], stream["c"]
    operation = div(x, c, into=stream[into])
    found, exactly = (columns_after(stream, (operation,), **how) for how in ({"fidelity": "paper", "N": 10**6}, {}))
    signs = np.array([[1], [-1], [1]])
    assert same(found, {**exactly, into: signs * exactly[into]}) < 1e-8
    assert same(found, exactly) > 1


def test_chains_that_make_no_such_network():
    x, y, z, a, c = stream = plain()
    with pytest.raises(BadNetwork, match="a product of GeLU units needs their scale"):
        compiled(stream, (dot(x, y, into=a),), length=3, fidelity="paper", N=10)
    with pytest.raises(UnknownName, match="'halfsum' is no choice of pads; did you mean half-sum"):
        compiled(stream, (), length=3, fidelity="paper", N=10, pads="halfsum")
    with pytest.raises(BadNetwork, match="div needs the LayerNorm of its layer for itself"):
        shared = together(div(a, c, into=identity(2)[0] @ z), dot(x, x, into=identity(2)[1] @ z))
        compiled(stream, (shared,), length=3, fidelity="paper", N=10, s=1)
    with pytest.raises(BadNetwork, match="the register name plus is the machine's own"):
        compiled(Stream(plus=1), (), length=3, fidelity="paper", N=10)


def test_outside_its_domain_the_network_is_wrong():
    """Rows as large as the pads: LayerNorm shrinks them. u far below −N: Lemma 5 gives −N in its place."""
    x, *_ = stream = plain()
    operation = aff(-x, into=stream["z"])
    exactly = columns_after(stream, (operation,))
    assert same(columns_after(stream, (operation,), fidelity="paper", N=10**6), exactly) < 1e-8
    assert same(columns_after(stream, (operation,), fidelity="paper", N=10), exactly) > 1
    assert same(columns_after(stream, (operation,), fidelity="paper", N=10**6, shift=3), exactly) > 1
