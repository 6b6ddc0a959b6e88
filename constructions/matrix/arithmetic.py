"""What a model of the reals has to define, and the ways in which it can refuse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from constructions.matrix.opaque import Matrix


class MatrixError(TypeError):
    """A matrix was used in a way that has no meaning in every model of the reals."""


class TooLong(MatrixError):
    """An exact number has so many digits that computing with it takes minutes."""


class ShapeMismatch(ValueError):
    """Two matrices whose shapes do not fit an operation."""


class Unsupported(TypeError):
    """The arithmetic has no value for an operation, e.g. softmax in exact rationals."""


class Pole(ZeroDivisionError):
    """A division by zero, or a singular linear system, at the point where the network was evaluated."""


BITS = 2**20  # of a numerator or denominator; longer ones take seconds each, and their squares minutes


def check_length(number: int) -> None:
    """Raise `TooLong` of more than `BITS`."""
    if (bits := number.bit_length()) > BITS:
        raise TooLong(
            f"a number of this computation has about {bits * 3 // 10:,} digits, all of which exact arithmetic keeps: take fewer "
            "steps (their numbers may double in length with each), or parameters of fewer digits"
        )


FACTORS = ("1", "√(π/2)")  # the numbers that weights may have as a factor besides rational ones


class Arithmetic:
    """A model of the reals: what `Matrix` calls on the library's own entries. What it does not define is `Unsupported`."""

    name: str = "arithmetic"
    moves: bool = False  # whether its numbers have a value in every other arithmetic: those of exact rationals have

    def lift(self, exact: Matrix) -> Any:
        """The entries of an exact rational matrix, in this arithmetic."""
        raise NotImplementedError

    def shape(self, a: Any) -> tuple[Any, Any]:
        return a.shape

    def unsupported(self, operation: str) -> NoReturn:
        raise Unsupported(f"{operation} has no value in {self.name}")

    def add(self, a: Any, b: Any) -> Any:
        self.unsupported("addition")

    def negate(self, a: Any) -> Any:
        self.unsupported("negation")

    def times(self, a: Any, b: Any) -> Any:
        """Entrywise product of equal shapes."""
        self.unsupported("the entrywise product")

    def scale(self, s: Any, a: Any) -> Any:
        """A 1×1 matrix times a matrix."""
        self.unsupported("scaling")

    def matmul(self, a: Any, b: Any) -> Any:
        self.unsupported("the matrix product")

    def transpose(self, a: Any) -> Any:
        self.unsupported("transposition")

    def take(self, a: Any, rows: Any, columns: Any) -> Any:
        """The submatrix with the given row and column numbers (lists of int)."""
        self.unsupported("selection")

    def join(self, parts: Sequence[Any], axis: int) -> Any:
        self.unsupported("concatenation")

    def reciprocal(self, a: Any) -> Any:
        self.unsupported("division")

    def solve(self, a: Any, b: Any) -> Any:
        self.unsupported("solving a linear system")

    def named(self, a: Any) -> Any:
        """The same entries; arithmetics that keep formulas write each as one letter."""
        return a

    def largest_row_sum(self, a: Any) -> Any:
        """max_i Σ_j |a_ij| of a matrix of symbolic shape; of a numeric one it is made of the rest."""
        self.unsupported("the largest row sum of a matrix of symbolic shape")

    def relu(self, a: Any) -> Any:
        self.unsupported("relu")

    def modulus(self, a: Any) -> Any:
        """Entrywise |a| = relu(a) + relu(−a)."""
        return self.add(self.relu(a), self.relu(self.negate(a)))

    def gelu(self, a: Any) -> Any:
        return self.smooth("gelu", a)

    def gelu_tanh(self, a: Any) -> Any:
        return self.smooth("gelu tanh", a)

    def smooth(self, function: str, a: Any, order: int = 0) -> Any:
        """A smooth function of one variable, or its derivative of that order, entry by entry."""
        self.unsupported(function)

    def reciprocal_sqrt(self, a: Any) -> Any:
        self.unsupported("1/√ (LayerNorm)")

    def factor(self, word: str) -> Any:
        """The 1×1 value of a word of `FACTORS`."""
        self.unsupported(f"the number {word}")

    def exp(self, a: Any) -> Any:
        self.unsupported("exp")

    def softmax(self, a: Any, visible: Any) -> Any:
        """Row-wise softmax over the visible entries, None for all of a symbolic shape; a row that sees nothing is zero."""
        self.unsupported("softmax")

    def hardmax(self, a: Any, visible: Any) -> Any:
        """Row-wise mean over the visible maximisers (the limit of softmax), visible as for softmax; a row that sees nothing is
        zero."""
        self.unsupported("hard attention with scores that depend on data")
