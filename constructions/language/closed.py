"""While an algorithm runs, the forward pass is closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class ForwardClosed(RuntimeError):
    """An algorithm tried to run a network. The right-hand side of a theorem may not call its left-hand side."""


_algorithms_running = [0]  # one number for all threads and contexts, so that an algorithm cannot step out of it


def refuse_while_closed() -> None:
    """Called first by everything that computes a part of a network."""
    if _algorithms_running[0]:
        raise ForwardClosed("an algorithm called the forward pass; it must be a formula of its own")


@contextmanager
def closed_forward() -> Iterator[None]:
    """Inside, everything that computes a part of a network raises `ForwardClosed`."""
    _algorithms_running[0] += 1
    try:
        yield
    finally:
        _algorithms_running[0] -= 1
