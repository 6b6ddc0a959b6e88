"""F8: the near misses, with how far each is off at its counterexample, and the method that refuted it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from verify.figures.style import INK, NETWORK, TEXTBOOK, Drawing, figure
from verify.figures.subject import NotShown, Subject


def near_misses(subject: Subject) -> Drawing:
    """One bar for every near miss; the reason stands beside it. One that was not refuted is in the other colour."""
    found = [verdict for verdict in subject.report["verdicts"] if verdict["kind"] == "near miss"]
    if not found:
        raise NotShown("no near miss was judged")
    rows = [
        (v["subject"], v["because"], v["method"], v["standing"], repr(d) if (d := defect(v)) is not None else "")
        for v in found
    ]
    made = figure(0.7 + 0.34 * len(rows))
    axes = made.subplots()
    sizes = [float(row[4]) if row[4] else 0.0 for row in rows]
    colours = [NETWORK if row[3] == "refuted" else TEXTBOOK for row in rows]
    _ = axes.barh(range(len(rows)), sizes, color=colours, height=0.5)
    _ = axes.set_yticks(range(len(rows)), [row[0] for row in rows])
    axes.invert_yaxis()
    if max(sizes) > 1000 * min([size for size in sizes if size] or [1]):
        axes.set_xscale("log")
    for place, (size, row) in enumerate(zip(sizes, rows, strict=True)):
        told = f"{size:.3g}" if row[4] else "no number"
        _ = axes.annotate(
            f" {told}, {row[3]} by {row[2]}", (size, place), va="center", color=INK, annotation_clip=False
        )
    _ = axes.margins(x=0.6)
    _ = axes.set(xlabel="largest entry of the defect at the counterexample")
    told = "; ".join(f"{row[0]} ({row[1]}): {row[3]}, defect {row[4] or 'not a number'}" for row in rows)
    alt = f"Near misses of {subject.construction.name}. {told}."
    columns = ("near miss", "because", "method", "standing", "defect")
    return Drawing("near-misses", f"Near misses of {subject.construction.name}", alt, columns, rows, made)


def defect(verdict: Mapping[str, Any]) -> float | None:
    """The largest entry of the defect, or None where there is no counterexample in numbers."""
    values = list(_numbers((verdict["counterexample"] or {}).get("defect")))
    return max(map(abs, values)) if values else None


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, list):
        for part in value:
            yield from _numbers(part)
    elif isinstance(value, (int, float)):
        yield float(value)
    elif isinstance(value, str):
        try:
            yield float(Fraction(value))
        except ValueError:  # a ball or a formula is no number
            return
