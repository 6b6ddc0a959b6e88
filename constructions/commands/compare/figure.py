"""The drawings of a comparison: both distances by number of examples, and the approach to λ = 0."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from constructions.commands.compare.measure import Row, mean
from constructions.commands.compare.to_zero import Approach
from constructions.views.drawing import COLOURS, DOTS, GREY, TEXTBOOK, panels


def draw(first: str, rows: Sequence[Row], path: Path) -> None:
    """Squared prediction difference on the left, implicit-weight difference on the right."""
    with panels(path, 2) as axes:
        for panel, name in zip(axes, ("spd", "ilwd"), strict=True):
            for k, other in enumerate(dict.fromkeys(row.other for row in rows)):
                chosen = [row for row in rows if row.other == other]
                values = [mean(getattr(row, name)).value for row in chosen]
                colour = COLOURS[k % len(COLOURS)]
                panel.plot(
                    [row.n for row in chosen],
                    values,
                    **{**DOTS, "color": colour},
                    label=other.replace("$", ""),
                )
            _logarithmic(panel, name, rows)
            panel.set(xlabel="examples n", ylabel=f"{name.upper()}/d", title=f"{name.upper()} from {first}")
            panel.xaxis.get_major_locator().set_params(integer=True)


def _logarithmic(panel: Any, name: str, rows: Sequence[Row]) -> None:
    values = np.array([mean(getattr(row, name)).value for row in rows])
    if (values > 0).any() and values.max() > 20 * values[values > 0].min():
        panel.set_yscale("log")


def draw_approach(made: Approach, path: Path) -> None:
    """Error by λ, on logarithmic axes, with the two predictions."""
    seen = [point for point in made.points if point.observed]
    lams = [point.lam for point in made.points]
    with panels(path, 1) as (panel,):
        panel.plot(
            [p.lam for p in seen],
            [p.observed for p in seen],
            **DOTS,
            linestyle="",
            label="observed",
        )
        panel.plot(lams, [point.truncated for point in made.points], color=TEXTBOOK, label="λ|c|")
        panel.plot(lams, [point.rounded for point in made.points], color=GREY, label="rounding")
        panel.set(xscale="log", yscale="log", xlabel="λ", ylabel="|ŵ(λ) − ŵ(0)|", title=f"{made.label} as λ → 0")
