"""F3: the residual stream, tokens by registers, for layers from the first to the last; one scale for each register."""

from __future__ import annotations

import numpy as np

from constructions.matrix.notation import letter
from constructions.views.trace.tokens import registers
from verify.figures.style import Drawing, cells, figure, largest, thinned
from verify.figures.subject import Subject

LAYERS, REGISTERS = 5, 6  # shown at most


def stream(subject: Subject) -> Drawing:
    """Layers down, registers across; an entry that is exactly 0 is blank."""
    streams, names = subject.trace.streams, subject.tokens
    layers = sorted({round(k * (len(streams) - 1) / (LAYERS - 1)) for k in range(LAYERS)})
    parts = list(registers(subject.instance))
    shown = parts[:REGISTERS]
    made, rows = figure(0.5 + 1.15 * len(layers)), []
    grid = made.subplots(len(layers), len(shown), squeeze=False)
    for column, (name, part) in enumerate(shown):
        reach = largest([[float(v) for v in row[part]] for layer in layers for row in streams[layer]])
        for line, layer in enumerate(layers):
            axes, block = grid[line, column], [[float(v) for v in row[part]] for row in streams[layer]]
            cells(axes, block, reach)
            _ = axes.set_xticks([])
            ticks = thinned(names) if column == 0 else []
            _ = axes.set_yticks([k for k, _ in ticks], [label for _, label in ticks], fontsize=6)
            if line == 0:
                _ = axes.set_title(f"{letter(name)} (±{reach:.3g})")
            if column == 0:
                _ = axes.set_ylabel(f"layer {layer}")
            rows += [
                (layer, names[t], name, k + 1, repr(value))
                for t, row in enumerate(block)
                for k, value in enumerate(row)
            ]
    cut = f"; the first {REGISTERS} of {len(parts)} registers" if len(parts) > REGISTERS else ""
    alt = f"Residual stream of {subject.construction.name} after layers {', '.join(map(str, layers))}{cut}. "
    last = [f"{letter(n)} from {_reach(streams[-1], p)}" for n, p in shown]
    alt += f"At the end: {'; '.join(last)}."
    title = f"The residual stream of {subject.construction.name}"
    return Drawing("stream", title, alt, ("layer", "token", "register", "entry", "value"), rows, made)


def _reach(rows: list[list[float]], part: slice) -> str:
    values = np.array([[float(v) for v in row[part]] for row in rows])
    return f"{values.min():.3g} to {values.max():.3g}"
