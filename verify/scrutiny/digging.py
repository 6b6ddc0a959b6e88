"""What the functions of a record may not do: look into a matrix, catch its refusals, remember, or look around in the program.

A matrix does not say which model of the reals it lives in, and a symbol does not say that it is no number. Python cannot keep
a secret from a program that digs for it, so the functions of a record, and the functions that they call, are read for the tools
of digging before they are believed. Reading stops honest mistakes and simple tricks; it is no sandbox.
"""

from __future__ import annotations

import builtins
import dis
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from types import CodeType, FunctionType
from typing import Any

from constructions.language import Construction, Reading
from verify.scrutiny.known import BUILTINS, ORDER, VOCABULARY, about
from verify.scrutiny.reading import all_codes, chains, held, is_record, reachable, strings, used

UNDEFINED = ", a name that is not defined"
WORDS = frozenset(
    ["format", "format_map", "attrgetter", "methodcaller", "space", "keywords"]
)  # `space` says which widths are equal; `keywords` of a variant of a function can be written to
SETS = frozenset(["set", "frozenset", "keys"])  # common `keys` of two dictionaries are a set
OPERATIONS = {
    "PUSH_EXC_INFO": "catches exceptions",
    "MATCH_CLASS": "matches classes",
    "IS_OP": "uses `is`",
    "STORE_GLOBAL": "writes to a global name",
    "DELETE_GLOBAL": "deletes a global name",
    "FORMAT_VALUE": "turns a value into text",
    "STORE_ATTR": "writes to an attribute",
    "DELETE_ATTR": "deletes an attribute",
    "BUILD_SET": f"makes {{…}}{ORDER}",
}
SECRETS = ("_arithmetic", "_entries", "{0.", "__")


def digging(construction: Construction) -> str:
    """The first use of a forbidden tool in the record's functions, as a sentence; "" if there is none."""
    for role, function in functions_of(construction):
        if type(function) not in (FunctionType, partial) and not is_record(function):
            return f"{role} is a {type(function).__name__}: give a plain function, which can be read"
        words = VOCABULARY["builder" if role in ("weights", "prompt", "readout", "bound") else "formula"]
        inside = (part for value in held(function) if value is not function for part in about(value, words))
        for complaint in (*inside, *(text for found in reachable(function) for text in complaints(found, words))):
            told = complaint.endswith((UNDEFINED, ORDER))
            reason = "" if told else ": a construction must not find out how it is being checked"
            return f"{role} {complaint}{reason}"
    return ""


def functions_of(construction: Construction) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function of the record with its role."""
    for role in ("weights", "prompt", "readout", "algorithm"):
        yield role, getattr(construction, role)
    for claim in construction.claims:
        if bound := getattr(claim, "bound", None):
            yield "bound", bound
        if claim.algorithm:
            yield "algorithm", claim.algorithm
    if construction.invariant:
        invariant = construction.invariant
        yield from (("invariant", f) for f in (invariant.start, invariant.step, *invariant.holds.values()))
    for step in construction.steps:
        yield from (("proof step", side) for side in (step.left, step.right) if not isinstance(side, Reading))


def complaints(function: FunctionType, vocabulary: list[Any]) -> Iterator[str]:
    """What a function may not use: builtins that dig, other modules, objects that can change, hidden names, `except`."""
    if vars(function):
        yield f"has the attribute {min(vars(function))}, which outlives the call"
    if function.__builtins__ is not vars(builtins):
        yield "brings builtins of its own"
    for names in chains(function.__code__):
        if names[0] not in function.__globals__ and names[0] not in BUILTINS:
            known = ORDER if names[0] in SETS else ""
            yield f"uses {names[0]}{known if hasattr(builtins, names[0]) else UNDEFINED}"
    for value in used(function):
        yield from about(value, vocabulary)
    for part in all_codes(function.__code__):
        for name in part.co_names:
            if (name.startswith("_") and name not in function.__globals__) or name in WORDS:
                yield f"uses {name}"
            elif name in SETS and name not in function.__globals__:
                yield f"uses {name}{ORDER}"
        texts = [text for constant in part.co_consts for text in strings(constant)]
        for text in texts[1 if part.co_consts and part.co_consts[0] == function.__doc__ else 0 :]:
            if any(secret in text for secret in SECRETS):
                yield f"mentions {text!r}"
        yield from operations(part, _around(function.__code__, part))


def _around(whole: CodeType, part: CodeType) -> tuple[str, ...]:
    """The names of the code around a comprehension, which runs at once: `:=` writes to them, and they end with the call."""
    outer = (code.co_cellvars for code in all_codes(whole) if part in code.co_consts)
    return next(outer, ()) if part.co_varnames[:1] == (".0",) else ()


@lru_cache(maxsize=4096)  # as `chains` is
def operations(code: CodeType, around: tuple[str, ...]) -> tuple[str, ...]:
    """What the instructions of a code do that no function of a record may do; `around` are names that it may write to."""
    return tuple(_operations(code, around))


def _operations(code: CodeType, around: tuple[str, ...]) -> Iterator[str]:
    steps = list(dis.get_instructions(code))
    handlers = sum(step.opname == "WITH_EXCEPT_START" for step in steps)
    for before, step in zip([None, *steps], steps, strict=False):
        if step.opname == "PUSH_EXC_INFO" and handlers:
            handlers -= 1
        elif step.opname == "IMPORT_NAME":
            yield f"imports {step.argval}: import it at the top of the file"
        elif step.opname == "STORE_DEREF" and step.argval in {*code.co_freevars} - {*around}:
            yield f"writes to {step.argval}, which outlives the call"
        elif step.opname == "GET_ITER" and before and type(before.argval) is frozenset:
            yield f"goes through {{…}}{ORDER}"
        elif step.argrepr == "%" and any("%" in text for constant in code.co_consts for text in strings(constant)):
            yield "turns a value into text"
        elif step.opname in OPERATIONS and not (step.opname == "IS_OP" and before and before.argval is None):
            yield OPERATIONS[step.opname]
