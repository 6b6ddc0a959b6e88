"""What no page of a built site may hold: a request to another machine, a raw formula, a mark that nobody filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

MOST = 15_000_000  # bytes of a whole site
TAGS = r"<(?:script|img|iframe|source|link)\b[^>]*?(?:src|href)="
LOADS = re.compile(rf"(?:{TAGS}|@import|url\()[\s\"'(]*((?:https?:)?//[^\"')\s>]+)")
SAID = re.compile(r'<link rel="(?:canonical|author|license)"[^>]*>')  # names a page, and loads nothing
NO_PROSE = re.compile(r"<(script|style|pre|annotation|code|title)\b.*?</\1>", re.DOTALL)
RAW = re.compile(r"\$[^$<>]{1,80}\$|\\begin|\\frac|katex-error|\[\?\?\]|(?:<|&lt;)!-- site: ")


def problems(site: Path, names: Iterable[str] = ()) -> Iterator[str]:
    """A line for everything that is wrong; `names` are the pages that theorems/ must hold."""
    files = [file for file in sorted(site.rglob("*")) if file.is_file()]
    for file in files:
        if file.suffix in (".html", ".css"):
            yield from (
                f"{file.relative_to(site)}: {said}" for said in wrong(file.read_text(encoding="utf-8"), file.suffix)
            )
    pages = {file.stem for file in (site / "theorems").glob("*.html")}
    yield from (f"theorems/{name}.html is missing" for name in names if name not in pages)
    if (size := sum(file.stat().st_size for file in files)) > MOST:
        yield f"the site has {size / 1e6:.1f} MB; {MOST / 1e6:g} is the most"


def wrong(text: str, suffix: str) -> Iterator[str]:
    """What is wrong with one file."""
    yield from (f"asks for {url}" for url in LOADS.findall(SAID.sub("", text)))
    if suffix == ".html":
        yield from (
            f"a raw formula or mark: {found[0]}"
            for found in RAW.finditer(re.sub(r"<[^!][^>]*>", "", NO_PROSE.sub("", text)))
        )
