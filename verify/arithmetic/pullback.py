"""The nodes of a tape, and the ways back that take more than one operation, on the entries of any arithmetic d."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from constructions.matrix import Arithmetic, Pole, exact, ones, zeros
from constructions.matrix.rational import rational_matrix

Pull = Callable[[Any], Any]  # from the derivative by a result to its share of the derivative by an operand


@dataclass(frozen=True, eq=False)
class Node:
    """A value, and for each operand that depends on a variable the way back to it."""

    value: Any
    serial: int
    operands: tuple[tuple[Node, Pull], ...] = ()
    variable: bool = False

    @property
    def live(self) -> bool:
        return self.variable or bool(self.operands)


def backwards(last: Node) -> list[Node]:
    """Everything that a node was computed from, latest first."""
    found, waiting = {id(last): last}, [last]
    while waiting:
        for operand, _ in waiting.pop().operands:
            if id(operand) not in found:
                found[id(operand)] = operand
                waiting.append(operand)
    return sorted(found.values(), key=lambda node: -node.serial)


def row_sums(d: Arithmetic, a: Any) -> Any:
    """The sum of each row, as a column."""
    return d.matmul(a, d.lift(ones(d.shape(a)[1], 1)))


def put_back(d: Arithmetic, g: Any, rows: list[int], columns: list[int], shape: tuple[int, int]) -> Any:
    """The matrix of the given shape with g added at the rows and columns that it was taken from."""
    by_rows = spread(d, g, rows, shape[0])
    if columns == list(range(shape[1])):
        return by_rows
    return d.transpose(spread(d, d.transpose(by_rows), columns, shape[1]))


def spread(d: Arithmetic, g: Any, rows: list[int], height: int) -> Any:
    """Row k of g added to row rows[k] of a matrix of that height."""
    if rows == list(range(height)):
        return g
    if len(set(rows)) < len(rows):
        chosen = np.array([[int(i == row) for row in rows] for i in range(height)])
        return d.matmul(d.lift(rational_matrix(chosen)), g)
    width, where = d.shape(g)[1], {row: k for k, row in enumerate(rows)}
    padded = d.join([g, d.lift(zeros(1, width))], 0)
    return d.take(padded, [where.get(i, len(rows)) for i in range(height)], list(range(width)))


def through_softmax(d: Arithmetic, g: Any, weights: Any) -> Any:
    """Row by row w ∘ (g − ⟨g, w⟩)."""
    means = d.matmul(row_sums(d, d.times(g, weights)), d.lift(ones(1, d.shape(g)[1])))
    return d.times(weights, d.add(g, d.negate(means)))


def root_slope(d: Arithmetic, root: Any) -> Any:
    """−½ c³, the slope of c = 1/√a."""
    return d.scale(d.lift(exact("-1/2")), d.times(root, d.times(root, root)))


def relu_slope(d: Arithmetic, a: Any) -> Any:
    """1 where a > 0, else 0 (½ at 0): the weight that hard attention gives to a when it chooses between a and 0."""
    height, width = d.shape(a)
    rows, both, zero = list(range(height)), np.ones((height, 2), dtype=bool), d.lift(zeros(height, 1))
    pairs = [d.hardmax(d.join([d.take(a, rows, [j]), zero], 1), both) for j in range(width)]
    return d.join([d.take(pair, rows, [0]) for pair in pairs], 1)


def has_zero(d: Arithmetic, a: Any) -> bool:
    """Whether an entry is zero, or may be."""
    try:
        _ = d.reciprocal(a)
    except Pole:
        return True
    return False
