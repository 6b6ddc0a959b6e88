"""Markdown that reads well on a forge and in the site: tables, code, sources, and the marks that the site fills in."""

from __future__ import annotations

import inspect
import linecache
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from constructions.views.theorem.source import source
from docs.pages.tex import formula

ROOT = Path(__file__).parents[2]
ELSEWHERE = "There is no exact value, so the numbers are in the built site only."  # the site leaves this sentence out
ACCENTS = {'"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", "c": "\u0327", "v": "\u030c"}


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """A pipe table; the first `left` columns are aligned left, the others right."""
    rule = ["---" if k < left else "--:" for k in range(len(head))]
    return "\n".join("| " + " | ".join(cell or " " for cell in row) + " |" for row in (head, rule, *rows))


def plain(text: str) -> str:
    """Text that stands in a table or a sentence, with nothing in it taken for markup; an option is code."""
    escaped = re.sub(r"([\\`*_$<>|\[\]])", r"\\\1", text).replace("\n", " ")
    return re.sub(r"(?<!\S)--[a-z]+\b", r"`\g<0>`", escaped)


def maths(text: str) -> str:
    """A formula of the record, or an entry of a block table, between dollar signs; words stay words."""
    if re.fullmatch(r"[·\s]*|[−\d][\d/ ×+−()]*", text):
        return text
    if re.search(r"[a-zA-Z]{3,} [a-zA-Z]{3,}|numbers|…;", text):
        return plain(text)
    head, each, rest = text.rpartition("each ")
    return f"{head}{each}${formula(rest)}$"


def code(text: str, language: str = "python") -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def mark(*words: str) -> str:
    """What the built site puts in at this place; invisible elsewhere."""
    return f"<!-- site: {' '.join(words)} -->"


def sections(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def body_of(function: Any) -> str:
    """The text of a function: of a lambda its own, of a named one all of it."""
    function = function.func if isinstance(function, partial) else function
    if getattr(function, "__name__", "") != "<lambda>":
        return source(function)
    made = function.__code__
    places = [place for place in made.co_positions() if None not in place and place[3]]
    first, last = min((p[0], p[2]) for p in places), max((p[1], p[3]) for p in places)
    lines = [linecache.getline(made.co_filename, n).encode() for n in range(first[0], last[0] + 1)]
    lines[-1] = lines[-1][: last[1]]
    lines[0] = lines[0][first[1] :]
    body = " ".join(line.decode().strip() for line in lines)
    body = re.sub(r",? ([)\]])", r"\1", re.sub(r"([(\[]) ", r"\1", body))
    missing = body.count(")") - body.count("(")  # a bracket that opens the body belongs to no operation
    return f"lambda {', '.join(inspect.signature(function).parameters)}: {'(' * max(0, missing)}{body}{')' * max(0, -missing)}"


def bibliography() -> dict[str, dict[str, str]]:
    """docs/refs.bib: key → its fields, accents resolved."""
    text = (ROOT / "docs" / "refs.bib").read_text(encoding="utf-8")
    entries = re.findall(r"^@\w+\{([^,\s]+),\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    return {
        key: dict((n, unbraced(v)) for n, v in re.findall(r"^\s*(\w+) = \{(.*)\},?$", body, re.M))
        for key, body in entries
    }


def unbraced(text: str) -> str:
    """A BibTeX value as text: {\\"u} is ü, other braces are dropped."""
    import unicodedata

    text = re.sub(r"\{?\\([\"'`^~cv])\{?\\?(\w)\}?\}?", lambda found: found[2] + ACCENTS[found[1]], text)
    return unicodedata.normalize("NFC", re.sub(r"[{}]", "", text.replace("--", "–")))


def cited(key: str, fields: dict[str, str]) -> str:
    """One line for a source: authors, year, title and where it can be read."""
    authors = [name.partition(",")[0] for name in fields["author"].split(" and ")]
    who = authors[0] if len(authors) == 1 else " and ".join(authors) if len(authors) == 2 else f"{authors[0]} et al."
    place = fields.get("journal") or fields.get("booktitle") or fields.get("publisher") or ""
    link = f"[arXiv:{fields['eprint']}](https://arxiv.org/abs/{fields['eprint']})" if "eprint" in fields else place
    return f"{plain(who)} ({fields['year']}), *{plain(fields['title'])}*{', ' + link if link else ''} (`{key}`)"
