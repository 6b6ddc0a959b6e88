"""The report "where is the linear model?" as text and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

from constructions.matrix.notation import letter
from constructions.views.text import exactly, grid, indent, shown
from constructions.views.trace.model import ASKED, Model, Slot, Standing
from constructions.views.trace.run import Trace
from constructions.views.trace.sample import boxes
from constructions.views.trace.tokens import column_names

WHERE = "Where is the linear model?\n"
HEADS = ["quantity", "register", "column", "times", "after layers"]
NEITHER = "− : neither a member of the family nor 0 stands in any of the columns above; something else does, or nothing is read"
FAR = "How far is what stands there from the final one? The largest entry of the difference, in the nearest column\n"


def where(made: Trace) -> list[str]:
    """Two tables: which quantities stand where, and how far what stands there is from the final one."""
    if made.model is None:
        return []
    names, notes = column_names(made.instance, len(made.streams[0])), _notes(made, made.model)
    if not made.model.standings:
        return [WHERE + indent("\n".join(notes))]
    found = "\n".join([grid([HEADS, *_rows(made.model, names)], left=4), *notes])
    far = list(_distances(made.model, names))
    legend = [NEITHER] if any("−" in row for row in far) else []
    return [WHERE + indent(found), FAR + indent("\n".join([grid(far, left=0), *legend]))]


def _rows(model: Model, names: Sequence[str]) -> Iterator[list[str]]:
    """One row for all columns in which the same thing stands after the same layers."""
    groups: dict[tuple[str, ...], list[Standing]] = {}
    for standing in model.standings:
        find = standing.find
        name = find.quantity.name + ("ᵀ" if find.transposed else "") + (" (final)" if find.quantity.final else "")
        times = _times(find.factor)
        groups.setdefault((name, _register(standing), times, _layers(standing)), []).append(standing)
    for (name, register, times, layers), group in groups.items():
        yield [
            name,
            register,
            _columns([standing.find.place.tokens for standing in group], register, names),
            times,
            layers,
        ]


def _times(factor: Any) -> str:
    """The factor; nothing where it is 1. What is only nearly ±1 does not look like it."""
    text = "" if factor == 1 else shown(factor)
    if text.removeprefix("−") != "1" or factor == -1:
        return text
    return f"≈ {text}" if isinstance(factor, float) else str(factor).replace("-", "−")


def _register(standing: Standing) -> str:
    place = standing.find.place
    rows = f" from row {place.start + 1}" if place.start else ""
    return letter(place.register) + rows


def _columns(tokens: Sequence[tuple[int, ...]], register: str, names: Sequence[str]) -> str:
    if register == ASKED:
        return ""
    if len(tokens) == len(names) and len(tokens) > 1:
        return "every column"
    return ", ".join("+".join(names[t] for t in group) for group in tokens)


def _layers(standing: Standing) -> str:
    return ", ".join(f"{first}" if first == last else f"{first}–{last}" for first, last in standing.layers)


def _notes(made: Trace, model: Model) -> Iterator[str]:
    nearly = bool(model.tolerance.share)
    if model.missing:
        yield f"nowhere, up to {'the sign' if nearly else 'a constant factor'}: {', '.join(model.missing)}"
    if any(len(standing.find.place.tokens) > 1 for standing in model.standings):
        yield "columns joined by + hold one row of the matrix each"
    small = "fractions between −2 and 2" if nearly else "large random integers"
    others = "fractions all over the box" if boxes(made.instance) else small
    places = f"at this prompt and at {model.prompts - 1} others of {others}"
    if model.standings:
        yield f"compared {places}, {_closely(made, model)}; where one of them is 0 it is not looked for"
    else:
        yield f"looked for {places}: nothing was found"
    if nearly:
        yield model.tolerance.text


def _closely(made: Trace, model: Model) -> str:
    if model.tolerance.share:
        return f"found within {shown(model.gap)} of the largest entry"
    gaps = f", with gaps up to {shown(model.gap)} of the largest entry" if model.gap else ""
    return f"to rounding only{gaps}" if made.arithmetic.note else "in exact rationals"


def _distances(model: Model, names: Sequence[str]) -> Iterator[list[str]]:
    """One row for each layer that changes something."""
    yield ["layer", *(slot_name(slot) for slot in model.slots)]
    before: list[str] = []
    for layer in range(len(model.slots[0].distances)):
        row = [_distance(slot, layer, names) for slot in model.slots]
        if row != before:
            yield [str(layer), *row]
        before = row


def slot_name(slot: Slot) -> str:
    return f"{slot.family} in {letter(slot.register)}" if slot.register != ASKED else f"{slot.family} in the answers"


def _distance(slot: Slot, layer: int, names: Sequence[str]) -> str:
    distance = slot.distances[layer]
    if distance is None:
        return "−"
    at = f" at {'+'.join(names[t] for t in slot.nearest[layer])}" if slot.register != ASKED else ""
    return f"{shown(distance)}{at}"


def where_record(made: Trace) -> Any:
    """The same for --json."""
    if made.model is None:
        return None
    names = column_names(made.instance, len(made.streams[0]))
    return {
        "prompts": made.model.prompts,
        "gap": made.model.gap,
        "tolerance": {
            "share": made.model.tolerance.share,
            "most": made.model.tolerance.most if isfinite(made.model.tolerance.most) else None,
        },
        "nowhere": list(made.model.missing),
        "standing": [
            {
                "quantity": standing.find.quantity.family,
                "index": standing.find.quantity.index,
                "final": standing.find.quantity.final,
                "register": standing.find.place.register,
                "rows": [standing.find.place.start, standing.find.place.start + standing.find.place.width],
                "columns": [names[t] for t in standing.find.place.tokens]
                if standing.find.place.register != ASKED
                else [],
                "transposed": standing.find.transposed,
                "factor": exactly(standing.find.factor),
                "layers": [list(pair) for pair in standing.layers],
            }
            for standing in made.model.standings
        ],
        "distances": [
            {
                "quantity": slot.family,
                "register": slot.register,
                "row": slot.start,
                "distance": [exactly(value) for value in slot.distances],
                "first": dict(slot.first),
            }
            for slot in made.model.slots
        ],
    }
