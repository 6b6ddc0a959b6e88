"""The Python functions that a record consists of, read as code: what they call, and which names they use."""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterator
from functools import lru_cache, partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

MODULES = frozenset(
    ["math", "fractions", "itertools", "functools", "operator", "constructions", "dataclasses", "typing"]
)

OWN = ("constructions.matrix", "constructions.language.", "constructions.instructions.")  # what records are written in


def reachable(function: Any) -> Iterator[FunctionType]:
    """The Python functions that a function consists of: itself, what it is a variant of, and what its names stand for."""
    seen: set[int] = set()
    waiting = [function]
    while waiting:
        found = waiting.pop()
        if not isinstance(found, FunctionType):
            waiting += [part for part in held(found) if isinstance(part, FunctionType)]
            continue
        if id(found) in seen or own(found):
            continue
        seen.add(id(found))
        yield found
        waiting += used(found)


def used(function: FunctionType) -> list[Any]:
    """What a function's names stand for, and what these hold."""
    return [part for _, value in named(function) for part in held(value)]


def named(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """What a function's names stand for: closure, defaults, globals, and what it takes from modules."""
    yield from zip(
        function.__code__.co_freevars, (cell.cell_contents for cell in function.__closure__ or ()), strict=True
    )
    yield from ((f"default {number}", value) for number, value in enumerate(function.__defaults__ or ()))
    yield from (function.__kwdefaults__ or {}).items()
    for names in chains(function.__code__):
        value, read = function.__globals__.get(names[0]), 1
        while read < len(names) and isinstance(value, ModuleType):
            value, read = getattr(value, names[read], None), read + 1
        yield ".".join(names[:read]), value


def held(value: Any) -> Iterator[Any]:
    """A value and all that it holds, if it is a tuple, a frozen set, a variant of a function or a record of the language."""
    yield value
    inside: tuple[Any, ...] = ()
    if isinstance(value, partial):
        inside = (value.func, *value.args, *value.keywords.values())
    elif isinstance(value, (tuple, frozenset)):
        inside = tuple(value)
    elif is_record(value):
        inside = tuple(getattr(value, name) for name in value.__dataclass_fields__)
    for part in inside:
        yield from held(part)


def is_record(value: Any) -> bool:
    """Whether a value is a frozen record of the language, such as a source or a parameter."""
    kind = type(value)
    parameters = getattr(kind, "__dataclass_params__", None)
    module = sys.modules.get(kind.__module__) if parameters and parameters.frozen else None
    return kind.__module__.startswith(OWN) and getattr(module, kind.__name__, None) is kind


def own(function: FunctionType) -> bool:
    """Whether a function is not read: one of the language itself, or of the libraries that a record may use. The names in which
    it looks things up are those of its true module, whatever it says of itself."""
    name = str(function.__globals__.get("__name__"))
    top = name.partition(".")[0]
    inside = name.startswith(OWN) or (top in MODULES and top != "constructions")
    return inside and name in sys.modules and function.__globals__ is vars(sys.modules[name])


@lru_cache(maxsize=4096)  # code cannot change, and codes are equal only where all that is read of them is
def chains(code: CodeType) -> tuple[tuple[str, ...], ...]:
    """The global names that a function loads, each with the attributes taken from it: gd.step is ("gd", "step")."""
    return tuple(_chains(code))


def _chains(code: CodeType) -> Iterator[tuple[str, ...]]:
    for part in all_codes(code):
        chain: tuple[str, ...] = ()
        for step in dis.get_instructions(part):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                yield from [chain] if chain else []
                chain = (step.argval,)
            elif step.opname in ("LOAD_ATTR", "LOAD_METHOD") and chain:
                chain = (*chain, step.argval)
            elif chain:
                yield chain
                chain = ()
        yield from [chain] if chain else []


def all_codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from all_codes(constant)


def strings(constant: Any) -> Iterator[str]:
    if isinstance(constant, str):
        yield constant
    elif isinstance(constant, (tuple, frozenset)):
        yield from (text for part in constant for text in strings(part))
