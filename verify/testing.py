"""Theorems in your own test suite, with one line and without registration:

    from verify.testing import theorem_tests
    from my_theorems import FIRST, SECOND

    test_theorems = theorem_tests([FIRST, SECOND])

pytest then runs a test for every claim, proof step and near miss, and one for everything together, e.g.
`test_theorems[one-step: near miss forgotten-1/n]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from constructions.language import Construction
from verify.command.plain import plain_values
from verify.command.text import counterexample_lines
from verify.judge import verify
from verify.verdict import NotVerified, Report, Standing, Verdict

ALL = "everything stands"
INVARIANT = "invariant"


@dataclass(frozen=True, eq=False)
class Part:
    """One statement of a record: what a single test is about."""

    construction: Construction
    kind: str
    subject: str = ""

    def __str__(self) -> str:
        said = f"{self.kind} {self.subject}" if self.subject else self.kind
        return f"{self.construction.name}: {said}"


def theorem_tests(constructions: Construction | Iterable[Construction], **options: Any) -> Callable[[Any], None]:
    """A parametrised test of every statement in the records. `options` are those of `verify`: methods, seed and sizes.

    Raises TypeError for what is no construction, and ValueError for an empty list, which would test nothing.
    """
    records = [constructions] if isinstance(constructions, Construction) else list(constructions)
    if not records:
        raise ValueError("theorem_tests got no constructions, so nothing would be tested; give it a list of records")
    for record in records:
        if not isinstance(record, Construction):
            raise TypeError(f"theorem_tests takes Construction records, got {type(record).__name__} {record!r}")

    @cache
    def report(construction: Construction) -> Report:
        return verify(construction, **options)

    @pytest.mark.parametrize("part", [part for record in records for part in parts(record)], ids=str)
    def test_theorem(part: Part) -> None:
        __tracebackhide__ = True
        check(part, report(part.construction))

    return test_theorem


def parts(construction: Construction) -> Iterator[Part]:
    """The statements of a record, in its own order."""
    yield from (Part(construction, "claim", claim.text) for claim in construction.claims)
    yield from (Part(construction, "step", step.text) for step in construction.steps)
    if construction.invariant:
        yield Part(construction, INVARIANT)
    yield from (Part(construction, "near miss", name) for name in construction.near_misses)
    yield Part(construction, ALL)


def check(part: Part, report: Report) -> None:
    """Raise `NotVerified` unless the statement stands."""
    __tracebackhide__ = True
    if part.kind == ALL:
        if report.failures:
            raise NotVerified(f"{part.construction.name} does not stand:\n  " + "\n  ".join(report.failures))
        return
    found = verdicts_on(part, report)
    wrong = [verdict for verdict in found if not good(verdict, report)]
    if wrong or not found:
        text = (
            "\n".join(line for verdict in wrong for line in told(verdict))
            or "  no verdict was given (near misses are not judged beside a refuted claim)"
        )
        raise NotVerified(f"{part} does not stand:\n{text}")


def verdicts_on(part: Part, report: Report) -> list[Verdict]:
    if part.kind == "claim":
        return [verdict for subject, verdict in report.claims.items() if subject == part.subject]
    if part.kind == INVARIANT:
        named = {step.text for step in part.construction.steps}
        return [verdict for verdict in report.of("step") if verdict.subject not in named]
    return [verdict for verdict in report.of(part.kind) if verdict.subject == part.subject]


def good(verdict: Verdict, report: Report) -> bool:
    """As `Report.failures` has it: a claim must be proved or certified (or tested, where the record accepts that)."""
    if verdict.kind != "claim":
        return verdict.as_expected and (verdict.kind == "near miss" or verdict.standing is not Standing.UNDECIDED)
    enough = {Standing.PROVED, Standing.CERTIFIED} | ({Standing.TESTED} if report.construction.accept else set())
    return verdict.standing in enough


def told(verdict: Verdict) -> Iterator[str]:
    yield f"  {verdict.standing.value} by {verdict.method}: {verdict.because or verdict.scope}"
    if verdict.counterexample:
        for line in counterexample_lines(plain_values(vars(verdict.counterexample))):
            yield f"      {line}"
