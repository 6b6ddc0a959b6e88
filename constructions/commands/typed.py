"""Numbers as they are typed: exact, and of a size that a 64-bit float can hold, so that reading them is quick."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

from constructions.commands.misuse import Misuse

LONGEST = 400
EXPONENT = re.compile(r"[eE]([+-]?\d[\d_]*)\s*$")
EXPECTED = 'an exact number such as 3, 0.05 or 1/20, or rows of numbers such as [[1,"1/2"]]'


class OutOfRange(Misuse):
    """A number that no 64-bit float comes near."""


def whole_or_fraction(text: str) -> int | Fraction:
    """A number as typed on a command line: 3, 1/20 or 0.05, all exact."""
    text = text.strip()
    exponent = EXPONENT.search(text)
    if len(text) > LONGEST:
        raise OutOfRange(f"{text[:20]}… has {len(text)} characters; write a number with at most {LONGEST}")
    if exponent and (len(exponent[1]) > 6 or abs(int(exponent[1])) > 330 + len(text)):
        raise _out_of_range(text)
    value = Fraction(text)
    try:
        vanishes = value != 0 and float(value) == 0
    except OverflowError:
        vanishes = True
    if vanishes:
        raise _out_of_range(text)
    return value.numerator if value.denominator == 1 else value


def _out_of_range(text: str) -> OutOfRange:
    return OutOfRange(
        f"{text} is out of the range of a 64-bit float, which is about 1e-308 to 1e308; take a number within it"
    )


def exact_value(name: str, text: str) -> Any:
    """An int, a Fraction, or nested lists of these."""
    try:
        if text.strip().startswith("["):
            return _entries(json.loads(text, parse_float=str, parse_int=str))
        return whole_or_fraction(text)
    except OutOfRange as error:
        raise Misuse(f"cannot read {name}: {error}") from error
    except (ValueError, ZeroDivisionError, RecursionError) as error:
        raise Misuse(f"cannot read {name}={text}: expected {EXPECTED}") from error


def _entries(value: Any) -> Any:
    if isinstance(value, list) and value:
        return [_entries(entry) for entry in value]
    if not isinstance(value, str):  # NaN, true, null, {} and []
        raise ValueError(f"{value!r} is no number")
    return whole_or_fraction(value)
