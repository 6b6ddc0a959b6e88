"""Proof steps and invariants: each has two sides, and is tested like a claim."""

from __future__ import annotations

from collections.abc import Iterator

from constructions.language import Construction
from verify.methods.cells import test_cells
from verify.methods.exhaustive import check_everywhere
from verify.methods.identity import test_identity
from verify.methods.symbolic import prove_identity
from verify.plan import Plan
from verify.sides import Sides, invariant_sides, step_sides
from verify.verdict import Standing, Verdict


def steps(construction: Construction, plan: Plan) -> Iterator[Verdict]:
    """A verdict for every proof step, and one for the invariant at every depth of the plan."""
    for step in construction.steps:
        yield judged(construction, plan, step_sides(step), step.text)
    if construction.invariant:
        registers = ", ".join(f"{register} at {at}" for register, at in construction.invariant.holds)
        subject = f"after every layer the stream holds the iterate ({registers})"
        yield judged(construction, plan, invariant_sides, subject)


def judged(construction: Construction, plan: Plan, sides: Sides, subject: str) -> Verdict:
    """By identity testing over the reals; where that does not decide, at every member of a finite domain, then with
    exponentials and relus as symbols, then cell by cell."""
    verdict = test_identity(construction, plan, sides, kind="step", subject=subject)
    if verdict.standing is not Standing.UNDECIDED:
        return verdict
    engines = (check_everywhere, prove_identity, test_cells)
    others = (engine(construction, plan, sides, kind="step", subject=subject) for engine in engines)
    return next((other for other in others if other.standing is not Standing.UNDECIDED), verdict)
