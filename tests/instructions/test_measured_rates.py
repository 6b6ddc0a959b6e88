"""What the layers of the seed paper cost in floats: facts that the claims about real numbers do not show.

Each figure was first measured by an independent numpy program; here our own networks must reproduce it.
"""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from constructions import get
from constructions.gradient_descent.raw_sgd_step import RAW_SGD_STEP
from constructions.instructions import aff
from constructions.language import at
from constructions.least_squares.raw_ridge_step import RAW_RIDGE_STEP
from constructions.matrix import Matrix, exact
from constructions.matrix.floating import array_of
from constructions.matrix.opaque import entries_in
from tests.instructions.columns import plain
from tests.instructions.runs import columns_after
from tests.instructions.test_paper import paper, worst
from tests.instructions.test_scales_in_floats import errors
from verify.arithmetic.formats import BINARY32, BINARY64, NumpyFloats


def test_small_penalties_cost_their_third_power():
    """Sherman–Morrison from I/λ at a fixed scale: the entries of A⁻¹ are of order 1/λ, the error of order λ^{−3}."""
    scale = [Fraction(1, 10**4)]
    found = [errors(RAW_RIDGE_STEP, 4, {"lam": Fraction(1, 10**k)}, scale)[0] for k in range(4)]
    assert found[0] < 1e-6 < 1e-2 < found[-1]
    for coarse, fine in itertools.pairwise(found[1:]):
        assert 2.7 < np.log10(fine / coarse) < 3.3, found


def in_format(format, record, sizes, parameters, s, seed=3):
    """The largest error of the second claim's network in this format, against the algorithm in exact arithmetic."""
    model, drawn = NumpyFloats(format), np.random.default_rng(seed)
    instance = at(record.claiming(record.claims[1]), sizes, {**parameters, "s": s})
    shapes = {"X": (sizes.get("n", 1), sizes["d"]), "Y": (sizes.get("n", 1), 1), "X_q": (1, sizes["d"])}
    rounded = {name: np.round(drawn.normal(size=shape) * 256) / 256 for name, shape in shapes.items()}
    data = {name: exact([[Fraction(v) for v in row] for row in value]) for name, value in rounded.items()}
    answer = instance.run({name: Matrix(model, model.lift(value)) for name, value in data.items()}).answer
    return float(np.abs(model.widened(entries_in(answer, model)) - array_of(instance.algorithm(data))).max())


CHAINS = {"sgd": (RAW_SGD_STEP, {"d": 8, "m": 1}, {"w": "1/3"}), "ridge": (RAW_RIDGE_STEP, {"d": 4, "m": 1}, {})}


@pytest.mark.parametrize("name", CHAINS)
def test_gelu_products_in_single_precision_have_a_floor(name):
    """Truncation above, rounding below: no scale brings float32 under some 1e-5, where float64 goes on to 1e-9."""
    scales = [Fraction(1, 10**k) for k in range(1, 5)]
    found = [max(in_format(BINARY32, *CHAINS[name], s, seed) for seed in range(3)) for s in scales]
    assert 1e-5 < min(found) < 1e-3, found
    assert found[0] > 50 * min(found) and found[-1] > 10 * min(found), found
    assert in_format(BINARY64, *CHAINS[name], Fraction(1, 10**5)) < 1e-8


@pytest.mark.parametrize("name", ["raw-sgd", "raw-ridge"])
def test_errors_do_not_add_up_along_a_stack(name):
    """They are fed into later examples, yet twelve are no worse than two."""
    sizes = [{"d": 3, "m": 1, "n": n, "N": n} for n in (2, 12)]
    few, many = (in_format(BINARY64, get(name), size, {}, Fraction(1, 10**4)) for size in sizes)
    assert 1e-10 < many < few < 1e-6


def moved(N, **how):
    """The error of z ← x in the paper's layer, where all other rows of the column count in the mean."""
    stream = plain()
    operation = aff(stream["x"], into=stream["z"])
    exactly = columns_after(stream, (operation,))
    found = columns_after(stream, (operation,), fidelity="paper", N=N, **how)
    return max(np.abs(found[name] - exactly[name]).max() for name in exactly)


def test_layer_norm_is_passed_with_order_two():
    found = [moved(10**k, shift=40) for k in range(3, 7)]
    for coarse, fine in itertools.pairwise(found):
        assert 99 < coarse / fine < 101
    assert found[-1] < 4e-9


def test_pads_can_be_too_large():
    """Rounding of the pads is what ends the limit in N: the products cost 4e-7 here, at every smaller N too."""
    assert worst("sgd", 8, draws=4, **paper(10**12)) > 10 * worst("sgd", 8, draws=4, **paper(10**6))


def test_the_tail_of_gelu_falls_faster_than_any_power():
    """Lemma 5, g(N + u) − N: each two more in N win more digits than the two before."""
    lost = [np.log10(moved(10**8, shift=shift)) for shift in (16, 18, 20, 22)]
    falls = [before - after for before, after in itertools.pairwise(lost)]
    assert falls[0] > 1 and all(after > before + 1 for before, after in itertools.pairwise(falls)), falls
