"""Data as they are given to a construction: under its names, as matrices of the shapes that it declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructions.language.construction import Construction
from constructions.language.quantifier import offer
from constructions.language.shapes import size_value, times
from constructions.matrix import Matrix


class WrongData(ValueError):
    """Data whose names or shapes are not those of the construction."""


def shape_of(construction: Construction, name: str, sizes: Mapping[str, Any]) -> tuple[Any, Any]:
    """The shape of data of that name at these sizes."""
    rows, columns = (size_value(size, sizes) for size in construction.data[name])
    return rows, columns


def check_given(construction: Construction, data: Mapping[str, Any], sizes: Mapping[str, Any]) -> None:
    """Refuse data that lack a name, have one too many, are no matrices, or of another shape. Raises `WrongData`, `UnknownName`."""
    record = construction.name
    for name in construction.data:
        shape = shape_of(construction, name, sizes)
        if name not in data:
            raise WrongData(f"{record} needs the data {name} of shape {times(shape)}")
        if not isinstance(data[name], Matrix):
            advice = "wrap it with exact(…) or floats(…) of constructions.matrix"
            raise WrongData(f"{name} is of type {type(data[name]).__name__}, not a matrix: {advice}")
        if data[name].shape != shape:
            raise WrongData(
                f"{name} has shape {times(data[name].shape)}; {record} at these sizes takes "
                f"{times(construction.data[name])} = {times(shape)}"
            )
    for name in data:
        if name not in construction.data:
            raise WrongData(f"{record} takes no data {name!r}; {offer(name, construction.data)}")
