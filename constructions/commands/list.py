"""`list`: every construction of the catalogue, one a line."""

from __future__ import annotations

import argparse
import shutil
import sys
from typing import Any

from constructions.catalogue import CATALOGUE
from constructions.language import UnknownName
from constructions.language.quantifier import offer
from constructions.views.text import as_json, grid
from constructions.views.theorem.listing import listing

HELP = "every construction, one a line"
EXAMPLES = """examples:
  python -m constructions list
  python -m constructions list | grep newton
  python -m constructions list --long
  python -m constructions list --source akyurek      what is printed of one paper, with its numbers there
  python -m constructions list --json | python -m json.tool"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--long", action="store_true", help="with the sources")
    parser.add_argument(
        "--source", metavar="KEY", help="only those of a source, by its key in docs/refs.bib or a part of it"
    )
    parser.add_argument(
        "--json", action="store_true", help="a list of objects with tag, name, title, chapter and sources"
    )


def run(args: argparse.Namespace) -> str:
    """The table, cut to the width of a terminal where there is one, or the list as JSON."""
    rows = [listing(construction) for construction in CATALOGUE]
    if args.source is not None:
        rows = _of_source(rows, args.source)
    if args.json:
        return as_json(rows)
    long = args.long or args.source is not None
    columns = ["tag", "name", "chapter", "title"] + ["source"] * long
    body = [(*(row[name] for name in columns[:4]), "; ".join(row["sources"]))[: len(columns)] for row in rows]
    text = grid([columns, *body], left=5)
    return text if long or not sys.stdout.isatty() else cut(text, shutil.get_terminal_size().columns)


def _of_source(rows: list[dict[str, Any]], word: str) -> list[dict[str, Any]]:
    """Those with a source whose key has the word; only these sources are shown."""
    kept = [
        {**row, "sources": [s for s in row["sources"] if word.lower() in s.partition(",")[0].lower()]} for row in rows
    ]
    if not any(row["sources"] for row in kept):
        keys = sorted({source.partition(",")[0] for row in rows for source in row["sources"]})
        raise UnknownName(f"no construction has a source {word!r}; {offer(word, keys)}")
    return [row for row in kept if row["sources"]]


def cut(text: str, width: int) -> str:
    """Every line in that many characters; one that was longer ends in …"""
    return "\n".join(line if len(line) <= width else line[: width - 1].rstrip() + "…" for line in text.split("\n"))
