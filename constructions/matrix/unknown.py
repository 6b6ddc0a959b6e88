"""Functions of formulas that are nothing but functions: exp, relu, softmax and the entrywise product as letters.

The letter of f(A) is named by f and by the normal form of A, so equal arguments give equal letters, and nothing else is known
of f but what stands here. What is proved with such a letter is true of every function in its place.

* f(Aᵀ) = f(A)ᵀ for what acts entry by entry; of a joined matrix each block by itself, and for softmax each block of rows.
* relu(c A) = c relu(A) for a number c > 0, and relu(−A) = relu(A) − A.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from constructions.matrix.inverses import key
from constructions.matrix.sizes import equal
from constructions.matrix.symbols import Letter
from constructions.matrix.words import Formula, sum_of

Join = Callable[[list[Formula], int], Formula]


def entrywise(function: str, a: Formula, join: Join) -> Formula:
    """f(A) entry by entry."""
    return _blocks(lambda block: _applied(function, block), a, join)


def bent(a: Formula, join: Join) -> Formula:
    """relu(A)."""
    return _blocks(_bent, a, join)


def _blocks(f: Callable[[Formula], Formula], a: Formula, join: Join) -> Formula:
    """f of every block of a joined matrix."""
    if (rows := a.row_blocks()) is not None:
        return join([_blocks(f, block, join) for block in rows], 0)
    if (columns := a.flipped.row_blocks()) is not None:
        return join([_blocks(f, block.flipped, join) for block in columns], 1)
    return f(a)


def _applied(function: str, a: Formula) -> Formula:
    turned = a.flipped
    if turned.terms == a.terms and equal(a.rows, a.columns):
        return _letter(function, a, symmetric=True)
    return _letter(function, a) if key(a) <= key(turned) else _letter(function, turned).flipped


def _bent(a: Formula) -> Formula:
    """Of A and −A, and of their multiples, only one is in a letter: that in which the first coefficient is 1."""
    if not a.terms:
        return a
    first = a.terms[min(a.terms)]
    core = _times(a, 1 / first)
    made = _applied("relu", core)
    if first > 0:
        return _times(made, first)
    return _times(
        Formula(a.rows, a.columns, sum_of([*made.terms.items(), *_times(core, Fraction(-1)).terms.items()])), -first
    )


def row_by_row(function: str, a: Formula, join: Join) -> Formula:
    """f of every row of A, f being a function of a row."""
    blocks = a.row_blocks()
    return _letter(function, a) if blocks is None else join([row_by_row(function, part, join) for part in blocks], 0)


def entrywise_product(a: Formula, b: Formula) -> Formula:
    """A ∘ B as a letter of the two."""
    first, second = sorted((a, b), key=key)
    made = Letter(f"⟨{key(first)}∘{key(second)}⟩", a.rows, a.columns, shown=f"({first} ∘ {second})")
    return Formula(a.rows, a.columns, {((), ((made, False),)): Fraction(1)})


def _letter(function: str, a: Formula, symmetric: bool = False) -> Formula:
    name, shown = f"{function}⟨{key(a)}⟩", f"{function}({a})"
    if equal(a.rows, 1) and equal(a.columns, 1):
        return Formula(1, 1, {(((name, 1),), ()): Fraction(1)})
    letter = Letter(name, a.rows, a.columns, symmetric, shown)
    return Formula(a.rows, a.columns, {((), ((letter, False),)): Fraction(1)})


def _times(a: Formula, c: Fraction) -> Formula:
    return Formula(a.rows, a.columns, {name: c * e for name, e in a.terms.items()})
