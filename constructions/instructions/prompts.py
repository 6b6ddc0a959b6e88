"""Prompts for programs: tokens are columns, and every column holds its position code."""

from __future__ import annotations

from typing import Any

from constructions.instructions.machine import COLUMN
from constructions.language import Prompt, Token


def columns(*context: Token, query: tuple[Token, ...] = ()) -> Prompt:
    """The tokens of every item in turn, then those of a query, numbered from 0 as `mov` and `raw` number them."""
    return Prompt(context=context, query=query, positions=((COLUMN, "one-hot"),))


def pairs(X: Any, Y: Any, X_q: Any) -> Prompt:
    """x_1, y_1, x_2, y_2, …, x_q, one column each, in the registers x and y: x_i in column 2i − 2, y_i in column 2i − 1."""
    return columns(Token(x=X), Token(y=Y), query=(Token(x=X_q),))


def pairs_in_a_box(n: int, B: Any) -> list[dict[str, Any]]:
    """What `pairs` puts into its columns for n examples and a query, no entry exceeding B: for the bounds of programs."""
    return [{"x": B}, {"y": B}] * n + [{"x": B}]
