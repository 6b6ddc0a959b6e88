"""Entries as expressions: what a network computes is written down, entry by entry, and evaluated later in any arithmetic.

An expression that occurs twice is one node. Only what is true of all real numbers is simplified: constants are added and
multiplied in ℚ, x + 0 = x, 1·x = x, 0·x = 0 and −(−x) = x. That 0·x = 0 forgets where x has no value, so every operation
with a pole is remembered in `guards`: whoever evaluates an entry has to evaluate these too.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from constructions.matrix import Matrix, Pole, ShapeMismatch
from verify.arithmetic.entries import EntryArithmetic, Table

Operation = tuple[Any, ...]  # ("+", 3, 5): the name, and the numbers of the operands or what else it takes
POLES = ("inverse", "reciprocal_sqrt")


@dataclass
class Pool:
    """All expressions of one run, operands before results."""

    operations: list[Operation] = field(default_factory=list)
    guards: list[int] = field(default_factory=list)
    known: dict[Hashable, int] = field(default_factory=dict)

    def node(self, *operation: Any) -> Node:
        if operation not in self.known:
            self.known[operation] = len(self.operations)
            self.operations.append(operation)
            if operation[0] in POLES:
                self.guards.append(self.known[operation])
        return Node(self, self.known[operation])

    def constant(self, value: Fraction | int) -> Node:
        return self.node("constant", Fraction(value))


@dataclass(frozen=True, eq=False)
class Node:
    """One expression of a pool."""

    pool: Pool
    number: int

    @property
    def operation(self) -> Operation:
        return self.pool.operations[self.number]

    @property
    def value(self) -> Fraction | None:
        """The number that it is, where it is a constant."""
        return self.operation[1] if self.operation[0] == "constant" else None

    def _operand(self, other: Any) -> Node:
        return other if isinstance(other, Node) else self.pool.constant(other)

    def __add__(self, other: Any) -> Node:
        other = self._operand(other)
        a, b = self.value, other.value
        if a is not None and b is not None:
            return self.pool.constant(a + b)
        if a == 0 or b == 0:
            return other if a == 0 else self
        return self.pool.node("+", self.number, other.number)

    def __mul__(self, other: Any) -> Node:
        other = self._operand(other)
        a, b = self.value, other.value
        if a is not None and b is not None:
            return self.pool.constant(a * b)
        if a == 0 or b == 0:
            return self.pool.constant(0)
        if a == 1 or b == 1:
            return other if a == 1 else self
        return self.pool.node("*", self.number, other.number)

    def __neg__(self) -> Node:
        if self.value is not None:
            return self.pool.constant(-self.value)
        return Node(self.pool, self.operation[1]) if self.operation[0] == "-" else self.pool.node("-", self.number)

    def inverse(self) -> Node:
        if self.value == 0:
            raise Pole("division by a number that is always zero")
        return self.apply("inverse") if self.value is None else self.pool.constant(1 / self.value)

    def apply(self, name: str) -> Node:
        """A function of one number, by name; relu of a constant is computed."""
        if name == "relu" and self.value is not None:
            return self.pool.constant(max(self.value, Fraction(0)))
        return self.pool.node(name, self.number)


class ExpressionArithmetic(EntryArithmetic):
    """Matrices of expressions."""

    name = "expressions"

    def __init__(self) -> None:
        self.pool = Pool()

    def constant(self, value: Fraction) -> Node:
        return self.pool.constant(value)

    def is_zero(self, entry: Node) -> bool:
        return entry.value == 0

    def variable(self, kind: str, *which: Any) -> Node:
        return self.pool.node(kind, *which)

    def relu(self, a: Table) -> Table:
        return a.each(lambda entry: entry.apply("relu"))

    def smooth(self, function: str, a: Table, order: int = 0) -> Table:
        if order:
            self.unsupported(f"a derivative of {function}")
        return a.each(lambda entry: entry.apply(function))

    def reciprocal_sqrt(self, a: Table) -> Table:
        return a.each(lambda entry: entry.apply("reciprocal_sqrt"))

    def exponential(self, entry: Node) -> Node:
        return self.constant(Fraction(1)) if self.is_zero(entry) else entry.apply("exp")

    def factor(self, word: str) -> Table:
        return Table([[self.pool.node("factor", word)]], 1)

    def entry(self, a: Matrix) -> Node:
        """The one entry of a 1×1 matrix."""
        table = self.table(a)
        if table.shape != (1, 1):
            raise ShapeMismatch(f"one number is needed here, not a matrix of {table.shape[0]}×{table.shape[1]}")
        return table.cells[0][0]
