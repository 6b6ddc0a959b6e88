"""Both sides written down once, as the list of matrix operations that they consist of, and run again in any arithmetic.

The list is what is judged: its digest, its degree and its values all belong to the same program, whatever the Python
functions would do if they were called a second time. The digest covers every operation and every exact constant, so two
records with one digest compute the same function.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from constructions.matrix import Arithmetic, Matrix
from constructions.matrix.opaque import entries_in
from verify.arithmetic.recorder import Operation, Recorder

Variable = Callable[[int, int, bool], Any]  # (rows, columns, positive) → the value of a matrix of variables


@dataclass(frozen=True, eq=False)
class Program:
    """left − right as operations on variables."""

    operations: tuple[Operation, ...]
    outputs: tuple[int, int]
    digest: bytes
    divides: bool
    products: int

    @staticmethod
    def of(recorder: Recorder, left: Matrix, right: Matrix) -> Program:
        """What the recorder has written down, with two of its results (exact matrices are results too)."""
        terms = [entries_in(m, recorder) for m in (left, right)]
        digest = hashlib.sha256(b"".join(recorder.digests) + repr(terms).encode()).digest()
        numbers = (terms[0].number, terms[1].number)
        return Program(tuple(recorder.operations), numbers, digest, recorder.divides, recorder.products)

    def run(self, arithmetic: Arithmetic, variable: Variable) -> tuple[Any, Any]:
        """The two sides; `variable(rows, columns, positive)` gives the values, in the order of the program."""
        left, right = self.results(arithmetic, variable, self.outputs)
        return left, right

    def results(self, arithmetic: Arithmetic, variable: Variable, wanted: Sequence[int]) -> list[Any]:
        """The results of some operations, by their numbers, in one run."""
        last = {number: i for i, operation in enumerate(self.operations) for number in operation.operands}
        kept, values = set(wanted), []
        for i, operation in enumerate(self.operations):
            values.append(_value(arithmetic, operation, [values[k] for k in operation.operands], variable))
            for k in operation.operands:
                if last[k] == i and k not in kept:
                    values[k] = None  # nobody needs it any more
        return [values[number] for number in wanted]


def _value(arithmetic: Arithmetic, operation: Operation, operands: list[Any], variable: Variable) -> Any:
    match operation.name:
        case "variable":
            return variable(*operation.detail[1:])
        case "lift":
            return arithmetic.lift(operation.detail)
        case "join":
            return arithmetic.join(operands, operation.detail)
        case "take":
            return arithmetic.take(operands[0], *map(list, operation.detail))
        case name:
            return getattr(arithmetic, name)(*operands)
