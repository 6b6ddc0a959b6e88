"""Whether an algorithm answers every query as if it were alone, so that a bound for one query bounds them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructions.language import Construction
from verify.arithmetic.polynomial import Quotient
from verify.engines.composition import symbolic
from verify.engines.one_query import one_query
from verify.engines.rational_values import Ring, ring_of


def one_at_a_time(construction: Construction, sizes: Mapping[str, int]) -> dict[str, int]:
    """The sizes with one query, if the answers to all are those to each of them, as rational functions; else as given."""
    alone = one_query(symbolic(construction, sizes).instance)
    axis = next((name for name in alone if alone[name] != sizes[name]), None)
    if axis is None:
        return dict(sizes)
    (every, answers), (single, answer) = ring_of(construction, sizes), ring_of(construction, alone)
    of_queries = {name for name, shape in construction.data.items() if shape[0] == axis}
    flat, answers = [entry for row in answer for entry in row], [entry for row in answers for entry in row]
    expected = [_moved(entry, single, every, of_queries, query) for query in range(sizes[axis]) for entry in flat]
    zero = every.functions.is_zero
    same = len(expected) == len(answers) and all(zero(a + -b) for a, b in zip(expected, answers, strict=True))
    return alone if same else dict(sizes)


def _moved(entry: Quotient, single: Ring, every: Ring, of_queries: set[str], query: int) -> Quotient:
    """An answer to one query, with the variables of one of several queries put in."""
    images: list[Any] = []
    for key in single.keys:
        data, name, row, column = key if key[0] == "data" else ("", "", 0, 0)
        place = (data, name, query, column) if name in of_queries and row == 0 else key
        images.append(every.functions.generators[every.keys[place]])
    images += every.functions.generators[len(every.keys) :]
    context = every.functions.one.context()
    return Quotient.reduced(*(part.compose(*images, ctx=context) for part in (entry.top, entry.bottom)))
