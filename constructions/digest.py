"""Plain values and their digest: what certificates and exported files are read as, and checked against."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn


def sha256(value: Any) -> str:
    """SHA-256 of plain values (None, bool, int, str, list, dict with names as keys), written as canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_json(text: str) -> Any:
    """What a text in JSON says. Raises `ValueError` also where readers would not agree: a name that stands twice, NaN."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_number)
    except RecursionError as error:
        raise ValueError("its brackets are too deep") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the field {name!r} stands twice in one object")
        found[name] = value
    return found


def _number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")
