"""Both sides of a statement with every entry of the data and of the parameters a variable of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from constructions.language import Construction, build
from constructions.matrix import Matrix
from verify.arithmetic.opaque import OpaqueFunctions
from verify.arithmetic.polynomial import Quotient, matrix_of
from verify.arithmetic.terms import TermArithmetic, TooManyTerms
from verify.plan import fill, shape_at, symmetric_names
from verify.sides import Sides

VARIABLES = 1_000  # more are not tried

Make = Callable[[str, int, int], Matrix]


@dataclass(frozen=True)
class Forecast:
    """What a computation with free variables would need: the most terms of its difference, and which operations."""

    variables: tuple[str, ...]
    terms: int
    exponentials: int
    divides: bool
    kinks: int = 0
    letters: int = 0


@dataclass(frozen=True)
class Difference:
    """left − right as a rational function. `opaque`: exponentials, relus or other letters occur in its numerator; `poles`:
    something may vanish that was divided by; `roots`: a root was taken of something that may be negative."""

    terms: int
    opaque: bool
    poles: bool
    shown: str
    roots: bool = False


def free_sides(construction: Construction, sizes: Mapping[str, int], sides: Sides, make: Make) -> tuple[Matrix, Matrix]:
    """The sides where `make(name, rows, columns)` is the matrix of every parameter and of every data set."""
    parameters = {
        name: fill(shape_at(parameter.shape, sizes), lambda r, c, name=name: make(name, r, c))
        for name, parameter in construction.parameters.items()
    }
    instance = build(construction, sizes, parameters)
    return sides(instance, {name: make(name, *instance.shape_of(name)) for name in construction.data})


def variables_of(
    construction: Construction, name: str, rows: int, columns: int, variable: Callable[[int], Any]
) -> list[Any]:
    """A variable for every entry, row by row: variable(0), variable(1), …, and A_ij = A_ji where A must be symmetric."""
    made = [variable(k) for k in range(rows * columns)]
    if symmetric_names(construction).isdisjoint([name]):
        return made
    return [made[max(i, j) * columns + min(i, j)] for i in range(rows) for j in range(columns)]


def forecast(construction: Construction, sizes: Mapping[str, int], sides: Sides, most: int) -> Forecast:
    """The same run on numbers of terms. Raises `TooManyTerms` where more than `most` may be met."""
    shapes = [*construction.data.values(), *(p.shape for p in construction.parameters.values())]
    variables = sum(prod(shape_at(shape, sizes)) for shape in shapes)
    if variables > VARIABLES:
        raise TooManyTerms(f"there are {variables:,} variables, more than {VARIABLES:,}")
    counts, names = TermArithmetic(most), []

    def make(name: str, rows: int, columns: int) -> Matrix:
        part = sum(known.startswith(f"{name}_") and known.endswith("_1_1") for known in names)
        part = f"{name}_{part}" if part else name
        names.extend(f"{part}_{i + 1}_{j + 1}" for i in range(rows) for j in range(columns))
        variables = variables_of(construction, name, rows, columns, lambda _: counts.variable())
        return matrix_of(counts, rows, columns, variables)

    left, right = free_sides(construction, sizes, sides, make)
    terms = max((entry.terms for entry in counts.table(left - right).entries), default=0)
    return Forecast(tuple(names), terms, counts.exponentials, counts.divides, counts.kinks, counts.letters)


def difference(construction: Construction, sizes: Mapping[str, int], sides: Sides, planned: Forecast) -> Difference:
    """The shortest nonzero entry of left − right, one that is not opaque if there is one; 0 terms where all are zero."""
    functions = OpaqueFunctions(planned.variables, planned.exponentials, planned.kinks, planned.letters)
    numbers = iter(range(len(planned.variables)))

    def make(name: str, rows: int, columns: int) -> Matrix:
        variables = variables_of(construction, name, rows, columns, lambda _: functions.variable(next(numbers)))
        return matrix_of(functions, rows, columns, variables)

    left, right = free_sides(construction, sizes, sides, make)
    nonzero = [entry for entry in functions.table(left - right).entries if not functions.is_zero(entry)]
    if not nonzero:
        return Difference(0, False, functions.poles, "0", functions.roots)
    plain = [entry for entry in nonzero if not functions.opaque(entry)]
    worst: Quotient = min(plain or nonzero, key=lambda entry: len(entry.top))
    return Difference(len(worst.top), not plain, functions.poles, functions.shown(worst), functions.roots)
