"""What all figures share: an SVG file of panels with one legend, the same bytes for the same content."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NETWORK, TEXTBOOK, GREY = "#0072B2", "#D55E00", "#767676"  # Okabe and Ito's blue and vermilion: told apart by everyone
COLOURS = (NETWORK, TEXTBOOK, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # theirs, in this order
DOTS: dict[str, Any] = {"color": NETWORK, "marker": "o", "markersize": 4}
RINGS: dict[str, Any] = {"color": TEXTBOOK, "marker": "o", "markersize": 9, "fillstyle": "none", "linestyle": ""}
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "constructions",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


class NothingToDraw(Exception):
    """A figure would be empty; the text says why."""


@contextmanager
def panels(path: Path, count: int, below: float = 0) -> Iterator[Any]:
    """The axes of panels side by side; afterwards the legend is put below them and the file is written.

    below  the height in inches of one more panel under them, over the whole width: the last of the axes
    """
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    with matplotlib.rc_context(STYLE):
        heights = [3.7] * bool(count) + [below] * bool(below)
        figure = pyplot.figure(figsize=(8.0 if count > 1 or below else 4.4, sum(heights)))
        grid = figure.add_gridspec(len(heights), max(count, 1), height_ratios=heights)
        places = [grid[0, k] for k in range(count)] + [grid[-1, :]] * bool(below)
        try:
            yield [figure.add_subplot(place) for place in places]
            _legend(figure)
            figure.savefig(path, format="svg", facecolor="white", metadata={"Date": None, "Creator": None})
        finally:
            pyplot.close(figure)


def _legend(figure: Any) -> None:
    """One legend below all panels, where there are no data; four names a line."""
    named = [pair for panel in figure.axes for pair in zip(*panel.get_legend_handles_labels(), strict=True)]
    lines = {name: line for line, name in named}
    columns = min(len(lines), 4)
    figure.tight_layout(rect=(0, 0.37 / figure.get_figheight() * -(-len(lines) // max(columns, 1)), 1, 1))
    if not lines:
        return
    figure.legend(list(lines.values()), list(lines), loc="lower center", ncols=columns, frameon=False)
