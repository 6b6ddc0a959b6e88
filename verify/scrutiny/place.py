"""What was raised and where, as its author wants to know it: the class, the text, the innermost line that is of no library."""

from __future__ import annotations

import sysconfig
import traceback
from contextlib import suppress
from pathlib import Path

import constructions
import verify

SHELF = Path(constructions.__file__).parent
# The words of theorem files; what a theorem file says in them is its own.
WORDS = [SHELF / room for room in ("language", "matrix", "instructions", "algorithms", "views", "commands", "interop")]
LIBRARIES = (
    *(str(Path(sysconfig.get_path(name))) for name in ("stdlib", "purelib", "platlib")),
    str(Path(verify.__file__).parent),
    *map(str, WORDS),
)
FOREIGN = (Exception, SystemExit)  # a record is a stranger's program: whatever it raises is an answer
LONGEST = 2000  # characters of a text that is repeated


def told(error: BaseException) -> str:
    """A text such as `ValueError: no such size`. The text is a stranger's: it may be endless, or raise something itself."""
    text, kind = "", type(error).__name__
    with suppress(*FOREIGN):
        text = str(error)
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"
    return f"{kind}: {shown}" if shown else kind


def place(error: BaseException) -> str:
    """A text such as ` (my_theorem.py, line 12)`, or "" where no line of a record was met."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _own(frame.filename)]
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""


def _own(file: str) -> bool:
    return Path(file).is_file() and not file.startswith(LIBRARIES)
