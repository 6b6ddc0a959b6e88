"""A small prompt that can be checked by hand: few tokens, small integers, labels from a planted weight matrix."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from constructions.language import Construction, Instance
from constructions.language.shapes import size_value

SMALL = {"d_x": 2, "d_y": 1, "n": 4, "m": 1, "d": 2, "d_k": 2, "d_v": 1, "T": 4}
Table = list[list[int]]


def small_sizes(construction: Construction, given: Mapping[str, int]) -> dict[str, int]:
    """The given sizes, else small ones (d_x = 2, d_y = 1, n = 4, m = 1), else the construction's own defaults."""
    small = {name: SMALL[name] for name in construction.sizes if name in SMALL}
    room = {name: given[bound] for name, bound in construction.at_most.items() if bound in given}
    return construction.with_sizes({**small, **{name: min(small.get(name, k), k) for name, k in room.items()}, **given})


def drawn_parameters(construction: Construction, sizes: Mapping[str, int], given: Mapping[str, Any], seed: int) -> Any:
    """Small integers for every parameter that has neither a value nor a default."""
    draw = random.Random(seed)
    missing = {name: p for name, p in construction.parameters.items() if name not in given and p.default is None}
    return {name: _drawn(draw, [size_value(s, sizes) for s in p.shape]) for name, p in missing.items()}


def _drawn(draw: random.Random, shape: list[int]) -> Any:
    return [_drawn(draw, shape[1:]) for _ in range(shape[0])] if shape else draw.randint(-1, 1)


def planted(instance: Instance) -> bool:
    """Whether examples are pairs (x_i, y_i) of real vectors, so that labels can come from a weight matrix."""
    data = instance.construction.data
    return {"X", "Y"} <= set(data) and data["X"][0] == data["Y"][0] and not {"X", "Y"} & set(symbols(instance))


def symbols(instance: Instance) -> list[str]:
    """The data whose rows must be unit vectors."""
    return [name for name, word in instance.construction.domain.items() if str(word).startswith("one-hot rows")]


def sample(instance: Instance, seed: int) -> dict[str, Table]:
    """Integers in −2 … 2 (unit vectors where rows must be symbols, ±1 for bits), the same for the same seed."""
    draw = random.Random(seed)
    tables = {
        name: _table(draw, *instance.shape_of(name), name in symbols(instance)) for name in instance.construction.data
    }
    for name, word in instance.construction.domain.items():
        if word == "signs":
            tables[name] = [[1 if entry > 0 else -1 for entry in row] for row in tables[name]]
        if str(word).endswith("last one seen before") and len(tables[name]) > 1:
            tables[name][-1] = tables[name][draw.randrange(len(tables[name]) - 1)]
    if planted(instance):
        outputs, inputs = instance.shape_of("Y")[1], instance.shape_of("X")[1]
        W = [[draw.choice((-2, -1, 1, 2)) for _ in range(inputs)] for _ in range(outputs)]
        tables["Y"] = [[sum(w * x for w, x in zip(row, example, strict=True)) for row in W] for example in tables["X"]]
    return tables


def generic(instance: Instance, seed: int) -> dict[str, Table]:
    """Large integers where the data are real, so that nothing is a multiple of something else by chance."""
    draw, tables = random.Random(f"generic {seed}"), sample(instance, seed + 1)
    free = [name for name in tables if name not in instance.construction.domain]
    drawn = {name: [[draw.randint(-999, 999) for _ in row] for row in tables[name]] for name in free}
    return tables | drawn


def _table(draw: random.Random, rows: int, columns: int, one_hot: bool) -> Table:
    if one_hot:
        return [unit(draw.randrange(columns), columns) for _ in range(rows)]
    return [[draw.randint(-2, 2) for _ in range(columns)] for _ in range(rows)]


def unit(place: int, width: int) -> list[int]:
    return [int(k == place) for k in range(width)]
