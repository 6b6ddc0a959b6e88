"""The steps of a proof, carried out at the worked example in exact fractions: what was compared, and whether it agreed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from constructions import get
from constructions.language import BadConstruction, BadNetwork, Construction, Equal, Instance, NearMiss, UnknownName, at
from constructions.matrix import Matrix, MatrixError, NeedsNumber, Pole, ShapeMismatch, Unsupported, exact
from constructions.views.trace.numbers import ROUNDING, Numbers, difference, numbers_of
from docs.pages.example import Example, example, rows_text
from verify.sides import claim_sides, step_sides

# A near miss may have another depth or other registers than the proof speaks of (IndexError, and the rest).
REFUSED = (
    BadConstruction,
    BadNetwork,
    IndexError,
    MatrixError,
    NeedsNumber,
    Pole,
    ShapeMismatch,
    Unsupported,
    UnknownName,
)


@dataclass(frozen=True)
class Comparison:
    """So many numbers on either side; `wrong` says where the first ones differ, "" if they agree."""

    count: int
    exact: bool
    wrong: str = ""

    @property
    def text(self) -> str:
        how = "exactly" if self.exact else f"to {ROUNDING:g} relative, in float64"
        numbers = f"{self.count} number" + ("s" if self.count != 1 else "")
        outcome = f"DIFFERENT: {self.wrong}" if self.wrong else f"equal {how}"
        return f"executed at the worked example: {numbers} on either side, {outcome}"


def run_of(name: str) -> Example:
    return example(get(name))


def data_of(found: Example) -> dict[str, Matrix]:
    return {name: found.made.arithmetic.make(rows) for name, rows in found.made.data.items()}


def step(found: Example, number: int) -> Comparison:
    """The step of that number, counted from 1."""
    instance = found.made.instance
    left, right = step_sides(instance.construction.steps[number - 1])(instance, data_of(found))
    return compared(numbers_of(left), numbers_of(right))


def invariant(found: Example) -> Comparison:
    """What the invariant says of every register, after every layer."""
    count, made = 0, found.made
    for layer, entries in enumerate(made.held or []):
        for place, gap in entries.items():
            count += sum(map(len, gap))
            zero = [[0] * len(row) for row in gap]
            if compared(gap, zero, scale=_scale(made.streams[layer])).wrong:
                wrong = f"after layer {layer}, {place}: stream − formula = {rows_text(gap)}"
                return Comparison(count, found.exact, wrong)
    return Comparison(count, found.exact)


def claim(found: Example) -> Comparison | None:
    """The answers, where they are claimed to be equal for all data."""
    made = found.made
    if not any(
        isinstance(c, Equal) and not (c.replaces or c.domain or c.algorithm) for c in made.instance.construction.claims
    ):
        return None
    return compared(made.answer, made.algorithm)


def compared(left: Numbers, right: Numbers, scale: float = 0.0) -> Comparison:
    """Entry by entry: rationals exactly, floats up to rounding."""
    gap = difference(left, right)
    rational = all(isinstance(x, (int, Fraction)) for row in gap for x in row)
    room = 0 if rational else ROUNDING * max(scale, _scale(left), _scale(right), 1.0)
    good = all(abs(x) <= room for row in gap for x in row)
    return Comparison(sum(map(len, gap)), rational, "" if good else f"{rows_text(left)} and {rows_text(right)}")


def _scale(rows: Numbers) -> float:
    return max((float(abs(x)) for row in rows for x in row), default=0.0)


def caught(record: Construction, miss: NearMiss, point: Mapping[str, Any]) -> str:
    """Where a near miss first departs from the proof, at its counterexample: a step, a layer, or only the answer."""
    if any(isinstance(value, str) for value in point["parameters"].values()):  # along a path, so there is no one point
        return "the answer"
    try:
        broken = replace(record, near_misses={}, resources={}, **miss.replaces)
        parameters = {name: _value(v, record.parameters[name].shape) for name, v in point["parameters"].items()}
        instance = at(broken, point["sizes"], parameters)
        given = {name: exact(rows) for name, rows in point["data"].items()}
        return _first(instance, given)
    except REFUSED:
        return "the answer"


def _first(instance: Instance, given: Mapping[str, Matrix]) -> str:
    record = instance.construction
    if record.invariant:
        run = instance.run(given)
        for number, state in enumerate(instance.iterates(given)):
            for (register, place), formula in record.invariant.holds.items():
                layer = number + record.invariant.first
                held = instance.formula(formula, given, W=state)
                if compared(numbers_of(run.read(register, place, layer)), numbers_of(held)).wrong:
                    where = f"after layer {layer}" if layer else "in the prompt"
                    return f"the invariant, {where}: {register} at {place}"
    for number, each in enumerate(record.steps, start=1):
        left, right = step_sides(each)(instance, given)
        if compared(numbers_of(left), numbers_of(right)).wrong:
            return f"step {number} of the proof"
    left, right = claim_sides(instance, given)
    return "the answer" if compared(numbers_of(left), numbers_of(right)).wrong else "nothing at this point"


def _value(value: Any, shape: tuple[Any, ...]) -> Any:
    return value if shape else value[0][0]
