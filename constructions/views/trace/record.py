"""A trace as plain data, for --json."""

from __future__ import annotations

from typing import Any

from constructions.views.text import exactly
from constructions.views.trace.numbers import Numbers, difference, numbers_of, vanishes
from constructions.views.trace.run import Trace
from constructions.views.trace.tokens import registers, token_names
from constructions.views.trace.where import where_record


def record(made: Trace, seed: int, claimed: str = "") -> dict[str, Any]:
    """Settings, data, every layer, and the answers; `claimed` is NAME@CLAIM where the record was reduced to one claim."""
    construction = made.instance.construction
    gap = difference(made.answer, made.algorithm)
    return {
        "name": claimed or construction.name,
        "claim": construction.claims[0].text if claimed else None,
        "tag": construction.tag,
        "seed": seed,
        "sizes": dict(made.instance.sizes),
        "parameters": {name: _parameter(value) for name, value in made.instance.parameters.items()},
        "exact": not made.arithmetic.note,
        "note": made.arithmetic.note,
        "data": {name: plain(rows) for name, rows in made.data.items()},
        "tokens": token_names(made.instance, len(made.streams[0])),
        "layers": [_layer(made, number) for number in range(len(made.streams))],
        "weights": ("found in the stream" if made.found else "answers to unit vectors")
        if made.weights
        else made.reason,
        "model": where_record(made),
        "answer": {
            "network": plain(made.answer),
            "algorithm": plain(made.algorithm),
            "difference": plain(gap),
            "equal": vanishes(gap),
        },
    }


def _layer(made: Trace, number: int) -> dict[str, Any]:
    W = made.weights[number] if made.weights else None
    iterate = made.iterates[number] if made.iterates else None
    gap = difference(W, iterate) if W and iterate else None
    stream = made.streams[number]
    return {
        "layer": number,
        "stream": {
            name: [[exactly(entry) for entry in row[part]] for row in stream] for name, part in registers(made.instance)
        },
        "weights": plain(W),
        "quantity": held.name if (held := made.found[number] if made.found else None) else None,
        "textbook": plain(iterate),
        "difference": plain(gap),
        "equal": vanishes(gap) if gap else None,
        "loss": exactly(made.losses[number]) if made.losses and made.losses[number] is not None else None,
    }


def plain(rows: Numbers | None) -> Any:
    return None if rows is None else [[exactly(entry) for entry in row] for row in rows]


def _parameter(value: Any) -> Any:
    return [_parameter(part) for part in value] if isinstance(value, tuple) else plain(numbers_of(value))
