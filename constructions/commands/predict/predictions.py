"""Predictions as a table, a CSV file and plain data: network, algorithm and their difference for every query row."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from constructions.views.text import grid

Rows = list[dict[str, np.ndarray]]
ROLES = ("network", "algorithm", "difference")


def rows_of(network: np.ndarray, algorithm: np.ndarray) -> Rows:
    """One entry a query row; each holds d_y numbers for every role."""
    sides = (network, algorithm, network - algorithm)
    return [{role: side[k] for role, side in zip(ROLES, sides, strict=True)} for k in range(len(network))]


def as_table(rows: Rows, targets: tuple[str, ...]) -> str:
    body = [(str(number), *_cells(row)) for number, row in enumerate(rows, start=1)]
    return grid([("row", *_heads(targets)), *body], left=0)


def as_records(rows: Rows, targets: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{role: _plain(values, targets) for role, values in row.items()} for row in rows]


def _plain(values: np.ndarray, targets: tuple[str, ...]) -> Any:
    return float(values[0]) if len(targets) == 1 else dict(zip(targets, map(float, values), strict=True))


def _heads(targets: tuple[str, ...]) -> list[str]:
    return list(ROLES) if len(targets) == 1 else [f"{role} {target}" for target in targets for role in ROLES]


def _cells(row: Mapping[str, np.ndarray]) -> list[str]:
    count = len(row["network"])
    return [
        f"{row[role][k]:.3g}" if role == "difference" else f"{row[role][k]:.8g}" for k in range(count) for role in ROLES
    ]


def as_csv(rows: Rows, targets: tuple[str, ...]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    lines = [
        [k, *(repr(float(row[role][t])) for t in range(len(targets)) for role in ROLES)]
        for k, row in enumerate(rows, start=1)
    ]
    writer.writerows([["row", *_heads(targets)], *lines])
    return text.getvalue()
