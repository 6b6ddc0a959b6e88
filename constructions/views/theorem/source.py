"""The text of an algorithm as it stands in the file, with the textbook functions that it calls."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from constructions.language.quantifier import written

TEXTBOOK = "constructions.algorithms"


def algorithm_source(function: Callable[..., Any]) -> str:
    """The algorithm, then the functions of the textbook's side that it calls, each once."""
    function = written(function)
    return "\n\n".join(source(each) for each in [function, *_called(function, set())])


def source(function: Any) -> str:
    try:
        return textwrap.dedent(inspect.getsource(function)).strip()
    except (OSError, TypeError):
        return f"(the source of {getattr(function, '__name__', 'this function')} is not available)"


def _names(code: CodeType) -> Iterator[str]:
    """The names that a function uses, those in its lambdas included."""
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _names(part)


def _called(function: Any, seen: set[Any]) -> Iterator[FunctionType]:
    if not isinstance(function, FunctionType):
        return
    names = list(dict.fromkeys(_names(function.__code__)))
    for name in names:
        value = function.__globals__.get(name)
        if isinstance(value, ModuleType) and value.__name__.startswith(TEXTBOOK):
            found = [vars(value)[inner] for inner in names if inner in vars(value)]
        else:
            found = [value]
        for each in found:
            if isinstance(each, FunctionType) and each.__module__.startswith(TEXTBOOK) and each not in seen:
                seen.add(each)
                yield each
                yield from _called(each, seen)
