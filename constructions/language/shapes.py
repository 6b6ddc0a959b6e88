"""Shapes: names of sizes, integers, and sums, differences, products and powers of these."""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from constructions.language.quantifier import UnknownName, offer
from constructions.language.statement import BadConstruction
from constructions.matrix.sizes import NeedsNumber, Size, text


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, Size) or isinstance(exponent, Size):
        raise NeedsNumber(text(exponent if isinstance(exponent, Size) else base))
    if exponent < 0:
        raise BadConstruction(f"{base}**{exponent} is no size: an exponent is 0 or more")
    return base**exponent


SIZE_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Pow: _power}


def size_value(entry: str | int, sizes: Mapping[str, Any]) -> Any:
    """An entry of a shape as a size: an integer, the name of a size, or a formula in them: "d_x + 1", "2**L"."""
    if not isinstance(entry, str):
        return entry
    try:
        formula = _parsed(entry)
    except SyntaxError as error:
        raise BadConstruction(f"{entry!r} is no size: it is no formula ({error.msg})") from error
    return _evaluate(formula, sizes)


@lru_cache(maxsize=1024)
def _parsed(entry: str) -> ast.expr:
    """Read once: a shape is asked for at every point."""
    return ast.parse(entry, mode="eval").body


def _evaluate(node: ast.expr, sizes: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in sizes:
            raise UnknownName(f"the size {node.id!r}; {offer(node.id, sizes)}")
        return sizes[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in SIZE_OPERATORS:
        return SIZE_OPERATORS[type(node.op)](_evaluate(node.left, sizes), _evaluate(node.right, sizes))
    raise BadConstruction(f"{ast.unparse(node)!r} is no size: use names of sizes, integers, +, -, * and **")


def times(shape: Any) -> str:
    return "×".join(map(text, shape))
