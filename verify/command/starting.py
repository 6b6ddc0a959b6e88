"""How worker processes start: quickly, with one thread for each numerical library, and with nothing of the user's in them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any

POOLS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "BLIS")
LATE = ("numpy.random", "hypothesis.internal.conjecture.optimiser")  # what hypothesis imports at its first search
PRELOADED = ("verify.judge", "verify.command.tasks", *LATE, "verify.command.rehearsal")


def started(function: Callable[..., None], arguments: tuple[Any, ...], name: str) -> BaseProcess:
    """A running process: a fork of a server that has imported the verifier, or, where there are no forks, a new interpreter."""
    with one_thread_each():
        if "forkserver" in multiprocessing.get_all_start_methods():
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(list(PRELOADED))
        else:
            context = multiprocessing.get_context("spawn")
        process = context.Process(target=function, args=arguments, name=name)
        process.start()
    return process


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Processes that start inside use one thread a numerical library."""
    names = [f"{library}_NUM_THREADS" for library in POOLS]
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
