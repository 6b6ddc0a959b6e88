"""Lessons and walkthroughs are percent scripts: jupytext reads them, MyST-NB runs them and shows what they print."""

from __future__ import annotations

import logging
from typing import Any

import jupytext
from sphinx.util.logging import getLogger

NBCLIENT = "traitlets"  # the name under which it reports


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
    made.metadata["source_map"] = [n for n, line in enumerate(text.splitlines()) if line.startswith("# %%")]
    return made


def setup(app: Any) -> dict[str, Any]:
    log = logging.getLogger(NBCLIENT)
    log.setLevel(logging.WARNING)  # accessible-pygments has asked every library for information
    log.addHandler(SAID)  # the same one again changes nothing
    log.propagate = False
    return {"parallel_read_safe": True, "parallel_write_safe": True}
