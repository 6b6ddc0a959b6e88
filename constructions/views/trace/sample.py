"""A small prompt that can be checked by hand: few tokens, small integers, labels from a planted weight matrix.

Data that the record, or the claim it was reduced to, keeps in a box are drawn inside it: the same integers where they fit, else
multiples of half the box's side.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from constructions.language import Construction, Instance
from constructions.language.boxes import side_of
from constructions.language.shapes import size_value

SMALL = {"d_x": 2, "d_y": 1, "n": 4, "m": 1, "d": 2, "d_k": 2, "d_v": 1, "T": 4}
LARGEST, LARGE = 2, 999  # entries of a prompt that is shown, and of one that is compared only
Table = list[list[Any]]


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


def boxes(instance: Instance) -> dict[str, Fraction]:
    """The data that are kept in a box, and the largest entry that they may have."""
    sides = {name: side_of(instance, name) for name in instance.construction.data}
    return {name: side for name, side in sides.items() if side is not None}


def sample(instance: Instance, seed: int) -> dict[str, Table]:
    """Integers in −2 … 2, or in their box (unit vectors where rows must be symbols, ±1 for bits), the same for the same seed."""
    draw, sides = random.Random(seed), boxes(instance)
    tables = {
        name: _table(draw, *instance.shape_of(name), name in symbols(instance)) for name in instance.construction.data
    }
    for name, word in instance.construction.domain.items():
        if word == "signs":
            tables[name] = [[1 if entry > 0 else -1 for entry in row] for row in tables[name]]
        if str(word).endswith("last one seen before") and len(tables[name]) > 1:
            tables[name][-1] = tables[name][draw.randrange(len(tables[name]) - 1)]
    for name, side in sides.items():
        while not _any(tables[name]):
            tables[name] = _table(draw, *instance.shape_of(name), False)
        tables[name] = _scaled(tables[name], min(Fraction(1), side / LARGEST))
    if planted(instance):
        tables["Y"] = _labels(draw, instance, tables["X"])
        while "Y" in sides and not _any(tables["Y"]):
            tables["Y"] = _labels(draw, instance, tables["X"])
        while "Y" in sides and max(abs(entry) for row in tables["Y"] for entry in row) > sides["Y"]:
            tables["Y"] = _scaled(tables["Y"], Fraction(1, 2))
    return tables


def _labels(draw: random.Random, instance: Instance, X: Table) -> Table:
    """Y = X Wᵀ for a drawn W of entries ±1, ±2."""
    outputs, inputs = instance.shape_of("Y")[1], instance.shape_of("X")[1]
    W = [[draw.choice((-2, -1, 1, 2)) for _ in range(inputs)] for _ in range(outputs)]
    return [[sum(w * x for w, x in zip(row, example, strict=True)) for row in W] for example in X]


def _any(table: Table) -> bool:
    return any(any(row) for row in table)


def _scaled(table: Table, factor: Fraction) -> Table:
    return table if factor == 1 else [[factor * entry for entry in row] for row in table]


def generic(instance: Instance, seed: int, small: bool = False) -> dict[str, Table]:
    """Large integers where the data are real, fractions all over a box: nothing is a multiple of something else by chance.

    small  fractions between −2 and 2 for the integers, at which a network that is near the algorithm is near it
    """
    draw, tables, sides = random.Random(f"generic {seed}"), sample(instance, seed + 1), boxes(instance)
    if small:
        free = [name for name in tables if name not in instance.construction.domain]
        sides = dict.fromkeys(free, Fraction(LARGEST)) | sides
    free = [name for name in tables if name not in instance.construction.domain or name in sides]
    drawn = {name: [[draw.randint(-LARGE, LARGE) for _ in row] for row in tables[name]] for name in free}
    return tables | drawn | {name: _scaled(drawn[name], side / LARGE) for name, side in sides.items()}


def _table(draw: random.Random, rows: int, columns: int, one_hot: bool) -> Table:
    if one_hot:
        return [unit(draw.randrange(columns), columns) for _ in range(rows)]
    return [[draw.randint(-LARGEST, LARGEST) for _ in range(columns)] for _ in range(rows)]


def unit(place: int, width: int) -> list[int]:
    return [int(k == place) for k in range(width)]
