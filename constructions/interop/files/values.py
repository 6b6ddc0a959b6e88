"""Frozen records of the language as plain JSON values, and back. Decoding knows the records by name and calls nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from typing import Any

import numpy as np

from constructions.language import Form
from constructions.language.stream import Space
from constructions.language.sublayers import (
    MLP,
    Attention,
    Constant,
    DeltaLayer,
    Head,
    LayerNorm,
    MesaLayer,
    Units,
    Write,
)
from constructions.language.transformer import Block, Repeat
from constructions.matrix import Matrix
from constructions.matrix.coordinates import condensed
from constructions.matrix.opaque import entries_in
from constructions.matrix.rational import RATIONAL, Rational

RECORDS = {
    kind.__name__: kind
    for kind in (Attention, Block, Constant, DeltaLayer, Head, LayerNorm, MLP, MesaLayer, Repeat, Units, Write)
}


class Damaged(ValueError):
    """A file that is not what was written; the text says what differs."""


def plain_matrix(matrix: Matrix) -> dict[str, Any]:
    """Shape, common denominator and the nonzero entries as [row, column, numerator]; numerators are decimal strings."""
    entries = entries_in(matrix, RATIONAL)
    places = zip(*(part.tolist() for part in entries.nonzeros), strict=True)
    return {
        "shape": [int(size) for size in matrix.shape],
        "denominator": str(entries.denominator),
        "entries": [[i, j, str(int(value))] for i, j, value in places],
    }


def matrix_of(value: Mapping[str, Any]) -> Matrix:
    rows, columns = value["shape"]
    integers = np.full((rows, columns), 0, dtype=object)
    for i, j, numerator in value["entries"]:
        integers[i, j] = int(numerator)
    denominator = int(value["denominator"])
    if denominator < 1:
        raise Damaged(f"a matrix with the denominator {denominator}")
    return Matrix(RATIONAL, Rational.over(condensed(integers), denominator))


def plain_form(form: Form) -> dict[str, Any]:
    return {"width": int(form.width), "blocks": {name: plain_matrix(block) for name, block in form.blocks.items()}}


def form_of(value: Mapping[str, Any], space: Space) -> Form:
    blocks = {name: matrix_of(block) for name, block in value["blocks"].items()}
    for name, block in blocks.items():
        if space.registers.get(name) != block.shape[1] or block.shape[0] != value["width"]:
            raise Damaged(f"a form of width {value['width']} with a block for the register {name} that does not fit")
    return Form(space, value["width"], blocks)


def plain(value: Any) -> Any:
    """Layers and what they are made of. Raises `TypeError` for what has no exact text."""
    if isinstance(value, Form):
        return {"form": plain_form(value)}
    if isinstance(value, Matrix):
        return {"matrix": plain_matrix(value)}
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    if isinstance(value, (tuple, list)):
        return [plain(part) for part in value]
    if type(value).__name__ in RECORDS and type(value) is RECORDS[type(value).__name__]:
        return {"record": type(value).__name__} | {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise TypeError(f"a network holds a {type(value).__name__}, which has no exact text")


def value_of(value: Any, space: Space) -> Any:
    """The inverse of `plain`, with forms on the given space. Raises `Damaged`."""
    if isinstance(value, list):
        return tuple(value_of(part, space) for part in value)
    if not isinstance(value, dict):
        return value
    if "form" in value:
        return form_of(value["form"], space)
    if "matrix" in value:
        return matrix_of(value["matrix"])
    if "fraction" in value:
        return Fraction(value["fraction"])
    kind = RECORDS.get(value.get("record", ""))
    names = [] if kind is None else [f.name for f in fields(kind)]
    if kind is None or {*value} != {"record", *names}:
        raise Damaged(f"{value.get('record')!r} with {', '.join(sorted(value))} is no record of the language")
    return kind(**{name: value_of(value[name], space) for name in names})
