"""Error bounds of MLPs and norms in six float arithmetics against balls, and derivatives of the new functions."""

from fractions import Fraction

import flint
import numpy as np
import pytest

from constructions.language import (
    MLP,
    Attention,
    Constant,
    Head,
    LayerNorm,
    Readout,
    Stream,
    Transformer,
    Units,
    at,
    stack,
)
from constructions.matrix import Pole, Unsupported, exact, gelu, gelu_tanh, reciprocal_sqrt
from constructions.matrix.floating import FLOAT64
from tests.language.small import bare
from verify.arithmetic.ball import BALL, ball_entries, balls, precision
from verify.arithmetic.formats import BINARY32, BINARY64, NumpyBfloat16, NumpyFloats
from verify.arithmetic.rounding import RoundingArithmetic, bounded, values_and_errors
from verify.arithmetic.tape import TapeArithmetic
from verify.methods.floating import torch_models

MODELS = [NumpyFloats(BINARY64), NumpyFloats(BINARY32), NumpyBfloat16(), *torch_models()]
NAMES = [model.name for model in MODELS]
RUNS = 12
ACTIVATIONS = ("gelu", "gelu tanh", "relu", "squared relu", "identity")


def rational(draw, rows, columns, denominator=24):
    return exact([[Fraction(int(k), denominator) for k in row] for row in draw.integers(-24, 25, (rows, columns))])


def random_network(draw, layers):
    """A record of one network that reads out the whole stream, and data for it."""
    x, y = stream = Stream(x=3, y=2)
    whole = stack(x, y)
    network = Transformer(stream, layers(draw, whole))
    record = bare(weights=lambda d_x, d_y: network, readout=lambda x, y: Readout(stack(x, y), at="everything"))
    instance = at(record, {"d_x": 3, "d_y": 2, "n": 2, "m": 1})
    return instance, {name: rational(draw, *instance.shape_of(name), 24) for name in ("X", "Y", "X_q")}


def mlp(activation, norm=None):
    def layers(draw, whole):
        read, gate, into = (rational(draw, 4, 5) @ whole for _ in range(3))
        units = Units(read, into, rational(draw, 4, 1), gate, "√(π/2)")
        return (MLP((units,), activation, norm, (Constant(rational(draw, 2, 1), rational(draw, 2, 5) @ whole),)),)

    return layers


def normed(draw, whole):
    return (LayerNorm(rational(draw, 5, 1), rational(draw, 5, 1), Fraction(1, 3)),)


def sinking(draw, whole):
    head = Head(*(rational(draw, 2, 5) @ whole for _ in range(4)))
    return (Attention((head,), "softmax", "everything", sink=True),)


LAYERS = {
    **{activation: mlp(activation) for activation in ACTIVATIONS},
    "norm": normed,
    "softmax with a sink": sinking,
    "gelu of a norm": mlp("gelu", LayerNorm(epsilon=2)),
    "norm of a gelu": lambda draw, whole: (*mlp("gelu")(draw, whole), *normed(draw, whole)),
}


def shares(model, layers, runs=RUNS):
    """|computed − exact| as a share of its bound: the largest of every run that has bounds."""
    arithmetic, found = RoundingArithmetic(model), []
    for seed in range(runs):
        instance, data = random_network(np.random.default_rng(seed), layers)
        try:
            computed = instance.run({name: bounded(a, arithmetic) for name, a in data.items()}).answer
        except (Pole, Unsupported):  # in bfloat16 a variance, or a score, may be too uncertain
            continue
        values, errors = values_and_errors(computed, arithmetic)
        with precision(192):
            true = ball_entries(instance.run({name: balls(a) for name, a in data.items()}).answer)
            gaps = [
                float((x - v).abs_upper()) / e
                for x, v, e in zip(true, values.ravel().tolist(), errors.ravel().tolist(), strict=True)
            ]
        found.append(max(gaps))
    return found


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_no_bound_is_violated_and_none_is_absurdly_loose(model, name):
    found = shares(model, LAYERS[name])
    assert len(found) >= RUNS // 2
    assert 1e-4 < max(found) <= 1


class WrongGelu(NumpyFloats):
    """The tanh form where the erf form is meant."""

    def gelu(self, a):
        return self.gelu_tanh(a)


class HiddenEpsilon(NumpyFloats):
    """The ε that libraries add to a variance unasked, a little of it."""

    def reciprocal_sqrt(self, a):
        return super().reciprocal_sqrt(a + a.dtype.type(1e-5))


class NarrowRoot(NumpyFloats):
    def reciprocal_sqrt(self, a):
        return super().reciprocal_sqrt(a.astype(np.float16).astype(a.dtype))


class NarrowFactor(NumpyFloats):
    def factor(self, word):
        return super().factor(word).astype(np.float16).astype(self.format.name)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (WrongGelu(BINARY64), "gelu"),
        (WrongGelu(BINARY32), "gelu"),
        (HiddenEpsilon(BINARY64), "norm"),
        (HiddenEpsilon(BINARY32), "norm"),
        (NarrowRoot(BINARY32), "norm"),
        (NarrowFactor(BINARY32), "relu"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, NumpyFloats) else value,
)
def test_planted_roundings_break_the_bound(model, name):
    assert max(shares(model, LAYERS[name])) > 2
    assert max(shares(NumpyFloats(model.format), LAYERS[name])) <= 1


@pytest.mark.parametrize("function", [gelu, gelu_tanh])
@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_gelu_of_large_and_small_numbers_stays_within_its_bound(model, function):
    """Tails, where 1 + erf cancels, and uncertain arguments."""
    points = exact([[Fraction(k, 3) for k in range(-60, 61, 4)], [Fraction(k, 10**6) for k in range(-30, 32, 2)]])
    arithmetic = RoundingArithmetic(model)
    for stretch in (1, Fraction(1, 7)):
        values, errors = values_and_errors(function(stretch * bounded(points, arithmetic)), arithmetic)
        with precision(256):
            true = ball_entries(function(stretch * balls(points)))
            for x, v, e in zip(true, values.ravel().tolist(), errors.ravel().tolist(), strict=True):
                assert abs(x - v).abs_upper() <= e


# ---- derivatives


FUNCTIONS = {"gelu": gelu, "gelu tanh": gelu_tanh, "1/√": reciprocal_sqrt}
POINTS = [Fraction(k, 8) for k in (-40, -17, -6, -1, 0, 1, 3, 9, 30)]
STEP = Fraction(1, 2**40)


def slopes(function, points, inner, read):
    tape = TapeArithmetic(inner)
    given = tape.variable(exact([points]))
    answer = function(given)
    return read(tape.derivatives(answer, exact([[1] * len(points)]))(given))


def quotients(function, points):
    """Symmetric difference quotients in balls of 256 bits: right up to h² sup|f‴|/6."""
    up, down = (ball_entries(function(balls(exact([[p + sign * STEP for p in points]])))) for sign in (1, -1))
    return [(a - b) / (2 * flint.arb(flint.fmpq(1, 2**40))) for a, b in zip(up, down, strict=True)]


def points_of(name):
    return [p for p in POINTS if p > 0] if name == "1/√" else POINTS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_tape_derivatives_in_balls_are_difference_quotients(name):
    points = points_of(name)
    with precision(256):
        found = slopes(FUNCTIONS[name], points, BALL, ball_entries)
        told = quotients(FUNCTIONS[name], points)
        room = 2.0**-80 * (1000 if name == "1/√" else 10)  # h² = 2⁻⁸⁰; |f‴|/6 is below 452 at 1/8 for 1/√
        assert all((a - b).abs_upper() < room for a, b in zip(found, told, strict=True))
        assert all(a.rad() < 1e-60 for a in found)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_tape_derivatives_in_floats_are_those_in_balls(name):
    points = points_of(name)
    floating = slopes(FUNCTIONS[name], points, FLOAT64, lambda a: a._entries.ravel().tolist())
    with precision(128):
        found = slopes(FUNCTIONS[name], points, BALL, ball_entries)
        assert all((a - b).abs_upper() < 1e-14 * (1 + abs(b)) for a, b in zip(found, floating, strict=True))


def test_a_wrong_derivative_is_seen():
    """The slopes of the two forms differ by up to 10⁻³, which a difference quotient cannot overlook."""
    with precision(256):
        found = slopes(gelu, POINTS, BALL, ball_entries)
        told = quotients(gelu_tanh, POINTS)
        assert max(float((a - b).abs_lower()) for a, b in zip(found, told, strict=True)) > 1e-4


def test_the_chain_rule_goes_through_a_norm_and_an_mlp():
    """The slope of a readout along a direction of the data, against a difference quotient of the whole network in balls."""
    layers = LAYERS["norm of a gelu"]
    instance, data = random_network(np.random.default_rng(3), layers)
    with precision(256):
        tape = TapeArithmetic(BALL)
        given = {name: tape.variable(a) for name, a in data.items()}
        answer = instance.run(given).answer
        slope = tape.derivatives(answer, exact([[1] * 5] * 3))(given["X"])
        sums = []
        for sign in (1, -1):
            moved = data["X"] + exact([[sign * STEP, 0, 0], [0, 0, 0]])
            run = instance.run({**{name: balls(a) for name, a in data.items()}, "X": balls(moved)})
            sums.append(sum(ball_entries(run.answer), start=flint.arb(0)))
        told = (sums[0] - sums[1]) / (2 * flint.arb(flint.fmpq(1, 2**40)))
        assert (ball_entries(slope)[0] - told).abs_upper() < 1e-20
        assert (ball_entries(slope)[1] - told).abs_upper() > 1e-6
