"""The layers of a network: which kind they are, how they are repeated, and their block tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from constructions.commands.show.blocks import block, tables
from constructions.commands.text import counted_from_one, indent, size_text
from constructions.language import Attention, Instance, Repeat, Stack
from constructions.language.transformer import Layer, distinct
from constructions.matrix import Matrix, Size, exact
from constructions.matrix.formula import formula_text

NORMALISED = ("softmax", "hard")  # kernels whose weights sum to 1 by themselves


def layer_records(instance: Instance, make: Callable[..., Any] = block) -> list[dict[str, Any]]:
    """For every layer of the record: where it stands, what kind it is, and its block tables."""
    records, start = [], 1
    for layer in instance.network.layers:
        times = _times(layer)
        for inner in distinct(layer):
            kind = _attention(inner) if isinstance(inner, Attention) else _mesa(inner)
            place = {"first": size_text(start), "last": size_text(start + times - 1), "repeated": size_text(times)}
            records.append({**place, **kind, "tied": isinstance(layer, Repeat), "tables": tables(inner, make)})
            start = start + times
    return records


def _times(layer: Layer) -> Any:
    """For how many layers one record of it stands: a stack of a known number has a record for each."""
    if isinstance(layer, Repeat) or (isinstance(layer, Stack) and isinstance(layer.times, Size)):
        return layer.times
    return 1


def _attention(layer: Attention) -> dict[str, Any]:
    mask = layer.mask
    if isinstance(mask, Matrix):
        mask = f"given weights M[reader, key] = {counted_from_one(formula_text(mask))}"
    return {
        "kind": f"{layer.kernel} attention",
        "heads": len(layer.heads),
        "mask": mask,
        "normaliser": "" if layer.kernel in NORMALISED and layer.normaliser == "none" else layer.normaliser,
        "skip": len(layer.skip),
    }


def _mesa(layer: Any) -> dict[str, Any]:
    ridge = formula_text(layer.ridge if isinstance(layer.ridge, Matrix) else exact(layer.ridge))
    return {"kind": f"mesa layer, ridge {ridge}", "heads": 1, "mask": layer.mask, "normaliser": "", "skip": 0}


def layer_sections(layers: list[dict[str, Any]]) -> list[str]:
    """One section a layer: a line of words, and the tables."""
    if not layers:
        return ["Layers\n  none"]
    parts = []
    for layer in layers:
        made = [f"{title}\n\n" + indent("\n\n".join(map(str, blocks))) for title, blocks in layer["tables"]]
        parts.append(f"{_place(layer, len(layers) == 1)}: {_words(layer)}\n\n" + indent("\n\n".join(made)))
    return parts


def _place(layer: dict[str, Any], alone: bool) -> str:
    """Layer 1, or Layers l = 1, …, steps, or Layers 2, …, steps+1, one for each l = 1, …, steps."""
    if layer["repeated"] == "1":
        return "Layer" if alone else f"Layer {layer['first']}"
    if layer["first"] == "1" and not layer["tied"]:
        return f"Layers l = 1, …, {layer['last']}"
    which = "all with the same weights" if layer["tied"] else f"one for each l = 1, …, {layer['repeated']}"
    return f"Layers {layer['first']}, …, {layer['last']}, {which}"


def _words(layer: dict[str, Any]) -> str:
    heads = f"{layer['heads']} head" + ("s" if layer["heads"] > 1 else "")
    normaliser = [f"normaliser: {layer['normaliser']}"] if layer["normaliser"] else []
    skip = "residual and token-wise linear skip" if layer["skip"] else "residual"
    return ", ".join([layer["kind"], heads, f"mask: {layer['mask']}", *normaliser, f"skip: {skip}"])
