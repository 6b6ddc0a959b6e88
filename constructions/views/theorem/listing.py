"""A construction in one line: tag, name, title, chapter and sources."""

from __future__ import annotations

import sys
from typing import Any

from constructions.language import Construction
from constructions.language.quantifier import written


def listing(construction: Construction) -> dict[str, Any]:
    return {
        "tag": construction.tag,
        "name": construction.name,
        "title": construction.title,
        "chapter": chapter(construction),
        "sources": [f"{source.key}, {source.where}" for source in construction.sources],
    }


def chapter(construction: Construction) -> str:
    """The folder that the theorem file lies in, or "" for a file outside the package."""
    function = written(construction.weights)
    parts = (getattr(sys.modules.get(function.__module__), "__name__", "") or "").split(".")
    return parts[1] if len(parts) > 2 and parts[0] == "constructions" else ""
