"""Matrices as formulas, e.g. (η/n)·W_0 − (η/n)·I: a builder that runs on them prints its weights as the paper does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, NoReturn

from constructions.matrix.arithmetic import Arithmetic
from constructions.matrix.inverses import inverse_of, reciprocal_of
from constructions.matrix.notation import numbers_text
from constructions.matrix.opaque import Matrix, entries_in
from constructions.matrix.sizes import Index, NeedsNumber, Size, equal, text
from constructions.matrix.symbols import Letter, digest
from constructions.matrix.unknown import bent, entrywise, entrywise_product, row_by_row
from constructions.matrix.words import Formula, Inclusion, Terms, product, sum_of


class FormulaArithmetic(Arithmetic):
    """Formulas in named symbols; defines only what builders of weights need."""

    name = "formulas"

    def lift(self, exact: Matrix) -> Formula:
        rows, columns = exact.shape
        values = exact._entries.fractions()
        if not any(entry for row in values for entry in row):
            return Formula(rows, columns, {})
        diagonal = values[0][0]
        multiple = [[diagonal if i == j else 0 for j in range(columns)] for i in range(rows)]
        if rows == columns and values == multiple:
            return Formula(rows, columns, {((), ()): diagonal})
        shown, mirrored = numbers_text(values), values == [list(column) for column in zip(*values, strict=True)]
        name = shown if "numbers" not in shown else f"{shown} {digest(values)}"  # other numbers are another matrix
        return Formula(rows, columns, {((), ((Letter(name, rows, columns, mirrored, shown), False),)): Fraction(1)})

    def add(self, a: Formula, b: Formula) -> Formula:
        return Formula(a.rows, a.columns, sum_of([*a.terms.items(), *b.terms.items()]))

    def negate(self, a: Formula) -> Formula:
        return Formula(a.rows, a.columns, {key: -c for key, c in a.terms.items()})

    def scale(self, s: Formula, a: Formula) -> Formula:
        return product(s, a, a.rows, a.columns)

    def times(self, a: Formula, b: Formula) -> Formula:
        return product(a, b, 1, 1) if equal(a.rows, 1) and equal(a.columns, 1) else entrywise_product(a, b)

    def matmul(self, a: Formula, b: Formula) -> Formula:
        return product(a, b, a.rows, b.columns)

    def transpose(self, a: Formula) -> Formula:
        return a.flipped

    def take(self, a: Formula, rows: Any, columns: Any) -> Formula:
        columns = slice(None) if equal(a.columns, 1) and columns == [0] else columns
        if whole(rows) and whole(columns):
            return a
        if isinstance(rows, Inclusion) and whole(columns):
            front = Formula(rows.sizes[rows.number], a.rows, {((), ((rows, True),)): Fraction(1)})
            return product(front, a, front.rows, a.columns)
        if [len(word) for _, word in a.terms] != [1]:
            self.unsupported("selection from a formula")
        (((monomial, ((name, flipped),)), c),) = a.terms.items()
        shape = [a.shape[k] if whole(part) else _length(part) for k, part in enumerate((rows, columns))]
        down, across = (columns, rows) if flipped else (rows, columns)  # those of the letter itself
        column = equal(name.columns, 1) and (whole(across) or across == [0])
        label = f"{name}[{_range(down)}]" if column else f"{name}[{_range(down)},{_range(across)}]"
        shown = label.replace(name, name.shown, 1)
        first, second = reversed(shape) if flipped else shape
        symbol = matrix_symbol(label, first, second, shown=shown)._entries
        return product(Formula(1, 1, {(monomial, ()): c}), symbol.flipped if flipped else symbol, *shape)

    def join(self, parts: Sequence[Formula], axis: int) -> Formula:
        if axis == 1:
            return self.join([part.flipped for part in parts], 0).flipped
        sizes = tuple(part.rows for part in parts)
        names = [Inclusion(k, sizes) for k in range(len(parts))]
        terms: Terms = {}
        for name, part in zip(names, parts, strict=True):
            terms |= {(monomial, ((name, False), *word)): c for (monomial, word), c in part.terms.items()}
        return Formula(sum(sizes, start=0), parts[0].columns, terms)

    def factor(self, word: str) -> Formula:
        return entries_in(scalar_symbol(word), self)

    def reciprocal(self, a: Formula) -> Formula:
        if not (equal(a.rows, 1) and equal(a.columns, 1)):
            self.unsupported("the entrywise reciprocal")
        return reciprocal_of(a)

    def exp(self, a: Formula) -> Formula:
        return entrywise("exp", a, self.join)

    def relu(self, a: Formula) -> Formula:
        return bent(a, self.join)

    def softmax(self, a: Formula, visible: Any) -> Formula:
        """Where everything is visible: which entries are cannot be said of a matrix of symbolic shape."""
        if visible is not None:
            self.unsupported("softmax over some of the entries")
        return row_by_row("softmax", a, self.join)

    def solve(self, a: Formula, b: Formula) -> Formula:
        """A⁻¹ B, where A⁻¹ is a letter that knows what it inverts."""
        return product(inverse_of(a), b, b.rows, b.columns)


def whole(part: Any) -> bool:
    """Whether an index takes everything."""
    return isinstance(part, slice) and part == slice(None)


def _length(part: Any) -> int:
    return 1 if isinstance(part, Index) else len(part)


def _range(part: Any) -> str:
    if whole(part):
        return ":"
    if isinstance(part, Index):
        return part.name
    if len(part) == 1:
        return str(part[0])
    run = list(range(part[0], part[-1] + 1))
    return f"{part[0]}:{part[-1] + 1}" if part == run else str(part)


FORMULA = FormulaArithmetic()


def matrix_symbol(name: str, rows: Any, columns: Any, symmetric: bool = False, shown: str = "") -> Matrix:
    """A named matrix (a named scalar if it is 1×1), its own transpose if it is declared symmetric."""
    if equal(rows, 1) and equal(columns, 1):
        return scalar_symbol(name)
    letter = Letter(name, rows, columns, symmetric, shown)
    return Matrix(FORMULA, Formula(rows, columns, {((), ((letter, False),)): Fraction(1)}))


class Family:
    """Matrices that differ from step to step, P[0], P[1], …, where the number of steps is a symbol."""

    def __init__(self, name: str, shape: tuple[Any, ...], symmetric: bool, symbol: Callable[..., Matrix]) -> None:
        self.name, self.shape, self.symmetric, self.symbol = name, shape, symmetric, symbol

    def __getitem__(self, l: Index) -> Any:
        if not isinstance(l, Index):
            raise NeedsNumber(text(self.shape[0]))
        return letters(f"{self.name}[{l.name}]", self.shape[1:], self.symmetric, self.symbol)

    def __iter__(self) -> NoReturn:
        raise NeedsNumber(text(self.shape[0]))

    def __len__(self) -> NoReturn:
        raise NeedsNumber(text(self.shape[0]))


def letters(
    name: str, shape: tuple[Any, ...], symmetric: bool = False, symbol: Callable[..., Matrix] = matrix_symbol
) -> Any:
    """A named matrix, as `symbol` makes it; beyond two sizes a nested tuple of them (P[0], P[1], …), or a family if their
    number is a symbol."""
    if len(shape) > 2 and isinstance(shape[0], Size):
        return Family(name, shape, symmetric, symbol)
    if len(shape) > 2:
        return tuple(letters(f"{name}[{k}]", shape[1:], symmetric, symbol) for k in range(shape[0]))
    return symbol(name, *(*shape, 1, 1)[:2], symmetric=symmetric)


def scalar_symbol(name: str) -> Matrix:
    return Matrix(FORMULA, Formula(1, 1, {(((name, 1),), ()): Fraction(1)}))


_makers: list[Any] = []


@contextmanager
def constants_by(maker: Any) -> Iterator[None]:
    """Inside, `maker` makes what has no letter: constants of symbolic shape, and sizes used as numbers. So another arithmetic
    of symbolic shapes can run the builders; formulas do where nobody says otherwise."""
    _makers.append(maker)
    try:
        yield
    finally:
        _ = _makers.pop()


def named_constant(name: str, rows: Any, columns: Any) -> Matrix:
    """I, 0 or a named constant of symbolic shape."""
    if _makers:
        return _makers[-1].constant(name, rows, columns)
    one: Terms = {((), ()): Fraction(1)}
    words: dict[str, Terms] = {"I": one, "0": {}}
    if equal(rows, 1) and equal(columns, 1):
        words |= {"1": one, "shift(0)": one}
        return Matrix(FORMULA, Formula(rows, columns, words.get(name, {})))
    shaped = Letter(f"{name}({text(rows)}×{text(columns)})", rows, columns)  # ones of two shapes are two matrices
    return Matrix(FORMULA, Formula(rows, columns, words.get(name, {((), ((shaped, False),)): Fraction(1)})))


def size_as_matrix(size: Size) -> Matrix:
    """A polynomial in sizes as a 1×1 formula."""
    if _makers:
        return _makers[-1].size(size)
    terms: Terms = {}
    for names, c in size.terms.items():
        terms[(tuple((name, names.count(name)) for name in sorted(set(names))), ())] = c
    return Matrix(FORMULA, Formula(1, 1, terms))


def formula_of(a: Matrix) -> Formula:
    """The formula of a matrix of formulas (or of an exact one)."""
    return entries_in(a, FORMULA)


def formula_text(a: Matrix) -> str:
    """A matrix of formulas (or an exact one) as text."""
    return str(formula_of(a))
