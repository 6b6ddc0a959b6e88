"""The page of one theorem, as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from constructions.commands.show.blocks import block, tables
from constructions.commands.show.letters import Shown, quantifier
from constructions.commands.show.prompt import form_text, prompt_lines, register_line
from constructions.commands.show.source import algorithm_source
from constructions.commands.text import grid, indent, shape_text, size_text
from constructions.language import Attention, Construction, Instance, Repeat, Stack
from constructions.language.transformer import distinct
from constructions.matrix import Matrix, Size, exact
from constructions.matrix.formula import formula_text


def layer_records(instance: Instance, make: Callable[..., Any] = block) -> list[dict[str, Any]]:
    """For every layer of the record: what kind it is, how often it is repeated, and its block tables."""
    records = []
    for layer in instance.network.layers:
        symbolic = isinstance(layer, Stack) and isinstance(layer.times, Size)
        times = size_text(layer.times) if symbolic or isinstance(layer, Repeat) else "1"
        for inner in distinct(layer):
            kind = _attention(inner) if isinstance(inner, Attention) else _mesa(inner)
            records.append(
                {**kind, "repeated": times, "tied": isinstance(layer, Repeat), "tables": tables(inner, make)}
            )
    return records


def _attention(layer: Attention) -> dict[str, Any]:
    mask = layer.mask if isinstance(layer.mask, str) else f"given weights M[reader, key] = {formula_text(layer.mask)}"
    kind = f"{layer.kernel} attention"
    return {
        "kind": kind,
        "heads": len(layer.heads),
        "mask": mask,
        "normaliser": layer.normaliser,
        "skip": len(layer.skip),
    }


def _mesa(layer: Any) -> dict[str, Any]:
    ridge = formula_text(layer.ridge if isinstance(layer.ridge, Matrix) else exact(layer.ridge))
    return {"kind": f"mesa layer, ridge {ridge}", "heads": 1, "mask": layer.mask, "normaliser": "none", "skip": 0}


def page(construction: Construction, shown: Shown, layers: list[dict[str, Any]]) -> str:
    """Everything about one theorem that its record knows, standings excepted: those are computed by `verify`."""
    instance = shown.instance
    parts = [
        f"{construction.name}  {construction.tag}".rstrip() + f"\n{construction.title}",
        construction.statement,
        _section("Quantifiers", _quantifiers(construction)),
        _section("Sizes and parameters", _parameters(construction).split("\n")),
        _section("Stream", [register_line(instance), *_notes(shown)]),
        _section("Prompt", prompt_lines(instance)),
        *_layers(layers),
        _section("Readout", [f"answer = {form_text(instance.readout.form)}, read at: {instance.readout.at}"]),
        _section("Algorithm", algorithm_source(construction.algorithm).split("\n")),
        *_rest(construction),
    ]
    return "\n\n".join(parts)


def _notes(shown: Shown) -> list[str]:
    """Why some letters are numbers."""
    if shown.note:
        return [shown.note]
    numbers = ", ".join(f"{name} = {value}" for name, value in shown.numbers.items())
    return [f"shown at {numbers}; all other sizes are letters"] if numbers else []


def _quantifiers(construction: Construction) -> list[str]:
    line, uniform = quantifier(construction)
    return [line, uniform, *(f"claim: {claim.text}" for claim in construction.claims), *_domain(construction)]


def _section(title: str, lines: list[str]) -> str:
    return f"{title}\n{indent(chr(10).join(lines))}"


def _domain(construction: Construction) -> list[str]:
    made = [f"domain: {name} has {word}" for name, word in construction.domain.items()]
    return made + (
        [f"the author claims no stronger evidence than: {construction.accept}"] if construction.accept else []
    )


def _parameters(construction: Construction) -> str:
    rows = [(name, "size", f"default {value}", "") for name, value in construction.sizes.items()]
    for name, p in construction.parameters.items():
        shape = shape_text(p.shape) or "number"
        default = "must be given" if p.default is None else f"default {p.default}"
        rows.append((name, shape + (" > 0" if p.positive else ""), default, p.meaning))
    return grid(rows, left=4)


def _layers(layers: list[dict[str, Any]]) -> list[str]:
    if not layers:
        return ["Layers\n  none"]
    parts, number = [], "1"
    for k, layer in enumerate(layers):
        number = f"Layer {k + 1} of {len(layers)}" if len(layers) > 1 else "Layer"
        times = layer["repeated"]
        tied = f", repeated {times} times with tied weights" if layer["tied"] else ""
        tied = tied or (f", one for each l = 0, …, {times} − 1" if times != "1" else "")
        heads = f"{layer['heads']} head" + ("s" if layer["heads"] > 1 else "")
        skip = "residual and token-wise linear skip" if layer["skip"] else "residual"
        words = f"{layer['kind']}, {heads}, mask: {layer['mask']}, normaliser: {layer['normaliser']}, skip: {skip}"
        made = [f"{title}\n\n" + indent("\n\n".join(map(str, blocks))) for title, blocks in layer["tables"]]
        parts.append(f"{number}{tied}: {words}\n\n" + indent("\n\n".join(made)))
    return parts


def _rest(construction: Construction) -> list[str]:
    misses = [
        f"{name}: {miss.because}" + (f" (as printed in {miss.source.key}, {miss.source.where})" if miss.source else "")
        for name, miss in construction.near_misses.items()
    ]
    listed = {
        "Proof steps": [step.text for step in construction.steps],
        "Near misses, each of which must be refuted": misses,
        "Resources": [f"{name}: {formula}" for name, formula in construction.resources.items()],
        "Uses": list(construction.uses),
        "Sources": [f"{source.key}, {source.where}" for source in construction.sources],
    }
    return [_section(title, lines) for title, lines in listed.items() if lines]
