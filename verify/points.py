"""Instances and data at random exact points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from constructions.language import Construction, Instance
from constructions.language.statement import Parameter
from constructions.matrix import Matrix, ones
from verify.built import built
from verify.plan import drawn, parameters_from, stream_of_integers, within_domain


def random_instance(construction: Construction, sizes: Mapping[str, int], numbers: Iterator[int]) -> Instance:
    """The construction at parameters drawn from `numbers`; those that must be positive are."""

    def make(parameter: Parameter, rows: int, columns: int) -> Matrix:
        value = drawn(numbers, rows, columns)
        return value + ones(rows, columns) if parameter.positive else value

    return built(construction, sizes, parameters_from(construction, sizes, make))


def random_data(instance: Instance, numbers: Iterator[int]) -> dict[str, Matrix]:
    """Real data for an instance, which exists already."""
    data = {name: drawn(numbers, *instance.shape_of(name)) for name in instance.construction.data}
    return within_domain(instance.construction, data)


def generic_instance(construction: Construction, sizes: Mapping[str, int]) -> Instance:
    """An instance whose parameters satisfy no relation by accident."""
    return random_instance(construction, sizes, stream_of_integers(64, "generic", construction.name))
