"""`python -m docs.pages`: print the page of every theorem; or find stale pages (--check), or faults of a built site (--scan)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from constructions import CATALOGUE
from constructions.language import Construction
from docs.pages.markdown import ROOT
from docs.pages.scan import problems
from docs.pages.theorem import PLACE, page

TAGS = ROOT / "docs" / "tags.txt"


def stale(place: Path = PLACE) -> Iterator[str]:
    """Every page that differs from its record, is missing, or has no record."""
    yield from mistagged()
    names = {f"{record.name}.md" for record in CATALOGUE} | {"index.md"}
    for record in CATALOGUE:
        file = place / f"{record.name}.md"
        if not file.exists():
            yield f"{file.name} is missing"
        elif (line := differs(file.read_text(encoding="utf-8"), page(record))) is not None:
            yield f"{file.name}:{line} differs from the record of {record.tag} {record.name}"
    yield from (f"{file.name} belongs to no record" for file in sorted(place.glob("*.md")) if file.name not in names)


def mistagged(records: Sequence[Construction] = CATALOGUE, known: Path = TAGS) -> Iterator[str]:
    """Every tag that is not on the permanent list with its theorem, and every line of the list that is used again."""
    lines = [line.split()[:2] for line in known.read_text(encoding="utf-8").splitlines() if line.startswith("ICL-")]
    tags = [tag for tag, *_ in lines]
    yield from (f"{known.name}: {tag} is listed twice" for tag in sorted({tag for tag in tags if tags.count(tag) > 1}))
    for record in records:
        if [record.tag, record.name] not in lines:
            yield f"{record.tag} {record.name} is not in {known.name}: append it, or take the next free number"


def differs(old: str, new: str) -> int | None:
    """The first line that differs, counted from 1."""
    if old == new:
        return None
    pairs = zip([*old.splitlines(), None], [*new.splitlines(), None], strict=False)
    return next((number for number, (a, b) in enumerate(pairs, start=1) if a != b), 1)


def main(argv: Sequence[str] | None = None) -> int:
    """0 when nothing is wrong, 1 when a page is stale (--check) or a site is not as it should be (--scan)."""
    parser = argparse.ArgumentParser(prog="python -m docs.pages", description=__doc__)
    _ = parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 if a page is stale")
    _ = parser.add_argument(
        "--scan", type=Path, metavar="SITE", help="write nothing; look through a site that was built"
    )
    options = parser.parse_args(argv)
    if options.scan:
        found = list(problems(options.scan, [record.name for record in CATALOGUE]))
        for text in found:
            print(text, file=sys.stderr)
        return 1 if found else 0
    if options.check:
        found = list(stale())
        for text in found:
            print(f"docs/theorems/{text}; print it again: python -m docs.pages", file=sys.stderr)
        return 1 if found else 0
    for record in CATALOGUE:
        _ = (PLACE / f"{record.name}.md").write_text(page(record), encoding="utf-8")
    print(f"{len(CATALOGUE)} pages in docs/theorems")
    return 0


if __name__ == "__main__":
    sys.exit(main())
