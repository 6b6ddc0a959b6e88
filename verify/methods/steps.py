"""Proof steps and invariants: each has two sides, and is tested like a claim."""

from __future__ import annotations

from collections.abc import Iterator

from constructions.language import Construction
from verify.methods.identity import test_identity
from verify.plan import Plan
from verify.sides import invariant_sides, step_sides
from verify.verdict import Verdict


def steps(construction: Construction, plan: Plan) -> Iterator[Verdict]:
    """A verdict for every proof step, and one for the invariant at every depth of the plan."""
    for step in construction.steps:
        yield test_identity(construction, plan, step_sides(step), kind="step", subject=step.text)
    if construction.invariant:
        registers = ", ".join(f"{register} at {at}" for register, at in construction.invariant.holds)
        subject = f"after every layer the stream holds the iterate ({registers})"
        yield test_identity(construction, plan, invariant_sides, kind="step", subject=subject)
