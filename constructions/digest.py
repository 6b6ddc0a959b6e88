"""The digest of plain values: what certificates and exported files are checked against."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def sha256(value: Any) -> str:
    """SHA-256 of plain values (None, bool, int, str, list, dict with names as keys), written as canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
