"""The answers by depth: what the network says after 1, 2, … layers or passes, and what the algorithm says after as many."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from constructions.language import Construction, Instance, UnknownName, at
from constructions.matrix import Pole, Unsupported
from constructions.matrix.floating import array_of
from constructions.matrix.sparse import sparse_floats
from constructions.views.trace.sample import sample, small_sizes
from verify.figures.knob import drawn
from verify.figures.style import NETWORK, TEXTBOOK, Drawing, figure
from verify.figures.subject import NotShown, Subject

DEEPEST, SHOWN, SEEDS = 10, 5, 6


def depth(subject: Subject) -> Drawing:
    """A curve for each of the first entries of the answer, at one prompt in float64."""
    record = subject.construction
    name = size_of_depth(record)
    said, meant = by_depth(record, name)
    gap, depths = float(np.abs(said - meant).max()), range(1, DEEPEST + 1)
    made = figure(3.0, 4.4)
    axes = made.subplots()
    for entry in range(said.shape[1]):
        labels = ("algorithm", "network") if entry == 0 else (None, None)
        _ = axes.plot(depths, meant[:, entry], "o-", markersize=8, fillstyle="none", color=TEXTBOOK, label=labels[0])
        _ = axes.plot(depths, said[:, entry], "o", markersize=3.5, color=NETWORK, label=labels[1])
    _ = axes.set(xlabel=name, ylabel="entry of the answer", title="answers by depth")
    _ = made.legend(loc="outside lower center", ncols=2)
    many = said.shape[1]
    alt = (
        f"The first {'entry' if many == 1 else f'{many} entries'} of the answer of {record.name} for {name} = 1, …, {DEEPEST} "
        f"at one prompt in float64: network and algorithm differ by at most {gap:.2g}."
    )
    rows: list[tuple[Any, ...]] = [
        (k, entry + 1, repr(float(said[k - 1, entry])), repr(float(meant[k - 1, entry])))
        for k in depths
        for entry in range(said.shape[1])
    ]
    columns = (name, "entry", "network", "algorithm")
    return Drawing("depth", f"The answers of {record.name} by depth", alt, columns, rows, made)


def by_depth(record: Construction, name: str) -> tuple[np.ndarray, np.ndarray]:
    """The network's answers and the algorithm's, depth × entry, at the first prompt of a few at which something moves: data in
    [−1, 1], then small integers."""
    made = [instance_at(record, {name: k}) for k in range(1, DEEPEST + 1)]
    for data, seed in itertools.product((drawn, sample), range(1, SEEDS)):
        pairs = [answers(instance, data(instance, seed)) for instance in made]
        said, meant = (np.array([pair[side][:SHOWN] for pair in pairs]) for side in (0, 1))
        if np.ptp(meant, axis=0).max() > 0:
            return said, meant
    raise NotShown("the answer is the same at every depth, at all prompts that were tried")


def size_of_depth(record: Construction) -> str:
    """The size that makes the network deeper, or lets it run more often."""
    for name in record.sizes:
        try:
            few, more = (_length(instance_at(record, {name: k})) for k in (1, 2))
        except (ValueError, LookupError):  # a size that others bound
            continue
        if more > few:
            return name
    raise NotShown("no size makes the network deeper")


def instance_at(record: Construction, sizes: dict[str, int]) -> Instance:
    try:
        return at(record, {**small_sizes(record, {}), **sizes})
    except UnknownName as reason:  # a parameter without a default
        raise NotShown(str(reason)) from reason


def _length(instance: Instance) -> int:
    return len(instance.network.unrolled) * instance.network.passes


def answers(instance: Instance, tables: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """The network's answer and the algorithm's, entry by entry."""
    data = {name: sparse_floats(rows) for name, rows in tables.items()}
    try:
        return array_of(instance.run(data).answer).ravel(), array_of(instance.algorithm(data)).ravel()
    except (Pole, Unsupported) as reason:
        raise NotShown(f"there is no value at some depth: {reason}") from reason
