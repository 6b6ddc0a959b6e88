"""`list`: every construction of the catalogue, one a line."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from constructions.catalogue import CATALOGUE
from constructions.commands.text import as_json, grid
from constructions.language import Construction

HELP = "every construction, one a line"
EXAMPLES = """examples:
  python -m constructions list
  python -m constructions list | grep newton
  python -m constructions list --json | python -m json.tool"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="a list of objects with tag, name, title, chapter and sources"
    )


def run(args: argparse.Namespace) -> str:
    """The table, or the list as JSON."""
    rows = [record(construction) for construction in CATALOGUE]
    if args.json:
        return as_json(rows)
    body = [(row["tag"], row["name"], row["chapter"], row["title"], "; ".join(row["sources"])) for row in rows]
    return grid([("tag", "name", "chapter", "title", "source"), *body], left=5)


def record(construction: Construction) -> dict[str, Any]:
    return {
        "tag": construction.tag,
        "name": construction.name,
        "title": construction.title,
        "chapter": chapter(construction),
        "sources": [f"{source.key}, {source.where}" for source in construction.sources],
    }


def chapter(construction: Construction) -> str:
    """The folder that the theorem file lies in, or "" for a file outside the package."""
    function = getattr(construction.weights, "func", construction.weights)
    parts = (getattr(sys.modules.get(function.__module__), "__name__", "") or "").split(".")
    return parts[1] if len(parts) > 2 and parts[0] == "constructions" else ""
