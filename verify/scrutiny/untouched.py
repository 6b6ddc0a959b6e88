"""Whether a file, when it was executed, changed the program that is going to judge it: its modules, classes, functions, tables.

Names that are bound anew are found, and attributes of classes that are new, other or gone. Like reading the source, this stops
accidents and simple tricks; a file runs with the rights of the program and could hide what it did.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any

PARTS = ("builtins", "fractions", "math", "constructions", "verify")
State = Mapping[str, Any]


def state() -> State:
    """Everything that names of the program stand for now, by path. The values are held, so that none can take another's place."""
    found: dict[str, Any] = {}
    seen: set[int] = set()
    for name, module in list(sys.modules.items()):
        if module is not None and name.partition(".")[0] in PARTS:
            found[name] = module
            for key, value in list(vars(module).items()):
                if not key.startswith("_") or isinstance(value, FunctionType):
                    found |= dict(_parts(f"{name}.{key}", value, seen))
    return found


def touched(before: State) -> str:
    """The first path that stands for something else now, or for nothing; "" if there is none."""
    now = state()
    gone = (path for path, value in before.items() if path not in now or now[path] is not value)
    added = (path for path in now if "::" in path and path not in before and path.partition("::")[0] in before)
    return next((path.replace("::", ".") for found in (gone, added) for path in found), "")


def _parts(path: str, value: Any, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """A value, and what it consists of where that decides what it does; everything once."""
    yield path, value
    if id(value) not in seen:
        seen.add(id(value))
        for name, part in _inside(path, value):
            yield from _parts(name, part, seen)


def _inside(path: str, value: Any) -> list[tuple[str, Any]]:
    """`::` joins a class and its attribute."""
    kind, ours = type(value), value if isinstance(value, type) else type(value)
    if isinstance(value, FunctionType):
        return [(f"{path}.__code__", value.__code__)]
    if kind is dict:
        return [(f"{path}[{key!r}]", part) for key, part in value.items() if isinstance(key, (str, type))]
    if str(ours.__module__).partition(".")[0] not in PARTS[1:]:  # what is built in cannot change
        return []
    if isinstance(value, type):
        return [(f"{path}::{key}", part) for key, part in list(vars(value).items())]
    names = getattr(kind, "__dataclass_fields__", ())
    return [(f"{path}.{name}", vars(value).get(name)) for name in names if hasattr(value, "__dict__")]
