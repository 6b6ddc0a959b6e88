"""Sizes, parameters and data at the door: what is accepted, and the sentence for what is not."""

import re
from fractions import Fraction as F

import numpy as np
import pytest

from constructions.language import BadConstruction, Parameter, Reading, UnknownName, WrongData, at
from constructions.language.parameters import parameter_value
from constructions.matrix import MatrixError, ShapeMismatch, exact
from constructions.matrix.rational import fractions_of
from tests.language.small import BARE, bare, data_of

SIZES = {"d_x": 3, "d_y": 2, "n": 5, "K": 4}


@pytest.mark.parametrize(
    ("shape", "given", "value"),
    [
        ((), 3, [[3]]),
        ((), "0.05", [[F(1, 20)]]),
        ((), F(1, 3), [[F(1, 3)]]),
        (("d_y", "d_x"), 0, [[0, 0, 0], [0, 0, 0]]),
        (("d_y", "d_x"), [[1, 2, 3], [4, 5, 6]], [[1, 2, 3], [4, 5, 6]]),
        (("d_y", "d_x"), "I", [[1, 0, 0], [0, 1, 0]]),
        (("d_x", "d_y"), "I", [[1, 0], [0, 1], [0, 0]]),
        (("d_y", "d_y"), "1/2", [[F(1, 2), 0], [0, F(1, 2)]]),  # a number means that number times I
        (("d_y", "d_y"), 0, [[0, 0], [0, 0]]),
        (("K",), "1/10", [[F(1, 10)]] * 4),
        (("K",), [1, 2, 3, 4], [[1], [2], [3], [4]]),
        (("K",), [[1, 2, 3, 4]], [[1], [2], [3], [4]]),
        (("d_x", 1), 7, [[7]] * 3),
        (("d_x", "d_x"), 2, [[2, 0, 0], [0, 2, 0], [0, 0, 2]]),
        (("d_y", "d_x - 1"), [[1, 2], [3, 4]], [[1, 2], [3, 4]]),
    ],
)
def test_parameters_are_broadcast(shape, given, value):
    assert fractions_of(parameter_value("p", Parameter(shape), given, SIZES)) == value


def test_nested_parameters():
    one = parameter_value("A", Parameter(("K", "d_y", "d_y")), 2, SIZES)
    assert [fractions_of(part) for part in one] == [[[2, 0], [0, 2]]] * 4
    parts = parameter_value("A", Parameter(("d_y", "d_y", "d_y")), [1, [[1, 2], [3, 4]]], SIZES)
    assert [fractions_of(part) for part in parts] == [[[1, 0], [0, 1]], [[1, 2], [3, 4]]]
    deep = parameter_value("A", Parameter(("d_y", "d_x", "d_y", "d_y")), 1, SIZES)
    assert len(deep) == 2 and len(deep[0]) == 3 and fractions_of(deep[1][2]) == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("parameter", "given", "error", "sentence"),
    [
        (Parameter(("d_y", "d_x")), None, UnknownName, "the parameter p has no default: give it a value of shape 2×3"),
        (Parameter(), None, UnknownName, "give it a value of shape a number"),
        (
            Parameter(("d_y", "d_x")),
            [[1, 2], [3, 4], [5, 6]],
            ShapeMismatch,
            "the parameter p has shape 3×2; it must be 2×3",
        ),
        (Parameter(("d_y", "d_x")), 1, ShapeMismatch, "the parameter p has shape 1×1; it must be 2×3"),
        (Parameter(), [1, 2], ShapeMismatch, "the parameter p has shape 2×1; it must be 1×1"),
        (Parameter(("K",)), [1, 2, 3], ShapeMismatch, "the parameter p has shape 3×1; it must be 4×1"),
        (Parameter(("K", "d_y", "d_y")), [1, 2], ShapeMismatch, "the parameter p needs 4 parts (K), got 2"),
        (Parameter(), 0.1, MatrixError, 'write Fraction("0.1")'),
        (Parameter(("d_y", "d_y")), [[0.5, 0], [0, 1]], MatrixError, "0.5 is a float"),
        (Parameter(positive=True), 0, BadConstruction, "the parameter p must be positive, got 0"),
        (Parameter(positive=True), "-1/2", BadConstruction, "the parameter p must be positive, got -1/2"),
        (Parameter(("K",), positive=True), [1, 2, 0, 1], BadConstruction, "the parameter p must be positive, got 0"),
    ],
)
def test_parameters_that_do_not_fit(parameter, given, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        parameter_value("p", parameter, given, SIZES)


@pytest.mark.parametrize("value", [0, -1, 2.0, "3", True, None])
def test_a_size_is_a_whole_number_from_one(value):
    with pytest.raises(BadConstruction, match=re.escape(f"the size n must be a whole number ≥ 1, got {value!r}")):
        at(BARE, {"n": value})


def test_unknown_names():
    with pytest.raises(UnknownName, match="bare has no size 'N'"):
        at(BARE, {"N": 3})
    with pytest.raises(UnknownName, match=re.escape("bare has no parameter 'lamda'; did you mean lam?")):
        at(bare(parameters={"lam": Parameter(default=1)}), {}, {"lamda": 2})
    with pytest.raises(UnknownName, match="bare has no parameter 'n'; did you mean n"):
        at(BARE, {}, {"n": 2})


GOOD = data_of([[1, 2]] * 3, [[1]] * 3, [[1, 1]] * 2)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"Y": None}, "bare needs the data Y of shape 3×1"),
        ({"Z": exact(1)}, "bare takes no data 'Z'"),
        ({"X": exact([[1, 2]] * 4)}, "X has shape 4×2; bare at these sizes takes n×d_x = 3×2"),
        ({"X": exact([[1], [2], [3]])}, "X has shape 3×1; bare at these sizes takes n×d_x = 3×2"),
        ({"X_q": exact([[1, 2, 3]])}, "X_q has shape 1×3; bare at these sizes takes m×d_x = 2×2"),
        ({"X": exact([[1, 1, 1], [2, 2, 2]])}, "X has shape 2×3"),
        (
            {"X": np.ones((3, 2))},
            "X is of type ndarray, not a matrix: wrap it with exact(…) or floats(…) of constructions.matrix",
        ),
        (
            {"X": [[1, 2]] * 3},
            "X is of type list, not a matrix: wrap it with exact(…) or floats(…) of constructions.matrix",
        ),
    ],
)
@pytest.mark.parametrize("side", ["run", "algorithm"])
def test_data_that_do_not_fit(change, sentence, side):
    data = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    with pytest.raises(WrongData, match=re.escape(sentence)):
        getattr(at(BARE), side)(data)


def test_a_bare_prompt_answers_its_own_register():
    instance = at(BARE)
    assert fractions_of(instance.run(GOOD).answer) == [[0], [0]]
    assert instance.shape_of("X") == (3, 2)
    with pytest.raises(BadConstruction, match="bare declares no invariant, so it has no iterates to show"):
        instance.iterates(GOOD)
    assert Reading("x", 0, "context").layer == 0
