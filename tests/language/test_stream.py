"""Registers are linear forms: the algebra of blocks agrees with the dense matrix, and misuse is named."""

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.language import Stream, stack
from constructions.language.stream import Form, UnknownRegister
from constructions.matrix import MatrixError, ShapeMismatch, Size, exact, zeros
from constructions.matrix.formula import formula_text, matrix_symbol, scalar_symbol
from constructions.matrix.rational import fractions_of
from verify.strategies import matrices, numbers

x, y = stream = Stream(x=2, y=1)


def dense(form):
    return fractions_of(form.dense)


def test_registers_by_hand():
    assert dense(x) == [[1, 0, 0], [0, 1, 0]]
    assert dense(y) == [[0, 0, 1]]
    assert dense(exact([[3, 4]]) @ x - y) == [[3, 4, -1]]
    assert dense(exact([[3, 4]]) @ x + y / 2 - 2 * y) == [[3, 4, Fraction(-3, 2)]]
    assert dense(stack(y, x)) == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert dense(-x) == [[-1, 0, 0], [0, -1, 0]]
    assert dense(np.array([[1, 1]]) @ x) == [[1, 1, 0]]
    assert dense(exact([[1, 1]]) @ x * exact(3)) == dense(exact(3) * (exact([[1, 1]]) @ x)) == [[3, 3, 0]]
    assert (
        stream.width == 3
        and stack(x, y).width == 3
        and x.reads == "x"
        and (0 * y + (exact([[1, 0]]) @ x)).reads == "y, x"
    )


@given(st.data())
def test_forms_are_linear_maps(data):
    """Building a form and then applying it = applying its registers and then computing with vectors."""
    widths = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    space = Stream(**{f"r{i}": width for i, width in enumerate(widths)})
    h = data.draw(matrices(sum(widths), 1))
    width = data.draw(st.integers(1, 3))
    form, value = 0 * (zeros(width, widths[0]) @ space["r0"]), zeros(width, 1)
    offsets = [sum(widths[:i]) for i in range(len(widths))]
    for i in data.draw(st.lists(st.integers(0, len(widths) - 1), min_size=1, max_size=4)):
        A, c = data.draw(matrices(width, widths[i])), data.draw(numbers())
        term, part = c * (A @ space[f"r{i}"]), c * (A @ h[offsets[i] : offsets[i] + widths[i]])
        minus = data.draw(st.booleans())
        form, value = (form - term, value - part) if minus else (form + term, value + part)
        assert fractions_of(form.dense @ h) == fractions_of(value)
    B = data.draw(matrices(2, width))
    assert fractions_of((B @ form).dense @ h) == fractions_of(B @ value)
    assert fractions_of(stack(form, -form).dense @ h) == fractions_of(value) + fractions_of(-value)
    assert fractions_of((form / 3).dense @ h) == fractions_of(value / 3)


other = Stream(x=2, y=1)


@pytest.mark.parametrize(
    ("use", "error", "sentence"),
    [
        (lambda: x + y, ShapeMismatch, "cannot add forms of widths 2 (reads x) and 1 (reads y)"),
        (
            lambda: x - other["x"],
            ShapeMismatch,
            "cannot add a form on the stream (reads x) to one on the stream (reads x)",
        ),
        (lambda: exact([[1, 2, 3]]) @ x, ShapeMismatch, "cannot apply a 1×3 matrix to a form of width 2 (reads x)"),
        (
            lambda: x + 1,
            ShapeMismatch,
            "cannot add int to a form that reads x: give the stream a register that holds 1 and add a multiple of it",
        ),
        (lambda: 1 - x, ShapeMismatch, "give the stream a register that holds 1"),
        (lambda: x + exact([1, 2]), ShapeMismatch, "cannot add Matrix to a form that reads x"),
        (lambda: x + None, ShapeMismatch, "cannot add NoneType to a form"),
        (lambda: sum([x, x]), ShapeMismatch, "cannot add int"),
        (lambda: x * 0.5, MatrixError, "0.5 is a float"),
        (lambda: x + 0.5, ShapeMismatch, "cannot add float to a form"),
        (lambda: x / exact([[1, 2], [3, 4]]), ShapeMismatch, "the divisor must be 1×1"),
        (lambda: stream["z"], UnknownRegister, "the stream has no register 'z'; it has x, y"),
        (lambda: stack(x, other["x"]), ShapeMismatch, "cannot stack forms on different spaces"),
        (
            lambda: x * exact([[1, 2], [3, 4]]),
            ShapeMismatch,
            "cannot scale a form (reads x) by a 2×2 matrix: use @ for the matrix product",
        ),
        (lambda: exact([[1, 2], [3, 4]]) * y, ShapeMismatch, "cannot scale a form (reads y) by a 2×2 matrix"),
        (lambda: x * x, ShapeMismatch, "cannot multiply two forms (x and x): a form is linear"),
        (lambda: x * y, ShapeMismatch, "cannot multiply two forms (x and y): a form is linear"),
    ],
)
def test_misuse_is_named(use, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        use()


def test_forms_do_not_compose_with_each_other():
    for use in (lambda: x @ y, lambda: x / y, lambda: x**2, lambda: y < x):
        with pytest.raises(TypeError):
            use()


def test_a_register_that_holds_one_gives_constants():
    space = Stream(**{"x": 2, "1": 1})
    assert dense(space["x"] + exact([5, 7])) == [[1, 0, 5], [0, 1, 7]]
    assert dense(exact([[1, 1]]) @ space["x"] - 3) == [[1, 1, -3]]
    assert dense(3 - exact([[1, 1]]) @ space["x"]) == [[-1, -1, 3]]


def test_symbolic_widths():
    d = Size.named("d")
    x, y = Stream(x=d, y=1)
    form = scalar_symbol("eta") / Size.named("n") * (matrix_symbol("W_0", 1, d) @ x - y)
    assert {name: formula_text(block) for name, block in form.blocks.items()} == {"x": "η/n W_0", "y": "−η/n"}
    with pytest.raises(ShapeMismatch, match="cannot add forms of widths d"):
        x + y


def test_iteration_gives_the_registers_in_order():
    assert [form.reads for form in stream] == ["x", "y"] and all(isinstance(form, Form) for form in stream)
