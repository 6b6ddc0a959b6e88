"""Work in a process of its own, with limits: FLINT ends the process when memory runs out, and must not end ours."""

from __future__ import annotations

import faulthandler
import os
import pickle
import resource
import select
import signal
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

from verify.limits import Limits, lowered

MIB = 2**20
LIMITS = Limits(seconds=20.0, mebibytes=2048)  # of a proof in a process of its own; memory beyond what is held already
PATIENCE = 10  # times the limit in wall time: whether a proof is found must not depend on what else the machine does


class BeyondLimits(RuntimeError):
    """A worker needed more memory or time than it was given."""


def isolated(work: Callable[[], Any], limits: Limits) -> Any:
    """What `work` returns (or raises), computed in a forked process. The result must be picklable, `work` need not be.

    The limits are those of its own computing time and memory.
    """
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking beside idle threads: the child only computes
        child = os.fork()
    if child == 0:
        os.close(reader)
        _child(work, writer, limits)
    os.close(writer)
    try:
        answer = _read(reader, limits.seconds * PATIENCE)
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)  # it has answered, or it has to stop; one that has ended is not reached
        _, status = os.waitpid(child, 0)
    if answer is None or (not answer and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF):
        raise BeyondLimits(f"needs more than {limits.seconds:g} s")
    if not answer:
        raise BeyondLimits(f"needs more than {limits.mebibytes} MiB")
    result, error = pickle.loads(answer)
    if error is not None:
        raise error
    return result


def _child(work: Callable[[], Any], writer: int, limits: Limits) -> None:
    """Compute, write the answer, and leave without the parent's clean-up."""
    try:
        faulthandler.disable()
        _ = os.dup2(
            os.open(os.devnull, os.O_WRONLY), 2
        )  # FLINT's farewell on standard error is not the user's business
        _limit(limits)
        try:
            answer = pickle.dumps((work(), None))
        except MemoryError:
            answer = b""
        except Exception as error:
            answer = pickle.dumps((None, error))
        _ = signal.setitimer(signal.ITIMER_PROF, 0)  # half an answer would be none
        with os.fdopen(writer, "wb") as out:
            _ = out.write(answer)
    finally:
        os._exit(0)


def _limit(limits: Limits) -> None:
    if sys.platform == "linux":
        with open("/proc/self/statm") as statm:
            held = int(statm.read().split()[0]) * resource.getpagesize()
        lowered(resource.RLIMIT_AS, held + limits.mebibytes * MIB)
    _ = signal.signal(signal.SIGPROF, signal.SIG_DFL)  # it ends the process, whatever FLINT is doing
    _ = signal.setitimer(signal.ITIMER_PROF, limits.seconds)
    lowered(resource.RLIMIT_CPU, int(limits.seconds) + 2, int(limits.seconds) + 4)  # should that fail


def _read(reader: int, seconds: float) -> bytes | None:
    """Everything that comes through the pipe, or None where the time is up before its end."""
    deadline, parts = time.monotonic() + seconds, []
    while True:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        part = os.read(reader, 2**16)
        if not part:
            return b"".join(parts)
        parts.append(part)
