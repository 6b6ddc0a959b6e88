"""Symbolic sizes: polynomials that refuse to be numbers, so that a builder that runs on them treats all sizes alike."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.matrix import Size, exact, identity, ones, shift, zeros
from constructions.matrix.formula import formula_text
from constructions.matrix.sizes import Index, NeedsNumber, equal, numbers, text

n, d = Size.named("n"), Size.named("d")


def test_polynomials_by_hand():
    assert equal((n + 1) * (n - 1), n * n - 1)
    assert equal(n + d, d + n) and equal(n * d, d * n)
    assert equal(2 * n - n - n, 0) and equal(3 - (3 - n), n)
    assert not equal(n, d) and not equal(n, 1) and not equal(n * n, n)
    assert [text(s) for s in (n, n + 1, 2 * n * d - 3, n - n, -n, n * Fraction(1, 2))] == [
        "n",
        "n + 1",
        "2·d·n - 3",
        "0",
        "-n",
        "1/2·n",
    ]
    assert equal(sum([n, d], start=0), n + d)


POLYNOMIAL = st.recursive(
    st.integers(-3, 3) | st.sampled_from(["n", "d"]),
    lambda part: st.tuples(st.sampled_from("+-*"), part, part),
    max_leaves=6,
)


def value(tree, symbols):
    if not isinstance(tree, tuple):
        return symbols.get(tree, tree)
    left, right = (value(part, symbols) for part in tree[1:])
    return {"+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right}[tree[0]]()


@given(POLYNOMIAL, st.integers(-9, 9), st.integers(-9, 9))
def test_polynomials_agree_with_integers(tree, at_n, at_d):
    polynomial = Size.of(value(tree, {"n": n, "d": d}))
    total = Fraction(0)
    for monomial, c in polynomial.terms.items():
        product = c
        for name in monomial:
            product *= {"n": at_n, "d": at_d}[name]
        total += product
    assert total == value(tree, {"n": at_n, "d": at_d})


@pytest.mark.parametrize(
    "use",
    [
        bool,
        int,
        float,
        range,
        lambda s: s == 3,
        lambda s: s != 3,
        lambda s: s < 3,
        lambda s: s >= 3,
        lambda s: s > 3,
        lambda s: s >= 3,
        lambda s: "ab"[s],
        lambda s: [0] * s,
        lambda s: max(s, 2),
        lambda s: 1 if s else 0,
        lambda s: list(range(s)),
        lambda s: numbers(0, s),
        lambda s: numbers(slice(1, None), s),
        lambda s: numbers([0], s),
        lambda s: s in [1, 2],
    ],
)
def test_a_symbolic_size_is_no_number(use):
    with pytest.raises(NeedsNumber, match="d, n"):
        use(n + d)
    with pytest.raises(TypeError):
        hash(n)


def test_foreign_operands_are_type_errors():
    for use in (lambda: n + "a", lambda: n * 0.5, lambda: n - None):
        with pytest.raises(TypeError):
            use()


def test_quotients_of_sizes_are_formulas():
    assert formula_text(1 / n) == "1/n"
    assert formula_text(n / d) == "n/d"
    assert formula_text(exact("1/2") * n) == "n/2"
    assert formula_text((n + 1).as_matrix()) == "n + 1"


def test_constants_of_symbolic_shape():
    for matrix, shown in [(identity(n), "I"), (zeros(n, 2), "0"), (ones(2, n), "1(2×n)"), (shift(n), "shift(1)(n×n)")]:
        assert formula_text(matrix) == shown
    assert equal(zeros(n, 2).shape[0], n) and ones(2, n).shape[0] == 2


def test_picking_rows():
    assert numbers(slice(None), n) == slice(None)
    assert numbers(slice(None), 3) == [0, 1, 2]
    step = Index()
    assert numbers([step], n) is step and numbers(step, n) is step
    assert numbers(-1, 3) == [2] and numbers(slice(1, None), 3) == [1, 2] and numbers(range(2), 3) == [0, 1]
    with pytest.raises(IndexError, match=re.escape("row or column 3 of a matrix that has 3 (counting starts at 0)")):
        numbers(3, 3)


@pytest.mark.parametrize("look", [str, repr, "{}".format, bool, int, hash, lambda s: s == 3, lambda s: s < 3])
def test_a_symbol_does_not_say_that_it_is_no_number(look):
    for symbol in (n, Index()):
        with pytest.raises((NeedsNumber, TypeError)):
            look(symbol)
