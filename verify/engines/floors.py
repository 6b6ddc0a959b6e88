"""Where floating point ends a limit: predicted from the series and from typical rounding, then observed in the float network.

For a limit of powers the error has a smallest value: left of it rounding grows, right of it the truncation does; both knobs
are named. An exponential limit is approached without cancellation, and rounding ends it where an entry stops to follow its
truncation; that is the knob named then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from constructions.matrix import Matrix
from constructions.matrix.opaque import entries_in
from verify.arithmetic.ball import ball_entries, in_balls, precision
from verify.arithmetic.formats import BINARY32, BINARY64, Floats, NumpyBfloat16, NumpyFloats
from verify.arithmetic.rounding_estimate import EstimateArithmetic
from verify.built import built
from verify.engines.expansion import Expansion
from verify.engines.remainder import Place

MODELS: tuple[Floats, ...] = (NumpyFloats(BINARY64), NumpyFloats(BINARY32), NumpyBfloat16())
HALVINGS = 30  # t = 2^−1, 2^−2, …
BETAS = 48  # β = 1, 2, …
GROWN = 2.0  # rounding has ended a limit where the error is this much larger at the end of the grid
HALF = 0.5  # the share of the truncation by which an entry may miss it and still follow it


def floors(place: Place, found: Expansion) -> dict[str, dict[str, float | None]]:
    """format → the knob and the error predicted, and observed; None where nothing was seen on the grid."""
    constants = _constants(found)
    if constants is None:
        return {}
    with np.errstate(all="ignore"):  # what overflows is no candidate
        return {model.format.name: _floor(place, constants, model) for model in MODELS}


def _constants(found: Expansion) -> np.ndarray | None:
    values = [found.field.value(c) for c in found.constants()]
    return None if any(v is None for v in values) else np.array([abs(float(v.mid())) for v in values])


def _grid(place: Place) -> Iterator[tuple[Fraction, float]]:
    """(t, truncation/constant): t is that of `Path.at`."""
    if place.path.rate:
        yield from ((Fraction(1, b), float(np.exp(-float(place.path.order) * b))) for b in range(1, BETAS))
    else:
        yield from ((Fraction(1, 2**k), 2.0 ** (-k * place.order)) for k in range(1, HALVINGS))


def _floor(place: Place, constants: np.ndarray, model: Floats) -> dict[str, float | None]:
    limit, estimate = _limit(place), EstimateArithmetic(model.format)
    rows: list[tuple[float, np.ndarray, np.ndarray, np.ndarray]] = []
    for t, size in _grid(place):
        rounding = np.sqrt(_answer(place, t, estimate).variance).ravel()
        errors = np.abs(model.widened(_answer(place, t, model)).ravel() - limit)
        rows.append((_knob(place, t), constants * size, rounding, errors))
    if place.path.rate:
        predicted = _departure(rows, lambda cut, rounding, errors: rounding > HALF * cut)
        observed = _departure(rows, lambda cut, rounding, errors: np.abs(errors - cut) > HALF * cut)
        return {"predicted knob": predicted, "observed knob": observed}
    sums = {knob: float(np.mean(cut + rounding)) for knob, cut, rounding, _ in rows}
    seen = {knob: float(np.mean(errors)) for knob, _, _, errors in rows}
    return {**_least("predicted", sums), **_least("observed", seen)}


def _least(word: str, errors: Mapping[float, float]) -> dict[str, float | None]:
    """The knob of the smallest error, the farthest of several; None where the error does not grow again behind it."""
    finite = {knob: error for knob, error in errors.items() if np.isfinite(error)}
    knob = min(finite, key=lambda k: finite[k], default=None)
    if knob is None or not list(finite.values())[-1] > GROWN * finite[knob]:
        return {f"{word} knob": None, f"{word} error": None}
    return {f"{word} knob": knob, f"{word} error": finite[knob]}


def _departure(rows: Any, departs: Any) -> float | None:
    """The first knob at which an entry with a constant departs from its truncation, after one at which none does."""
    followed = False
    for knob, cut, rounding, errors in rows:
        if departs(cut, rounding, errors)[cut > 0].any():
            if followed:
                return knob
        else:
            followed = True
    return None


def _answer(place: Place, t: Fraction, arithmetic: Any) -> Any:
    data = {name: Matrix(arithmetic, arithmetic.lift(value)) for name, value in place.data.items()}
    instance = built(place.construction, place.sizes, {**place.parameters, **place.path.at(t)})
    return entries_in(instance.run(data).answer, arithmetic)


def _limit(place: Place) -> np.ndarray:
    """The algorithm's answer, correctly rounded to float64."""
    with precision(128):
        instance = built(place.construction, place.sizes, place.parameters)
        return np.array([float(entry.mid()) for entry in ball_entries(instance.algorithm(in_balls(place.data)))])


def _knob(place: Place, t: Fraction) -> float:
    """The value of the only knob, or t."""
    path = place.path
    return float(1 / t if path.rate else t ** path.powers[path.knob] if path.single else t)
