"""The linear model that a stream answers with, layer by layer, read by asking unit vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from constructions.language import Instance, at
from constructions.language.boxes import side_of
from constructions.matrix import Matrix
from constructions.views.trace.arithmetic import Arithmetic
from constructions.views.trace.numbers import ROUNDING, Numbers
from constructions.views.trace.sample import symbols, unit


@dataclass(frozen=True)
class Asked:
    """For every layer the matrix whose column k is the answer to e_k (None where that is not linear), and the algorithm's.

    `reason` says why there are none, or why not for every layer; "" where there are.
    """

    layers: list[Numbers | None]
    learned: Numbers | None = None
    reason: str = ""


def ask(instance: Instance, given: Mapping[str, Matrix], arithmetic: Arithmetic) -> Asked:
    """Ask e_1, e_2, … (inside the box of the queries, where they have one), and one query more, which must be their sum."""
    name = query_name(instance)
    if name is None or instance.query is None:
        return Asked([], reason="its answers are not read at queries that are real vectors")
    if instance.query.item.axis not in instance.sizes:  # a record of one query
        return Asked([], reason="it has one query, and the unit vectors would be several")
    width = instance.shape_of(name)[1]
    asked = at_sizes(instance, {instance.query.item.axis: width + 1})
    if any(asked.shape_of(other) != instance.shape_of(other) for other in given if other != name):
        return Asked([], reason="other data have a row for every query, so the unit vectors cannot be asked")
    side = side_of(instance, name)
    size, probe = min(side or 1, 1), [2 * k + 3 for k in range(width)]
    rows = [*(unit(k, width) for k in range(width)), probe]
    inside = [[size * Fraction(entry, max(row)) for entry in row] for row in rows] if side else rows
    stretch = [[max(row) / size if side else 1] for row in rows]
    run = asked.run({**given, name: arithmetic.make(inside)})
    answers = [arithmetic.read(run.read(asked.readout.form, asked.readout.at, k)) for k in range(len(run.streams[0]))]
    told = [[[f * entry for entry in row] for (f,), row in zip(stretch, rows_, strict=True)] for rows_ in answers]
    book = arithmetic.read(asked.algorithm({**given, name: arithmetic.make(rows)}))
    layers = [columns(rows_) if linear(rows_, probe) else None for rows_ in told]
    bent = [str(layer) for layer, W in enumerate(layers) if W is None]
    reason = f"its answer is not linear in the query after layer {bent[0]}" if bent else ""
    return Asked(layers, columns(book) if linear(book, probe) else None, reason)


def query_name(instance: Instance) -> str | None:
    """The one data name that the query tokens hold, if the answer is read there."""
    if instance.query is None or not instance.readout.at.startswith("query"):
        return None
    names = [name for name, (axis, _) in instance.construction.data.items() if axis == instance.query.item.axis]
    return names[0] if len(names) == 1 and names[0] not in symbols(instance) else None


def linear(answers: Numbers, probe: Sequence[int]) -> bool:
    """Whether the answer to the probe, the last row, is what the answers to e_1, e_2, … add up to: exactly in ℚ."""
    *units, told = answers
    for k, value in enumerate(told):
        terms = [p * row[k] for p, row in zip(probe, units, strict=True)]
        room = 0 if isinstance(value, (int, Fraction)) else ROUNDING * (abs(value) + sum(map(abs, terms)))
        if not abs(sum(terms) - value) <= room:  # a NaN is not linear
            return False
    return True


def columns(answers: Numbers) -> Numbers:
    """The matrix whose column k is the answer to e_k; the probe's answer is left out."""
    return [list(row) for row in zip(*answers[:-1], strict=True)]


def at_sizes(instance: Instance, sizes: Mapping[str, int]) -> Instance:
    """The same construction and parameters at other sizes."""
    return at(instance.construction, {**instance.sizes, **sizes}, instance.parameters)
