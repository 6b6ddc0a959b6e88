"""A line on stderr for work that takes longer than two seconds, when somebody is watching."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 2.0


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
    """While the body runs, a line that is rewritten every half second once two seconds have passed."""
    state, stop, start = Progress(text, total), threading.Event(), time.monotonic()

    def report() -> None:
        wait = PATIENCE
        while not stop.wait(wait):
            wait = 0.5
            sys.stderr.write("\r" + state.line(time.monotonic() - start) + "\033[K")
            sys.stderr.flush()

    watched = sys.stderr.isatty()
    thread = threading.Thread(target=report, daemon=True)
    if watched:
        thread.start()
    try:
        yield state
    finally:
        stop.set()
        if watched:
            thread.join()
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
