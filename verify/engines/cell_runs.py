"""The cells of a piecewise-linear statement at one size assignment: drawn, or all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from constructions.language import Construction, Instance, build
from constructions.language.statement import Parameter
from constructions.matrix import Matrix, Pole, exact
from verify.arithmetic.cell import CellRecorder, Choices, RawRecorder, Switch, SwitchedRationals, settings
from verify.arithmetic.idle import MATTERS, kinds_of_kinks
from verify.arithmetic.program import Program
from verify.arithmetic.recorder import Recorder, recorded_parameters
from verify.domains import member
from verify.engines.trials import bounds_of
from verify.engines.two_points import compare
from verify.plan import drawn, parameters_from, stream_of_integers
from verify.sides import Sides

DRAWS = 8  # points at each size assignment
RANGE = 1000  # their entries lie between −RANGE and RANGE
SETTINGS = 64  # most settings of the kinks that are gone through
BITS = 160  # of the point at which numbers that share a kink are recognised


@dataclass
class Covered:
    """What was found at one size assignment. `kinks` may matter, `idle` ones cannot. `loose` cells are those where the sides
    differ as functions, but not at the point drawn, and the cell (a tie, a kink, a smaller domain) need not hold a point where
    they do."""

    sizes: Mapping[str, int]
    cells: set[tuple[Switch, ...]] = field(default_factory=set)
    loose: int = 0
    chance: float = 0.0  # that any of this is wrong
    differ: bool = False
    every: bool = False  # all settings of the kinks were gone through, and the sides agree in each
    kinks: int = 0
    idle: int = 0

    def keep(self, cell: tuple[Switch, ...], record: Mapping[str, Any], chance: float = 0.0) -> None:
        self.cells.add(cell)
        self.chance += 2.0 ** record["log2_failure"] + chance


def drawn_cells(construction: Construction, sizes: Mapping[str, int], sides: Sides, seed: int) -> Covered:
    """The cells of a few random points of the domain."""
    kinds, covered = _sorted_kinks(sizes, recorded(construction, sizes, sides, raw := RawRecorder()), raw)
    restricted = any(word != "real" for word in construction.domain.values())
    numbers = stream_of_integers(64, "cells", construction.name, sorted(sizes.items()), seed)
    for _ in range(DRAWS):
        rationals = SwitchedRationals(kinds=kinds)
        try:
            values = _values(construction, sizes, sides, rationals, numbers)
        except Pole:
            continue
        cell = tuple(rationals.switches)
        if values[0] != values[1]:
            return replace(covered, differ=True)
        if cell in covered.cells:
            continue
        record, differ = compare(recorded(construction, sizes, sides, CellRecorder(cell)), (construction.name, seed))
        if differ and not (rationals.loose or restricted):
            return replace(covered, differ=True)
        if differ:
            covered.loose += 1
        else:
            covered.keep(cell, record)
    return covered


def every_cell(construction: Construction, sizes: Mapping[str, int], sides: Sides, seed: int) -> Covered:
    """All settings of the kinks, if there are few and the sides agree in each; cells that hold no point are gone through too."""
    recorder = RawRecorder()
    raw = recorded(construction, sizes, sides, recorder)
    kinds, covered = _sorted_kinks(sizes, raw, recorder)

    def run(choices: Choices) -> SwitchedRationals:
        numbers = stream_of_integers(BITS + 2, construction.name, seed, raw.digest.hex())
        rationals = SwitchedRationals(choices, kinds)
        _, _ = _values(construction, sizes, sides, rationals, numbers, generic=True)
        return rationals

    try:
        runs = list(settings(run, SETTINGS))
        if any(rationals is None or rationals.hard for rationals in runs):
            return covered
        for cell in (tuple(rationals.switches) for rationals in runs if rationals):
            recorder = CellRecorder(cell)
            program = recorded(construction, sizes, sides, recorder)
            record, differ = compare(program, (construction.name, seed))
            if differ:
                return covered
            covered.keep(cell, record, _mistaken(program, recorder))
    except Pole:
        return covered
    return replace(covered, every=True)


def _sorted_kinks(
    sizes: Mapping[str, int], program: Program, recorder: RawRecorder
) -> tuple[list[np.ndarray] | None, Covered]:
    """Which entries of every kink matter, in the order in which kinks are met, and how many do; a kink met twice counts once."""
    kinds = kinds_of_kinks(program.operations, program.outputs, recorder.met)
    if kinds is None:
        return None, Covered(sizes)
    once = dict(zip(recorder.met, kinds, strict=True)).values()
    matter = sum(int((kind == MATTERS).sum()) for kind in once)
    return kinds, Covered(sizes, kinks=matter, idle=sum(kind.size for kind in once) - matter)


def recorded(construction: Construction, sizes: Mapping[str, int], sides: Sides, recorder: Recorder) -> Program:
    """Both sides as a program in all data and parameters."""
    instance = build(construction, sizes, recorded_parameters(recorder, construction, sizes))
    data = {name: recorder.variable(*instance.shape_of(name), name) for name in construction.data}
    return Program.of(recorder, *sides(instance, data))


def _mistaken(program: Program, recorder: CellRecorder) -> float:
    """The chance that two numbers at kinks, or one of them and zero, agree at a random point up to sign, and not always."""
    bounds = bounds_of(program, [(kink.number, kink.number) for kink in recorder.kinks])
    degree = max((bound.degree + bound.poles for bound in bounds), default=0)
    numbers = 1 + sum(kink.shape[0] * kink.shape[1] for kink in recorder.kinks)
    return (
        numbers**2 * 2 * degree / 2.0**BITS
    )  # Schwartz and Zippel for u − v and u + v, over fewer than numbers²/2 pairs


def _values(
    construction: Construction,
    sizes: Mapping[str, int],
    sides: Sides,
    rationals: SwitchedRationals,
    numbers: Iterator[int],
    generic: bool = False,
) -> tuple[Any, Any]:
    """Both sides as fractions at the next random point, of the domain or (generic) of the reals; `rationals` keeps the cell."""
    width = 2**BITS if generic else RANGE

    def entries(parameter: Parameter, rows: int, columns: int) -> Matrix:
        spread = _signed(numbers, width)
        values = [[next(spread) for _ in range(columns)] for _ in range(rows)]
        return rationals.given(exact([[abs(v) + 1 if parameter.positive else v for v in row] for row in values]))

    instance = build(construction, sizes, parameters_from(construction, sizes, entries))
    data = {name: rationals.given(_member(construction, instance, name, numbers, width)) for name in construction.data}
    left, right = sides(instance, data)
    return left._entries.fractions(), right._entries.fractions()


def _member(construction: Construction, instance: Instance, name: str, numbers: Iterator[int], width: int) -> Matrix:
    """One data matrix: of the domain where that is finite and the numbers are to be small, else with entries of either sign."""
    shape = instance.shape_of(name)
    if width == RANGE and construction.domain.get(name, "real") != "real":
        return member(construction, name, shape, numbers, instance.parameters)
    return drawn(_signed(numbers, width), *shape)


def _signed(numbers: Iterator[int], width: int) -> Iterator[int]:
    for number in numbers:
        yield number % (2 * width + 1) - width
