"""F7: how far network and algorithm are apart in float64 by size: dimension down, examples across, a panel for every depth."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.ticker import LogLocator

from constructions.language import BadConstruction, BadNetwork, Construction, UnknownName, at
from constructions.matrix import MatrixError, Pole, Unsupported
from constructions.matrix.floating import array_of
from constructions.matrix.sparse import sparse_floats
from constructions.views.trace.sample import drawn_parameters, sample, small_sizes
from verify.figures.style import INK, Drawing, figure
from verify.figures.subject import NotShown, Subject

DIMENSIONS, EXAMPLES, DEPTHS = (1, 2, 3, 4), (1, 2, 4, 8), (1, 2, 3)
DOWN, ACROSS, DEEP = ("d", "d_x", "d_k"), ("n", "T"), ("steps",)
SEEDS = 2
LEAST = 1e-17  # where the shades begin: less than the unit roundoff
REFUSED = (
    BadConstruction,
    BadNetwork,
    IndexError,
    MatrixError,
    Pole,
    UnknownName,
    Unsupported,
)  # such sizes are not for this theorem
Sizes = tuple[int, int, int]


def defects(subject: Subject) -> Drawing:
    """A cell for every size: a shade for the largest relative difference, a ring where it is 0, a cross where there is none."""
    record = subject.construction
    names = [next((name for name in kind if name in record.sizes), "") for kind in (DOWN, ACROSS, DEEP)]
    down, across, deep = names
    if not (down and across):
        raise NotShown("it has no dimension and number of examples to vary")
    depths = DEPTHS if deep else (1,)
    found = {(d, n, k): gap(record, names, (d, n, k)) for d in DIMENSIONS for n in EXAMPLES for k in depths}
    scale = LogNorm(LEAST, max([100 * LEAST, *filter(None, found.values())]))
    made = figure(2.6, 2.4 * len(depths) + 0.8)
    panels = made.subplots(1, len(depths), squeeze=False)[0]
    for axes, k in zip(panels, depths, strict=True):
        draw(axes, [[found[d, n, k] for n in EXAMPLES] for d in DIMENSIONS], scale)
        _ = axes.set(xlabel=across, ylabel=down, title=f"{deep} = {k}" if deep else "")
    ticks = LogLocator(numticks=6)  # decades only: more would run into each other
    _ = made.colorbar(panels[0].images[0], ax=list(panels), label="relative difference", ticks=ticks).minorticks_off()
    known = [value for value in found.values() if value is not None]
    told = f"the largest is {max(known, default=0.0):.2g}, and {known.count(0.0)} of {len(known)} are exactly 0"
    over = f"{down} = {_listed(DIMENSIONS)}, {across} = {_listed(EXAMPLES)}" + f", {deep} = {_listed(depths)}" * bool(
        deep
    )
    alt = f"Relative difference of network and algorithm of {record.name} in float64, for {over}: {told}."
    rows = [(*sizes, "" if value is None else repr(value)) for sizes, value in found.items()]
    return Drawing(
        "defects",
        f"The defect of {record.name} by size",
        alt,
        (down, across, deep or "depth", "difference"),
        rows,
        made,
    )


def gap(record: Construction, names: list[str], sizes: Sizes) -> float | None:
    """The largest difference over the largest answer at a few prompts; None where these sizes have no network or no answer."""
    worst = None
    with suppress(*REFUSED):
        given = small_sizes(record, {name: size for name, size in zip(names, sizes, strict=True) if name})
        instance = at(record, given, drawn_parameters(record, given, {}, 0))
        for seed in range(SEEDS):
            data = {name: sparse_floats(rows) for name, rows in sample(instance, seed).items()}
            book = array_of(instance.algorithm(data))
            apart = float(np.abs(array_of(instance.run(data).answer) - book).max()) / (float(np.abs(book).max()) or 1.0)
            worst = max(worst or 0.0, apart)
    return worst


def draw(axes: Any, values: list[list[float | None]], scale: LogNorm) -> None:
    """Cells on a log scale; a logarithm has no 0, so a difference that is exactly 0 is a ring on a blank cell."""
    shown = np.ma.masked_invalid([[value or np.nan for value in row] for row in values])
    _ = axes.imshow(shown, cmap="cividis", norm=scale, aspect="auto")
    for wanted, look in ((0.0, "o"), (None, "x")):
        places = [(k, i) for i, row in enumerate(values) for k, value in enumerate(row) if value == wanted]
        xs, ys = zip(*places, strict=True) if places else ((), ())
        _ = axes.plot(xs, ys, look, fillstyle="none", color=INK, markersize=6)
    _ = axes.set_xticks(range(len(EXAMPLES)), EXAMPLES)
    _ = axes.set_yticks(range(len(DIMENSIONS)), DIMENSIONS)


def _listed(sizes: tuple[int, ...]) -> str:
    return ", ".join(map(str, sizes))
