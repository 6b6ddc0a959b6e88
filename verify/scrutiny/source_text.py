"""The text of a function with the constants that its names stand for: what a digest of a formula is taken of."""

from __future__ import annotations

import inspect
from fractions import Fraction
from types import CodeType, FunctionType
from typing import Any

from verify.scrutiny.reading import all_names

LEAVES = (str, int, bool, Fraction, float, type(None))


def source_text(function: FunctionType) -> list[Any]:
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    named = {name: function.__globals__.get(name) for name in sorted(set(all_names(function.__code__)))}
    fixed = [*cells, *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).items(), *named.items()]
    return [function.__qualname__, text_of(function), [str(value) for value in fixed if simple(value)]]


def simple(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(simple, value))
    return isinstance(value, LEAVES) and value is not None


def text_of(function: FunctionType) -> str:
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return code_text(function.__code__)


def code_text(code: CodeType) -> str:
    """Where there is no source: the byte code and what it refers to."""
    inner = [code_text(part) if isinstance(part, CodeType) else repr(part) for part in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {inner}"
