"""Forward passes of a network that many estimators share: searches and cross-validation fit the same sizes again and again."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from constructions.language import Construction, Instance, at
from constructions.language.compiled import Compiled, compiled
from constructions.language.positional import know_positions

NETWORKS, COUNTS = 4, 3  # that are kept: networks, and numbers of queries of each


class Passes:
    """The instance of one query, and its forward pass for any number of them, compiled when it is first asked for.

    The kernel runs once on matrices of variables (`language/compiled.py`), and what it did is carried out on the data. Numbers of
    queries are rounded up to a power of two, so that few passes serve all of them; the first query fills what is left.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.compiled = lru_cache(maxsize=COUNTS)(self._compiled)

    def answers(self, data: Mapping[str, np.ndarray]) -> np.ndarray:
        """The answer for every row of X_q (m × d_y)."""
        X_q = data["X_q"]
        count = 1 << (len(X_q) - 1).bit_length() if len(X_q) else 0
        filled = np.concatenate([X_q, np.repeat(X_q[:1], count - len(X_q), axis=0)])
        found = self.compiled(count)(**{**data, "X_q": filled})
        each = len(found) // count if count else 1
        return found[: each * len(X_q)]

    def _compiled(self, count: int) -> Compiled:
        instance = self.instance.with_queries(count)
        know_positions(instance.layout, instance.network)
        return compiled(instance)


def passes_of(record: Construction, sizes: Mapping[str, Any], parameters: Mapping[str, Any]) -> Passes:
    """The passes of a record at these sizes and parameters: the same ones while they are among the last that were asked for."""
    key = (_frozen(sizes), _frozen(parameters))
    try:
        _ = hash(key)
    except TypeError:  # a parameter that cannot be compared; what is wrong with it is said where it is read
        return Passes(at(record, sizes, parameters))
    return _kept(record, *key)


@lru_cache(maxsize=NETWORKS)
def _kept(record: Construction, sizes: Any, parameters: Any) -> Passes:
    return Passes(at(record, dict(sizes), dict(parameters)))


def forget() -> None:
    """Give back the memory of the last networks that fits share, which are kept for the life of the process otherwise."""
    _kept.cache_clear()


def _frozen(given: Mapping[str, Any]) -> Hashable:
    return tuple((name, _tuple(value)) for name, value in given.items())


def _tuple(value: Any) -> Any:
    """Nested lists and arrays as tuples."""
    value = value.tolist() if isinstance(value, np.ndarray) else value
    return tuple(map(_tuple, value)) if isinstance(value, (list, tuple)) else value
