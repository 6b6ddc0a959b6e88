"""Whether an answer depends on the data of other items at all: without that, nothing is learned in context."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

import numpy as np

from constructions.language import Instance
from constructions.matrix import Matrix, Pole, below
from verify.arithmetic.ball import ball_entries, in_balls, precision, surely_nonzero

Data = Mapping[str, Matrix]
Keep = Callable[[str, Matrix, Matrix], Matrix]
Answer = Callable[[Instance, Data], Matrix]


def of_network(instance: Instance, data: Data) -> Matrix:
    return instance.run(data).answer


def of_algorithm(instance: Instance, data: Data) -> Matrix:
    return instance.algorithm(data)


def learns(instance: Instance, points: Iterable[Data], answer: Answer = of_network) -> bool:
    """Whether the answer at some item surely changes when that item's own data stay and all others change."""
    first = next(iter(points))
    with precision(256):
        base = answer(instance, in_balls(first))
        for rows, keep in answers_by_item(instance):
            for other in islice(points, 1, None):
                mixed = {name: keep(name, first[name], value) for name, value in other.items()}
                try:
                    change = answer(instance, in_balls(mixed)) - base
                except Pole:
                    continue
                if any(map(surely_nonzero, ball_entries(change[rows]))):
                    return True
    return False


def answers_by_item(instance: Instance) -> Iterator[tuple[list[int], Keep]]:
    """For every item that is answered: the rows of its answer, and how to keep its data while taking all others'."""
    layout = instance.layout
    tokens = instance.rows(layout, instance.readout.at)
    for segment, context in ((instance.context, True), (instance.query, False)):
        if segment is None:
            continue
        own = np.flatnonzero(layout.context == context).tolist()
        for item in range(segment.count):
            mine = set(own[item * len(segment.tokens) : (item + 1) * len(segment.tokens)])
            rows = [row for row, token in enumerate(tokens) if token in mine]
            if rows:
                latest = instance.arriving  # what arrived last stands in the token that is answered
                own_data = {name: item for name in segment.item.registers}
                own_data |= {name: latest.count - 1 for name in latest.item.registers} if latest else {}
                yield rows, _keeping(own_data)


def _keeping(own: Mapping[str, int]) -> Keep:
    def keep(name: str, mine: Matrix, others: Matrix) -> Matrix:
        if name not in own:
            return others
        rows = [mine[k] if k == own[name] else others[k] for k in range(others.shape[0])]
        return below(*rows)

    return keep
