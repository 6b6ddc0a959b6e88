"""What reports say, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from verify.command.plain import Plain
from verify.methods.claims import CLAIM_METHODS
from verify.plan import sizes_in_words

LOOK = {
    "proved": "bold green",
    "certified": "green",
    "tested": "yellow",
    "undecided": "yellow",
    "refuted": "bold red",
}


def matrix_text(value: Any) -> str:
    """A table of numbers on one line: [1 0; 2 1/3]; a 1×1 table as its number."""
    if not (isinstance(value, list) and value and isinstance(value[0], list)):
        return str(value)
    if value[0] and isinstance(value[0][0], list):
        return "[" + ", ".join(matrix_text(part) for part in value) + "]"
    rows = [" ".join(map(str, row)) for row in value]
    return rows[0] if len(value) == 1 and len(value[0]) == 1 else "[" + "; ".join(rows) + "]"


def claims_of(report: Plain) -> list[Plain]:
    """The deciding verdict of every claim."""
    return [verdict for verdict in report["verdicts"] if verdict["decides"]]


def given_of(found: Plain) -> Plain:
    """What a counterexample puts in, by name: parameters, then data."""
    return {**found["parameters"], **found["data"]}


def sides_of(found: Plain) -> Plain:
    """What comes out at a counterexample, by name: both sides, and their difference as the defect."""
    return dict(zip((*found["sides"], "defect"), (found["left"], found["right"], found["defect"]), strict=True))


def counterexample_lines(found: Plain) -> Iterator[str]:
    """The counterexample with its numbers, ready to be checked by hand."""
    yield "with " + ", ".join(f"{name} = {value}" for name, value in found["sizes"].items())
    yield "at   " + ", ".join(f"{name} = {matrix_text(value)}" for name, value in given_of(found).items())
    yield ", ".join(f"{name} {matrix_text(value)}" for name, value in sides_of(found).items())


def explanation_lines(report: Plain) -> Iterator[str]:
    """For every verdict: what was compared with what, and what blocked a stronger one."""
    for verdict in report["verdicts"]:
        by = f" by {verdict['method']}" if verdict["method"] else ""
        yield f"{verdict['kind']} “{verdict['subject']}”{by}: {verdict['standing']}, {verdict['scope']}"
        if compared := described(verdict["method"]):
            yield f"    compared: {compared}"
        if verdict["because"]:
            weaker = "" if verdict["standing"] == "refuted" else "not stronger because "
            yield f"    {weaker}{verdict['because']}"
        elif verdict["method"] in CLAIM_METHODS:
            yield f"    not stronger because {CLAIM_METHODS[verdict['method']].limit}"
        yield from evidence_lines(verdict["evidence"])


def evidence_lines(evidence: Plain) -> Iterator[str]:
    points = evidence.get("points")
    for point in points if isinstance(points, list) else []:
        if {"sizes", "degree", "bits", "poles"} <= set(point):
            numbers = f"degree ≤ {point['degree']}, points of {point['bits']} bits, {point['poles']} poles met"
            yield f"    {sizes_in_words(point['sizes'])}: {numbers}"
    for name, value in evidence.items():
        if not isinstance(value, (list, dict)):
            yield f"    {name}: {value}"


def method_lines(methods: Iterable[str]) -> Iterator[str]:
    """What there is for --method."""
    for name in methods:
        yield f"{name:14} {described(name)}".rstrip()


def described(method: str) -> str:
    """What a method compares with what."""
    return CLAIM_METHODS[method].compared if method in CLAIM_METHODS else COMPARED.get(method, "")


COMPARED = {
    "honesty": "the builders with themselves before and after data; the network without layers and heads with the claim",
    "resources": "each declared formula with a count on the network",
    "steps": "what stands in the stream with the formula, for every step of the proof and the invariant",
    "necessity": "the answer's derivative by every weight and every datum with what the zero patterns predict",
    "near-misses": "network and algorithm of each near miss, which must differ",
    "counterexample": "network and algorithm of the near miss in exact rationals at small integers",
    "all methods": "the near miss by every method for claims",
}
