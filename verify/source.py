"""What the functions of a record may not do: look into a matrix, catch its refusals, or look around in the program.

A matrix does not say which model of the reals it lives in. Python cannot keep a secret from a program that digs for it, so the
functions of a record, and the functions that they call, are read for the tools of digging before they are believed.
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

from constructions.language import Construction, Reading

DIGGING = frozenset(
    [
        "getattr",
        "setattr",
        "delattr",
        "hasattr",
        "vars",
        "dir",
        "eval",
        "exec",
        "compile",
        "globals",
        "locals",
        "open",
        "__import__",
        "isinstance",
        "issubclass",
        "type",
        "callable",
        "id",
        "hash",
        "repr",
    ]
)
OPERATIONS = {"PUSH_EXC_INFO": "catches exceptions", "MATCH_CLASS": "matches classes", "IS_OP": "uses `is`"}
MODULES = frozenset(
    ["sys", "os", "inspect", "gc", "ctypes", "builtins", "importlib", "traceback", "pickle", "subprocess", "threading"]
)
PACKAGES = (
    "constructions.matrix",
    "constructions.language",
    "numpy",
    "fractions",
    "math",
    "functools",
    "itertools",
    "operator",
)


def digging(construction: Construction) -> str:
    """The first use of a forbidden tool in the record's functions, as a sentence; "" if there is none."""
    for role, function in functions_of(construction):
        if not isinstance(function, (FunctionType, partial)):
            return f"{role} is a {type(function).__name__}: give a plain function, which can be read"
        for found in reachable(function):
            for complaint in complaints(found.__code__, found):
                return f"{role} {complaint}: a construction must not find out how it is being checked"
    return ""


def functions_of(construction: Construction) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function of the record with its role."""
    for role in ("weights", "prompt", "readout", "algorithm"):
        yield role, getattr(construction, role)
    for claim in construction.claims:
        if bound := getattr(claim, "bound", None):
            yield "bound", bound
    if construction.invariant:
        invariant = construction.invariant
        yield from (("invariant", f) for f in (invariant.start, invariant.step, *invariant.holds.values()))
    for step in construction.steps:
        yield from (("proof step", side) for side in (step.left, step.right) if not isinstance(side, Reading))


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
        cells = [cell.cell_contents for cell in found.__closure__ or ()]
        waiting += [*cells, *(found.__defaults__ or ()), *(found.__kwdefaults__ or {}).values(), *named(found)]


def own(module: str | None) -> bool:
    """Whether a module belongs to the packages whose functions are not read: the language itself, numpy, the standard library's."""
    return any((module or "") == package or (module or "").startswith(f"{package}.") for package in PACKAGES)


def named(function: FunctionType) -> Iterator[Any]:
    """What the global names of a function stand for, and the functions that it takes from modules."""
    names = set(all_names(function.__code__))
    for name in names:
        value = function.__globals__.get(name)
        yield value
        if isinstance(value, ModuleType) and not own(value.__name__):
            yield from (getattr(value, attribute, None) for attribute in names)


def complaints(code: CodeType, function: FunctionType) -> Iterator[str]:
    """Forbidden names, modules and `except` clauses in a function's code."""
    for name in all_names(code):
        value = function.__globals__.get(name)
        if (name.startswith("_") and not isinstance(value, FunctionType)) or name in DIGGING:
            yield f"uses {name}"
        if isinstance(value, ModuleType) and value.__name__.partition(".")[0] in MODULES:
            yield f"uses the module {value.__name__}"
    for part in all_codes(code):
        before = None
        for step in dis.get_instructions(part):
            if step.opname in OPERATIONS and not (step.opname == "IS_OP" and before and before.argval is None):
                yield OPERATIONS[step.opname]
            before = step


def all_codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from all_codes(constant)


def all_names(code: CodeType) -> Iterator[str]:
    for part in all_codes(code):
        yield from part.co_names
