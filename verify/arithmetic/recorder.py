"""Operations written down instead of computed: an arithmetic whose values are their own derivations.

Each value has a digest that covers the operation, its operands and every exact constant that went into them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructions.language import Construction
from constructions.matrix import Arithmetic, Matrix
from verify.plan import parameters_from


@dataclass(frozen=True)
class Term:
    """The value of one operation: its number in the program, and its shape."""

    number: int
    shape: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Operation:
    """`name` is a method of `Arithmetic`, or "variable"; `detail` is what it takes besides matrices."""

    name: str
    operands: tuple[int, ...]
    detail: Any = None


class Recorder(Arithmetic):
    """Writes operations down instead of computing; an operation that occurred before is not repeated."""

    name = "a field"  # what has no value here has none in any field

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.digests: list[bytes] = []
        self.divides = False
        self.products = 0
        self._known: dict[bytes, int] = {}

    def record(self, shape: tuple[int, int], name: str, operands: Sequence[Term] = (), detail: Any = None) -> Term:
        told = detail._entries if isinstance(detail, Matrix) else None
        words = (name, shape, (told.numerators.tolist(), told.denominator) if told is not None else detail)
        state = hashlib.sha256(repr(words).encode())
        for operand in operands:
            state.update(self.digests[operand.number])
        digest = state.digest()
        if digest not in self._known:
            self._known[digest] = len(self.operations)
            self.operations.append(Operation(name, tuple(operand.number for operand in operands), detail))
            self.digests.append(digest)
        return Term(self._known[digest], shape)

    def variable(self, rows: int, columns: int, name: str, positive: bool = False) -> Matrix:
        """A matrix of variables; the values of positive ones start at 1."""
        return Matrix(self, self.record((rows, columns), "variable", detail=(name, rows, columns, positive)))

    def lift(self, exact: Matrix) -> Term:
        return self.record(exact.shape, "lift", detail=exact)

    def add(self, a: Term, b: Term) -> Term:
        return self.record(a.shape, "add", (a, b))

    def negate(self, a: Term) -> Term:
        return self.record(a.shape, "negate", (a,))

    def times(self, a: Term, b: Term) -> Term:
        return self.record(a.shape, "times", (a, b))

    def scale(self, s: Term, a: Term) -> Term:
        return self.record(a.shape, "scale", (s, a))

    def matmul(self, a: Term, b: Term) -> Term:
        self.products += a.shape[0] * a.shape[1] * b.shape[1]
        return self.record((a.shape[0], b.shape[1]), "matmul", (a, b))

    def transpose(self, a: Term) -> Term:
        return self.record((a.shape[1], a.shape[0]), "transpose", (a,))

    def take(self, a: Term, rows: list[int], columns: list[int]) -> Term:
        if (rows, columns) == tuple(list(range(size)) for size in a.shape):
            return a
        return self.record((len(rows), len(columns)), "take", (a,), (tuple(rows), tuple(columns)))

    def join(self, parts: Sequence[Term], axis: int) -> Term:
        together = sum(part.shape[axis] for part in parts)
        shape = (together, parts[0].shape[1]) if axis == 0 else (parts[0].shape[0], together)
        return self.record(shape, "join", parts, axis)

    def reciprocal(self, a: Term) -> Term:
        self.divides = True
        return self.record(a.shape, "reciprocal", (a,))

    def solve(self, a: Term, b: Term) -> Term:
        self.divides = True
        return self.record(b.shape, "solve", (a, b))


def recorded_parameters(recorder: Recorder, construction: Construction, sizes: Mapping[str, int]) -> dict[str, Any]:
    """A matrix of variables for every parameter."""
    count = iter(range(10**9))
    return parameters_from(
        construction, sizes, lambda p, r, c: recorder.variable(r, c, f"parameter {next(count)}", p.positive)
    )
