"""Which records learn to predict: those whose data are examples X, Y and queries X_q, answered at the queries."""

from __future__ import annotations

from typing import Any

from constructions.language.construction import Construction
from constructions.language.statement import Box


def regression_sizes(construction: Construction) -> dict[str, Any] | None:
    """What the record calls n, d_x, d_y (a size, or a number) and m in X (n × d_x), Y (n × d_y), X_q (m × d_x); else None."""
    shapes = {name: tuple(shape) for name, shape in construction.data.items()}
    if set(shapes) != {"X", "Y", "X_q"}:
        return None
    if not all(word == "real" or isinstance(word, Box) for word in construction.domain.values()):
        return None
    (n, d_x), (rows, d_y), (m, width) = shapes["X"], shapes["Y"], shapes["X_q"]
    named = set(construction.sizes) >= {n, d_x, m} and (d_y in construction.sizes or isinstance(d_y, int))
    if not named or rows != n or width != d_x or len({n, d_x, d_y, m}) < 4:
        return None
    return {"n": str(n), "d_x": str(d_x), "d_y": d_y, "m": str(m)}
