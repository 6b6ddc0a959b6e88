"""The drawing of where the model stands: registers × layers, shaded by the distance to the final one, first finds by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from constructions.views.trace.model import Slot
from constructions.views.trace.where import slot_name

TITLE = "how far what stands there is from the final one, and where it is first found"


def heat_height(slots: Sequence[Slot]) -> float:
    """Inches for the panel: its rows, and room for title and axis."""
    return 0.85 + 0.32 * len(slots) if slots else 0


def shares(slots: Sequence[Slot]) -> np.ndarray:
    """Slots × layers: distance over the largest entry of the final quantity; NaN where nothing was read."""
    return np.array(
        [[np.nan if value is None else float(value / (slot.size or 1)) for value in slot.distances] for slot in slots]
    )


def draw_heat(axes: Any, slots: Sequence[Slot]) -> None:
    """One row a slot, the model's own first."""
    values = shares(slots)
    rows, layers = values.shape
    edges = np.arange(layers + 1) - 0.5, np.arange(rows + 1) - 0.5
    mesh = axes.pcolormesh(*edges, values, cmap="Blues_r", vmin=0, vmax=1)
    for row, slot in enumerate(slots):
        for name, layer in slot.first:
            shade = "white" if values[row, layer] < 0.5 else "black"
            axes.text(
                layer,
                row,
                name.partition("[")[0] + name.partition("]")[2],
                color=shade,
                ha="center",
                va="center",
                fontsize=7,
            )
    axes.set_yticks(range(rows), [slot_name(slot) for slot in slots])
    axes.invert_yaxis()
    axes.set(xlabel="layer", title=TITLE)
    axes.title.set_fontsize(9)
    axes.xaxis.get_major_locator().set_params(integer=True)
    bar = axes.figure.colorbar(mesh, ax=axes, extend="max", pad=0.02, aspect=max(4, 3 * rows), ticks=(0, 1))
    bar.ax.set_yticklabels(["0", "as from 0"])
