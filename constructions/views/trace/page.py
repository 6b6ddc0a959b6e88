"""A trace as text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from constructions.language import Instance
from constructions.matrix.notation import letter
from constructions.views.text import grid, indent, shown
from constructions.views.trace.numbers import Numbers, difference, gap_text, matrix_text, numbers_of, verdict
from constructions.views.trace.run import Trace
from constructions.views.trace.sample import boxes
from constructions.views.trace.tokens import codes, registers, token_names
from constructions.views.trace.trained import Held
from constructions.views.trace.where import where

FOUND = "the weights are those found in the stream, as the tables above say"
ANSWERED = "column k of the weights is what the readout answers at that layer when the query is e_k"


def page(made: Trace, seed: int, brief: bool = False, claimed: str = "") -> str:
    """Everything that the trace found, layer by layer, then one line a layer; `brief` leaves the layers out.

    claimed  NAME@CLAIM, where the record was reduced to one of its claims
    """
    construction = made.instance.construction
    head = [f"{claimed or construction.name}  {construction.tag}".rstrip(), construction.title]
    head += [f"the claim: {construction.claims[0].text}"] if claimed else []
    head += ["", *_settings(made.instance)]
    inside = " in the box of the claim" if boxes(made.instance) else ""
    head.append(
        f"prompt drawn with seed {seed}{inside}; "
        + (made.arithmetic.note or "exact rationals, shown in short decimals")
    )
    head += [
        f"{letter(name)} holds a position code ({word}) and is not shown" for name, word in codes(made.instance).items()
    ]
    if len(made.streams[0]) < made.instance.layout.tokens:
        head.append("queries run as separate prompts, since context tokens see them; the stream of the first is shown")
    blocks = [] if brief else [_layer(made, number) for number in range(len(made.streams))]
    return "\n\n".join(["\n".join(head), *blocks, *where(made), *_summary(made), _answers(made)])


def _settings(instance: Instance) -> list[str]:
    sizes = ", ".join(f"{name} = {value}" for name, value in instance.sizes.items())
    return [
        f"sizes: {sizes}",
        *(f"{letter(name)} = {_parameter(value)}" for name, value in instance.parameters.items()),
    ]


def _parameter(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"[{k}] {_parameter(part)}" for k, part in enumerate(value))
    return matrix_text(numbers_of(value), str)


def _layer(made: Trace, number: int) -> str:
    instance, stream = made.instance, made.streams[number]
    columns = [(letter(name), part) for name, part in registers(instance)]
    widths = [(name, part.stop - part.start) for name, part in columns]
    heads = [name if width == 1 else f"{name}{k + 1}" for name, width in widths for k in range(width)]
    named = zip(token_names(instance, len(stream)), stream, strict=True)
    rows = [[name, *(shown(entry) for _, part in columns for entry in row[part])] for name, row in named]
    title = "Before the first layer: the prompt" if number == 0 else f"After layer {number}"
    lines = [grid([["token", *heads], *rows], gap="  "), *_beside(made, number)]
    return f"{title}\n{indent(chr(10).join(lines))}"


def _beside(made: Trace, number: int) -> Iterator[str]:
    stands = made.weights[number] if made.weights else None
    held = made.found[number] if made.found else None
    if stands:
        yield f"{f'{held.name} in the stream' if held else 'weights in the stream':24}{matrix_text(stands)}"
    W = made.iterates[number] if made.iterates else None
    if stands and W:
        yield f"textbook iterate        {matrix_text(W)}   {verdict(difference(stands, W))}"
    if made.held and made.held[number] and not made.iterates:
        entries = ", ".join(f"{name}: {verdict(gap)}" for name, gap in made.held[number].items())
        yield f"stream − invariant      {entries}"
    if made.losses and made.losses[number] is not None:
        yield f"loss R(W)               {shown(made.losses[number])}"


def _summary(made: Trace) -> list[str]:
    if not made.weights:
        return [] if made.instance.construction.gadget else [f"Layer by layer\n  no weights are shown: {made.reason}"]
    columns = {
        "layer": [str(number) for number in range(len(made.weights))],
        **({"the newest": [_held(one) for one in made.found]} if made.found else {}),
        "weights in the stream": [matrix_text(W) if W else "−" for W in made.weights],
        **(_iterates(made.weights, made.iterates) if made.iterates else {}),
        **({"loss": ["−" if value is None else shown(value) for value in made.losses]} if made.losses else {}),
    }
    lines = [grid([list(columns), *_joined(list(zip(*columns.values(), strict=True)))], left=4), *_remarks(made)]
    return [f"Layer by layer\n{indent(chr(10).join(lines))}"]


def _held(one: Held | None) -> str:
    if one is None:
        return "−"
    return one.name if one.written else f"{one.name}, not written"


def _joined(rows: list[tuple[str, ...]]) -> Iterator[list[str]]:
    """Rows that say the same of consecutive layers as one: 0–60."""
    for said, same in groupby(rows, key=lambda row: row[1:]):
        layers = [row[0] for row in same]
        yield [layers[0] if len(layers) == 1 else f"{layers[0]}–{layers[-1]}", *said]


def _iterates(weights: list[Numbers | None], iterates: list[Numbers | None]) -> dict[str, list[str]]:
    pairs = list(zip(weights, iterates, strict=True))
    return {
        "textbook iterate": [matrix_text(iterate) if iterate else "−" for _, iterate in pairs],
        "difference": [gap_text(difference(W, iterate)) if W and iterate else "−" for W, iterate in pairs],
    }


def _remarks(made: Trace) -> Iterator[str]:
    yield (FOUND + ("" if all(made.found) else "; where − stands, none was found")) if made.found else ANSWERED
    if made.instance.construction.invariant is None:
        yield f"no iterates: {made.instance.construction.name} declares no invariant"
    elif not made.iterates:
        yield "no iterates here: the invariant iterates something other than one weight matrix; see the layers above"
    if made.weights and made.weights[-1] and made.learned:
        told = verdict(difference(made.weights[-1], made.learned))
        yield f"the algorithm's weights: {matrix_text(made.learned)}, {told} in the last layer"


def _answers(made: Trace) -> str:
    rows = [["", "network", "algorithm", "difference"]]
    for number, (a, b) in enumerate(zip(made.answer, made.algorithm, strict=True), start=1):
        rows.append([f"row {number}", matrix_text([a]), matrix_text([b]), gap_text(difference([a], [b]))])
    return f"Answer\n{indent(grid(rows, left=4))}"
