"""The text of a function with the constants that its names stand for: what a digest of a formula is taken of."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

from constructions.language import NearMiss
from constructions.matrix import Matrix
from constructions.matrix.rational import nonzeros_of
from verify.scrutiny.reading import MODULES, is_record, named

LEAVES = (str, int, bool, Fraction, float, type(None))


class NoDigest(TypeError):
    """Something whose exact value has no text."""


def source_text(function: FunctionType) -> list[Any]:
    """Its name, its source, and what the names in it stand for. Raises `NoDigest` for what has no exact text."""
    constants = {name: constant(value) for name, value in named(function)}
    return [function.__qualname__, text_of(function), column_of(function.__code__), constants]


def constant(value: Any) -> Any:
    """A value as plain values. A function is its name: what is called is read elsewhere, or is of the language."""
    if isinstance(value, (*LEAVES, bytes)):
        return repr(value)
    if isinstance(value, Matrix):
        return entries(value)
    if isinstance(value, tuple):
        return [constant(part) for part in value]
    if isinstance(value, frozenset):
        return ["any order", sorted((constant(part) for part in value), key=str)]
    if isinstance(value, Mapping):
        return [[constant(name), constant(part)] for name, part in value.items()]
    if isinstance(value, partial):
        return ["partial", *map(constant, (value.func, value.args, tuple(sorted(value.keywords.items()))))]
    if isinstance(value, ModuleType) or hasattr(value, "__qualname__"):
        return name_of(value)
    if type(value) is NearMiss:
        return ["NearMiss", *map(constant, (value.because, value.of, value.replaces))]
    if is_record(value):
        return [type(value).__name__, {name: constant(getattr(value, name)) for name in value.__dataclass_fields__}]
    raise NoDigest(f"a {type(value).__name__} has no text that says its exact value")


def name_of(value: Any) -> str:
    """With the module, where that is one that records may use: no name says where a file lies."""
    if isinstance(value, ModuleType):
        return value.__name__
    module = str(getattr(value, "__module__", ""))
    return f"{module}.{value.__qualname__}" if module.partition(".")[0] in MODULES else value.__qualname__


def entries(a: Matrix) -> list[list[str]]:
    """The entries as text, row by row; weights are mostly zeros, which cost nothing here."""
    if (found := nonzeros_of(a)) is None:
        raise NoDigest(f"a matrix over {a._arithmetic.name} has no text that says its exact value")
    rows, columns = a.shape
    texts = [["0"] * columns for _ in range(rows)]
    for i, j, entry in found:
        texts[i][j] = str(entry)
    return texts


def column_of(code: CodeType) -> int:
    """Where on its line a lambda stands: the source of one is that of its whole line, which may have two."""
    return min((place[2] for place in code.co_positions() if place[2]), default=0) if code.co_name == "<lambda>" else 0


def text_of(function: FunctionType) -> str:
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return code_text(function.__code__)


def code_text(code: CodeType) -> str:
    """Where there is no source: the byte code and what it refers to."""
    inner = [code_text(part) if isinstance(part, CodeType) else repr(part) for part in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {inner}"
