"""What the rows and columns of a stream are called: tokens and registers."""

from __future__ import annotations

from collections.abc import Iterator

from constructions.language import Instance
from constructions.views.trace.quantities import SUBSCRIPTS


def token_names(instance: Instance, count: int) -> list[str]:
    """example 1, query 1, or token 1 where nothing is asked; with several tokens an item: example 1.1, example 1.2. Tokens that
    the network wrote are called written 1, written 2, …"""
    pairs = {"X", "Y"} <= set(instance.construction.data)
    item_name = "example" if instance.query or pairs else "token"
    names = []
    for place, segment in ((item_name, instance.context), ("query", instance.query)):
        for item in range(1, segment.count + 1) if segment else ():
            kinds = len(segment.tokens) if segment else 0
            names += [f"{place} {item}.{kind}" if kinds > 1 else f"{place} {item}" for kind in range(1, kinds + 1)]
    return [*names, *(f"written {number + 1}" for number in range(count - len(names)))][:count]


def codes(instance: Instance) -> dict[str, str]:
    """The registers that hold nothing but a position code, with its word."""
    return {name: word for name, word in instance.positions.items() if name in instance.layout.fixed}


def registers(instance: Instance) -> Iterator[tuple[str, slice]]:
    """The registers of the stream with their columns, position codes left out."""
    start, hidden = 0, codes(instance)
    for name, width in instance.network.stream.registers.items():
        if name not in hidden:
            yield name, slice(start, start + width)
        start += width


def column_names(instance: Instance, count: int) -> list[str]:
    """Tokens called by what they hold, x₁, y₁, …, x_q, where every token of an item holds one of its data; else as above."""
    names = []
    for segment in (instance.context, instance.query):
        kinds = (
            [{name for form in token.values() for name in form.blocks} - {"1"} for token in segment.tokens]
            if segment
            else []
        )
        if any(len(kind) != 1 for kind in kinds):
            return token_names(instance, count)
        words = [next(iter(kind)) for kind in kinds]
        for item in range(1, segment.count + 1 if segment else 1):
            alone = segment is instance.query and segment is not None and segment.count == 1
            number = "" if alone else str(item).translate(SUBSCRIPTS)
            names += [word[0].lower() + word[1:] + number for word in words]
    unique = len(set(names)) == len(names) and len(names) >= count
    return names[:count] if unique else token_names(instance, count)
