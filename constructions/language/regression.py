"""Which records learn to predict: those whose data are examples X, Y and queries X_q, answered at the queries."""

from __future__ import annotations

from typing import Any

from constructions.language.construction import Construction
from constructions.language.statement import Box


def regression_sizes(construction: Construction, fixed: bool = False) -> dict[str, Any] | None:
    """What the record calls n, d_x, d_y (a size, or a number) and m in X (n × d_x), Y (n × d_y), X_q (m × d_x); else None.

    fixed  whether n may be a number, too: a record of one step on one example learns nothing from a table of others
    """
    shapes = {name: tuple(shape) for name, shape in construction.data.items()}
    if set(shapes) != {"X", "Y", "X_q"}:
        return None
    if not all(word == "real" or isinstance(word, Box) for word in construction.domain.values()):
        return None
    (n, d_x), (rows, d_y), (m, width) = ([_number_or_name(size) for size in shapes[name]] for name in ("X", "Y", "X_q"))
    counted = n in construction.sizes or (fixed and isinstance(n, int))
    named = counted and {d_x, m} <= set(construction.sizes) and (d_y in construction.sizes or isinstance(d_y, int))
    if not named or rows != n or width != d_x or len({d_x, d_y, m}) < 3 or n in (d_x, m) or (n == d_y and n != 1):
        return None
    return {"n": n, "d_x": d_x, "d_y": d_y, "m": m}


def _number_or_name(size: Any) -> int | str:
    return int(size) if str(size).isdigit() else str(size)
