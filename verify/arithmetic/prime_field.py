"""GF(p) for a prime p of any length: on FLINT's matrices where python-flint is there, else on `verify/arithmetic/residues.py`.

A rational has a value in GF(p) unless p divides its denominator. There is no order, so no relu, and no exp.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructions.matrix import Matrix, Pole
from verify.arithmetic.flint_matrices import FlintMatrices
from verify.arithmetic.residues import Residues, inverse_of_denominator, name_of_field

try:
    import flint as library
except ImportError:
    library = None
flint: Any = library


class PrimeField(FlintMatrices):
    """`fmpz_mod_mat` modulo a prime."""

    def __init__(self, p: int) -> None:
        self.p = p
        self.name = name_of_field(p)
        self._context = flint.fmpz_mod_ctx(p)

    def of(self, rows: int, columns: int, entries: Sequence[Any]) -> Any:
        """The matrix of the given integers, row by row."""
        return flint.fmpz_mod_mat(rows, columns, entries, self._context)

    def residues(self, a: Any) -> list[int]:
        """The entries as integers in [0, p), row by row."""
        return [int(x) for x in a.entries()]

    def lift(self, exact: Matrix) -> Any:
        entries = exact._entries
        inverse = inverse_of_denominator(entries, self)
        a = self.of(entries.shape[0], entries.shape[1], [int(n) for n in entries.numerators.flat])
        return a if inverse == 1 else a * self._context(inverse)

    def reciprocal(self, a: Any) -> Any:
        if not all(entries := a.entries()):
            raise Pole("division by zero")
        return self.of(a.nrows(), a.ncols(), [1 / x for x in entries])

    def solve(self, a: Any, b: Any) -> Any:
        try:
            return a.solve(b)
        except ZeroDivisionError as error:
            raise Pole("singular linear system") from error


def prime_field(p: int) -> PrimeField | Residues:
    """GF(p), p prime, on the faster library at hand."""
    return Residues(p) if flint is None else PrimeField(p)
