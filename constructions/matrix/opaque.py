"""The one number type of the package: a matrix over *some* model of the real numbers.

Theorem files, `forward.py` and the textbook algorithms are written once, in the operators below and a dozen named
functions. Which model of the reals runs underneath (rationals, floats, a degree count, formulas …) is decided by an
`Arithmetic`, and a matrix does not tell: it has no order, no truth value, no equality and no conversion to float. So a
construction cannot behave one way while it is checked and another way while it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np

from constructions.matrix import sizes
from constructions.matrix.arithmetic import Arithmetic, MatrixError, ShapeMismatch


class Matrix:
    """An r × c matrix over an undisclosed model of ℝ: `+ - * / @ .T [rows, columns]`.

    `*` is entrywise, or scaling when one side is 1×1; `/` divides by a 1×1 matrix or an exact number.
    Vectors are matrices with one row or column. Exact matrices mix with every arithmetic.
    """

    __slots__ = ("_arithmetic", "_entries")
    __array_ufunc__ = None
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, arithmetic: Arithmetic, entries: Any) -> None:
        self._arithmetic = arithmetic
        self._entries = entries

    @property
    def shape(self) -> tuple[Any, Any]:
        return self._arithmetic.shape(self._entries)

    @property
    def T(self) -> Matrix:
        return Matrix(self._arithmetic, self._arithmetic.transpose(self._entries))

    def __add__(self, other: Any) -> Matrix:
        if not is_exact_like(other):
            return NotImplemented
        arithmetic, a, b = paired(self, other)
        if not alike(arithmetic.shape(a), arithmetic.shape(b)):
            raise ShapeMismatch(f"cannot add {shown(self)} and {shown(exact(other))}: the shapes must be equal")
        return Matrix(arithmetic, arithmetic.add(a, b))

    def __radd__(self, other: Any) -> Matrix:
        return self + other

    def __neg__(self) -> Matrix:
        return Matrix(self._arithmetic, self._arithmetic.negate(self._entries))

    def __sub__(self, other: Any) -> Matrix:
        return self + (-exact(other)) if is_exact_like(other) else NotImplemented

    def __rsub__(self, other: Any) -> Matrix:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if not is_exact_like(other):
            return NotImplemented
        arithmetic, a, b = paired(self, other)
        mine, its = arithmetic.shape(a), arithmetic.shape(b)
        if alike(mine, its):
            return Matrix(arithmetic, arithmetic.times(a, b))
        if alike(mine, (1, 1)):
            return Matrix(arithmetic, arithmetic.scale(a, b))
        if alike(its, (1, 1)):
            return Matrix(arithmetic, arithmetic.scale(b, a))
        raise ShapeMismatch(
            f"cannot multiply {shown(self)} and {shown(exact(other))} entry by entry; use @ for the matrix product"
        )

    def __rmul__(self, other: Any) -> Matrix:
        return self * other

    def __truediv__(self, other: Any) -> Any:
        if not is_exact_like(other):
            return NotImplemented
        divisor = exact(other)
        if not is_scalar(divisor):
            raise ShapeMismatch(f"cannot divide by {shown(divisor)}: the divisor must be 1×1; use solve(A, B) for A⁻¹B")
        return self * Matrix(divisor._arithmetic, divisor._arithmetic.reciprocal(divisor._entries))

    def __rtruediv__(self, other: Any) -> Matrix:
        return exact(other) / self

    def __matmul__(self, other: Any) -> Any:
        if not is_exact_like(other):
            return NotImplemented
        arithmetic, a, b = paired(self, other)
        if not sizes.equal(arithmetic.shape(a)[1], arithmetic.shape(b)[0]):
            raise ShapeMismatch(f"cannot form {shown(self)} @ {shown(exact(other))}: the inner sizes differ")
        return Matrix(arithmetic, arithmetic.matmul(a, b))

    def __rmatmul__(self, other: Any) -> Matrix:
        return exact(other) @ self

    def __getitem__(self, index: Any) -> Matrix:
        rows, columns = index if isinstance(index, tuple) else (index, slice(None))
        picked = [sizes.numbers(part, size) for part, size in zip((rows, columns), self.shape, strict=True)]
        return Matrix(self._arithmetic, self._arithmetic.take(self._entries, *picked))

    def __bool__(self) -> NoReturn:
        raise MatrixError("a matrix has no truth value: a construction must not branch on numbers")

    def __eq__(self, other: object) -> NoReturn:
        raise MatrixError("matrices cannot be compared here: whether two are equal is for the verifier to say")

    def __lt__(self, other: object) -> NoReturn:
        raise MatrixError("matrices have no order: use relu, or hard attention")

    __le__ = __gt__ = __ge__ = __lt__

    def __iter__(self) -> NoReturn:
        raise MatrixError("a matrix is not a sequence: use A[i] with range(A.shape[0])")

    def __len__(self) -> NoReturn:
        raise MatrixError("use A.shape[0]: len() would force a symbolic size to be a number")

    def __float__(self) -> NoReturn:
        raise MatrixError("a matrix cannot become a float: weights and algorithms stay exact")

    __int__ = __index__ = __float__

    def __repr__(self) -> str:
        return f"<{shown(self)} matrix>"


def shown(a: Matrix) -> str:
    return f"{sizes.text(a.shape[0])}×{sizes.text(a.shape[1])}"


def is_scalar(a: Matrix) -> bool:
    return alike(a.shape, (1, 1))


def alike(shape: tuple[Any, Any], other: tuple[Any, Any]) -> bool:
    """Whether two shapes are the same."""
    return sizes.equal(shape[0], other[0]) and sizes.equal(shape[1], other[1])


def is_exact_like(value: Any) -> bool:
    """Whether an operator may take this operand: a matrix, a size, or an exact number. A float is refused loudly."""
    if isinstance(value, Matrix):
        return True
    if isinstance(value, (float, np.floating)):
        _ = exact(value)
    return isinstance(value, (int, Fraction, np.integer, np.ndarray, sizes.Size))


def exact(value: Any) -> Matrix:
    """A `Matrix` from exact numbers: int, Fraction, a string such as "1/3" or "0.05", a (nested) list or array of these.

    A float is refused: `0.1` is the binary number 3602879701896397/36028797018963968, which no theorem means.
    """
    if isinstance(value, Matrix):
        return value
    if isinstance(value, sizes.Size):
        return value.as_matrix()
    from constructions.matrix.rational import RATIONAL, Rational, number, rational_matrix

    if type(value) is int or type(value) is Fraction:
        return number(int(value.numerator), int(value.denominator))

    if isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.ndim == 2 and value.size:
        return rational_matrix(value)  # the same, without a Fraction for every zero
    rows = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(rows, (list, tuple)):
        rows = [[rows]]
    rows = [list(row) if isinstance(row, (list, tuple)) else [row] for row in rows]
    if len({len(row) for row in rows}) > 1:
        raise ShapeMismatch("the rows of a matrix must have equal length")
    return Matrix(RATIONAL, Rational.of([[fraction(entry) for entry in row] for row in rows]))


def fraction(value: Any) -> Fraction:
    """An exact rational from an int, a Fraction or a string; floats are refused with the reason."""
    if type(value) is Fraction:
        return value
    if isinstance(value, (float, np.floating)):
        if not np.isfinite(value):
            raise MatrixError(f"{float(value)} is not a real number")
        raise MatrixError(
            f"{float(value)} is a float, that is the binary number {Fraction(float(value))}. Weights and formulas are exact: "
            f'write Fraction("{float(value)}") or a string such as "{float(value)}". A quotient of integers of Python, as 2 / n, '
            "is a float too: write 2 * A / n, or Fraction(2, n) where n is a number"
        )
    if isinstance(value, (int, np.integer)):
        return Fraction(int(value))
    if isinstance(value, (Fraction, str)):
        return Fraction(value)
    raise MatrixError(f"expected an exact number (int, Fraction or a string such as '1/3'), got {type(value).__name__}")


def lifted(a: Matrix, arithmetic: Arithmetic) -> Matrix:
    """`a` in the given arithmetic; only exact matrices can move."""
    if a._arithmetic is arithmetic:
        return a
    if a._arithmetic.moves:
        return Matrix(arithmetic, arithmetic.lift(a))
    raise MatrixError(f"cannot mix numbers of {a._arithmetic.name} with numbers of {arithmetic.name}")


def entries_in(a: Matrix, arithmetic: Arithmetic) -> Any:
    """The entries of `a` in the given arithmetic; only exact matrices can move."""
    return lifted(a, arithmetic)._entries


def together(*operands: Any) -> tuple[Any, ...]:
    """The arithmetic common to the operands, followed by their entries in it. Exact operands are lifted."""
    matrices = [exact(operand) for operand in operands]
    arithmetic = matrices[0]._arithmetic
    for a in matrices:
        if a._arithmetic is not arithmetic:
            arithmetic = _moved_to(matrices)
            return arithmetic, *[lifted(a, arithmetic)._entries for a in matrices]
    return arithmetic, *[a._entries for a in matrices]


def paired(a: Matrix, other: Any) -> tuple[Any, Any, Any]:
    """`together` of two operands."""
    b = other if type(other) is Matrix else exact(other)
    mine, its = a._arithmetic, b._arithmetic
    if mine is its or its.moves:
        return mine, a._entries, b._entries if mine is its else mine.lift(b)
    return (its, its.lift(a), b._entries) if mine.moves else together(a, b)


def _moved_to(matrices: Sequence[Matrix]) -> Arithmetic:
    """The first arithmetic that is not that of exact matrices."""
    return next(a._arithmetic for a in matrices if not a._arithmetic.moves)
