"""KaTeX's HTML without the boxes that nobody sees: a tenth of the site's bytes were tables of one index."""

from __future__ import annotations

import re

OUTER = '<span class="katex"><span class="katex-html" aria-hidden="true">'
# A row of letters, numbers and words on one line needs no box, and can be read as it stands: half of all formulas are one.
MARKS = (
    r'(?:<span class="mord(?: mathnormal| mathrm)?"(?: style="[^"]*")?>[^<]+</span>'
    r'|<span class="mord"><span class="mord mathrm">[^<]+</span></span>)'
)
ROW = re.compile(
    rf'{OUTER}<span class="katex-base"><span class="katex-strut" style="[^"]*"></span>({MARKS}{{1,4}})</span></span></span>'
)
# An index or a power alone is a table, which keeps its height out of the line; a shift does the same.
LEAF = r'<span class="[^"]*"(?: style="[^"]*")?>[^<]*</span>'
INNER = rf'((?:{LEAF}|<span class="[^"]*">(?:{LEAF})+</span>)+)'
LIST = r'<span class="vlist-r"><span class="vlist" style="height:[\d.]+em;">'
HUNG = (
    rf'{LIST}<span style="top:(-[\d.]+)em;(?:margin-left:(-?[\d.]+)em;)?margin-right:0.05em;">'
    r'<span class="pstrut" style="height:2.7em;"></span>'
    rf'<span class="katex-sizing reset-size6 size3 mtight">{INNER}</span></span></span>'
)
DEPTH = rf'<span class="vlist-s">\u200b</span></span>{LIST}<span></span></span>'
ALONE = re.compile(
    rf'<span class="vlist-t">{HUNG}</span></span>|<span class="vlist-t vlist-t2">{HUNG}{DEPTH}</span></span>'
)
STRUT, SIZE = 2.7, 0.7  # of KaTeX: the height that an index is hung from, and how large it is


# One letter with one index or power needs no box around it either.
LETTER = r'(<span class="mord mathnormal"(?: style="[^"]*")?>[^<]</span>)'
ONE = re.compile(
    rf'{OUTER}<span class="katex-base"><span class="katex-strut" style="[^"]*"></span><span class="mord">{LETTER}'
    rf'(<span class="msupsub"><span class="katex-sizing [^>]*>{INNER}</span></span>)</span></span></span></span>'
)


def row(html: str) -> str:
    """The letters of a formula that is one row of them, or ""."""
    found = ROW.fullmatch(html)
    return found[1] if found else ""


def one(html: str) -> str:
    """Letter and index of a formula that is no more, after `shifted`, or ""."""
    found = ONE.fullmatch(html)
    return f"{found[1]}{found[2]}" if found else ""


def shifted(html: str) -> str:
    """The same formula with every lone index or power as one box, at the same place and in the same size."""
    return ALONE.sub(lambda found: _shifted(*(found.groups()[:3] if found[1] else found.groups()[3:])), html)


def _shifted(top: str, left: str | None, inner: str) -> str:
    down, before, after = ((STRUT + float(top)) / SIZE, float(left or 0) / SIZE, 0.05 / SIZE)
    style = f"position:relative;top:{down:.4f}em;margin:0 {after:.4f}em 0 {before:.4f}em;"
    return f'<span class="katex-sizing reset-size6 size3 mtight" style="{style}">{inner}</span>'
