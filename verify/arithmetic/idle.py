"""Which kinks of a program can matter, from its zeros alone: one pass forward, one back.

Forward: where an entry may be nonzero, and where it may vary with the data or the parameters. Back: which entries may reach an
output; what meets a zero on its way does not. Both are upper bounds, as in `pattern.py`, so a kink that is called idle is
idle for all data: its relu is multiplied by zero, masked or not read (DEAD), or its argument is a number (FIXED).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from verify.arithmetic.recorder import Operation

DEAD, FIXED, MATTERS = 0, 1, 2
Pattern = np.ndarray  # of bool
KNOWN = {
    *("variable", "lift", "add", "negate", "times", "scale", "matmul", "transpose", "take", "join"),
    *("reciprocal", "solve", "relu", "hardmax"),
}


@dataclass(frozen=True, eq=False)
class Seen:
    """nonzero: False is a proof that the entry is zero; varies: False is a proof that it is one number for all data."""

    nonzero: Pattern
    varies: Pattern


def kinds_of_kinks(
    operations: Sequence[Operation], outputs: Sequence[int], kinks: Sequence[int]
) -> list[np.ndarray] | None:
    """DEAD, FIXED or MATTERS for every entry of the operands of the operations `kinks` (relu, or hardmax: equal along a row).
    None where the program has operations of which nothing is known here."""
    if any(operation.name not in KNOWN for operation in operations):
        return None
    seen: list[Seen] = []
    for operation in operations:
        seen.append(_forward(operation, [seen[k] for k in operation.operands]))
    live = _backward(operations, outputs, seen)
    return [_kind(operations[k], seen[operations[k].operands[0]].varies, live[k]) for k in kinks]


def _kind(kink: Operation, varies: Pattern, live: Pattern) -> np.ndarray:
    if kink.name == "hardmax":
        visible = np.array(kink.detail, dtype=bool).reshape(varies.shape)
        live, varies = _rows(live), _rows(varies & visible) & (visible.sum(axis=1, keepdims=True) > 1)
    return np.where(live, np.where(varies, MATTERS, FIXED), DEAD)


def _rows(a: Pattern) -> Pattern:
    """True along every row that has a True."""
    return np.repeat(a.max(axis=1, keepdims=True, initial=False), a.shape[1], axis=1)


def _forward(operation: Operation, operands: Sequence[Seen]) -> Seen:
    if operation.name == "variable":
        everywhere = np.ones(operation.detail[1:3], dtype=bool)
        return Seen(everywhere, everywhere)
    if operation.name == "lift":
        nonzero = operation.detail._entries.numerators.astype(bool)
        return Seen(nonzero, np.zeros_like(nonzero))
    first, last = operands[0], operands[-1]
    match operation.name:
        case "times":
            return _product(first, last, lambda a, b: a & b)
        case "scale":
            return _product(first, last, lambda s, a: s[0, 0] & a)
        case "matmul":
            return _product(first, last, np.matmul)
        case "add":
            return Seen(first.nonzero | last.nonzero, first.varies | last.varies)
        case "negate" | "relu":
            return first
        case "transpose" | "take" | "join":
            parts = [[a.nonzero for a in operands], [a.varies for a in operands]]
            return Seen(*(_moved(operation, part) for part in parts))
    anywhere = np.full(last.nonzero.shape, any(a.varies.any() for a in operands))
    return Seen(np.ones_like(anywhere), anywhere)  # reciprocal, solve, hardmax


def _product(a: Seen, b: Seen, times: Callable[[Pattern, Pattern], Pattern]) -> Seen:
    return Seen(times(a.nonzero, b.nonzero), times(a.varies, b.nonzero) | times(a.nonzero, b.varies))


def _moved(operation: Operation, parts: Sequence[np.ndarray]) -> np.ndarray:
    """An operation that only moves entries."""
    if operation.name == "transpose":
        return parts[0].T
    return parts[0][np.ix_(*operation.detail)] if operation.name == "take" else np.concatenate(parts, operation.detail)


def _backward(operations: Sequence[Operation], outputs: Sequence[int], seen: Sequence[Seen]) -> Mapping[int, Pattern]:
    """For every operation the entries that may reach an output, or be divided by."""
    live = {k: np.zeros_like(known.nonzero) for k, known in enumerate(seen)}
    for k in outputs:
        live[k][:] = True
    for k in reversed(range(len(operations))):
        operands = operations[k].operands
        shares = _shares(operations[k], live[k], [seen[i].nonzero for i in operands])
        for i, share in zip(operands, shares, strict=True):
            live[i] |= share
    return live


def _shares(operation: Operation, live: Pattern, nonzero: Sequence[Pattern]) -> list[Pattern]:
    """Which entries of the operands may reach what is live. What is divided by always matters: it may be zero."""
    match operation.name:
        case "variable" | "lift":
            return []
        case "add":
            return [live, live]
        case "negate" | "relu":
            return [live]
        case "times":
            return [live & nonzero[1], live & nonzero[0]]
        case "scale":
            return [np.array([[(live & nonzero[1]).any()]]), live & nonzero[0][0, 0]]
        case "matmul":
            return [live @ nonzero[1].T, nonzero[0].T @ live]
        case "hardmax":
            return [_rows(live)]
        case "transpose" | "take" | "join":
            return _sent_back(operation, live, nonzero)
    return [np.ones_like(a) for a in nonzero]  # reciprocal, solve


def _sent_back(operation: Operation, live: Pattern, nonzero: Sequence[Pattern]) -> list[Pattern]:
    """An entry is live if any place that it was moved to is."""
    sizes, found = [a.size for a in nonzero], np.zeros(sum(a.size for a in nonzero), dtype=bool)
    numbers = np.split(np.arange(len(found)), np.cumsum(sizes)[:-1])
    places = _moved(operation, [part.reshape(a.shape) for part, a in zip(numbers, nonzero, strict=True)])
    found[places[live]] = True
    return [part.reshape(a.shape) for part, a in zip(np.split(found, np.cumsum(sizes)[:-1]), nonzero, strict=True)]
