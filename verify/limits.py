"""What a process may use, said once: seconds and memory, and how a limit is set where the system has it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Seconds, and memory: of a whole worker, or beyond what a forked process holds already."""

    seconds: float = 180.0
    mebibytes: int = 4096


def lowered(which: int, soft: int, hard: int | None = None) -> None:
    """Lower a limit of this process as far as the system allows; a limit is never raised."""
    import resource

    _, most = resource.getrlimit(which)
    wanted = soft if hard is None else hard
    top = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    with suppress(ValueError, OSError):  # a system may know the limit and be unable to set it
        resource.setrlimit(which, (min(soft, top), top))
