"""Calls in processes of their own, with limits: what raises, loops, allocates without end or kills the interpreter ends alone.

A function runs in a fresh child of a server that has imported the verifier and nothing of the user's; BLAS and OpenMP pools
have one thread there, since two pools on few cores fight. Results come back as JSON: records hold functions, and numbers of
FLINT do not travel.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from verify.command.child import how_it_ended, parsed, work
from verify.command.starting import started
from verify.limits import Limits

START_UP = 60.0  # seconds that a process may need before its own time begins
Say = Callable[[str], None]


@dataclass(frozen=True)
class Call:
    """`function(*arguments, say)`: a module-level function that returns plain values, and says what it is at."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Stopped:
    """Why a call has no result."""

    because: str
    seconds: float


class Worker:
    """One call in its process."""

    def __init__(self, number: int, call: Call, limits: Limits, log: Path, say: Say) -> None:
        self.number, self.limits, self.log, self.say = number, limits, log, say
        self.connection, theirs = multiprocessing.Pipe(duplex=False)
        inner = (call.function, call.arguments, limits, str(log), theirs)
        self.process = started(work, inner, call.name)
        theirs.close()
        self.start = time.monotonic()
        self.deadline = self.start + START_UP
        self.phrase, self.result, self.done = "starting", None, False

    def read(self) -> None:
        """Take in what the process has sent; at the end of its pipe, find out how it ended."""
        try:
            while not self.done and self.connection.poll():
                self._take(*parsed(self.connection.recv_bytes()))
        except (EOFError, OSError):
            self.ended()

    def ended(self) -> None:
        self.process.join()
        self._stop(how_it_ended(self.process.exitcode, self.log, self.limits))

    def _take(self, kind: str, value: Any) -> None:
        if kind == "started":
            self.start = time.monotonic()
            self.deadline = self.start + self.limits.seconds
        elif kind == "at":
            self.phrase = value
            self.say(value)
        elif kind == "raised":
            self._stop(value)
        else:
            self.result, self.done = value, True

    def _stop(self, because: str) -> None:
        self.result = Stopped(f"{because}, during “{self.phrase}”", time.monotonic() - self.start)
        self.done = True

    def stop_if_late(self) -> None:
        if not self.done and time.monotonic() >= self.deadline:
            self._stop(f"it was stopped after {self.limits.seconds:g} s (--time-limit)")

    def end(self) -> None:
        """The process and everything that it started are gone afterwards."""
        if self.process.pid and hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):  # it has ended, or has no group of its own yet
                os.killpg(self.process.pid, 9)
        self.process.kill()
        self.process.join()
        self.connection.close()


def run_all(
    calls: Sequence[Call], limits: Limits, jobs: int, begin: Callable[[Call], Say], finish: Callable[[Call], None]
) -> list[Any]:
    """The results of all calls in order, `Stopped` where there is none; at most `jobs` at a time."""
    waiting, running = deque(enumerate(calls)), list[Worker]()
    results: list[Any] = [None] * len(calls)
    with TemporaryDirectory(prefix="verify-", ignore_cleanup_errors=True) as folder:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    number, call = waiting.popleft()
                    running.append(Worker(number, call, limits, Path(folder, f"{number}.log"), begin(call)))
                _listen(running)
                for worker in [worker for worker in running if worker.done]:
                    running.remove(worker)
                    worker.end()
                    results[worker.number] = worker.result
                    finish(calls[worker.number])
        finally:
            for worker in running:
                worker.end()
    return results


def _listen(running: list[Worker]) -> None:
    """Wait until a process says something, ends or is late."""
    patience = max(0.0, min(worker.deadline for worker in running) - time.monotonic())
    ready = wait([worker.connection for worker in running] + [worker.process.sentinel for worker in running], patience)
    for worker in running:
        if worker.connection in ready or worker.process.sentinel in ready:
            worker.read()
        if worker.process.sentinel in ready and not worker.done:
            worker.ended()  # another process that it started keeps the pipe open
        worker.stop_if_late()
