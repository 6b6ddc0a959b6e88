"""The value of a parameter, from what a user gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from constructions.language.quantifier import UnknownName
from constructions.language.shapes import size_value, times
from constructions.language.statement import BadConstruction, Parameter
from constructions.matrix import Matrix, ShapeMismatch, exact, identity, ones
from constructions.matrix.rational import fractions_of


def parameter_value(name: str, parameter: Parameter, given: Any, sizes: Mapping[str, Any]) -> Any:
    """A given value as the exact matrix (or nested tuple of matrices) that the parameter's shape asks for."""
    shape = tuple(size_value(s, sizes) for s in parameter.shape)
    if given is None:
        raise UnknownName(f"the parameter {name} has no default: give it a value of shape {times(shape) or 'a number'}")
    if len(shape) > 2:
        parts = given if isinstance(given, (list, tuple)) else [given] * shape[0]
        if len(parts) != shape[0]:
            raise ShapeMismatch(f"the parameter {name} needs {shape[0]} parts ({parameter.shape[0]}), got {len(parts)}")
        inner = replace(parameter, shape=parameter.shape[1:])
        return tuple(parameter_value(f"{name}[{i}]", inner, part, sizes) for i, part in enumerate(parts))
    rows, columns = (*shape, 1, 1)[:2]
    value = _eye(rows, columns) if isinstance(given, str) and given == "I" else _exactly(name, given)
    if parameter.positive:
        _check_positive(name, value)
    if value.shape == (1, 1) and (rows, columns) != (1, 1):
        if len(shape) == 1 or parameter.shape[1] == 1 or parameter.positive or _is_zero(value):
            return value * ones(rows, columns)
        if parameter.shape[0] == parameter.shape[1]:
            return value * identity(rows)
    if value.shape == (1, rows) and columns == 1:
        value = value.T
    if value.shape != (rows, columns):
        raise ShapeMismatch(f"the parameter {name} has shape {times(value.shape)}; it must be {times((rows, columns))}")
    if parameter.symmetric:
        _check_symmetric(name, value)
    return value


def _exactly(name: str, given: Any) -> Matrix:
    try:
        return exact(given)
    except ShapeMismatch:
        raise
    except (ValueError, ZeroDivisionError) as error:
        raise BadConstruction(
            f"the parameter {name} must be exact numbers such as 1/10 or '0.05', not {given!r}"
        ) from error


def _eye(rows: Any, columns: Any) -> Matrix:
    """Ones on the diagonal of a matrix of any shape."""
    wide = rows >= columns
    return identity(rows)[:, :columns] if wide else identity(columns)[:rows]


def _check_symmetric(name: str, value: Matrix) -> None:
    rows = fractions_of(value)
    for i, row in enumerate(rows):
        for j, entry in enumerate(row[:i]):
            if entry != rows[j][i]:
                raise BadConstruction(
                    f"the parameter {name} must be symmetric, but its entry ({i + 1}, {j + 1}) is {entry} and "
                    f"({j + 1}, {i + 1}) is {rows[j][i]}; give a matrix that is its own transpose"
                )


def _check_positive(name: str, value: Matrix) -> None:
    """A number, vector or matrix that must be positive, entry by entry."""
    least = min((entry for row in fractions_of(value) for entry in row), default=Fraction(1))
    if least <= 0:
        where = " as an entry; every one must be" if value.shape != (1, 1) else ""
        raise BadConstruction(f"the parameter {name} must be positive, got {least}{where}")


def _is_zero(value: Matrix) -> bool:
    return fractions_of(value) == [[0]]
