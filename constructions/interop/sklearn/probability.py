"""Probabilities of classes, where a record says how its answer, a logit, stands for one (`Construction.mean`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from constructions.interop import decimal
from constructions.interop.sklearn.network import whole
from constructions.language import Construction
from constructions.language.parameters import parameter_value
from constructions.language.quantifier import call, names_of
from constructions.matrix.floating import array_of, floats

LOGITS = np.concatenate([-np.logspace(6, -3, 100), [0.0], np.logspace(-3, 6, 100)])  # at which a mean is looked at
ROUNDING = 1e-9

Mean = Callable[[np.ndarray], np.ndarray]


def mean_of(record: Construction, settings: Mapping[str, Any]) -> Mean | None:
    """The mean as a function of arrays, at these sizes and parameters; None where the record has none."""
    if record.mean is None:
        return None
    function, given = record.mean, {name: value for name, value in settings.items() if value is not None}
    sizes = {**record.sizes, **{name: whole(value) for name, value in given.items() if name in record.sizes}}
    own = {name: decimal(given.get(name, parameter.default)) for name, parameter in record.parameters.items()}
    parameters = {
        name: parameter_value(name, record.parameters[name], own[name], sizes)
        for name in names_of(function)
        if name in record.parameters
    }

    def mean(logits: np.ndarray) -> np.ndarray:
        column = floats(np.asarray(logits, dtype=np.float64).reshape(-1, 1))
        return array_of(call(function, {**sizes, **parameters, "s": column})).reshape(logits.shape)

    return mean


def probability_of(record: Construction, settings: Mapping[str, Any]) -> Mean:
    """The mean, where it is a probability. Raises `AttributeError`, which says what is missing."""
    try:
        mean = mean_of(record, settings)
    except (ValueError, LookupError, TypeError) as error:
        raise AttributeError(f"{record.name} has no probabilities at these parameters: {error}") from error
    if mean is None:
        raise AttributeError(
            f"the answers of {record.name} are no probabilities, nor logits of them; take decision_function, or calibrate "
            "(CalibratedClassifierCV)"
        )
    found = mean(LOGITS)
    if (wrong := np.flatnonzero((found < -ROUNDING) | (found > 1 + ROUNDING) | ~np.isfinite(found))).size:
        s, p = LOGITS[wrong[0]], found[wrong[0]]
        raise AttributeError(
            f"{record.name} at these parameters has no probabilities: its mean is {p:.6g} at the logit {s:.6g}, and a probability "
            f"is in [0, 1]. What decides: {_meanings(record)}"
        )
    if (np.diff(found) < -ROUNDING).any():
        raise AttributeError(
            f"{record.name} at these parameters has no probabilities: its mean falls where the logit rises"
        )
    return mean


def _meanings(record: Construction) -> str:
    """What the mean depends on, as the record says it."""
    asked = [name for name in names_of(record.mean) if name in record.parameters] if record.mean else []
    return "; ".join(f"{name}, {record.parameters[name].meaning}" for name in asked)


def of_classes(mean: Mean, answers: np.ndarray) -> np.ndarray:
    """Queries × classes, each row a distribution: of two classes by one logit, of more by one logit each, normalised."""
    found = np.clip(mean(answers), 0, 1)
    if found.shape[1] == 1:
        return np.hstack([1 - found, found])
    total = found.sum(axis=1, keepdims=True)
    return np.where(total > 0, found / np.where(total > 0, total, 1), 1 / found.shape[1])
