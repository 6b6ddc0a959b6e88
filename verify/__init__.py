"""Verdicts on constructions: proved, certified, tested, undecided or refuted, each with its scope and its evidence."""

from verify.judge import METHODS, verify
from verify.verdict import Counterexample, NotVerified, Report, Standing, Verdict

__all__ = ["METHODS", "Counterexample", "NotVerified", "Report", "Standing", "Verdict", "verify"]
