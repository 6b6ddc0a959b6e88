"""Formulas with a row for every token, and softmax as quotients of exponentials: e^u is a letter that is known by u.

Of exp nothing is used but that it is a function, and that e^0 = 1 and p_j = e^{s_j − s_c}/Σ_k e^{s_k − s_c}, c being the last key
that is seen. A matrix that is `named` is a letter that is known by its formula, row by row, so that later formulas stay short.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from constructions.matrix.formula import matrix_symbol
from constructions.matrix.inverses import key, reciprocal_of
from constructions.matrix.sizes import equal
from constructions.matrix.words import Formula, product
from verify.arithmetic.row_parts import rows_of, units
from verify.arithmetic.rows import ONE, RowArithmetic


class ExponentialRows(RowArithmetic):
    """Formulas with rows, and letters for exponentials and for named rows."""

    name = "formulas with exponentials"

    def exp(self, a: Formula) -> Formula:
        if not equal(a.columns, 1) or not isinstance(a.rows, int):
            self.unsupported("exp of more than a column of numbers")
        return self.join([self._exp(row) for row in rows_of(a)], 0)

    def _exp(self, a: Formula) -> Formula:
        return self._scalar("exp ", a) if a.terms else Formula(1, 1, dict(ONE))

    def _softened(self, row: Formula, seen: np.ndarray) -> Formula:
        keys, columns = np.flatnonzero(seen).tolist(), rows_of(row.flipped)
        if not keys:
            return Formula(1, row.columns, {})
        last = self.negate(columns[keys[-1]])
        shares = {j: self._exp(self.add(columns[j], last)) for j in keys}
        total, places = Formula(1, 1, {}), units(len(columns))
        for share in shares.values():
            total = self.add(total, share)
        over, made = reciprocal_of(total), Formula(1, row.columns, {})
        for j, share in shares.items():
            place = Formula(1, row.columns, {((), tuple((u, True) for u, _ in places[j])): Fraction(1)})
            made = self.add(made, product(product(share, over, 1, 1), place, 1, row.columns))
        return made

    def named(self, a: Formula) -> Formula:
        if not isinstance(a.rows, int):
            return a
        return self.join([self._named(row) for row in rows_of(a)], 0)

    def _named(self, row: Formula) -> Formula:
        if len(row.terms) < 2:
            return row
        name = f"row {key(row)}"
        self.made[name] = (row,)
        return matrix_symbol(name, 1, row.columns)._entries
