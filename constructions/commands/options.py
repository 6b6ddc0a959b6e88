"""What users type: a construction's name or file, sizes and exact parameters."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

from constructions.catalogue import get
from constructions.commands.text import shape_text
from constructions.language import Construction, UnknownName
from constructions.language.quantifier import offer
from constructions.matrix import MatrixError, exact


class Misuse(Exception):
    """A command was asked for something that it cannot do; the text says what to do instead."""


def find(name: str) -> Construction:
    """The construction of a name, a tag, or the one in a file (FILE.py, or FILE.py:NAME if it holds several)."""
    path, _, wanted = name.partition(":")
    if not path.endswith(".py"):
        return get(name)
    found = {value.name: value for value in vars(_module(path)).values() if isinstance(value, Construction)}
    if wanted and wanted not in found:
        raise UnknownName(f"{path} holds no construction {wanted!r}; {offer(wanted, found)}")
    if not wanted and len(found) != 1:
        raise Misuse(f"{path} holds {len(found)} constructions ({', '.join(found) or 'none'}); name one as {path}:NAME")
    return found[wanted or next(iter(found))]


def _module(path: str) -> Any:
    if not Path(path).is_file():
        raise Misuse(f"there is no file {path}; write one with: python -m constructions new {path}")
    name = f"constructions_file_{Path(path).stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)  # type: ignore[union-attr]
    except SyntaxError as error:
        raise Misuse(f"{path}, line {error.lineno}: {error.msg}") from error
    return module


def settings(construction: Construction, words: Iterable[str]) -> tuple[dict[str, int], dict[str, Any]]:
    """The sizes and the exact parameters in words such as eta=0.05, steps=100, 'W_0=[[1,"1/2"]]'."""
    sizes: dict[str, int] = {}
    parameters: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        name = name.strip()
        if not equals or not text.strip():
            raise Misuse(f"cannot read {word!r}: expected NAME=VALUE, e.g. eta=0.05\n{takes(construction)}")
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
    except (ValueError, ZeroDivisionError):
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
    value = _exact_value(name, text)
    if construction.parameters[name].positive and isinstance(value, (int, Fraction)) and value <= 0:
        raise Misuse(f"the parameter {name} must be > 0, got {text.strip()}")
    return value


def _exact_value(name: str, text: str) -> Any:
    """An int, a Fraction, or nested lists of numbers whose decimals are kept exactly."""
    try:
        if text.strip().startswith("["):
            value = json.loads(text, parse_float=str)
            _check_entries(value)
            return value
        return whole_or_fraction(text)
    except (ValueError, ZeroDivisionError, MatrixError) as error:
        expected = 'an exact number such as 3, 0.05 or 1/20, or rows of numbers such as [[1,"1/2"]]'
        raise Misuse(f"cannot read {name}={text}: expected {expected}") from error


def _check_entries(value: Any) -> None:
    if isinstance(value, list):
        for entry in value:
            _check_entries(entry)
    else:
        exact(value)


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


def whole_or_fraction(text: str) -> int | Fraction:
    """A number as typed on a command line: 3, 1/20 or 0.05, all exact."""
    value = Fraction(text)
    return value.numerator if value.denominator == 1 else value
