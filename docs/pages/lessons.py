"""Lessons and walkthroughs are percent scripts: jupytext reads them, MyST-NB runs them and shows what they print.

What follows a **Predict.** is folded up to the end of its **Explain.**, so that nobody reads the answer before a guess is made.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from typing import Any

import jupytext
from nbformat.v4 import new_markdown_cell
from sphinx.util.logging import getLogger

NBCLIENT = "traitlets"  # the name under which it reports
OPEN = '<details class="reveal"><summary>You have written your guess down? Run it, and compare</summary>'
SHUT = "</details>"
NEXT = re.compile(r"(?<=\n\n)(?=\*\*|#+ )")


class Said(logging.Handler):
    """What nbclient only mutters fails the build, such as an output that a busy machine delivered too late to be shown."""

    def emit(self, record: logging.LogRecord) -> None:
        getLogger(__name__).warning(
            "a lesson was not run well: %s", record.getMessage(), type="pages", subtype="lessons"
        )


SAID = Said(logging.WARNING)


def notebook(text: str) -> Any:
    """The script as a notebook whose cells know their lines, so that a message about a cell names its line in the script."""
    made = jupytext.reads(text, fmt="py:percent")
    # MyST-NB counts from the line after the one that is given here.
    lines = [n for n, line in enumerate(text.splitlines()) if line.startswith("# %%")]
    folded = list(folds(list(zip(made.cells, lines, strict=True))))
    made.cells = [cell for cell, _ in folded]
    made.metadata["source_map"] = [line for _, line in folded]
    return made


def folds(cells: Sequence[tuple[Any, int]]) -> Iterator[tuple[Any, int]]:
    """The cells with their lines, the code between a prediction and its explanation in a fold, which needs no JavaScript."""
    asked = opened = False
    for place, (cell, line) in enumerate(cells):
        if cell.cell_type == "code":
            if asked and not opened and _explained(cells[place:]):
                yield new_markdown_cell(OPEN), line
                opened = True
            yield cell, line
            continue
        text = cell.source
        if opened:
            answer, text = parted(text)
            yield new_markdown_cell(answer), line
            yield new_markdown_cell(SHUT), line
            line += answer.count("\n")
            opened = False
        asked = "**Predict.**" in text
        if text:
            cell.source = text
            yield cell, line


def _explained(cells: Sequence[tuple[Any, int]]) -> bool:
    """Whether the next text is an explanation; code that only sets something up is shown."""
    return next((c.source.startswith("**Explain.**") for c, _ in cells if c.cell_type == "markdown"), False)


def parted(text: str) -> tuple[str, str]:
    """An explanation, up to the next paragraph that begins with bold words or the next heading, and the rest of its cell."""
    found = NEXT.search(text)
    cut = found.start() if found else len(text)
    return text[:cut], text[cut:]


def setup(app: Any) -> dict[str, Any]:
    log = logging.getLogger(NBCLIENT)
    log.setLevel(logging.WARNING)  # accessible-pygments has asked every library for information
    log.addHandler(SAID)  # the same one again changes nothing
    log.propagate = False
    return {"parallel_read_safe": True, "parallel_write_safe": True}
