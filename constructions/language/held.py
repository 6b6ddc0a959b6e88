"""What a function holds that may change between two of its calls.

A proof for all depths calls a step, or makes a layer, once for all of them. So nothing may count the calls: what such a function
holds (in its closure, its defaults, its fixed arguments) must be a value that stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from fractions import Fraction
from functools import partial
from types import BuiltinFunctionType, FunctionType, MappingProxyType, ModuleType
from typing import Any

from constructions.matrix import Matrix, Size, Unsupported
from constructions.matrix.formula import Family
from constructions.matrix.sizes import Index

FIXED = (type(None), bool, int, float, str, bytes, Fraction, range, ModuleType, Matrix, Size, Index, Family)
OURS = ("builtins", "fractions", "itertools", "math", "constructions")  # whose classes cannot be changed by a record


def check_keeps_nothing(what: str, function: Any) -> None:
    """Refuse a function that could count its calls."""
    if changing := next(_changing(function, set()), None):
        raise Unsupported(f"{what} hold a {changing}, which may count them, so one of them says nothing of the others")


def _changing(value: Any, seen: set[int]) -> Iterator[str]:
    """The types of what is held and may change."""
    if type(value) in FIXED or id(value) in seen:
        return
    seen.add(id(value))
    inside = _inside(value)
    if inside is None:
        yield type(value).__name__
    for part in inside or ():
        yield from _changing(part, seen)


def _inside(value: Any) -> list[Any] | None:
    """What a value that cannot change consists of; None for one that can, or of which nothing is known."""
    if isinstance(value, FunctionType):
        return [*_cells(value), *(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
    if type(value) is partial:
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, BuiltinFunctionType):
        return [value.__self__]
    if isinstance(value, type):
        return [] if value.__module__.partition(".")[0] in OURS else None
    if type(value) in (tuple, frozenset):
        return list(value)
    if type(value) is MappingProxyType:
        return list(value.values())
    frozen = is_dataclass(value) and type(value).__dataclass_params__.frozen  # type: ignore[attr-defined]
    return [getattr(value, name) for name in type(value).__dataclass_fields__] if frozen else None


def _cells(function: FunctionType) -> Iterator[Any]:
    """What the names of an outer function stand for, as far as they stand for something by now."""
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # no value yet
            continue
