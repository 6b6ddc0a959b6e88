"""A Sphinx extension: fills in the marks of the committed pages from the records and from one run of the verifier."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

from docs.pages import overview, pictures, reference, roles, standings
from docs.pages.__main__ import stale
from docs.pages.markdown import ELSEWHERE, ROOT
from docs.pages.report import NoReport, Reports, read

log = logging.getLogger(__name__)
MARK = re.compile(r"^<!-- site: (\S+)(?: (.+?))? -->$", re.MULTILINE)
CELL = re.compile(r'<(t[dh]) class="(head )?text-right"><p>((?:(?!</?p>).)*)</p></t[dh]>', re.DOTALL)
# Names that no rule of style asks for: of each there are thousands.
SHORTER = {
    ' class="docutils literal notranslate"': ' class="literal"',
    'class="table-wrapper colwidths-auto docutils container"': 'class="table-wrapper"',
    '<tr class="row-odd">': "<tr>",
    '<tr class="row-even">': "<tr>",
    ' title="Link to this heading"': ' title="Link"',
}
BOX = re.compile(r'<pre(?=>)|<div class="table-wrapper[^"]*"')
PICTURE = re.compile(r'<img [^>]*_images/[\w-]+\.svg"[^>]*>')
SITE = overview.PRINTERS | reference.PRINTERS


def start(app: Sphinx) -> None:
    """Read the report, begin to draw, and refuse committed pages that differ from their records."""
    try:
        app.icl_reports = read()  # type: ignore[attr-defined]
    except NoReport as missing:
        raise ExtensionError(str(missing)) from None
    folder = Path(app.outdir) / "_images" / "figures"
    app.icl_album = pictures.Album(app.icl_reports.found, folder)  # type: ignore[attr-defined]
    for text in stale():
        log.warning(
            "%s; print it again: python -m docs.pages", text, location="theorems/index", type="pages", subtype="stale"
        )


def fill(app: Sphinx, name: str, text: list[str]) -> None:
    """Marks become what they ask for; links to files of the repository become links into it, as downloads."""
    reports: Reports = app.icl_reports  # type: ignore[attr-defined]

    def fail(message: str) -> None:
        log.warning("%s", message, location=name, type="pages", subtype="fails")

    def put(found: re.Match[str]) -> str:
        if found[1] == "figures":
            return app.icl_album.shown(name.rpartition("/")[2], found[2].split())  # type: ignore[attr-defined]
        return printed(reports, name, found[1], found[2], fail)

    text[0] = MARK.sub(put, unlinked(text[0].replace(ELSEWHERE, ""), name))


def mend(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """What Sphinx and the theme leave out: boxes that scroll take the focus, headings have a level; and long cells are shorter."""
    body = roles.painted(context.get("body") or "", roles.of_page(page))
    body = CELL.sub(lambda found: f'<{found[1]} class="r">{found[3]}</{found[1]}>', body)
    for long, short in SHORTER.items():
        body = body.replace(long, short)
    body = PICTURE.sub(r'<span class="scroll picture" tabindex="0">\g<0></span>', body)
    body = BOX.sub(r'\g<0> tabindex="0"', body)
    sides = context.get("furo_navigation_tree") or ""
    context |= {"body": body, "furo_navigation_tree": sides.replace('role="heading"', 'role="heading" aria-level="2"')}


def finish(app: Sphinx, failed: Exception | None) -> None:
    """End the processes that draw; leave out the maps of scripts that only their authors need."""
    if hasattr(app, "icl_album"):
        app.icl_album.close()  # type: ignore[attr-defined]
    for file in Path(app.outdir).rglob("*.map"):
        file.unlink()


def printed(reports: Reports, page: str, word: str, argument: str | None, fail: Any) -> str:
    """What a mark asks for."""
    if word in SITE:
        return SITE[word](reports)
    if word in standings.PRINTERS and page.startswith("theorems/"):
        words = [argument] if argument else []
        return standings.PRINTERS[word](reports, page.rpartition("/")[2], fail, *words)
    raise ExtensionError(f"{page}.md asks for {word!r}; there are {', '.join(sorted({*SITE, *standings.PRINTERS}))}")


def unlinked(text: str, page: str) -> str:
    """Folders, and pages that are no part of the site, cannot be opened in it: of a link to one the name is left."""
    here = (ROOT / "docs" / page).parent

    def one(found: re.Match[str]) -> str:
        target = (here / found[2]).resolve()
        if target.suffix == ".py" and target.is_file():  # a page of its own only below docs/
            return f"{{download}}`{found[1].strip('`')} <{found[2]}>`"
        inside = target.is_relative_to(ROOT / "docs") if target.suffix == ".md" else target.is_file()
        return found[0] if inside else found[1]

    return re.sub(r"\[([^\]]+)\]\((\.\./[^)#]+)\)", one, text)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", start)
    app.connect("source-read", fill)
    app.connect("html-page-context", mend, priority=900)  # after the theme
    app.connect("build-finished", finish)
    app.connect("autodoc-process-docstring", reference.docstring)
    return {"parallel_read_safe": False}
