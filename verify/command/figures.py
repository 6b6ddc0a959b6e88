"""`--figures DIR`: every construction that was judged is drawn, in a process of its own as well."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from verify.command.loading import Target
from verify.command.plain import Plain
from verify.command.run import Progress, Runner, targets
from verify.command.workers import Call, Stopped
from verify.judge import Progress as Say


class CannotDraw(ValueError):
    """A folder that cannot be written, or no matplotlib."""


def check_place(folder: Path) -> None:
    """Refuse what is no folder, and a missing matplotlib, before anything is judged; make the folder."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise CannotDraw("--figures needs matplotlib; install it with: python -m pip install matplotlib") from error
    if folder.exists() and not folder.is_dir():
        raise CannotDraw(f"cannot write figures into {folder}: it is a file; name a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotDraw(f"cannot make the folder {folder}: {error.strerror}; choose another one") from error


def drawn(target: Target, report: Plain, folder: str, say: Say) -> list[str]:
    """What a worker does: the names of the files that were written."""
    from verify.figures.every import write_figures

    say("drawing")
    return write_figures(target.load(), report, Path(folder))


def draw_all(
    words: Sequence[str], reports: Sequence[Plain], folder: Path, run: Runner, progress: Progress
) -> list[str]:
    """Draw every construction whose judgement came to an end; a line for each that could not be drawn."""
    found = targets(words, run, progress)
    pairs = [(t, r) for t, r in zip(found, reports, strict=True) if isinstance(t, Target) and not r["stopped"]]
    calls = [Call(target.name, drawn, (target, report, str(folder))) for target, report in pairs]
    results: list[Any] = run(calls, progress)
    return [
        f"{target.name} could not be drawn: {result.because}"
        for (target, _), result in zip(pairs, results, strict=True)
        if isinstance(result, Stopped)
    ]
