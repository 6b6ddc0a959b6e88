"""A small prompt that can be checked by hand: few tokens, small integers, labels from a planted weight matrix."""

from __future__ import annotations

import random
from collections.abc import Mapping

from constructions.language import Construction, Instance

SMALL = {"d_x": 2, "d_y": 1, "n": 4, "m": 1}
Table = list[list[int]]


def small_sizes(construction: Construction, given: Mapping[str, int]) -> dict[str, int]:
    """The given sizes; d_x = 2, d_y = 1, n = 4, m = 1 where they are not given; else the construction's own defaults."""
    return {name: given.get(name, SMALL.get(name, default)) for name, default in construction.sizes.items()}


def planted(instance: Instance) -> bool:
    """Whether examples are pairs (x_i, y_i) of real vectors, so that labels can come from a weight matrix."""
    data, domain = instance.construction.data, instance.construction.domain
    return (
        {"X", "Y"} <= set(data)
        and data["X"][0] == data["Y"][0]
        and not {"X", "Y"} & {k for k, word in domain.items() if word != "real"}
    )


def sample(instance: Instance, seed: int) -> dict[str, Table]:
    """Integers in −2 … 2 (unit vectors where rows must be symbols), the same for the same seed."""
    draw = random.Random(seed)
    tables: dict[str, Table] = {}
    for name in instance.construction.data:
        rows, columns = instance.shape_of(name)
        if instance.construction.domain.get(name) == "one-hot rows":
            tables[name] = [unit(draw.randrange(columns), columns) for _ in range(rows)]
        else:
            tables[name] = [[draw.randint(-2, 2) for _ in range(columns)] for _ in range(rows)]
    if planted(instance):
        outputs, inputs = instance.shape_of("Y")[1], instance.shape_of("X")[1]
        W = [[draw.choice((-2, -1, 1, 2)) for _ in range(inputs)] for _ in range(outputs)]
        tables["Y"] = [[sum(w * x for w, x in zip(row, example, strict=True)) for row in W] for example in tables["X"]]
    return tables


def unit(place: int, width: int) -> list[int]:
    return [int(k == place) for k in range(width)]
