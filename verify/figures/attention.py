"""F2: the attention weights of every head at the small prompt: signed where they are, from 0 to 1 for softmax."""

from __future__ import annotations

from collections.abc import Iterator

from constructions.language import Attention
from constructions.language.forward import KERNELS, NORMALISERS, normed, scores
from verify.figures.style import Drawing, cells, figure, thinned
from verify.figures.subject import NotShown, Subject

MOST, ACROSS = 12, 4
SHARES = ("softmax", "hard")  # kernels whose weights are shares of 1


def attention(subject: Subject) -> Drawing:
    """Readers down, keys across, head by head."""
    found = list(patterns(subject))
    if not found:
        raise NotShown("no layer is attention")
    chosen, names = found[:MOST], subject.tokens
    down = -(-len(chosen) // ACROSS)
    made, rows = figure(0.3 + 1.9 * down), []
    for axes, (place, kernel, keys, A) in zip(made.subplots(down, ACROSS, squeeze=False).flat, chosen, strict=False):
        cells(axes, A, shares=kernel in SHARES)
        labels = names + [f"token {k + 1}" for k in range(len(names), len(A))]
        _ = axes.set_title(f"{place}\n({kernel})")  # side by side they are wider than a map
        for axis, ticks in ((axes.xaxis, thinned([labels[k] for k in keys])), (axes.yaxis, thinned(labels))):
            _ = axis.set_ticks([k for k, _ in ticks], [label for _, label in ticks])
        axes.tick_params(axis="x", rotation=90)
        rows += [(place, labels[i], labels[k], repr(v)) for i, r in enumerate(A) for k, v in zip(keys, r, strict=True)]
    for axes in list(made.axes)[len(chosen) :]:
        axes.set_axis_off()
    cut = f" (the first {MOST} of {len(found)})" if len(found) > MOST else ""
    told = "; ".join(f"{place}, {kernel}: from {_least(A):.3g} to {_most(A):.3g}" for place, kernel, _, A in chosen)
    alt = f"Attention weights of {subject.construction.name}, readers by keys, with {subject.sizes}{cut}. {told}."
    title = f"Attention maps of {subject.construction.name}"
    scales = tuple(dict.fromkeys("shares" if kernel in SHARES else "signed" for _, kernel, _, _ in chosen))
    return Drawing("attention", title, alt, ("head", "reader", "key", "weight"), rows, made, scales)


def patterns(subject: Subject) -> Iterator[tuple[str, str, list[int], list[list[float]]]]:
    """(place, kernel, keys, A as floats) for every head of every attention layer."""
    for number, layer, H, layout in subject.sublayers():
        if not isinstance(layer, Attention):
            continue
        view, read = layout.view(layer.mask), normed(layer.norm, H)
        for place, head in enumerate(layer.heads, start=1):
            kernel = head.kernel or layer.kernel
            A = view.weighted(KERNELS[kernel](scores(head, layer, read, view, layout), view, layer.sink))
            A = NORMALISERS[layer.normaliser](A, layout, layer.sink)
            values = [[float(v) for v in row] for row in subject.trace.arithmetic.read(A)]
            yield f"layer {number} head {place}", kernel, list(view.keys), values


def _least(A: list[list[float]]) -> float:
    return min(map(min, A))


def _most(A: list[list[float]]) -> float:
    return max(map(max, A))
