"""Inside a worker process: its limits, what it says to its parent, and how its end is told."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable
from math import ceil
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from verify.limits import Limits, lowered
from verify.scrutiny.place import told

LOG_BYTES = 1 << 24  # no file of a worker may become larger
THRESHOLDS = (50_000, 20, 100)  # of the collections of garbage
GRACE = 5  # seconds of computing beyond the limit, in case nobody is left to stop a worker


def work(
    function: Callable[..., Any], arguments: tuple[Any, ...], limits: Limits, log: str, parent: Connection
) -> None:
    """The body of a worker process: say "started", then what it is at, then the result or what was raised."""

    def tell(kind: str, value: Any = "") -> None:
        parent.send_bytes(json.dumps([kind, value]).encode())

    alone(log)
    limit(limits)
    seldom_collected()
    tell("started")
    try:
        tell("result", function(*arguments, lambda phrase: tell("at", phrase)))
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: this is the last line of defence
        tell("raised", f"it raised {raised(error, limits)}")


def parsed(message: bytes) -> tuple[str, Any]:
    kind, value = json.loads(message)
    return kind, value


def raised(error: BaseException, limits: Limits) -> str:
    text = told(error)
    return f"{text} ({limits.mebibytes} MiB are allowed: --memory-limit)" if isinstance(error, MemoryError) else text


def alone(log: str) -> None:
    """A process group of its own, and its prints in a file: neither a key press nor the parent's output is shared."""
    if hasattr(os, "setsid"):
        os.setsid()
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (written, 1), (written, 2)):
        _ = os.dup2(source, target)
    sys.stdout = sys.stderr = open(2, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115


def seldom_collected() -> None:
    """What the server has imported is not looked through again for garbage, and what is new not so often."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


def limit(limits: Limits) -> None:
    """Address space, computing time and file size, where the system has such limits."""
    try:
        import resource
    except ImportError:
        return
    lowered(resource.RLIMIT_AS, limits.mebibytes << 20)
    lowered(resource.RLIMIT_CPU, ceil(limits.seconds) + GRACE)
    lowered(resource.RLIMIT_FSIZE, LOG_BYTES)
    lowered(resource.RLIMIT_CORE, 0)


def how_it_ended(exit_code: int | None, log: Path, limits: Limits) -> str:
    """An exit code in words, with the last line that the process wrote."""
    code = exit_code or 0
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        reason = f"it ended the interpreter by {name}"
        if name == "SIGXCPU":
            reason = f"it was stopped after {limits.seconds:g} s of computing (--time-limit)"
        elif name in ("SIGKILL", "SIGABRT"):
            reason += f" (perhaps out of memory; {limits.mebibytes} MiB are allowed: --memory-limit)"
    else:
        reason = f"it ended the interpreter with exit status {code}"
    words = last_words(log)
    return f"{reason}; its last words: {words}" if words else reason


def last_words(log: Path) -> str:
    """The last line of a log, cut to a sentence."""
    try:
        lines = log.read_bytes()[-2000:].decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((line.strip()[:160] for line in reversed(lines) if line.strip()), "")
