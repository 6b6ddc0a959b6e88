"""Constructed networks in the tools that people use already. Each module is imported on demand and needs its own library."""

from __future__ import annotations

from fractions import Fraction
from importlib.util import find_spec
from math import isfinite
from typing import Any


class MissingLibrary(ImportError):
    """A library that an interop module needs is not installed; the text says how to install it."""


def need(library: str, extra: str, what: str) -> None:
    """Refuse, with the command to type, where `library` cannot be imported."""
    if find_spec(library) is None:
        raise MissingLibrary(
            f'{what} needs {library}, which is not installed: python -m pip install "icl-constructions[{extra}]"',
            name=library,
        )


def decimal(value: Any) -> Any:
    """A float as the decimal number that it prints as (0.1 is 1/10), entry by entry of lists, arrays and tensors."""
    if hasattr(value, "tolist"):  # arrays, tensors, and the numbers of numpy
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [decimal(entry) for entry in value]
    return Fraction(repr(value)) if isinstance(value, float) and isfinite(value) else value
