"""Block tables: a linear form with named registers on both axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.language import Form
from constructions.matrix.formula import formula_of
from constructions.matrix.notation import letter, opened
from constructions.matrix.rational import fractions_of
from constructions.matrix.sizes import equal
from constructions.matrix.words import Formula, Inclusion, Terms, parts_of, product
from constructions.views.text import counted_from_one, grid, indent, shown, size_text

ZERO = "·"


@dataclass(frozen=True)
class Block:
    """One weight matrix as a table: names of its block rows and block columns, and the entries as text."""

    name: str
    shape: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    entries: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        head = f"{self.name} ({self.shape})"
        body = grid(
            [("", *self.columns), *((name, *row) for name, row in zip(self.rows, self.entries, strict=True))], gap="   "
        )
        return f"{head}\n{indent(body)}"

    def as_record(self) -> dict[str, Any]:
        return {
            "shape": self.shape,
            "rows": list(self.rows),
            "columns": list(self.columns),
            "entries": [list(row) for row in self.entries],
        }


def block(name: str, form: Form, labels: Sequence[str]) -> Block:
    """The form as a block table; `labels` name its block rows, joined where the form was not stacked from as many."""
    columns = tuple(form.space.registers)
    parts = {register: _rows_of(formula_of(matrix), form, labels) for register, matrix in form.blocks.items()}
    if any(part is None for part in parts.values()):
        labels, parts = ["+".join(labels)], {register: [formula_of(m)] for register, m in form.blocks.items()}
    cells = {name: [_cell(f, labels[k], name) for k, f in enumerate(part or ())] for name, part in parts.items()}
    entries = tuple(tuple(cells[name][k] if name in cells else ZERO for name in columns) for k in range(len(labels)))
    shape = f"{size_text(form.width)} × {size_text(form.space.width)}"
    return Block(name, shape, tuple(map(letter, labels)), tuple(map(letter, columns)), entries)


def _rows_of(formula: Formula, form: Form, labels: Sequence[str]) -> list[Formula] | None:
    """The block rows of a formula, one a label: as it was stacked, or cut where the labelled registers end."""
    if len(labels) == 1 or not formula.terms:
        return [formula] * len(labels)
    rows, registers = formula.row_blocks(), form.space.registers
    if rows is not None:
        return rows if len(rows) == len(labels) else None
    if not all(label in registers for label in labels):
        return None
    sizes = tuple(registers[label] for label in labels)
    if not equal(sum(sizes, start=0), form.width):
        return None
    cuts = [
        Formula(size, form.width, {((), ((name, True),)): Fraction(1)})
        for name, size in zip(parts_of(sizes), sizes, strict=True)
    ]
    return [product(cut, formula, cut.rows, formula.columns) for cut in cuts]


def _cell(formula: Formula, row: str, column: str) -> str:
    """An entry as text; a block cut out of a named matrix is named by its registers, as in P[x,y]."""
    terms: Terms = {}
    for (monomial, word), c in formula.terms.items():
        monomial, word = (monomial, word) if word else opened(monomial)
        up = bool(word) and isinstance(word[0][0], Inclusion) and word[0][1]
        down = bool(word) and isinstance(word[-1][0], Inclusion) and not word[-1][1]
        inner = list(word[up : len(word) - down])
        if inner and (up or down):
            first, last = inner[0], inner[-1]
            cut = f"[{row if up and len(inner) == 1 else ':'},{column if down else ':'}]"
            if up and len(inner) > 1:
                inner[0] = (f"{first[0]}{'ᵀ' * first[1]}[{row},:]", False)
            if down or len(inner) == 1:
                inner[-1] = (f"{last[0]}{'ᵀ' * last[1]}{cut}", False)
            word = tuple(inner)
        terms[monomial, word] = c
    return counted_from_one(str(Formula(formula.rows, formula.columns, terms))) if terms else ZERO


def numbers(name: str, form: Form, labels: Sequence[str]) -> Block:
    """The dense matrix of a form, entry by entry, with numbered registers on both axes."""
    values = fractions_of(form.dense)
    columns = [
        f"{register}{k + 1}" if width > 1 else register
        for register, width in form.space.registers.items()
        for k in range(width)
    ]
    label = "+".join(map(letter, labels))
    rows = [f"{label}{k + 1}" if len(values) > 1 else label for k in range(len(values))]
    entries = tuple(tuple(shown(entry) if entry else ZERO for entry in row) for row in values)
    return Block(name, f"{len(values)} × {len(columns)}", tuple(rows), tuple(columns), entries)


def selected(form: Form) -> list[str] | None:
    """The registers that a form picks out, top to bottom, or None where it does more than pick."""
    if any(matrix_is_unit(formula_of(matrix)) for matrix in form.blocks.values()) and len(form.blocks) == 1:
        return list(form.blocks)
    parts = {name: formula_of(matrix).row_blocks() for name, matrix in form.blocks.items()}
    if not parts or any(part is None for part in parts.values()):
        return None
    count = len(next(iter(parts.values())) or ())
    names = [
        [name for name, part in parts.items() if part and len(part) == count and part[k].terms] for k in range(count)
    ]
    picked = [found[0] for found in names if len(found) == 1]
    whole = all(matrix_is_unit(part[k]) for part in parts.values() if part for k in range(len(part)) if part[k].terms)
    return picked if whole and len(picked) == count else None


def matrix_is_unit(formula: Formula) -> bool:
    """Whether a formula is the identity."""
    return list(formula.terms.items()) == [(((), ()), 1)] and equal(formula.rows, formula.columns)
