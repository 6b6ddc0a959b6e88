"""Which operations may be one layer (Lemma 7 of Akyürek et al.): none reads or writes rows that another one writes."""

from __future__ import annotations

from collections.abc import Sequence

from constructions.instructions.operations import Aff, Div, Mov, Mul, Raw, Together
from constructions.instructions.rows import Rows, common, rows_of
from constructions.language import BadNetwork, Form


def together(*operations: Mov | Aff | Mul | Div | Raw) -> Together:
    """Operations in one layer; refused where one of them reads or writes rows that another one writes."""
    if reason := cannot_share(operations):
        raise BadNetwork(reason)
    return Together(operations)


def cannot_share(operations: Sequence[Mov | Aff | Mul | Div | Raw]) -> str:
    """Why these operations cannot be one layer, or nothing if they can (Lemma 7)."""
    for number, one in enumerate(operations):
        for other in operations[:number]:
            if clash := disturbs(one, other):
                return f"two operations cannot share a layer: one writes {clash}, which the other uses"
    if sum(isinstance(one, Raw) for one in operations) > 1:
        return "two raw operations cannot share a layer: both gather their operands in the same scratch registers"
    if sum(isinstance(one, (Mov, Raw, Div)) for one in operations) > 1 and any(isinstance(o, Div) for o in operations):
        return "div needs the attention of its layer for itself: it cannot share it with mov, raw or another div"
    return ""


def disturbs(one: Mov | Aff | Mul | Div | Raw, other: Mov | Aff | Mul | Div | Raw) -> str:
    """A register with rows that one of two operations writes and the other one uses, or nothing."""
    for first, second in ((one, other), (other, one)):
        written = rows_of(first.into)
        if clash := set().union(*(common(written, rows) for rows in used(second))):
            return min(clash)
    return ""


def used(operation: Mov | Aff | Mul | Div | Raw) -> list[Rows]:
    """The rows that an operation reads, and those that it writes."""
    return [rows_of(form) for form in forms_of(operation).values()]


def forms_of(operation: Mov | Aff | Mul | Div | Raw) -> dict[str, Form]:
    """The operands of an operation and its `into`, by name."""
    names = ("value", "left", "right", "divisor", "read", "own", "into")
    forms = {name: getattr(operation, name, None) for name in names}
    return {name: form for name, form in forms.items() if form is not None}
