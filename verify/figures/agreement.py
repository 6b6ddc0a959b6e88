"""F4 and F5: the network's answers against the algorithm's, and the weights in the stream on the loss of the examples."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from constructions.matrix import Pole
from constructions.matrix.floating import array_of
from constructions.matrix.sparse import sparse_floats
from constructions.views.trace.figure import draw_path
from constructions.views.trace.sample import sample
from verify.figures.style import INK, NETWORK, TEXTBOOK, Drawing, figure, thinned
from verify.figures.subject import NotShown, Subject

PROMPTS = 12
ROUNDOFF = 2.0**-53


def agreement(subject: Subject) -> Drawing:
    """Left every answer at one prompt, exactly where that is possible; right the relative difference in float64."""
    made, trace = figure(2.6), subject.trace
    left, right = made.subplots(1, 2)
    network, book = (np.array(a, dtype=float).ravel() for a in (trace.answer, trace.algorithm))
    _ = left.plot(book, "o", markersize=8, fillstyle="none", color=TEXTBOOK, label="algorithm")
    _ = left.plot(network, "o", markersize=3.5, color=NETWORK, label="network")
    _ = left.set(title="answers at one prompt", xlabel="entry of the answer", ylabel="value")
    _ = left.set_xlim(-0.5, len(book) - 0.5)
    _ = left.set_xticks([k for k, _ in thinned([str(k) for k in range(len(book))])])
    gaps = differences(subject)
    draw_differences(right, gaps)
    _ = made.legend(loc="outside lower center", ncols=5)
    rows: list[tuple[Any, ...]] = [
        ("answer", k, repr(float(p)), repr(float(q)), "") for k, (p, q) in enumerate(zip(network, book, strict=True))
    ]
    rows += [("relative difference", seed, "", "", repr(gap)) for seed, gap in gaps.items()]
    worst = max(gaps.values(), default=0.0)
    equal = "equal" if (network == book).all() else f"up to {np.abs(network - book).max():.2g} apart"
    alt = (
        f"Network against algorithm for {subject.construction.name} with {subject.sizes}: at one prompt the {len(book)} answers "
        f"are {equal}; at {len(gaps)} prompts in float64 the largest relative difference is {worst:.2g}."
    )
    title = f"Network and algorithm of {subject.construction.name}"
    return Drawing("agreement", title, alt, ("what", "number", "network", "algorithm", "difference"), rows, made)


def differences(subject: Subject) -> dict[int, float]:
    """Seed → largest difference over largest answer, in float64; prompts at which something is divided by zero are left out."""
    found = {}
    for seed in range(PROMPTS):
        data = {name: sparse_floats(rows) for name, rows in sample(subject.instance, seed).items()}
        with suppress(Pole):
            book = array_of(subject.instance.algorithm(data))
            gap = float(np.abs(array_of(subject.instance.run(data).answer) - book).max())
            found[seed] = gap / (float(np.abs(book).max()) or 1.0)
    return found


def draw_differences(axes: Any, gaps: dict[int, float]) -> None:
    """On a log scale; what is exactly 0 is an open triangle at the bottom, since a logarithm has no 0."""
    some = {seed: gap for seed, gap in gaps.items() if gap > 0}
    none = [seed for seed, gap in gaps.items() if gap == 0]
    floor = min([ROUNDOFF, *some.values()]) / 10
    _ = axes.plot(list(some), list(some.values()), "s", color=NETWORK, markersize=4, label="difference")
    _ = axes.plot(none, [floor] * len(none), "v", fillstyle="none", color=NETWORK, label="exactly 0")
    _ = axes.axhline(ROUNDOFF, color=INK, linestyle="--", linewidth=0.8, label="unit roundoff")
    _ = axes.set(yscale="log", title="relative difference in float64", xlabel="prompt")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def path(subject: Subject) -> Drawing:
    """The weights that stand in the stream, layer by layer, on the contours of the loss, with the textbook's iterates as rings."""
    made = subject.trace
    if not made.weights or not made.losses:
        raise NotShown("no weight vector is read from the answers to unit vectors, or the examples are no pairs (x, y)")
    layers, walked = [layer for layer, _ in made.walk], np.array([W for _, W in made.walk], dtype=float)
    if walked.shape[1:] != (1, 2):
        raise NotShown(
            "the weights are no vector of two numbers at the small sizes, so there are no ellipses to draw on"
        )
    books = [(layer, np.array(W, dtype=float)) for layer, W in enumerate(made.iterates or []) if W is not None]
    drawn = figure(3.2, 4.2)
    axes = drawn.subplots()
    draw_path(axes, made, walked[:, 0], books)
    axes.lines[-1].set_color(INK)  # the star of least squares: black is not seen on a dark page
    _ = drawn.legend(loc="outside lower center", ncols=3)
    known = {layer: W[0] for layer, W in books}
    rows = [
        (layer, *map(repr, w), *map(repr, known.get(layer, ("", ""))))
        for layer, w in zip(layers, walked[:, 0].tolist(), strict=True)
    ]
    start, end = (f"({w[0]:.3g}, {w[1]:.3g})" for w in (walked[0, 0], walked[-1, 0]))
    fits = "each on a textbook iterate" if _on(books, walked) else "not all on textbook iterates"
    alt = (
        f"Implicit weights of {subject.construction.name} with {subject.sizes} on the ellipses of the loss: {len(walked)} points "
        f"from {start} to {end}" + (f", {fits}." if books else ".")
    )
    columns = ("layer", "w_1", "w_2", "textbook w_1", "textbook w_2")
    return Drawing("path", f"The weights in the stream of {subject.construction.name}", alt, columns, rows, drawn)


def _on(books: list[tuple[int, np.ndarray]], walked: np.ndarray) -> bool:
    return all(np.array_equal(W, walked[layer]) for layer, W in books)
