"""F6: the error of a limit against its knob, on logarithmic axes, with the fitted slope and the claimed one."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from constructions.language import Box, Construction, Instance, Limit, at
from constructions.matrix import Pole
from constructions.matrix.floating import array_of
from constructions.matrix.sparse import sparse_floats
from constructions.views.trace.sample import drawn_parameters, sample, small_sizes
from verify.engines.paths import NoPath, Path, paths_of
from verify.figures.style import INK, NETWORK, TEXTBOOK, Drawing, figure
from verify.figures.subject import NotShown, Subject

POINTS, LEAST, SEEDS = 9, 5, 6
SPOILT = 2  # points before the error stops falling that have rounding in them too


@dataclass(frozen=True)
class Fit:
    """The slope of log error against log t, its standard error, and the points that it was fitted to."""

    slope: float
    error: float
    first: int
    last: int


def knob(subject: Subject) -> Drawing:
    """The first limit that the record claims, along its first path."""
    claim = next((claim for claim in subject.construction.claims if isinstance(claim, Limit)), None)
    if claim is None:
        raise NotShown("no claim is a limit")
    try:
        way = paths_of(subject.construction, claim)[0]
    except NoPath as reason:
        raise NotShown(str(reason)) from reason
    if way.rate:
        raise NotShown("the order is exponential, and has no slope on logarithmic axes")
    record = subject.construction.claiming(claim)
    ts = [way.farthest(record) / 2**k for k in range(POINTS)]
    errors = np.array([errors_at(record, way, t) for t in ts])
    found = fitted([float(t) for t in ts], np.median(errors, axis=1))
    return _drawn(subject, way, ts, errors, found)


def errors_at(record: Construction, way: Path, t: Fraction) -> list[float]:
    """The largest entry of network − algorithm in float64 for every prompt, by one network for all of them."""
    sizes = small_sizes(record, {})
    instance = at(record, sizes, {**drawn_parameters(record, sizes, {}, 0), **way.at(t)})
    return [error(instance, seed) for seed in range(SEEDS)]


def error(instance: Instance, seed: int) -> float:
    """The largest entry of network − algorithm at data drawn in [−1, 1]; nan where something is divided by zero."""
    data = {name: sparse_floats(rows) for name, rows in drawn(instance, seed).items()}
    with suppress(Pole):
        return float(np.abs(array_of(instance.run(data).answer) - array_of(instance.algorithm(data))).max())
    return float("nan")


def drawn(instance: Instance, seed: int) -> Mapping[str, Any]:
    """Numbers in [−1, 1] where data are real or in a box (scaled to one that is smaller), words of the domain elsewhere."""
    draw, tables = random.Random(seed), sample(instance, seed)
    domain = instance.construction.domain
    for name, rows in tables.items():
        word = domain.get(name, "real")
        if word == "real" or isinstance(word, Box):
            side = min(1.0, _bound(instance, word)) if isinstance(word, Box) else 1.0
            tables[name] = [[side * draw.uniform(-1, 1) for _ in row] for row in rows]
    return tables


def _bound(instance: Instance, box: Box) -> float:
    given = instance.parameters[box.bound] if isinstance(box.bound, str) else None
    return float(Fraction(box.bound)) if given is None else float(array_of(sparse_floats([[1.0]]) * given)[0, 0])


def fitted(ts: list[float], errors: np.ndarray) -> Fit:
    """Least squares through the last points before rounding takes over: up to where the error stops falling.

    Raises `NotShown` where fewer than `LEAST` points are left.
    """
    sound = np.isfinite(errors) & (errors > 0)
    end = next((k for k in range(1, len(ts)) if not sound[k] or errors[k] > 0.8 * errors[k - 1]), len(ts))
    end = end if end == len(ts) else end - SPOILT
    first = max(0, end - LEAST - 1)
    if end - first < LEAST:
        raise NotShown(f"in float64 the error falls at {end} points only, and a slope needs {LEAST}")
    x, y = np.log(np.array(ts[first:end])), np.log(errors[first:end])
    slope, level = np.polyfit(x, y, 1)
    rest = y - slope * x - level
    spread = float(np.sqrt((rest @ rest) / (len(x) - 2) / ((x - x.mean()) @ (x - x.mean()))))
    return Fit(float(slope), spread, first, end - 1)


def _drawn(subject: Subject, way: Path, ts: list[Fraction], errors: np.ndarray, found: Fit) -> Drawing:
    x, middle = [float(t) for t in ts], np.median(errors, axis=1)
    made = figure(3.0, 4.4)
    axes = made.subplots()
    _ = axes.axvspan(x[found.first], x[found.last], color=INK, alpha=0.15, linewidth=0, label="fitted")
    low, high = np.quantile(errors, 0.025, axis=1), np.quantile(errors, 0.975, axis=1)
    _ = axes.errorbar(
        x, middle, yerr=[middle - low, high - middle], fmt="o", color=NETWORK, markersize=4, label="error"
    )
    line = [middle[found.last] * (t / x[found.last]) ** float(way.order) for t in x]
    _ = axes.plot(x, line, "--", color=TEXTBOOK, linewidth=1, label=f"slope {way.order}")
    name = {1: way.knob, -1: f"1/{way.knob}"}.get(way.powers[way.knob], "t") if way.single else "t"
    _ = axes.set(xscale="log", yscale="log", xlabel=name, ylabel="largest |network − algorithm|", title=way.where)
    _ = made.legend(loc="outside lower center", ncols=3)
    told = f"slope {found.slope:.3f} ± {found.error:.3f}"
    alt = (
        f"Error of {subject.construction.name} against {name} ({way.where}): {told} over {found.last - found.first + 1} points, "
        f"claimed order {way.order}; medians of {SEEDS} prompts in float64, bars from their 2.5 % to their 97.5 % quantile."
    )
    rows = [(repr(t), *map(repr, row), repr(float(m))) for t, row, m in zip(x, errors.tolist(), middle, strict=True)]
    columns = (name, *(f"error at prompt {seed + 1}" for seed in range(SEEDS)), "median")
    return Drawing(
        "knob", f"The error of {subject.construction.name} against its knob: {told}", alt, columns, rows, made
    )
