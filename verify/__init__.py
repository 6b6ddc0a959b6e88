"""Verdicts on constructions: proved, certified, tested, undecided or refuted, each with its scope and its evidence."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify.judge import METHODS, verify
    from verify.verdict import Counterexample, NotVerified, Report, Standing, Verdict

sys.set_int_max_str_digits(0)  # exact numbers are printed and hashed, however many digits they have

__all__ = ["METHODS", "Counterexample", "NotVerified", "Report", "Standing", "Verdict", "verify"]


def __getattr__(name: str) -> Any:
    """What is exported, on demand: a process that only builds networks need not load the methods and their libraries."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from verify import libraries

    libraries.require()
    from verify import judge, verdict

    return getattr(judge if name in ("METHODS", "verify") else verdict, name)
