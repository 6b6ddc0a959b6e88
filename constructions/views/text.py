"""Aligned columns of text, and numbers as people read them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from constructions.matrix.sizes import text


def grid(rows: Sequence[Sequence[str]], left: int = 1, gap: str = "   ") -> str:
    """Rows of cells as aligned columns; the first `left` columns are aligned left, the others right."""
    widths = [max(len(row[k]) for row in rows if k < len(row)) for k in range(max(map(len, rows), default=0))]
    lines = (
        gap.join(cell.ljust(widths[k]) if k < left else cell.rjust(widths[k]) for k, cell in enumerate(row))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def indent(text: str, by: int = 2) -> str:
    return "\n".join(" " * by + line if line else "" for line in text.split("\n"))


def shown(value: Any) -> str:
    """A number in a few characters: −1.25, 3, 0.3333; a zero that was rounded says so by its exponent."""
    if isinstance(value, Fraction) and value.denominator == 1 and abs(value.numerator) < 10**6:
        return str(value.numerator).replace("-", "−")
    try:
        return f"{float(value):.4g}".replace("-", "−")
    except OverflowError:
        return "−huge" if value < 0 else "huge"


def exactly(value: Any) -> Any:
    """A number for JSON: a float as it is, a rational as an integer or as a string such as "1/3"."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else str(value)
    return value


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=not _unicode(sys.stdout.encoding), indent=2, allow_nan=False)


def _unicode(encoding: str | None) -> bool:
    return (encoding or "").lower().replace("-", "").startswith("utf")


def size_text(size: Any) -> str:
    """A size without spaces: d_x+d_y."""
    return text(size).replace(" ", "")


def shape_text(shape: Sequence[Any]) -> str:
    """A shape by the names of its sizes: steps×(d_x+1)×(d_x+1)."""
    words = [size_text(size) for size in shape]
    return "×".join(f"({word})" if re.search(r"[+-]", word) else word for word in words)


def counted_from_one(formula: str) -> str:
    """A formula for the reader, whose indices start at 1: P[0][2] becomes P[1][3], and eta[0:2] becomes eta[1:2]."""
    return re.sub(r"(?<=[\w\]])\[(\d[\d:,]*|:,[\d:]+)\]", lambda found: f"[{_parts(found[1])}]", formula)


def _parts(inside: str) -> str:
    return ",".join(_from_one(part) for part in inside.split(","))


def _from_one(part: str) -> str:
    first, colon, end = part.partition(":")
    return f"{int(first) + 1}{colon}{end}" if first else part
