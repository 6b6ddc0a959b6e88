"""F1: every weight matrix, with named registers on both axes, its own scale, and the symbolic entries on the blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from constructions.language import Form, Repeat
from constructions.language.sublayers import parts_of
from constructions.language.transformer import Transformer, distinct, sublayers_of
from constructions.matrix.notation import letter
from constructions.matrix.rational import fractions_of
from constructions.views.theorem.blocks import ZERO, block
from constructions.views.theorem.letters import symbolic
from constructions.views.theorem.tables import row_names
from verify.figures.style import INK, Drawing, cells, figure
from verify.figures.subject import Subject

MOST = 24  # matrices in one figure
ACROSS = 4
LABELS = 16  # names of registers that fit below one matrix
SHORT = 11  # characters of a symbolic entry that fit on a block
NAME, TALL = 8, 8  # characters of a name, and names, that fit beside one matrix


@dataclass(frozen=True)
class Panel:
    """One matrix: its name, its sublayer (.1, or nothing), numbers, the registers that are read and written, the text of blocks."""

    name: str
    sublayer: str
    numbers: list[list[Any]]
    read: dict[str, int]
    written: dict[str, int]
    symbols: dict[tuple[str, str], str]


@dataclass(frozen=True)
class Drawn:
    """A layer that is drawn once: its number, how often it stands there, its matrices, and the layer in letters.

    Of layers with the same letters, η_l for each l, the numbers are those of the first.
    """

    number: int
    times: int
    panels: list[Panel]
    told: Any

    def title(self, panel: Panel) -> str:
        return f"layer {self.number}{panel.sublayer}{f' (× {self.times})' if self.times > 1 else ''} {panel.name}"


def weights(subject: Subject) -> Drawing:
    """The matrices of the small instance; entries that are exactly 0 are left blank."""
    letters = symbolic(subject.construction, {}).instance.network
    panels = [(layer.title(p), p) for layer in layers(subject.instance.network, letters) for p in layer.panels]
    chosen = panels[:MOST]
    down = -(-len(chosen) // ACROSS)
    made = figure(0.4 + 1.5 * down)
    for axes, (place, panel) in zip(made.subplots(down, ACROSS, squeeze=False).flat, chosen, strict=False):
        draw(axes, place, panel)
    for axes in list(made.axes)[len(chosen) :]:
        axes.set_axis_off()
    cut = f"; the first {MOST} of {len(panels)} matrices" if len(panels) > MOST else ""
    rows = [
        (place, into, i, name, column, str(value), panel.symbols.get((into, name), ZERO))
        for place, panel in chosen
        for (into, i), row in zip(_entries(panel.written), panel.numbers, strict=True)
        for (name, column), value in zip(_entries(panel.read), row, strict=True)
    ]
    parts = [f"{place}: {_told(panel)}" for place, panel in chosen]
    alt = f"Weight matrices of {subject.construction.name} with {subject.sizes}{cut}. {'; '.join(parts)}."
    columns = ("matrix", "written", "row", "read", "column", "value", "block")
    return Drawing("weights", f"The weights of {subject.construction.name}", alt, columns, rows, made)


def _told(panel: Panel) -> str:
    """What is not 0, as {block} from what is read to what is written."""
    said = [f"{text} from {letter(name)} to {letter(into)}" for (into, name), text in panel.symbols.items()]
    return ", ".join(said) or "0"


def layers(network: Transformer, letters: Transformer) -> list[Drawn]:
    """Every layer, one that comes again at once, with the same numbers or as the same layer of a stack, drawn once."""
    made: list[Drawn] = []
    number = 1
    for place, layer in enumerate(network.layers):
        known = [*distinct(letters.layers[place])] if place < len(letters.layers) else []
        singles = distinct(layer)
        times = layer.times if isinstance(layer, Repeat) else 1
        for k, single in enumerate(singles):
            told = known[min(k, len(known) - 1)] if known else single
            panels = list(_panels(single, told))
            last = made[-1] if made else None
            alike = last and (last.panels == panels or (k and told is last.told))
            if last and alike:
                made[-1] = replace(last, times=last.times + times)
            else:
                made.append(Drawn(number + k, times, panels, told))
        number += len(singles) * times
    return made


def _panels(layer: Any, told: Any) -> Iterator[Panel]:
    """Every linear form of a layer, with the text of its blocks where the letters have that layer."""
    inner, known = sublayers_of(layer), sublayers_of(told)
    for place, (sublayer, same) in enumerate(zip(inner, known, strict=False), start=1):
        named = dict(parts_of(same))
        for name, part in parts_of(sublayer):
            labels = row_names(part)
            for form_name, form in part.forms.items():
                shown = named[name].forms.get(form_name, form) if name in named else form
                numbers, read = fractions_of(form.dense), dict(form.space.registers)
                rows = written(labels[form_name], len(numbers), read)
                which = " ".join(filter(None, (name, form_name)))
                yield Panel(which, f".{place}" * (len(inner) > 1), numbers, read, rows, _symbols(shown, list(rows)))


def written(labels: Sequence[str], height: int, registers: dict[str, int]) -> dict[str, int]:
    """The rows by name; all of them together where the names are not those of registers of these sizes."""
    sizes = {name: registers.get(name, 0) for name in labels}
    return sizes if all(sizes.values()) and sum(sizes.values()) == height else {"+".join(labels): height}


def _symbols(shown: Form, rows: list[str]) -> dict[tuple[str, str], str]:
    made = block("", shown, rows)
    return {
        (into, name): entry
        for into, row in zip(rows, made.entries, strict=False)
        for name, entry in zip(shown.space.registers, row, strict=True)
        if entry not in (ZERO, "0")
    }


def _entries(registers: dict[str, int]) -> list[tuple[str, int]]:
    return [(name, k + 1) for name, width in registers.items() for k in range(width)]


def middles(registers: dict[str, int]) -> dict[str, float]:
    """Where the middle of every register is, in cells."""
    ends = accumulate(registers.values())
    return {name: end - width / 2 - 0.5 for (name, width), end in zip(registers.items(), ends, strict=True)}


def draw(axes: Any, place: str, panel: Panel) -> None:
    """One matrix as cells: what is read below it, what is written beside it, and the text of the blocks where it fits."""
    cells(axes, [[float(value) for value in row] for row in panel.numbers])
    for registers, line in ((panel.read, axes.axvline), (panel.written, axes.axhline)):
        for end in list(accumulate(registers.values()))[:-1]:
            _ = line(end - 0.5, color=INK, linewidth=0.5)
    across, down = middles(panel.read), middles(panel.written)
    crowded = sum(len(letter(name)) for name in across) > 8
    small = 6 if crowded else None
    told = apart({letter(name): at for name, at in across.items()}, sum(panel.read.values()) / LABELS)
    _ = axes.set_xticks(list(told.values()), list(told), rotation=90 if crowded else 0, fontsize=small)
    told = apart({letter(name)[:NAME]: at for name, at in down.items()}, len(panel.numbers) / TALL)
    _ = axes.set_yticks(list(told.values()), list(told), fontsize=small)
    _ = axes.set_title(place)
    for (into, name), text in panel.symbols.items():
        if len(text) <= SHORT and not crowded:
            box = {"facecolor": "white", "edgecolor": INK, "linewidth": 0.4, "boxstyle": "round,pad=0.15"}
            where = {"ha": "center", "va": "center", "color": "black", "bbox": box, "fontsize": 7}
            _ = axes.text(across[name], down[into], text, **where)


def apart(places: dict[str, float], least: float) -> dict[str, float]:
    """Names that are at least so far from the one before; the data file has all of them."""
    kept: dict[str, float] = {}
    for name, place in places.items():
        if not kept or place - [*kept.values()][-1] >= least:
            kept[name] = place
    return kept
