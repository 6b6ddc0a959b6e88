"""One or a few expressions cut out of a pool: a list of operations on few variables, run on Taylor models.

Variables are numbered as they are met, so that entries that are the same function of other variables become equal formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.matrix import Pole
from verify.arithmetic.expressions import Node, Operation, Pool
from verify.arithmetic.smooth import FACTOR_VALUES, SERIES
from verify.arithmetic.taylor import Taylor, TaylorArithmetic

LEAVES = ("constant", "factor", "data", "parameter", "variable")
Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Formula:
    """`outputs` are numbers of operations; variable k ranges over intervals[k]. Equal formulas are equal functions."""

    operations: tuple[Operation, ...]
    outputs: tuple[int, ...]
    intervals: tuple[Interval, ...]

    def run(self, models: TaylorArithmetic) -> list[Taylor]:
        """The outputs as Taylor models on a box; `Pole` where an operation may have no value there."""
        values: list[Any] = []
        for operation in self.operations:
            values.append(_value(operation, values, models))
        return [_model(values[k], models) for k in self.outputs]


def cut(
    pool: Pool, roots: Sequence[int], fixed: Mapping[str, Fraction], ranges: Mapping[str, Interval]
) -> tuple[Formula, tuple[Operation, ...]]:
    """The formula of some expressions, and which leaves its variables stand for. A parameter is `fixed`, or has a range;
    data are in [−1, 1]."""
    small, seen, leaves = Pool(), {}, []
    for number in needed(pool, roots):
        operation = pool.operations[number]
        if operation[0] == "parameter" and operation[1] in fixed:
            seen[number] = small.constant(fixed[operation[1]])
        elif operation[0] in ("data", "parameter"):
            seen[number] = small.node("variable", len(leaves))
            leaves.append(operation)
        else:
            seen[number] = _again(small, operation, seen)
    unit = (Fraction(-1), Fraction(1))
    intervals = tuple(unit if leaf[0] == "data" else ranges[leaf[1]] for leaf in leaves)
    return Formula(tuple(small.operations), tuple(seen[r].number for r in roots), intervals), tuple(leaves)


def needed(pool: Pool, roots: Sequence[int]) -> list[int]:
    """The expressions that the roots need, operands first, by depth: an order that names of variables do not change."""
    done: dict[int, None] = {}
    stack = [*reversed(roots)]
    while stack:
        number = stack[-1]
        missing = [k for k in operands(pool.operations[number]) if k not in done]
        if missing:
            stack.append(missing[0])
        else:
            done[stack.pop()] = None
    return list(done)


def operands(operation: Operation) -> tuple[int, ...]:
    return () if operation[0] in LEAVES else operation[1:]


def _again(pool: Pool, operation: Operation, seen: Mapping[int, Node]) -> Node:
    """An operation repeated in another pool, where its operands may have become constants."""
    nodes = [seen[k] for k in operands(operation)]
    match operation[0]:
        case "+":
            return nodes[0] + nodes[1]
        case "*":
            return nodes[0] * nodes[1]
        case "-":
            return -nodes[0]
        case "inverse":
            return nodes[0].inverse()
        case _:
            return nodes[0].apply(operation[0]) if nodes else pool.node(*operation)


def _value(operation: Operation, values: Sequence[Any], models: TaylorArithmetic) -> Any:
    match operation:
        case ("variable", k):
            return models.variable(k)
        case ("constant", number):
            return number
        case ("factor", word):
            return _model(FACTOR_VALUES[word](), models)
        case ("+", a, b):
            return values[a] + values[b]
        case ("*", a, b):
            return values[a] * values[b]
        case ("-", a):
            return -values[a]
        case (name, a):
            out = FUNCTIONS[name](_model(values[a], models))
            if not out.is_finite():
                raise Pole(f"{name} may have no value on this box")
            return out
    raise AssertionError(operation)


def _model(value: Any, models: TaylorArithmetic) -> Taylor:
    if isinstance(value, Taylor):
        return value
    return models.constant(Fraction(0)) + value


FUNCTIONS: Mapping[str, Callable[[Taylor], Taylor]] = {
    "relu": Taylor.enclosed_relu,
    "inverse": Taylor.inverse,
    "exp": Taylor.exp,
    "reciprocal_sqrt": lambda model: model.compose(lambda s: s.rsqrt()),
    **{name: lambda model, series=series: model.compose(series) for name, series in SERIES.items()},
}
