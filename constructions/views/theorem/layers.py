"""The layers of a network: which kind they are, how they are repeated, and their block tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from constructions.language import Block, Repeat, Stack, Transformer
from constructions.language.transformer import Layer, distinct
from constructions.matrix import Size
from constructions.views.text import indent, size_text
from constructions.views.theorem.blocks import block
from constructions.views.theorem.sublayers import described, line
from constructions.views.theorem.tables import tables


def layer_records(network: Transformer, make: Callable[..., Any] = block) -> list[dict[str, Any]]:
    """For every layer of the record: where it stands, what kind it is, and its block tables (of a block: its sublayers)."""
    registers = list(network.stream.registers)

    def single(sublayer: Any) -> dict[str, Any]:
        return {**described(sublayer), "tables": tables(sublayer, registers, make)}

    records, start = [], 1
    for layer in network.layers:
        times = _times(layer)
        for inner in distinct(layer):
            span = {"first": size_text(start), "last": size_text(start + times - 1), "repeated": size_text(times)}
            kind = {"kind": "block", "sublayers": [*map(single, inner.sublayers)]} if isinstance(inner, Block) else None
            records.append({**span, "tied": isinstance(layer, Repeat), **(kind or single(inner))})
            start = start + times
    return records


def _times(layer: Layer) -> Any:
    """For how many layers one record of it stands: a stack of a known number has a record for each."""
    if isinstance(layer, Repeat) or (isinstance(layer, Stack) and isinstance(layer.times, Size)):
        return layer.times
    return 1


def plain_layer(layer: dict[str, Any]) -> dict[str, Any]:
    """A layer's record with its tables, and those of its sublayers, as plain data."""
    made = dict(layer)
    if "tables" in made:
        made["tables"] = {part.name: {b.name: b.as_record() for b in part.blocks} for part in made["tables"]}
    if "sublayers" in made:
        made["sublayers"] = [*map(plain_layer, made["sublayers"])]
    return made


def layer_sections(layers: list[dict[str, Any]]) -> list[str]:
    """One section a layer: a line of words, and the tables."""
    return [f"{place(layer, len(layers) == 1)}: {_text(layer)}" for layer in layers] or ["Layers\n  none"]


def _text(layer: dict[str, Any]) -> str:
    if "sublayers" in layer:
        inner = layer["sublayers"]
        listed = [indent(f"{number}. {_text(sublayer)}") for number, sublayer in enumerate(inner, start=1)]
        return "\n\n".join([f"a block of {len(inner)} sublayer" + ("" if len(inner) == 1 else "s"), *listed])
    made = [f"{part.title}\n\n" + indent("\n\n".join(map(str, part.blocks))) for part in layer["tables"]]
    return "\n\n".join([line(layer), *map(indent, made)])


def place(layer: dict[str, Any], alone: bool) -> str:
    """Layer 1, or Layers l = 1, …, steps, or Layers 2, …, steps+1, one for each l = 1, …, steps."""
    if layer["repeated"] == "1":
        return "Layer" if alone else f"Layer {layer['first']}"
    if layer["first"] == "1" and not layer["tied"]:
        return f"Layers l = 1, …, {layer['last']}"
    which = "all with the same weights" if layer["tied"] else f"one for each l = 1, …, {layer['repeated']}"
    return f"Layers {layer['first']}, …, {layer['last']}, {which}"
