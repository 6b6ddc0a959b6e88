"""What the functions of a record may not do: look into a matrix, catch its refusals, remember, or look around in the program.

A matrix does not say which model of the reals it lives in, and a symbol does not say that it is no number. Python cannot keep
a secret from a program that digs for it, so the functions of a record, and the functions that they call, are read for the tools
of digging before they are believed. Reading stops honest mistakes and simple tricks; it is no sandbox.
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType, NoneType
from typing import Any

import constructions.instructions
import constructions.language
import constructions.matrix
from constructions.language import Construction, Reading
from constructions.matrix import Matrix
from verify.scrutiny.reading import MODULES, OWN, all_codes, chains, own, reachable, strings, used

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
        "frozenset",
        "int",
        "len",
        "list",
        "map",
        "max",
        "min",
        "next",
        "object",
        "pow",
        "print",
        "range",
        "reversed",
        "round",
        "set",
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
WORDS = frozenset(["format", "format_map", "attrgetter", "methodcaller"])
OPERATIONS = {
    "PUSH_EXC_INFO": "catches exceptions",
    "MATCH_CLASS": "matches classes",
    "IS_OP": "uses `is`",
    "STORE_GLOBAL": "writes to a global name",
    "DELETE_GLOBAL": "deletes a global name",
    "FORMAT_VALUE": "turns a value into text",
    "STORE_ATTR": "writes to an attribute",
    "DELETE_ATTR": "deletes an attribute",
}
CONSTANTS = (NoneType, bool, int, float, str, bytes, Fraction, Matrix, frozenset, tuple)
SECRETS = ("_arithmetic", "_entries", "{0.", "__")
VOCABULARY = {
    role: [getattr(constructions.matrix, name) for name in constructions.matrix.__all__ if name != "Matrix"]
    for role in ("formula", "builder")
}
VOCABULARY["builder"] += [
    getattr(constructions.language, name)
    for name in constructions.language.__all__
    if name not in ("Instance", "at", "build")
]
VOCABULARY["builder"] += [getattr(constructions.instructions, name) for name in constructions.instructions.__all__]


def digging(construction: Construction) -> str:
    """The first use of a forbidden tool in the record's functions, as a sentence; "" if there is none."""
    for role, function in functions_of(construction):
        if not isinstance(function, (FunctionType, partial)):
            return f"{role} is a {type(function).__name__}: give a plain function, which can be read"
        kind = "builder" if role in ("weights", "prompt", "readout", "bound") else "formula"
        for found in reachable(function):
            for complaint in complaints(found, VOCABULARY[kind]):
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


def complaints(function: FunctionType, vocabulary: list[Any]) -> Iterator[str]:
    """What a function may not use: builtins that dig, other modules, objects that can change, hidden names, `except`."""
    for names in chains(function.__code__):
        if names[0] not in function.__globals__ and names[0] not in BUILTINS:
            yield f"uses {names[0]}"
    for value in used(function):
        yield from _about(value, vocabulary)
    for part in all_codes(function.__code__):
        for name in part.co_names:
            if (name.startswith("_") and name not in function.__globals__) or name in WORDS:
                yield f"uses {name}"
        texts = [text for constant in part.co_consts for text in strings(constant)]
        for text in texts[1 if part.co_consts and part.co_consts[0] == function.__doc__ else 0 :]:
            if any(secret in text for secret in SECRETS):
                yield f"mentions {text!r}"
        yield from _operations(part)


def _about(value: Any, vocabulary: list[Any]) -> Iterator[str]:
    """What is wrong with something that a function refers to. What is not known is not believed."""
    if isinstance(value, ModuleType):
        if value.__name__.partition(".")[0] not in MODULES:
            yield f"uses the module {value.__name__}"
    elif isinstance(value, (type, FunctionType)):
        if own_language(value) and not any(value is word for word in vocabulary):
            yield f"uses {value.__name__}"
        elif isinstance(value, type) and not own(value.__module__) and value.__module__ != "builtins":
            yield f"uses the class {value.__name__}, which is not read"
    elif isinstance(value, BuiltinFunctionType):
        if not own(value.__module__):
            yield f"calls {value.__name__}, which is not read"
    elif not (isinstance(value, (*CONSTANTS, partial)) or is_frozen(value)):
        yield f"uses a {type(value).__name__}, which can change or is not read"


def is_frozen(value: Any) -> bool:
    """Whether a value is a frozen record of the language, such as a source or a parameter."""
    parameters = getattr(type(value), "__dataclass_params__", None)
    return bool(parameters and parameters.frozen and own_language(type(value)))


def own_language(value: Any) -> bool:
    return (value.__module__ or "").startswith(OWN)


def _operations(code: CodeType) -> Iterator[str]:
    steps = list(dis.get_instructions(code))
    handlers = sum(step.opname == "WITH_EXCEPT_START" for step in steps)
    for before, step in zip([None, *steps], steps, strict=False):
        if step.opname == "PUSH_EXC_INFO" and handlers:
            handlers -= 1
        elif step.opname == "IMPORT_NAME" and str(step.argval).partition(".")[0] not in MODULES:
            yield f"imports {step.argval}"
        elif step.opname == "STORE_DEREF" and step.argval in code.co_freevars:
            yield f"writes to {step.argval}, which outlives the call"
        elif step.argrepr == "%" and any("%" in text for constant in code.co_consts for text in strings(constant)):
            yield "turns a value into text"
        elif step.opname in OPERATIONS and not (step.opname == "IS_OP" and before and before.argval is None):
            yield OPERATIONS[step.opname]
