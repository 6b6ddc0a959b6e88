"""Matrices as formulas: sums of scalar monomials times words in named matrices, e.g. (η/n)·W_0 − (η/n)·I.

Running a builder on formulas prints its weights as the paper does. Words do not commute; scalars (1×1 symbols) do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.matrix.opaque import Arithmetic, Matrix, Pole
from constructions.matrix.sizes import Size, equal

Monomial = tuple[tuple[str, int], ...]  # scalar symbols with exponents, sorted by name
Word = tuple[tuple[str, bool], ...]  # matrix symbols in order, each with a flag "transposed"; () is the identity

LETTERS = {"eta": "η", "lam": "λ", "gamma": "γ", "beta": "β", "alpha": "α"}


@dataclass(frozen=True, eq=False)
class Formula:
    """A rows × columns sum of coefficient · monomial · word."""

    rows: Any
    columns: Any
    terms: dict[tuple[Monomial, Word], Fraction]

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.rows, self.columns

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        scalar = equal(self.rows, 1) and equal(self.columns, 1)
        parts = [_term(c, monomial, word, scalar) for (monomial, word), c in self.terms.items()]
        return " + ".join(parts).replace("+ −", "− ")


def _term(c: Fraction, monomial: Monomial, word: Word, scalar: bool) -> str:
    above = [_power(name, k) for name, k in monomial if k > 0]
    under = [_power(name, -k) for name, k in monomial if k < 0]
    if abs(c.numerator) != 1:
        above.insert(0, str(abs(c.numerator)))
    if c.denominator != 1:
        under.insert(0, str(c.denominator))
    letters = " ".join(LETTERS.get(name, name) + ("ᵀ" if flipped else "") for name, flipped in word)
    if under:
        fraction = "·".join(above or ["1"]) + "/" + (under[0] if len(under) == 1 else f"({'·'.join(under)})")
        above = [fraction]
    body = " ".join([*above, letters] if letters else above if scalar else [*above, "I"])
    return ("−" if c < 0 else "") + (body or "1")


def _power(name: str, k: int) -> str:
    letter = LETTERS.get(name, name)
    return letter if k == 1 else f"{letter}^{k}"


class FormulaArithmetic(Arithmetic):
    """Formulas in named symbols; defines only what builders of weights need."""

    name = "formulas"

    def lift(self, exact: Matrix) -> Formula:
        rows, columns = exact.shape
        values = exact._entries.fractions()
        if not any(entry for row in values for entry in row):
            return Formula(rows, columns, {})
        diagonal = values[0][0]
        if rows == columns and all(e == (diagonal if i == j else 0) for i, row in enumerate(values) for j, e in enumerate(row)):
            return Formula(rows, columns, {((), ()): diagonal})
        literal = "[" + "; ".join(" ".join(str(entry) for entry in row) for row in values) + "]"
        return Formula(rows, columns, {((), ((literal, False),)): Fraction(1)})

    def add(self, a: Formula, b: Formula) -> Formula:
        terms = dict(a.terms)
        for key, c in b.terms.items():
            terms[key] = terms.get(key, Fraction(0)) + c
        return Formula(a.rows, a.columns, {key: c for key, c in terms.items() if c})

    def negate(self, a: Formula) -> Formula:
        return Formula(a.rows, a.columns, {key: -c for key, c in a.terms.items()})

    def scale(self, s: Formula, a: Formula) -> Formula:
        return _product(s, a, a.rows, a.columns)

    def times(self, a: Formula, b: Formula) -> Formula:
        if equal(a.rows, 1) and equal(a.columns, 1):
            return _product(a, b, 1, 1)
        self.unsupported("the entrywise product")

    def matmul(self, a: Formula, b: Formula) -> Formula:
        return _product(a, b, a.rows, b.columns)

    def transpose(self, a: Formula) -> Formula:
        flipped = {(m, tuple((name, not t) for name, t in reversed(word))): c for (m, word), c in a.terms.items()}
        return Formula(a.columns, a.rows, flipped)

    def take(self, a: Formula, rows: Any, columns: Any) -> Formula:
        if rows == slice(None) and columns == slice(None):
            return a
        if len(a.terms) != 1 or len(rows) != 1 or not equal(a.columns, 1):
            self.unsupported("selection from a formula")
        ((_, word),) = a.terms
        return scalar_symbol(f"{word[0][0]}[{rows[0]}]")._entries

    def join(self, parts: Sequence[Formula], axis: int) -> Formula:
        rows = sum((part.rows for part in parts), start=0) if axis == 0 else parts[0].rows
        columns = sum((part.columns for part in parts), start=0) if axis == 1 else parts[0].columns
        name = "[" + ("; " if axis == 0 else " ").join(map(str, parts)) + "]"
        return Formula(rows, columns, {((), ((name, False),)): Fraction(1)})

    def reciprocal(self, a: Formula) -> Formula:
        if not a.terms:
            raise Pole("division by zero")
        if len(a.terms) != 1:
            name = f"({a})"
            return Formula(1, 1, {(((name, -1),), ()): Fraction(1)})
        (((monomial, _), c),) = a.terms.items()
        return Formula(1, 1, {(tuple((name, -k) for name, k in monomial), ()): 1 / c})


def _product(a: Formula, b: Formula, rows: Any, columns: Any) -> Formula:
    terms: dict[tuple[Monomial, Word], Fraction] = {}
    for (m, word), c in a.terms.items():
        for (k, tail), e in b.terms.items():
            exponents = dict(m)
            for name, power in k:
                exponents[name] = exponents.get(name, 0) + power
            key = (tuple(sorted((name, power) for name, power in exponents.items() if power)), word + tail)
            terms[key] = terms.get(key, Fraction(0)) + c * e
    return Formula(rows, columns, {key: c for key, c in terms.items() if c})


FORMULA = FormulaArithmetic()


def matrix_symbol(name: str, rows: Any, columns: Any) -> Matrix:
    """A named matrix (a named scalar if it is 1×1)."""
    if equal(rows, 1) and equal(columns, 1):
        return scalar_symbol(name)
    return Matrix(FORMULA, Formula(rows, columns, {((), ((name, False),)): Fraction(1)}))


def scalar_symbol(name: str) -> Matrix:
    return Matrix(FORMULA, Formula(1, 1, {(((name, 1),), ()): Fraction(1)}))


def named_constant(name: str, rows: Any, columns: Any) -> Matrix:
    """I, 0 or a named constant of symbolic shape."""
    words = {"I": {((), ()): Fraction(1)}, "0": {}}
    terms = words.get(name, {((), ((name, False),)): Fraction(1)})
    return Matrix(FORMULA, Formula(rows, columns, terms))


def size_as_matrix(size: Size) -> Matrix:
    """A polynomial in sizes as a 1×1 formula."""
    terms: dict[tuple[Monomial, Word], Fraction] = {}
    for names, c in size.terms.items():
        terms[(tuple((name, names.count(name)) for name in sorted(set(names))), ())] = c
    return Matrix(FORMULA, Formula(1, 1, terms))


def formula_text(a: Matrix) -> str:
    """A matrix of formulas (or an exact one) as text."""
    return str(a._entries if a._arithmetic is FORMULA else FORMULA.lift(a))
