"""A line on stderr for work that takes long: rewritten on a terminal, and one more every ten seconds elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 2.0  # seconds, on a terminal
EVERY = 10.0  # seconds from line to line in a log


class Progress:
    """What is being done, and how much of it is done; `done` and `total` may be set while it runs."""

    def __init__(self, text: str, total: int) -> None:
        self.text, self.total, self.done = text, total, 0

    def advance(self) -> None:
        self.done += 1

    def line(self, seconds: float) -> str:
        share = f" {100 * self.done // self.total} %" if self.total > 1 else ""
        return f"{self.text}{share}, {seconds:.0f} s"


@contextmanager
def progress(text: str, total: int = 1) -> Iterator[Progress]:
    """While the body runs: a line rewritten every half second once two seconds have passed, or a line every ten seconds."""
    state, stop, start = Progress(text, total), threading.Event(), time.monotonic()

    def report() -> None:
        wait = PATIENCE if watched else EVERY
        while not stop.wait(wait):
            wait = 0.5 if watched else EVERY
            line = state.line(time.monotonic() - start)
            sys.stderr.write(f"\r{line}\033[K" if watched else f"{line}\n")
            sys.stderr.flush()

    watched = sys.stderr.isatty()
    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        stop.set()
        thread.join()
        if watched:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
