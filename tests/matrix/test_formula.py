"""Formulas print weights as the paper does; their algebra agrees with numbers put in."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.matrix import Pole, Size, below, beside, exact, identity, reciprocal, zeros
from constructions.matrix.formula import FORMULA, formula_text, matrix_symbol, scalar_symbol
from constructions.matrix.rational import fractions_of

d, n = Size.named("d"), Size.named("n")
W, V = matrix_symbol("W_0", d, d), matrix_symbol("V", d, d)
eta = scalar_symbol("eta")


@pytest.mark.parametrize(
    ("matrix", "text"),
    [
        (eta / n * W, "η/n W_0"),
        (-eta / n * identity(d), "−η/n I"),
        (W - 1 * V, "W_0 − V"),
        (W @ V, "W_0 V"),
        ((W @ V).T, "Vᵀ W_0ᵀ"),
        (W.T.T, "W_0"),
        (W @ V - V @ W, "W_0 V − V W_0"),
        (W - W, "0"),
        (2 * W + W, "3 W_0"),
        (W / 2, "1/2 W_0"),
        (eta / eta, "1"),
        (1 / (eta + 1), "1/(η + 1)"),
        (exact([[2, 0], [0, 2]]), "2 I"),
        (exact([[1, 2], [3, 4]]), "[1 2; 3 4]"),
        (exact("2/3"), "2/3"),
        (zeros(d, d) + W, "W_0"),
        (beside(W, V), "[W_0 V]"),
        (below(W, V), "[W_0; V]"),
    ],
)
def test_formulas_as_text(matrix, text):
    assert " ".join(formula_text(matrix).split()) == text


def test_selection_from_a_vector_of_symbols():
    first, second = (formula_text(matrix_symbol("etas", 3, 1)[i]) for i in (0, 1))
    assert first != second and first.replace("0", "1") == second


def test_division_by_a_zero_formula():
    with pytest.raises(Pole, match="division by zero"):
        reciprocal(eta - eta)


NAMES = {"A": exact([[1, 2], [3, 5]]), "B": exact([[0, 1], [-1, 2]])}
TREES = st.recursive(
    st.sampled_from(["A", "B", "I", "1/2"]), lambda part: st.tuples(st.sampled_from("+-@T"), part, part), max_leaves=6
)


def build(tree, leaf):
    if not isinstance(tree, tuple):
        return leaf(tree)
    left, right = (build(part, leaf) for part in tree[1:])
    return {"+": lambda: left + right, "-": lambda: left - right, "@": lambda: left @ right, "T": lambda: left.T}[
        tree[0]
    ]()


CONSTANTS = {"I": identity(2), "1/2": exact("1/2") * identity(2)}


def number_of(name):
    return NAMES[name] if name in NAMES else CONSTANTS[name]


def symbol_of(name):
    return matrix_symbol(name, 2, 2) if name in NAMES else CONSTANTS[name]


@given(TREES)
def test_the_algebra_of_words_agrees_with_numbers(tree):
    formula = build(tree, symbol_of)
    entries = formula._entries if formula._arithmetic is FORMULA else FORMULA.lift(formula)
    total = zeros(2, 2)
    for (monomial, word), c in entries.terms.items():
        assert monomial == ()
        product = Fraction(c) * identity(2)
        for name, flipped in word:
            product = product @ (NAMES[name].T if flipped else NAMES[name])
        total = total + product
    assert fractions_of(total) == fractions_of(build(tree, number_of))
