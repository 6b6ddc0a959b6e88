"""A trace as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from constructions.commands.measures import Numbers, difference, vanishes
from constructions.commands.standing import Trace
from constructions.commands.text import grid, indent, shown
from constructions.language import Instance
from constructions.matrix import Matrix
from constructions.matrix.floating import array_of
from constructions.matrix.notation import letter
from constructions.matrix.rational import RATIONAL, fractions_of


def page(made: Trace, seed: int) -> str:
    """Everything that the trace found, layer by layer, then one line a layer."""
    construction = made.instance.construction
    head = [f"{construction.name}  {construction.tag}".rstrip(), construction.title, "", *_settings(made.instance)]
    head.append(
        f"prompt drawn with seed {seed}; " + (made.arithmetic.note or "exact rationals, shown in short decimals")
    )
    head += [
        f"{letter(name)} holds a position code ({word}) and is not shown"
        for name, word in _codes(made.instance).items()
    ]
    if len(made.streams[0]) < _tokens(made.instance):
        head.append("queries run as separate prompts, since context tokens see them; the stream of the first is shown")
    blocks = [_layer(made, number) for number in range(len(made.streams))]
    return "\n\n".join(["\n".join(head), *blocks, *_summary(made), _answers(made)])


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


def numbers_of(value: Matrix) -> Numbers:
    """The entries of an exact or a float matrix."""
    return fractions_of(value) if value._arithmetic is RATIONAL else array_of(value).tolist()


def matrix_text(rows: Numbers, number: Any = shown) -> str:
    """A matrix in one line: 0.5, or [1 2; 3 4]."""
    if len(rows) == 1 and len(rows[0]) == 1:
        return number(rows[0][0])
    return "[" + "; ".join("  ".join(map(number, row)) for row in rows) + "]"


def _codes(instance: Instance) -> dict[str, str]:
    return {name: word for name, word in instance.positions.items() if name in instance.layout.fixed}


def _tokens(instance: Instance) -> int:
    return instance.layout.tokens


def token_names(instance: Instance, count: int) -> list[str]:
    """example 1, query 1; with several tokens an item: example 1.0, example 1.1."""
    names = []
    for place, segment in (("example", instance.context), ("query", instance.query)):
        for item in range(1, segment.count + 1) if segment else ():
            kinds = len(segment.tokens) if segment else 0
            names += [f"{place} {item}.{kind}" if kinds > 1 else f"{place} {item}" for kind in range(kinds)]
    return names[:count]


def registers(instance: Instance) -> Iterator[tuple[str, slice]]:
    """The registers of the stream with their columns, position codes left out."""
    start = 0
    for name, width in instance.network.stream.registers.items():
        if name not in _codes(instance):
            yield name, slice(start, start + width)
        start += width


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
    if made.weights:
        yield f"weights in the stream   {matrix_text(made.weights[number])}"
    W = made.iterates[number] if made.iterates else None
    if made.weights and W:
        yield f"textbook iterate        {matrix_text(W)}   {_verdict(difference(made.weights[number], W))}"
    if made.held and made.held[number] and not made.iterates:
        entries = ", ".join(f"{name}: {_verdict(gap)}" for name, gap in made.held[number].items())
        yield f"stream − invariant      {entries}"
    if made.losses:
        yield f"loss R(W)               {shown(made.losses[number])}"


def _verdict(gap: Numbers) -> str:
    return "equal" if vanishes(gap) else f"difference {matrix_text(gap)}"


def _gap(gap: Numbers) -> str:
    return "equal" if vanishes(gap) else matrix_text(gap)


def _summary(made: Trace) -> list[str]:
    if not made.weights:
        return []
    rows = [["layer", "weights in the stream", "textbook iterate", "difference", "loss"]]
    for number, W in enumerate(made.weights):
        iterate = made.iterates[number] if made.iterates else None
        beside = [matrix_text(iterate), _gap(difference(W, iterate))] if iterate else ["−", "−"]
        rows.append([str(number), matrix_text(W), *beside, shown(made.losses[number]) if made.losses else "−"])
    table = grid(rows, left=4)
    if made.instance.construction.invariant is None:
        table += f"\nno iterates: {made.instance.construction.name} declares no invariant"
    elif not made.iterates:
        table += (
            "\nno iterates here: the invariant iterates something other than one weight matrix; see the layers above"
        )
    if made.learned:
        verdict = _verdict(difference(made.weights[-1], made.learned))
        table += f"\nthe algorithm's weights: {matrix_text(made.learned)}, {verdict} in the last layer"
    return [f"Layer by layer\n{indent(table)}"]


def _answers(made: Trace) -> str:
    rows = [["", "network", "algorithm", "difference"]]
    for number, (a, b) in enumerate(zip(made.answer, made.algorithm, strict=True), start=1):
        rows.append([f"row {number}", matrix_text([a]), matrix_text([b]), _gap(difference([a], [b]))])
    return f"Answer\n{indent(grid(rows, left=4))}"
