"""Rows of registers: which ones a form reads or names, and whether a form can be written to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructions.language import BadNetwork, Form
from constructions.matrix.rational import nonzeros_of

Rows = Mapping[str, frozenset[int] | None]  # register → rows of it, from 0; None where any of them may be meant


def rows_of(form: Form) -> Rows:
    """The rows that a form depends on; every row of a register whose weights are no exact numbers."""
    found = {name: nonzeros_of(block) for name, block in form.blocks.items()}
    return {
        name: None if places is None else frozenset(j for _, j, _ in places)
        for name, places in found.items()
        if places != []
    }


def common(a: Rows, b: Rows) -> set[str]:
    """The registers in which two sets of rows meet."""

    def meet(name: str) -> bool:
        one, other = a[name], b[name]
        return one is None or other is None or bool(one & other)

    return {name for name in {*a} & {*b} if meet(name)}


def check_form(operation: str, what: str, form: Any) -> None:
    """Refuse what is no register."""
    if not isinstance(form, Form):
        raise BadNetwork(
            f"{operation}: {what} is {form!r}, a {type(form).__name__}; give a register of the stream, or a linear form "
            "of registers such as w - 2 * g"
        )


def check_target(operation: str, into: Form) -> None:
    """Refuse an `into` that is no register and no rows of one: every row must be another unit vector."""
    check_form(operation, "into", into)
    blocks = [(name, nonzeros_of(block)) for name, block in into.blocks.items()]
    if any(places is None for _, places in blocks):
        return  # at symbolic sizes: the same program is judged at numbers
    entries = [(i, (name, j), value) for name, places in blocks for i, j, value in places or ()]
    rows, units = [i for i, _, _ in entries], {place for _, place, _ in entries}
    if sorted(rows) != list(range(into.width)) or len(units) < len(rows) or any(v != 1 for _, _, v in entries):
        raise BadNetwork(
            f"{operation}: into (reads {into.reads}) must be a register, or different rows of registers; it is another "
            "linear form, which cannot be overwritten"
        )
