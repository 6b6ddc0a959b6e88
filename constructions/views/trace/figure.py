"""The drawing of a trace: loss by layer, the weights' path on the contours of the loss (or their coefficients), and the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from constructions.views.drawing import DOTS, GREY, RINGS, NothingToDraw, panels
from constructions.views.trace.heat import draw_heat, heat_height
from constructions.views.trace.numbers import loss
from constructions.views.trace.run import Trace


def draw(made: Trace, path: Path) -> None:
    """An SVG file, the same bytes for the same trace."""
    slots = made.model.slots if made.model else ()
    if not made.weights and not slots:
        raise NothingToDraw(
            f"{made.instance.construction.name} has no weights to draw: its answers are not read at real "
            "query vectors, or are not linear in them, and no quantity of the algorithm was found in its stream; leave "
            "--figure out"
        )
    count = (2 if made.losses else 1) if made.weights else 0
    with panels(path, count, heat_height(slots)) as axes:
        if made.weights:
            _panels(axes[:count], made)
        if slots:
            draw_heat(axes[-1], slots)


def _panels(axes: Any, made: Trace) -> None:
    layers, weights = [layer for layer, _ in made.walk], np.array([W for _, W in made.walk], dtype=float)
    books = [(layer, np.array(W, dtype=float)) for layer, W in enumerate(made.iterates or []) if W is not None]
    if made.losses:
        _losses(axes[0], made, books)
    if made.losses and weights.shape[1:] == (1, 2):
        draw_path(axes[-1], made, weights[:, 0], books)
    else:
        _coefficients(axes[-1], layers, weights, books)


def _losses(axes: Any, made: Trace, books: list[tuple[int, np.ndarray]]) -> None:
    known = {layer: float(value) for layer, value in enumerate(made.losses or ()) if value is not None}
    values = list(known.values())
    axes.plot(list(known), values, **DOTS, label="network")
    if books:
        told = [float(loss(W.tolist(), made.data["X"], made.data["Y"])) for _, W in books]
        axes.plot(
            [layer for layer, _ in books],
            told,
            **RINGS,
            label="textbook",
        )
    if min(values) > 0 and max(values) > 20 * min(values):
        axes.set_yscale("log")
    axes.set(xlabel="layer", ylabel="loss R(W)", title="loss of the weights in the stream")
    axes.xaxis.get_major_locator().set_params(integer=True)


def draw_path(axes: Any, made: Trace, path: np.ndarray, books: list[tuple[int, np.ndarray]]) -> None:
    """Weights of two numbers, layer by layer, on the contours of the loss; `books` are the textbook's, with their layers."""
    X, Y = (np.array(made.data[name], dtype=float) for name in ("X", "Y"))
    best = np.linalg.lstsq(X, Y[:, 0], rcond=None)[0]
    points = np.vstack([path, best[None]])
    reach = 0.25 * max(float(np.ptp(points, axis=0).max()), 1e-6)
    (left, low), (right, high) = points.min(axis=0) - reach, points.max(axis=0) + reach
    u, v = np.meshgrid(np.linspace(left, right, 49), np.linspace(low, high, 49))
    heights = ((u[..., None] * X[:, 0] + v[..., None] * X[:, 1] - Y[:, 0]) ** 2).sum(axis=-1) / (2 * len(X))
    top = float(heights.max()) or 1.0
    axes.contour(u, v, heights, levels=top * np.linspace(0.1, 1, 10) ** 2, colors=GREY, linewidths=0.6)
    axes.plot(*path.T, **DOTS, label="network")
    if books:
        axes.plot(
            *np.array([W[0] for _, W in books]).T,
            **RINGS,
            label="textbook",
        )
    axes.plot(*best, color="black", marker="*", markersize=10, linestyle="", label="least squares")
    axes.set(xlabel="w₁", ylabel="w₂", title="their path on the loss")


def _coefficients(axes: Any, layers: list[int], weights: np.ndarray, books: list[tuple[int, np.ndarray]]) -> None:
    flat = weights.reshape(len(weights), -1)
    for k, column in enumerate(flat.T):
        axes.plot(layers, column, **DOTS, label="network" if k == 0 else None)
        place, end = np.unravel_index(k, weights.shape[1:]), (layers[-1], column[-1])
        axes.annotate(
            _coefficient(place, weights.shape[1:]), end, xytext=(9, 0), textcoords="offset points", va="center"
        )
    for k, (layer, W) in enumerate(books):
        axes.plot(
            [layer] * W.size,
            W.ravel(),
            **RINGS,
            label="textbook" if k == 0 else None,
        )
    axes.set(xlabel="layer", ylabel="coefficient", title="weights in the stream")
    axes.xaxis.get_major_locator().set_params(integer=True)


def _coefficient(place: Any, shape: tuple[int, ...]) -> str:
    """w₂, or W₁₂ where the weights are a matrix."""
    rows, columns = (str(int(k) + 1) for k in place)
    return f"$w_{{{columns}}}$" if shape[0] == 1 else f"$W_{{{rows}{columns}}}$"
