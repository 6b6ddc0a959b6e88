"""GF(p) for a prime p of any length: on FLINT's matrices where python-flint is there, else on `verify/arithmetic/residues.py`.

A rational has a value in GF(p) unless p divides its denominator. There is no order, so no relu, and no exp.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from constructions.matrix import Arithmetic, Matrix, Pole
from verify.arithmetic.residues import Residues, inverse_of_denominator, name_of_field

try:
    import flint as library
except ImportError:
    library = None
flint: Any = library


class PrimeField(Arithmetic):
    """`fmpz_mod_mat` modulo a prime."""

    def __init__(self, p: int) -> None:
        self.p = p
        self.name = name_of_field(p)
        self._context = flint.fmpz_mod_ctx(p)

    def of(self, rows: int, columns: int, integers: Sequence[Any]) -> Any:
        """The matrix of the given integers, row by row."""
        return flint.fmpz_mod_mat(rows, columns, integers, self._context)

    def residues(self, a: Any) -> list[int]:
        """The entries as integers in [0, p), row by row."""
        return [int(x) for x in a.entries()]

    def lift(self, exact: Matrix) -> Any:
        entries = exact._entries
        inverse = inverse_of_denominator(entries, self)
        a = self.of(entries.shape[0], entries.shape[1], [int(n) for n in entries.numerators.flat])
        return a if inverse == 1 else a * self._context(inverse)

    def shape(self, a: Any) -> tuple[int, int]:
        return a.nrows(), a.ncols()

    def add(self, a: Any, b: Any) -> Any:
        return a + b

    def negate(self, a: Any) -> Any:
        return -a

    def times(self, a: Any, b: Any) -> Any:
        return self.of(a.nrows(), a.ncols(), [x * y for x, y in zip(a.entries(), b.entries(), strict=True)])

    def scale(self, s: Any, a: Any) -> Any:
        return a * s[0, 0]

    def matmul(self, a: Any, b: Any) -> Any:
        return a * b

    def transpose(self, a: Any) -> Any:
        return a.transpose()

    def take(self, a: Any, rows: list[int], columns: list[int]) -> Any:
        return self.of(len(rows), len(columns), [a[i, j] for i in rows for j in columns])

    def join(self, parts: Sequence[Any], axis: int) -> Any:
        if axis == 0:
            entries = list(itertools.chain(*(part.entries() for part in parts)))
            return self.of(sum(part.nrows() for part in parts), parts[0].ncols(), entries)
        rows = zip(*(part.tolist() for part in parts), strict=True)
        entries = list(itertools.chain(*itertools.chain(*rows)))
        return self.of(parts[0].nrows(), sum(part.ncols() for part in parts), entries)

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
