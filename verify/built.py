"""Networks are built once while a construction is judged: most methods ask for the same sizes and parameters again.

That a builder is a function of these is what honesty asks, so there, in the fresh process and for digests everything is built anew.
What has letters among its sizes or parameters is built anew too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from typing import Any

from constructions.language import Construction, Instance, build
from constructions.matrix import Matrix
from constructions.matrix.rational import RATIONAL

KEPT = 128  # networks, those that were asked for last
_networks: list[OrderedDict[Hashable, Instance]] = []  # one table while a construction is judged


class NotKept(TypeError):
    """Something that is not found again by its value."""


@contextmanager
def networks_kept() -> Iterator[None]:
    """While this lasts, `built` answers from memory where it can; afterwards nothing is left."""
    _networks.append(OrderedDict())
    try:
        yield
    finally:
        _ = _networks.pop()


def built(construction: Construction, sizes: Mapping[str, Any], parameters: Mapping[str, Any]) -> Instance:
    """`build`, or what it gave before for the same builders, sizes and parameters."""
    key = _key(construction, sizes, parameters)
    if key is None:
        return build(construction, sizes, parameters)
    if (found := _networks[-1].get(key)) is None:
        _keep(key, found := build(construction, sizes, parameters))
    else:
        _networks[-1].move_to_end(key)
    if found.construction is not construction:  # another claim about the same network
        found = replace(found, construction=construction).marked(True)
    return found


def keep(instances: Iterable[Instance]) -> None:
    """Networks that somebody has built, for those who ask later."""
    for one in instances:
        if (key := _key(one.construction, one.sizes, one.parameters)) is not None:
            _keep(key, one)


def _keep(key: Hashable, instance: Instance) -> None:
    _networks[-1][key] = instance
    if len(_networks[-1]) > KEPT:
        _ = _networks[-1].popitem(last=False)


def _key(construction: Construction, sizes: Mapping[str, Any], parameters: Mapping[str, Any]) -> Hashable:
    """Of what nothing is kept, None: outside of a judgement, and where there are letters."""
    try:
        return (*_record(construction), _value(sizes), _value(parameters)) if _networks else None
    except NotKept:
        return None


def _record(construction: Construction) -> tuple[Hashable, ...]:
    """All of a record that a network depends on. What is kept holds its record, so no identity is given anew."""
    c = construction
    parts = (c.weights, c.prompt, c.readout, c.sizes, c.parameters, c.data, c.at_most)
    return (c.name, c.degree, *map(id, parts))


def _value(value: Any) -> Hashable:
    if isinstance(value, Mapping):
        return tuple((name, _value(part)) for name, part in value.items())
    if type(value) is Matrix and value._arithmetic is RATIONAL:
        numbers = value._entries
        return (numbers.shape, numbers.denominator, *numbers.numerators.flat)
    if type(value) in (tuple, list):
        return (type(value), *map(_value, value))
    if type(value) in (int, Fraction):
        return value
    raise NotKept
