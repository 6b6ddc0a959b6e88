"""Both theorems with GeLU products in floats: order 2 in the scale s, until rounding, which grows like 1/s, ends it.

The figures are those of an independent numpy program: at s = 1e-2, …, 1e-5 the SGD step in d = 8 is off by 1.7e-3, …, 1.7e-9
with a floor near 1e-9, the Sherman–Morrison step in d = 4 (λ = 1) by 6e-10 at s = 1e-5.
"""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from constructions.gadgets.dot import DOT
from constructions.gradient_descent import raw_sgd_step
from constructions.language import at
from constructions.least_squares import raw_ridge_step
from constructions.matrix import Matrix, exact
from constructions.matrix.floating import array_of, floats
from constructions.matrix.opaque import entries_in
from verify.arithmetic.formats import BINARY32, BINARY64, NumpyFloats

SCALES = [Fraction(1, 10**k) for k in range(2, 7)]
SGD, RIDGE = raw_sgd_step.RAW_SGD_STEP, raw_ridge_step.RAW_RIDGE_STEP
CASES = {"sgd": (SGD, 8, {"w": "1/3"}, 1.7e-3), "ridge": (RIDGE, 4, {}, 6e-4)}


def errors(record, d, parameters, scales, draws=8):
    """The largest error at Gaussian data, for every scale."""
    generator, limit = np.random.default_rng(8), record.claiming(record.claims[1])
    samples = [
        {"X": generator.normal(size=(1, d)), "Y": generator.normal(size=(1, 1)), "X_q": generator.normal(size=(4, d))}
        for _ in range(draws)
    ]
    found = []
    for s in scales:
        instance = at(limit, {"d": d, "m": 4}, {**parameters, "s": s})
        data = [{name: floats(value) for name, value in sample.items()} for sample in samples]
        sides = [(array_of(instance.run(one).answer), array_of(instance.algorithm(one))) for one in data]
        found.append(max(float(np.abs(a - b).max()) for a, b in sides))
    return found


@pytest.mark.parametrize("name", CASES)
def test_order_two_until_rounding_ends_it(name):
    record, d, parameters, first = CASES[name]
    found = errors(record, d, parameters, SCALES)
    assert first / 10 < found[0] < first * 10
    for coarse, fine in itertools.pairwise(found[:3]):
        assert 95 < coarse / fine < 105  # a hundredth for a tenth of s
    assert 1e-11 < min(found) < 1e-8 and found[-1] > min(found) / 2


@pytest.mark.parametrize(
    ("format", "best", "scale"), [(BINARY64, 1.5e-10, 1e-5), (BINARY32, 8.6e-5, 3e-3)], ids=["float64", "float32"]
)
def test_the_best_scale_of_a_single_product(format, best, scale):
    """On a grid of [−1, 1]²: larger scales are worse by truncation, smaller ones by rounding."""
    model, limit, side = NumpyFloats(format), DOT.claiming(DOT.claims[1]), [Fraction(k, 5) for k in range(-5, 6, 2)]
    X, Y = ([[pair[k]] for pair in [(a * Fraction(97, 99), b) for a in side for b in side]] for k in (0, 1))
    found = {}
    for k in range(-8, 9):
        s = Fraction(scale * 10 ** (k / 4)).limit_denominator(10**9)
        data = {"X": exact(X), "Y": exact(Y), "Z": 0 * exact(Y)}
        lifted = {name: Matrix(model, model.lift(value)) for name, value in data.items()}
        answer = at(limit, {"T": len(X), "d": 1}, {"s": s}).run(lifted).answer
        product = np.array([float(x[0] * y[0]) for x, y in zip(X, Y, strict=True)])
        found[float(s)] = float(np.abs(model.widened(entries_in(answer, model))[:, 2] - product).max())
    knob = min(found, key=lambda s: found[s])
    assert best / 4 < found[knob] < best * 4 and scale / 4 < knob < scale * 4
    assert min(found[min(found)], found[max(found)]) > 4 * found[knob]
