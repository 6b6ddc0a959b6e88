"""The look of figures, and how they are saved: SVG and PNG without a background, their data as CSV, their text as alt text."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from constructions.views.drawing import NETWORK, STYLE, TEXTBOOK

__all__ = [
    "INK",
    "NETWORK",
    "TEXTBOOK",
    "Drawing",
    "cells",
    "figure",
    "largest",
    "save",
    "styled",
    "thinned",
    "write_index",
]

INK = "#7a7a7a"  # the grey that stands out as well from white as from the dark page: 4.29 to 1
RULES: dict[Any, Any] = {
    **STYLE,
    "font.size": 8,
    "axes.titlesize": 8,
    "savefig.dpi": 200,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "image.interpolation": "nearest",
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
}
WIDTH = 7.2  # inches
SHARE = "#009E73"  # Okabe and Ito's green
MARKED = 400  # cells, beyond which a − in each is no help
TICKS = 12  # labels on an axis, at most


@dataclass(frozen=True)
class Drawing:
    """A figure with what it shows: `columns` and `rows` are the numbers that were plotted, `alt` says them in words.

    scales  which of its colours need a word: "signed" (blue above 0, vermilion below), "shares" (green, from 0 to 1)
    """

    name: str
    title: str
    alt: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    figure: Figure
    scales: tuple[str, ...] = ()


@contextmanager
def styled() -> Iterator[None]:
    """Inside, figures are made and saved in this style; nothing outside changes."""
    with matplotlib.rc_context(RULES):
        yield


def figure(height: float, width: float = WIDTH) -> Figure:
    return Figure(figsize=(width, height), layout="constrained")


def shades(*colours: str) -> Any:
    """A colour map whose colours fade to nothing: from −1 to 1 for two, from 0 to 1 for one. So 0 is blank on any page."""
    import numpy as np
    from matplotlib.colors import ListedColormap, to_rgb

    strength = np.linspace(0, 1, 128)
    parts = [np.column_stack([np.tile(to_rgb(colour), (128, 1)), strength]) for colour in colours]
    return ListedColormap(np.vstack([parts[0][::-1], parts[1]]) if len(parts) == 2 else parts[0])


def cells(axes: Any, values: Sequence[Sequence[float]], reach: float = 0.0, shares: bool = False) -> None:
    """Numbers as cells: blue above 0, vermilion with a − below, up to ±reach (default: the largest); green for shares of 1."""
    import numpy as np
    from matplotlib.colors import Normalize

    shown = np.ma.masked_invalid(np.array(values, dtype=float))
    reach = reach or largest(values)
    scale, colours = (
        (Normalize(0, 1), shades(SHARE)) if shares else (Normalize(-reach, reach), shades(TEXTBOOK, NETWORK))
    )
    _ = axes.imshow(shown, cmap=colours, norm=scale, aspect="auto")
    below = np.argwhere(shown.filled(0) < 0)
    if len(below) and shown.size <= MARKED:
        _ = axes.plot(below[:, 1], below[:, 0], "_", color="white", markeredgewidth=1.6, markersize=5)
        _ = axes.plot(below[:, 1], below[:, 0], "_", color="black", markeredgewidth=0.8, markersize=5)


def largest(values: Sequence[Sequence[float]]) -> float:
    """The largest absolute value, 1 where there is none."""
    return max((abs(v) for row in values for v in row if v == v and abs(v) != float("inf")), default=0.0) or 1.0


def thinned(labels: Sequence[str]) -> list[tuple[int, str]]:
    """At most `TICKS` of the labels, at equal distances, with their places."""
    step = -(-len(labels) // TICKS)
    return [(k, label) for k, label in enumerate(labels) if k % max(step, 1) == 0]


def save(drawing: Drawing, folder: Path) -> dict[str, Any]:
    """Write NAME.svg, NAME.png and NAME.csv, once each; what the index says of them."""
    metadata = {"Title": drawing.title, "Description": drawing.alt}
    files = [f"{drawing.name}.{kind}" for kind in ("svg", "png", "csv")]
    drawing.figure.savefig(folder / files[0], metadata={**metadata, "Date": None, "Creator": None}, transparent=True)
    drawing.figure.savefig(folder / files[1], metadata={**metadata, "Software": None}, transparent=True)
    with (folder / files[2]).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([drawing.columns, *drawing.rows])
    return {"name": drawing.name, "title": drawing.title, "alt": drawing.alt, "files": files}


def write_index(folder: Path, name: str, drawn: list[dict[str, Any]], left_out: dict[str, str]) -> None:
    """figures.json: every figure with its files and alt text, and those that do not apply, with the reason."""
    text = json.dumps({"construction": name, "figures": drawn, "left out": left_out}, ensure_ascii=False, indent=2)
    _ = (folder / "figures.json").write_text(text + "\n", encoding="utf-8")
