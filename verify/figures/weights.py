"""F1: every weight matrix, with named registers on its axis, its own scale, and the symbolic entries on the blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from constructions.language import Form, Repeat
from constructions.language.sublayers import parts_of
from constructions.language.transformer import Transformer, distinct, sublayers_of
from constructions.matrix.notation import letter
from constructions.matrix.rational import fractions_of
from constructions.views.theorem.blocks import ZERO, block
from constructions.views.theorem.letters import symbolic
from verify.figures.style import INK, Drawing, cells, figure
from verify.figures.subject import Subject

MOST = 24  # matrices in one figure
ACROSS = 4
LABELS = 16  # names of registers that fit below one matrix
SHORT = 11  # characters of a symbolic entry that fit on a block


@dataclass(frozen=True)
class Panel:
    """One matrix: where it stands, its numbers, and the text of the block of each register."""

    place: str
    numbers: list[list[Any]]
    registers: dict[str, int]
    symbols: dict[str, str]


def weights(subject: Subject) -> Drawing:
    """The matrices of the small instance; entries that are exactly 0 are left blank."""
    letters = symbolic(subject.construction, {}).instance.network
    panels = list(matrices(subject.instance.network, letters))
    chosen = panels[:MOST]
    down = -(-len(chosen) // ACROSS)
    made = figure(0.4 + 1.5 * down)
    for axes, panel in zip(made.subplots(down, ACROSS, squeeze=False).flat, chosen, strict=False):
        draw(axes, panel)
    for axes in list(made.axes)[len(chosen) :]:
        axes.set_axis_off()
    cut = f"; the first {MOST} of {len(panels)} matrices" if len(panels) > MOST else ""
    rows = [
        (panel.place, i + 1, name, column, str(value), panel.symbols.get(name, ZERO))
        for panel in chosen
        for i, row in enumerate(panel.numbers)
        for (name, column), value in zip(_columns(panel.registers), row, strict=True)
    ]
    parts = [f"{p.place}: {', '.join(f'{s} at {letter(n)}' for n, s in p.symbols.items()) or '0'}" for p in chosen]
    alt = f"Weight matrices of {subject.construction.name} with {subject.sizes}{cut}. {'; '.join(parts)}."
    return Drawing(
        "weights",
        f"The weights of {subject.construction.name}",
        alt,
        ("matrix", "row", "register", "column", "value", "block"),
        rows,
        made,
    )


def matrices(network: Transformer, letters: Transformer) -> Iterator[Panel]:
    """Every linear form of every layer that the record writes, with the text of its blocks where the letters have that layer."""
    number = 0
    for place, layer in enumerate(network.layers):
        written = letters.layers[place] if place < len(letters.layers) else None
        for k, single in enumerate(distinct(layer)):
            number += 1
            told = [] if written is None else [*distinct(written)]
            yield from _layer(number, single, told[min(k, len(told) - 1)] if told else single)
        if isinstance(layer, Repeat):
            number += layer.times - 1


def _layer(number: int, layer: Any, told: Any) -> Iterator[Panel]:
    inner, known = sublayers_of(layer), sublayers_of(told)
    for place, (sublayer, same) in enumerate(zip(inner, known, strict=False), start=1):
        named = dict(parts_of(same))
        for name, part in parts_of(sublayer):
            for form_name, form in part.forms.items():
                shown = named[name].forms.get(form_name, form) if name in named else form
                where = f"layer {number}{f'.{place}' if len(inner) > 1 else ''} {name} {form_name}"
                yield Panel(where, fractions_of(form.dense), dict(form.space.registers), _symbols(shown))


def _symbols(shown: Form) -> dict[str, str]:
    entries = block("", shown, ["v"]).entries[0]
    return {name: entry for name, entry in zip(shown.space.registers, entries, strict=True) if entry not in (ZERO, "0")}


def _columns(registers: dict[str, int]) -> list[tuple[str, int]]:
    return [(name, k + 1) for name, width in registers.items() for k in range(width)]


def draw(axes: Any, panel: Panel) -> None:
    """One matrix as cells: separators between registers, their names below, symbols on the blocks where they fit."""
    cells(axes, [[float(value) for value in row] for row in panel.numbers])
    ends = list(accumulate(panel.registers.values()))
    for end in ends[:-1]:
        _ = axes.axvline(end - 0.5, color=INK, linewidth=0.5)
    named = {
        letter(name): end - width / 2 - 0.5 for (name, width), end in zip(panel.registers.items(), ends, strict=True)
    }
    crowded = sum(map(len, named)) > 8
    told = apart(named, sum(panel.registers.values()) / LABELS)
    _ = axes.set_xticks(list(told.values()), list(told), rotation=90 if crowded else 0, fontsize=6 if crowded else None)
    _ = axes.set_yticks([])
    _ = axes.set_title(panel.place)
    middle = (len(panel.numbers) - 1) / 2
    for name, text in panel.symbols.items():
        if len(text) <= SHORT and not crowded:
            box = {"facecolor": "white", "edgecolor": INK, "linewidth": 0.4, "boxstyle": "round,pad=0.15"}
            _ = axes.text(
                named[letter(name)], middle, text, ha="center", va="center", color="black", bbox=box, fontsize=7
            )


def apart(places: dict[str, float], least: float) -> dict[str, float]:
    """Names that are at least so far from the one before; the data file has all of them."""
    kept: dict[str, float] = {}
    for name, place in places.items():
        if not kept or place - [*kept.values()][-1] >= least:
            kept[name] = place
    return kept
