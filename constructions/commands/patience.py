"""How long a command waits for a file of the user's: one that loops is said to."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

SECONDS = 60


class TakesTooLong(Exception):
    """A theorem file, or one of its builders, does not come to an end."""


@contextmanager
def patience(what: str) -> Iterator[None]:
    """Inside, Python code that runs for more than `SECONDS` is interrupted. Nothing is promised where there is no alarm clock
    (on Windows, in threads), and a single call into C is waited for."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: Any) -> NoReturn:
        raise TakesTooLong(f"{what} took more than {SECONDS} s; look for a loop that does not end")

    before = signal.signal(signal.SIGALRM, ring)
    _ = signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        _ = signal.setitimer(signal.ITIMER_REAL, 0)
        _ = signal.signal(signal.SIGALRM, before)
