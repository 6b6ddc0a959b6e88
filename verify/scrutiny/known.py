"""What the functions of a record may refer to: the language, a few functions of the library, and values that cannot change.

A thing is known by being it, not by what it is called or says of itself: a name can be bound to anything, and a class may name
any module as its own.
"""

from __future__ import annotations

import builtins
import dataclasses
import functools
import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from types import BuiltinFunctionType, FunctionType, ModuleType, NoneType
from typing import Any

import constructions.instructions
import constructions.language
import constructions.matrix
from constructions.matrix import Matrix
from verify.scrutiny.reading import MODULES, OWN, is_record, own

BUILTINS = frozenset(
    [
        "abs",
        "all",
        "any",
        "bool",
        "dict",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "int",
        "len",
        "list",
        "map",
        "max",
        "min",
        "next",
        "pow",
        "print",
        "range",
        "reversed",
        "round",
        "slice",
        "sorted",
        "staticmethod",
        "sum",
        "super",
        "tuple",
        "zip",
        "ValueError",
        "TypeError",
    ]
)
LIBRARY = [
    *(value for name, value in vars(builtins).items() if name in BUILTINS),
    *(value for module in (math, itertools) for name, value in vars(module).items() if not name.startswith("_")),
    *(Fraction, functools.partial, functools.reduce, dataclasses.replace),
]
ORDER = "; the order of a set is another one in every process: write a tuple or a sorted list"
CONSTANTS = (NoneType, bool, int, float, str, bytes, Fraction, Matrix, tuple, partial)  # and no subclasses
INSIDE = ("Arithmetic", "Matrix", "Size")  # by which a symbol could be told from a number
VOCABULARY = {
    role: [getattr(constructions.matrix, name) for name in constructions.matrix.__all__ if name not in INSIDE]
    for role in ("formula", "builder")
}
VOCABULARY["builder"] += [
    getattr(constructions.language, name)
    for name in constructions.language.__all__
    if name not in ("Instance", "at", "build")
]
VOCABULARY["builder"] += [getattr(constructions.instructions, name) for name in constructions.instructions.__all__]


def about(value: Any, vocabulary: list[Any]) -> Iterator[str]:
    """What is wrong with something that a function refers to. What is not known is not believed; what a value holds (a tuple,
    a variant of a function, a record of the language) is looked at by itself."""
    if isinstance(value, ModuleType):
        known = value.__name__.partition(".")[0] in MODULES
        yield f"passes the module {value.__name__} on" if known else f"uses the module {value.__name__}"
    elif isinstance(value, (type, FunctionType, BuiltinFunctionType)):
        if any(value is word for word in (*vocabulary, *LIBRARY)):
            return
        if isinstance(value, BuiltinFunctionType):
            yield f"calls {value.__name__}, which is not read"
        elif isinstance(value, type) and not (value.__module__ or "").startswith(OWN):
            yield f"uses the class {value.__name__}, which is not read"
        elif isinstance(value, type) or own(value):
            yield f"uses {value.__name__}"
    elif type(value) is frozenset:
        yield f"uses a frozenset{ORDER}"
    elif type(value) not in CONSTANTS and not is_record(value):
        yield f"uses a {type(value).__name__}, which can change or is not read"
