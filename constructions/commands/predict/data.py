"""CSV files as X, Y and X_q: columns matched by name, standardized and extended on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from constructions.commands.misuse import Misuse
from constructions.commands.predict.csv_file import Table, quoted, read


@dataclass(frozen=True)
class TrainingData:
    """Inputs (n × d_x), targets (n × d_y) with their names, queries (m × d_x), and what a user should be told."""

    targets: tuple[str, ...]
    X: np.ndarray
    Y: np.ndarray
    X_q: np.ndarray
    notes: tuple[str, ...] = ()


def training_data(train: str, query: str, targets: Sequence[str], standardize: bool, intercept: bool) -> TrainingData:
    """Read and match both files; every error names the file, row or column."""
    table, asked = read(train), read(query)
    for name in targets:
        if name not in table.columns:
            raise Misuse(f"{train} has no target column {name!r}; it has {quoted(table.columns)}")
        if list(targets).count(name) > 1:
            raise Misuse(f"the target column {name!r} is named twice; name it once")
    inputs = tuple(name for name in table.columns if name not in targets)
    if not inputs:
        raise Misuse(f"{train} has only target columns ({quoted(table.columns)}); at least one input column is needed")
    X, Y = table.numbers(inputs), table.numbers(targets)
    notes = _match(table, asked, inputs, targets)
    X_q = asked.numbers(inputs)
    if standardize:
        X, X_q = _standardized(X, X_q, inputs, train)
    if intercept:
        X, X_q = (np.column_stack([a, np.ones(len(a))]) for a in (X, X_q))
    else:
        notes += _centred(Y, targets)
    return TrainingData(tuple(targets), X, Y, X_q, tuple(notes))


def _match(table: Table, asked: Table, inputs: Sequence[str], targets: Sequence[str]) -> list[str]:
    missing = [name for name in inputs if name not in asked.columns]
    extra = [name for name in asked.columns if name not in table.columns]
    ignored = [name for name in targets if name in asked.columns]
    if missing or extra:
        parts = [f"lacks the input columns {quoted(missing)}"] * bool(missing) + [
            f"has the unknown columns {quoted(extra)}"
        ] * bool(extra)
        raise Misuse(f"{asked.path} {' and '.join(parts)}; the inputs in {table.path} are {quoted(inputs)}")
    return [f"{asked.path} holds the target {quoted(ignored)}: ignored, the network does not see it"] if ignored else []


def _standardized(X: np.ndarray, X_q: np.ndarray, inputs: Sequence[str], path: str) -> tuple[np.ndarray, np.ndarray]:
    """Both with mean and standard deviation (divisor n) of the training inputs."""
    constant = [name for name, column in zip(inputs, X.T, strict=True) if column.min() == column.max()]
    if constant:
        raise Misuse(
            f"cannot standardize {quoted(constant)}: constant in {path}, so the standard deviation is 0; "
            "remove the column (--intercept adds a constant one)"
        )
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    if not (np.isfinite(mean).all() and np.isfinite(deviation).all() and (deviation > 0).all()):
        raise Misuse(
            f"cannot standardize the inputs in {path}: mean or standard deviation overflow or vanish "
            "in float64; rescale them"
        )
    return (X - mean) / deviation, (X_q - mean) / deviation


def _centred(Y: np.ndarray, targets: Sequence[str]) -> list[str]:
    far = [
        f"the target {name!r} is far from centred (mean {mean:.4g}, standard deviation {deviation:.4g}) and there is no "
        "intercept: predictions are linear in the inputs; --intercept adds a constant column"
        for name, mean, deviation in zip(targets, Y.mean(axis=0), Y.std(axis=0), strict=True)
        if abs(mean) > deviation
    ]
    return far
