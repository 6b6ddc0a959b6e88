"""The static figures of the theorems in the built site: drawn by other processes, kept as small WebP files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from html import escape
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from constructions import get

DOTS = 125  # an inch; the page shows 96
COLOURS = 48  # of a figure's few lines and shades; more are not seen, and cost half of the bytes again
KIND = "webp"
# Near misses are left out: a page has each of them with its numbers, which say more than bars. So are defects by size.
# What to look at; a figure's own text says what it shows, and stands in for it where it is not seen.
WORDS = {
    "weights": "Every weight matrix on a scale of its own: below it the registers that are read, beside it those that are written."
    " Blue is above 0, vermilion with a − is below, blank is exactly 0. A repeated layer is drawn once, with × and its number.",
    "attention": "Who attends to whom, for the small numbers above: readers down, keys across",
    "stream": "The residual stream of the small numbers above, tokens down; every register keeps its scale through the layers.",
    "agreement": "Dots are the network's answers, rings the algorithm's; right, how far apart they are in floating point.",
    "path": "The weights that stand in the stream, layer by layer, on the ellipses of the loss; rings are the textbook's iterates.",
    "depth": "The answers after one, two, … layers or passes: the network's and the algorithm's.",
    "bound": "The error at drawn prompts, below the bound that is claimed.",
    "knob": "The error as the knob is turned: the dashed line has the slope that is claimed.",
}


SHADES = {"shares": "shares of 1 are green", "signed": "blue is above 0, vermilion with a − is below"}


class NotDrawn(RuntimeError):
    """A process that draws a theorem failed."""


@dataclass(frozen=True)
class Picture:
    """A figure that was drawn: its name, what it is called, what it says in words, and its size on the page."""

    name: str
    title: str
    alt: str
    width: int
    height: int
    scales: tuple[str, ...] = ()


class Album:
    """The figures of all theorems, one process a processor; `shown` waits for those that a page asks for."""

    def __init__(self, reports: Mapping[str, Any], folder: Path, draw: Any = None) -> None:
        self.pool = ProcessPoolExecutor(os.cpu_count(), get_context("spawn"))
        self.made: dict[str, Future[list[Picture]]] = {
            name: self.pool.submit(draw or drawn, name, reports[name], folder / name) for name in sorted(reports)
        }

    def shown(self, name: str, kinds: Sequence[str]) -> str:
        """The figures of these kinds as HTML, in this order; those that do not apply to a theorem are left out."""
        if (error := self.made[name].exception()) is not None:
            raise NotDrawn(f"{get(name).tag} {name}: its figures were not drawn: {type(error).__name__}: {error}")
        pictures = {picture.name: picture for picture in self.made[name].result()}
        found = [figure(name, pictures[kind]) for kind in kinds if kind in pictures]
        return "\n".join(["```{raw} html", *found, "```"]) if found else ""

    def close(self) -> None:
        self.pool.shutdown(cancel_futures=True)


def drawn(name: str, report: Mapping[str, Any], folder: Path) -> list[Picture]:
    """What a process does: draw one theorem and write the files."""
    from verify.figures.every import drawings
    from verify.figures.style import styled

    folder.mkdir(parents=True, exist_ok=True)
    made, _ = drawings(get(name), report, WORDS)
    with styled():
        return [kept(drawing, folder / f"{drawing.name}.{KIND}") for drawing in made]


def kept(drawing: Any, file: Path) -> Picture:
    """Write one figure, without a background and in few colours."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    drawing.figure.set_dpi(DOTS)
    canvas = FigureCanvasAgg(drawing.figure)
    canvas.draw()  # once; savefig would do it twice, for the layout and for the picture
    image = Image.frombuffer("RGBA", canvas.get_width_height(physical=True), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
    few = image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE).convert("RGBA")
    few.save(file, lossless=True, quality=80, method=4)
    width, height = drawing.figure.get_size_inches() * 96
    return Picture(drawing.name, drawing.title, drawing.alt, round(width), round(height), drawing.scales)


def figure(name: str, picture: Picture) -> str:
    """One figure with its words, in a box of its own that scrolls where the page is narrow."""
    place = f"../_images/figures/{name}/{picture.name}.{KIND}"
    size = f'width="{picture.width}" height="{picture.height}"'
    title = escape(picture.title)
    image = f'<img src="{place}" alt="{escape(picture.alt)}" {size}>'
    box = f'<div class="scroll" tabindex="0" role="region" aria-label="{title}">{image}</div>'
    return f'<figure class="drawn">{box}<figcaption><strong>{title}.</strong> {words(picture)}</figcaption></figure>'


def words(picture: Picture) -> str:
    """What to look at, and what the colours mean of the scales that are in it."""
    shades = [SHADES[scale] for scale in picture.scales]
    return "; ".join([WORDS[picture.name], *shades]) + "." * bool(shades)
