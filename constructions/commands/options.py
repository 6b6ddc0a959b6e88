"""What users type: a construction's name or file, sizes and exact parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from constructions.catalogue import CATALOGUE, get
from constructions.commands.misuse import Misuse
from constructions.commands.patience import patience
from constructions.commands.typed import OutOfRange, exact_value, whole_or_fraction
from constructions.language import Construction, UnknownName
from constructions.language.quantifier import offer
from constructions.language.reduced import parted, reduced
from constructions.loading import load_file
from constructions.views.text import shape_text

NAMED = "a name or tag of `list`, or FILE.py; NAME@CLAIM has the network of one claim (a word of it, or its number)"
FILE = re.compile(r"(.*\.py)(?::(.*))?")


def find(name: str) -> Construction:
    """The construction of a name, a tag, or the one in a file (FILE.py, or FILE.py:NAME if it holds several).

    NAME@CLAIM is the record reduced to one of its claims, with that claim's network: CLAIM is its number, or a word of its text.
    """
    head, claim = parted(name)
    return _found(head) if claim is None else reduced(_found(head), claim)


def name_of_claim(name: str, record: Construction) -> str:
    """NAME@CLAIM with the record's own name, where a claim was named; else ""."""
    _, claim = parted(name)
    return "" if claim is None else f"{record.name}@{claim.strip()}"


def _found(name: str) -> Construction:
    file = FILE.fullmatch(name)
    if file is None:
        spelled = {word.lower(): word for known in CATALOGUE for word in (known.name, known.tag)}
        return get(spelled.get(name.strip().lower(), name))
    path, wanted = file.groups()
    with patience("executing it"):
        found = {record.name: record for record in load_file(path)}
    if wanted and wanted not in found:
        raise UnknownName(f"{path} holds no construction {wanted!r}; {offer(wanted, found)}")
    if not wanted and len(found) != 1:
        raise Misuse(f"{path} holds {len(found)} constructions ({', '.join(found)}); name one as {path}:NAME")
    return found[wanted or next(iter(found))]


def file_of(name: str) -> str | None:
    """The file that such a name asks for, if it asks for one."""
    file = FILE.fullmatch(name) or FILE.fullmatch(parted(name)[0])
    return file[1] if file else None


def settings(construction: Construction, words: Iterable[str]) -> tuple[dict[str, int], dict[str, Any]]:
    """The sizes and the exact parameters in words such as eta=0.05, steps=100, 'W_0=[[1,"1/2"]]'."""
    sizes: dict[str, int] = {}
    parameters: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        name = name.strip()
        if not equals or not text.strip():
            example = f"{name}={construction.sizes[name]}" if name in construction.sizes else "eta=0.05"
            raise Misuse(f"cannot read {word!r}: expected NAME=VALUE, e.g. {example}\n{takes(construction)}")
        if name in sizes or name in parameters:
            raise Misuse(f"{name} is set twice; set it once")
        if name in construction.sizes:
            sizes[name] = size(name, text)
        elif name in construction.parameters:
            parameters[name] = _parameter(construction, name, text)
        else:
            known = [*construction.sizes, *construction.parameters]
            raise UnknownName(
                f"{construction.name} has no size or parameter {name!r}; {offer(name, known)}\n{takes(construction)}"
            )
    return sizes, parameters


def size(name: str, text: str) -> int:
    """A whole number ≥ 1."""
    try:
        value = whole_or_fraction(text)
    except (ValueError, ZeroDivisionError, OutOfRange):
        value = None
    if not isinstance(value, int) or value < 1:
        raise Misuse(f"the size {name} must be a whole number ≥ 1, got {text.strip()!r}")
    return value


def require_parameters(construction: Construction, given: Iterable[str]) -> None:
    """Refuse a run that leaves out a parameter without default."""
    missing = [name for name, p in construction.parameters.items() if p.default is None and name not in set(given)]
    if missing:
        raise Misuse(
            f"{construction.name} needs {', '.join(missing)}; give it with --set {missing[0]}=…\n{takes(construction)}"
        )


def _parameter(construction: Construction, name: str, text: str) -> Any:
    value = exact_value(name, text)
    if construction.parameters[name].positive and isinstance(value, (int, Fraction)) and value <= 0:
        raise Misuse(f"the parameter {name} must be > 0, got {text.strip()}")
    return value


def takes(construction: Construction) -> str:
    """What a construction takes: its sizes, and its parameters with shapes, defaults and meaning."""
    sizes = ", ".join(f"{name} (default {value})" for name, value in construction.sizes.items())
    lines = [f"{construction.name} takes the sizes {sizes}"]
    for name, parameter in construction.parameters.items():
        shape = shape_text(parameter.shape) or "a number"
        default = "no default: must be given" if parameter.default is None else f"default {parameter.default}"
        positive = ", > 0" if parameter.positive else ""
        meaning = f": {parameter.meaning}" if parameter.meaning else ""
        lines.append(f"  {name} ({shape}{positive}, {default}){meaning}")
    return "\n".join(lines)
