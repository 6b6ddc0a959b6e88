"""Verdicts as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from verify.plan import sizes_in_words
from verify.verdict import Counterexample, Report, Standing, Verdict

LOOK = {
    Standing.PROVED: "bold green",
    Standing.CERTIFIED: "green",
    Standing.TESTED: "yellow",
    Standing.UNDECIDED: "yellow",
    Standing.REFUTED: "bold red",
}


def matrix_text(value: Any) -> str:
    """A table of numbers on one line: [1 0; 2 1/3]; a 1×1 table as its number."""
    if not (isinstance(value, list) and value and isinstance(value[0], list)):
        return str(value)
    if value[0] and isinstance(value[0][0], list):
        return "[" + ", ".join(matrix_text(part) for part in value) + "]"
    rows = [" ".join(map(str, row)) for row in value]
    return rows[0] if len(value) == 1 and len(value[0]) == 1 else "[" + "; ".join(rows) + "]"


def counterexample_lines(found: Counterexample) -> Iterator[str]:
    """The counterexample with its numbers, ready to be checked by hand."""
    yield "with " + ", ".join(f"{name} = {value}" for name, value in found.sizes.items())
    given = {**found.parameters, **found.data}
    yield "at   " + ", ".join(f"{name} = {matrix_text(value)}" for name, value in given.items())
    names, values = (*found.sides, "defect"), (found.left, found.right, found.defect)
    yield ", ".join(f"{name} {matrix_text(value)}" for name, value in zip(names, values, strict=True))


def explanation_lines(report: Report) -> Iterator[str]:
    """For every verdict: what was compared with what, and what blocked a stronger one."""
    for verdict in report.verdicts:
        yield f"{verdict.kind} “{verdict.subject}” by {verdict.method}: {verdict.standing.value}, {verdict.scope}"
        yield f"    compared: {COMPARED.get(verdict.method, COMPARED['all methods'])}"
        if verdict.because and verdict.standing is not Standing.REFUTED:
            yield f"    not stronger because {verdict.because}"
        elif verdict.because:
            yield f"    {verdict.because}"
        elif verdict.method in LIMITS:
            yield f"    not stronger because {LIMITS[verdict.method]}"
        if "points" in verdict.evidence and isinstance(verdict.evidence["points"], list):
            for point in verdict.evidence["points"]:
                numbers = f"degree ≤ {point['degree']}, points of {point['bits']} bits, {point['poles']} poles met"
                yield f"    {sizes_in_words(point['sizes'])}: {numbers}"


COMPARED = {
    "identity": "both sides in exact rationals at two random points each, all data and parameters drawn",
    "exhaustive": "network and algorithm in exact rationals at every data set of the domain",
    "enclosure": "network and algorithm in ball arithmetic, against the bound",
    "float64": "network and algorithm in float64, against the sum of their running error bounds",
    "honesty": "the builders with themselves before and after data; the network without layers with the algorithm",
    "resources": "each declared formula with a count on the network",
    "counterexample": "network and algorithm of the near miss in exact rationals at small integers",
    "all methods": "the near miss by every method for claims",
}

LIMITS = {
    "identity": "a random point leaves a probability, and the sizes are finitely many; a proof for all sizes needs symbolic sizes",
    "exhaustive": "only the sizes named were listed",
    "enclosure": "parameters were fixed at a few values",
    "float64": "it ran at finitely many points",
    "honesty": "it ran at finitely many points",
    "resources": "it counted at finitely many sizes",
}


def as_json(report: Report) -> dict[str, Any]:
    """A report as plain values: strings for exact numbers, so that nothing is rounded."""
    return {
        "name": report.construction.name,
        "tag": report.construction.tag,
        "stands": report.stands,
        "failures": list(report.failures),
        "accept": report.construction.accept,
        "verdicts": [_verdict(verdict) for verdict in report.verdicts],
        "seconds": round(report.seconds, 3),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    found = verdict.counterexample
    return {
        "kind": verdict.kind,
        "subject": verdict.subject,
        "method": verdict.method,
        "standing": verdict.standing.value,
        "scope": verdict.scope,
        "because": verdict.because,
        "evidence": _plain(verdict.evidence),
        "counterexample": _plain(vars(found)) if found else None,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, Fraction) else value
