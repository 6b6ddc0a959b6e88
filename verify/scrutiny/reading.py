"""The Python functions that a record consists of, read as code: what they call, and which names they use."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from functools import partial
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
        if isinstance(found, partial):
            waiting += [found.func, *found.args, *found.keywords.values()]
        if not isinstance(found, FunctionType) or id(found) in seen or own(found.__module__):
            continue
        seen.add(id(found))
        yield found
        waiting += used(found)


def used(function: FunctionType) -> list[Any]:
    """What a function's names stand for: closure, defaults, globals, what it takes from modules, and what tuples hold."""
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    values = [*cells, *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    for names in chains(function.__code__):
        value = function.__globals__.get(names[0])
        for attribute in names[1:]:
            if not isinstance(value, ModuleType):
                break
            value = getattr(value, attribute, None)
        values.append(value)
    return [part for value in values for part in (value if isinstance(value, tuple) else (value,))]


def own(module: str | None) -> bool:
    """Whether a module's functions are not read: the language itself, and the libraries that a record may use."""
    top = (module or "").partition(".")[0]
    inside = (module or "").startswith(OWN)
    return inside or (top in MODULES and top != "constructions")


def chains(code: CodeType) -> Iterator[tuple[str, ...]]:
    """The global names that a function loads, each with the attributes taken from it: gd.step is ("gd", "step")."""
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


def all_names(code: CodeType) -> Iterator[str]:
    for part in all_codes(code):
        yield from part.co_names


def strings(constant: Any) -> Iterator[str]:
    if isinstance(constant, str):
        yield constant
    elif isinstance(constant, (tuple, frozenset)):
        yield from (text for part in constant for text in strings(part))
