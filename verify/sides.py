"""The two sides of a statement, as matrices, on one instance and its data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from constructions.language import Instance, Reading, Step
from constructions.matrix import Matrix, ShapeMismatch, below
from constructions.matrix.rational import fractions_of

Sides = Callable[[Instance, Mapping[str, Matrix]], tuple[Matrix, Matrix]]


def claim_sides(instance: Instance, data: Mapping[str, Matrix]) -> tuple[Matrix, Matrix]:
    """The network's answer and the algorithm's."""
    return matched(instance.run(data).answer, instance.algorithm(data))


def step_sides(step: Step) -> Sides:
    """A proof step: what stands in the stream (or a formula), and the formula that it equals."""

    def sides(instance: Instance, data: Mapping[str, Matrix]) -> tuple[Matrix, Matrix]:
        left, right = (_side(side, instance, data) for side in (step.left, step.right))
        return matched(left, right)

    return sides


def _side(side: Any, instance: Instance, data: Mapping[str, Matrix]) -> Matrix:
    if isinstance(side, Reading):
        after, layer = (side.layer, -1) if side.layer >= 0 else (None, side.layer)
        return instance.run(data, after).read(side.register, side.at, layer)
    return instance.formula(side, data)


def invariant_sides(instance: Instance, data: Mapping[str, Matrix]) -> tuple[Matrix, Matrix]:
    """Everything that the invariant says of the stream after every layer, in one column each."""
    invariant = instance.construction.invariant
    assert invariant is not None
    run, left, right = instance.run(data), [], []
    for number, state in enumerate(instance.iterates(data)):
        for (register, at), formula in invariant.holds.items():
            read = run.read(register, at, number + invariant.first)
            value = instance.formula(formula, data, W=state)
            for a, b in zip(_columns(read), _columns(matched(read, value)[1]), strict=True):
                left.append(a)
                right.append(b)
    return below(*left), below(*right)


def _columns(a: Matrix) -> list[Matrix]:
    return [a[:, [j]] for j in range(a.shape[1])]


def matched(left: Matrix, right: Matrix) -> tuple[Matrix, Matrix]:
    if left.shape != right.shape:
        raise ShapeMismatch(
            f"the left side is {left.shape[0]}×{left.shape[1]} and the right side {right.shape[0]}×{right.shape[1]}; "
            "both must have a row for each token read"
        )
    return left, right


def same(left: Matrix, right: Matrix) -> bool:
    """Exact equality of exact matrices."""
    return fractions_of(left) == fractions_of(right)
