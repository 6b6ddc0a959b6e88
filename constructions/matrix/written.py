"""Matrix operations written down instead of computed, so that `compiled.py` can carry them out on many data at once.

Running the kernel on matrices of variables once leaves the list of everything that it does. Weights stay exact until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from constructions.matrix.arithmetic import Arithmetic
from constructions.matrix.floating import FACTOR_VALUES
from constructions.matrix.opaque import Matrix, exact
from constructions.matrix.rational import Rational


@dataclass(frozen=True, eq=False)
class Node:
    """One operation: a method of `Arithmetic`, "variable" (`detail` is its name) or "constant" (`detail` is the `Rational`).

    `detail` is otherwise what the operation takes besides matrices.
    """

    name: str
    shape: tuple[int, int]
    operands: tuple[Node, ...] = ()
    detail: Any = None

    @property
    def constant(self) -> Rational | None:
        return self.detail if self.name == "constant" else None


class Writer(Arithmetic):
    """Writes operations down. What adds an exact 0 is left out."""

    name = "operations written down"

    def __init__(self) -> None:
        self.constants: dict[int, Node] = {}  # by the identity of the entries, which the nodes keep alive
        self.diagonals: dict[int, tuple[Node, Node | None]] = {}  # by the identity of the node, which is kept alive

    def variable(self, name: str, rows: int, columns: int) -> Matrix:
        return Matrix(self, Node("variable", (rows, columns), detail=name))

    def lift(self, exact: Matrix) -> Node:
        entries = exact._entries
        return self.constants.setdefault(id(entries), Node("constant", entries.shape, detail=entries))

    def factor(self, word: str) -> Node:
        return self.lift(exact(FACTOR_VALUES[word]))

    def diagonal(self, a: Node) -> Node | None:
        """The diagonal, as a column, of what is known to be 0 everywhere else: a mask under which a token sees itself alone."""
        if id(a) not in self.diagonals:
            self.diagonals[id(a)] = a, None if a.constant is None else _of_constant(a.constant)
        return self.diagonals[id(a)][1]

    def add(self, a: Node, b: Node) -> Node:
        for one, other in ((a, b), (b, a)):
            if one.constant is not None and not any(one.constant.integers.flat):
                return other
        return Node("add", a.shape, (a, b))

    def negate(self, a: Node) -> Node:
        return Node("negate", a.shape, (a,))

    def times(self, a: Node, b: Node) -> Node:
        product = Node("times", a.shape, (a, b))
        diagonals = [self.diagonal(a), self.diagonal(b)]
        if any(diagonals):
            mine, its = (_diagonal(one) if d is None else d for one, d in zip((a, b), diagonals, strict=True))
            self.diagonals[id(product)] = product, Node("times", mine.shape, (mine, its))
        return product

    def scale(self, s: Node, a: Node) -> Node:
        return Node("scale", a.shape, (s, a))

    def matmul(self, a: Node, b: Node) -> Node:
        if a.constant is None and (diagonal := self.diagonal(a)) is not None:
            return Node("times", b.shape, (diagonal, b))  # every row times one number
        return Node("matmul", (a.shape[0], b.shape[1]), (a, b))

    def transpose(self, a: Node) -> Node:
        return Node("transpose", (a.shape[1], a.shape[0]), (a,))

    def take(self, a: Node, rows: list[int], columns: list[int]) -> Node:
        if [rows, columns] == [list(range(size)) for size in a.shape]:
            return a
        return Node("take", (len(rows), len(columns)), (a,), (rows, columns))

    def join(self, parts: Sequence[Node], axis: int) -> Node:
        length, other = sum(part.shape[axis] for part in parts), parts[0].shape[1 - axis]
        return Node("join", (length, other) if axis == 0 else (other, length), tuple(parts), axis)

    def reciprocal(self, a: Node) -> Node:
        return Node("reciprocal", a.shape, (a,))

    def solve(self, a: Node, b: Node) -> Node:
        return Node("solve", b.shape, (a, b))

    def relu(self, a: Node) -> Node:
        return Node("relu", a.shape, (a,))

    def smooth(self, function: str, a: Node, order: int = 0) -> Node:
        return Node("smooth", a.shape, (a,), (function, order))

    def reciprocal_sqrt(self, a: Node) -> Node:
        return Node("reciprocal_sqrt", a.shape, (a,))

    def exp(self, a: Node) -> Node:
        return Node("exp", a.shape, (a,))

    def softmax(self, a: Node, visible: np.ndarray) -> Node:
        return Node("softmax", a.shape, (a,), visible)

    def hardmax(self, a: Node, visible: np.ndarray) -> Node:
        return Node("hardmax", a.shape, (a,), visible)


def _of_constant(entries: Rational) -> Node | None:
    """The diagonal of a square constant without any other nonzeros."""
    rows, columns, _ = entries.nonzeros
    if entries.shape[0] != entries.shape[1] or min(entries.shape) < 2 or not np.array_equal(rows, columns):
        return None
    numerators = entries.numerators.diagonal()[:, None].copy()
    return Node("constant", numerators.shape, detail=Rational.over(numerators, entries.denominator))


def _diagonal(a: Node) -> Node:
    """The diagonal of any square value, as a column: of a product, the sums over rows of what is multiplied."""
    if a.name != "matmul":
        return Node("diagonal", (a.shape[0], 1), (a,))
    left, right = a.operands
    turned = Node("transpose", left.shape, (right,))
    if left.shape[1] == 1:
        return Node("times", left.shape, (left, turned))
    return Node("row sums", (a.shape[0], 1), (Node("times", left.shape, (left, turned)),))


def in_order(answer: Node) -> list[Node]:
    """Every operation that the answer needs, operands first."""
    found: dict[int, Node] = {}
    waiting = [(answer, False)]
    while waiting:
        node, ready = waiting.pop()
        if id(node) in found:
            continue
        if ready:
            found[id(node)] = node
        else:
            waiting.append((node, True))
            waiting += [(operand, False) for operand in reversed(node.operands)]
    return list(found.values())
