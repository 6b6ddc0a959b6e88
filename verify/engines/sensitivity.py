"""How much the network's answer depends on every single weight: derivatives at points, zero patterns, and removal.

At a random exact point a derivative that is not zero proves that the weight matters. One that is zero may be so by accident,
with a probability that follows from its degree (`derivative_degree.py`), unless the zero pattern proves that it vanishes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np

from constructions.language import Construction, Instance
from constructions.language.instance import Run
from constructions.matrix import Arithmetic, Matrix, Pole, Unsupported
from verify.arithmetic.ball import BALL, precision
from verify.arithmetic.pattern import PATTERN, anything, pattern_of
from verify.arithmetic.tape import TapeArithmetic
from verify.engines.generic_points import (
    POINTS,
    PRECISION,
    Point,
    arithmetics,
    certainly_nonzero,
    points,
    rerun,
    run_in,
)
from verify.engines.places import Entry, changed, entries_where, mutated, with_leaves
from verify.plan import COSTLIEST, cost_of, drawn, stream_of_integers

Flags = dict[str, np.ndarray]


GLANCE = 8  # weights that are removed where that is slow, and the record claims nothing of its weights


@dataclass(eq=False)
class Study:
    """What is known of every weight entry at one size assignment. All flags are arrays of the shape of the matrix."""

    arithmetic: Arithmetic
    points: list[Point] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)  # at the points, as far as they were needed
    live: Flags = field(default_factory=dict)  # a derivative that is surely not zero was met
    by_use: dict[str, list[np.ndarray]] = field(default_factory=dict)  # the same for each use of a shared layer
    possible: Flags = field(default_factory=dict)  # not ruled out by the zero pattern, which is a proof
    nonzero: Flags = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    kinks: bool = False
    glanced: bool = False  # not every weight without a derivative was removed

    @property
    def exact(self) -> bool:
        return self.arithmetic is not BALL

    @property
    def instance(self) -> Instance:
        return self.points[0][0]

    @property
    def local(self) -> bool:
        """Whether a derivative tells only about a neighbourhood, or data may not move freely."""
        domain = self.instance.construction.domain
        return bool(self.used & {"relu", "hardmax"}) or any(word != "real" for word in domain.values())


def study(construction: Construction, sizes: Mapping[str, int], seed: int) -> Study:
    """Everything about the weights, in the first arithmetic that has a value for the network."""
    reason = Unsupported("no arithmetic was tried")
    for arithmetic in arithmetics(construction):
        try:
            with precision(PRECISION):
                return _study(construction, sizes, seed, arithmetic)
        except Unsupported as unsupported:
            reason = unsupported
    raise reason


def _study(construction: Construction, sizes: Mapping[str, int], seed: int, arithmetic: Arithmetic) -> Study:
    found = Study(arithmetic)
    for point in points(construction, sizes, seed, arithmetic):
        found.points.append(point)
        tape, by_use = derivatives(*point, arithmetic)
        found.used |= tape.used
        found.kinks |= tape.kinks
        for place, parts in by_use.items():
            live = [certainly_nonzero(part) for part in parts]
            before = found.by_use.get(place, [np.zeros_like(live[0])] * len(live))
            found.by_use[place] = [a | b for a, b in zip(before, live, strict=True)]
            found.live[place] = found.live.get(place, False) | certainly_nonzero(reduce(lambda a, b: a + b, parts))
        if len(found.points) == 1:
            found.possible, found.nonzero = patterns(point[0])
        settled = all((found.live[place] >= may).all() for place, may in found.possible.items())
        if settled or len(found.points) >= (POINTS if found.local or not found.exact else 2):
            break
    large = cost_of(found.instance.network) > COSTLIEST
    unclaimed = construction.dead is None and (large or arithmetic is BALL)
    _remove(found, GLANCE if unclaimed else None)
    return found


def _remove(found: Study, most: int | None) -> None:
    """A nonzero weight whose derivative vanishes still matters if the answer changes without it; `most` are tried."""
    unproved = {k: found.nonzero[k] & ~found.live[k] & found.possible[k] for k in found.live}
    entries = entries_where(unproved)
    found.glanced = most is not None and len(entries) > most
    for entry in entries[:most]:
        if matters(found, entry, lambda value: 0):
            found.live[entry.place][entry.row, entry.column] = True


def output_weights(rows: int, columns: int) -> Matrix:
    """As many bits as any point has: they are variables of the derivatives too."""
    return drawn(stream_of_integers(120, "output weights"), rows, columns)


def derivatives(
    instance: Instance,
    data: Mapping[str, Matrix],
    arithmetic: Arithmetic | TapeArithmetic,
    combined: Callable[[int, int], Matrix] = output_weights,
) -> tuple[TapeArithmetic, dict[str, list[Matrix]]]:
    """The derivative of a random combination of the answer's entries by every weight, for each use of its layer.

    A tape instead of an arithmetic is written on: parameters may be matrices of it.
    """
    given = isinstance(arithmetic, TapeArithmetic)
    tape = arithmetic if given else TapeArithmetic(arithmetic, choices=arithmetic is PATTERN)
    leaves: dict[str, list[Matrix]] = {}

    def leaf(place: str, matrix: Matrix) -> Matrix:
        leaves.setdefault(place, []).append(tape.variable(matrix))
        return leaves[place][-1]

    answer = changed(instance, leaf, with_leaves).run({n: tape.constant(value) for n, value in data.items()}).answer
    of = tape.derivatives(answer, combined(*answer.shape))
    return tape, {place: [of(use) for use in found] for place, found in leaves.items()}


def patterns(instance: Instance) -> tuple[Flags, Flags]:
    """Which entries the zero pattern lets matter, and which are nonzero."""
    data = {name: anything(*instance.shape_of(name)) for name in instance.construction.data}
    _, by_use = derivatives(instance, data, PATTERN)
    entries: Flags = {}

    def keep(place: str, matrix: Matrix) -> Matrix:
        entries[place] = pattern_of(matrix)
        return matrix

    _ = changed(instance, keep, with_leaves)
    return {place: reduce(np.logical_or, map(certainly_nonzero, parts)) for place, parts in by_use.items()}, entries


def matters(found: Study, entry: Entry, value: Callable[[Any], Any]) -> bool:
    """Brute force: whether the answer surely changes, at a point of the study, when the entry does."""
    for number, (instance, data) in enumerate(found.points):
        if number == len(found.runs):
            found.runs.append(run_in(found.arithmetic, instance, data))
        try:
            changed_one = mutated(instance, entry, value)
            other = rerun(found.runs[number], changed_one) or run_in(found.arithmetic, changed_one, data)
        except Pole:
            return True
        if certainly_nonzero(found.runs[number].answer - other.answer).any():
            return True
    return False
