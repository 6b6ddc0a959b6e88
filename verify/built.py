"""Networks are built once while a construction is judged: most methods ask for the same sizes and parameters again.

That a builder is a function of these is what honesty asks, so there, in the fresh process and for digests everything is built anew.
What has letters among its sizes or parameters is built anew too. So a builder that gives another network at a later call only is
judged as it was at the call that was kept: honesty, which builds everything three times and in a fresh process, and the reading
of the source are all that stands against it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from fractions import Fraction
from typing import Any

from constructions.language import Construction, Instance, build
from constructions.matrix import Matrix
from constructions.matrix.rational import RATIONAL

KEPT = 128  # networks, those that were asked for last
_networks: ContextVar[OrderedDict[Hashable, Instance] | None] = ContextVar("networks", default=None)  # of a judgement


class NotKept(TypeError):
    """Something that is not found again by its value."""


@contextmanager
def networks_kept() -> Iterator[None]:
    """While this lasts, `built` answers from memory where it can; afterwards nothing is left."""
    token = _networks.set(OrderedDict())
    try:
        yield
    finally:
        _networks.reset(token)


def built(construction: Construction, sizes: Mapping[str, Any], parameters: Mapping[str, Any]) -> Instance:
    """`build`, or what it gave before for the same builders, sizes and parameters."""
    kept, key = _networks.get(), _key(construction, sizes, parameters)
    if kept is None or key is None:
        return build(construction, sizes, parameters)
    if (found := kept.get(key)) is None:
        _keep(kept, key, found := build(construction, sizes, parameters))
    else:
        kept.move_to_end(key)
    if found.construction is not construction:  # another claim about the same network
        found = replace(found, construction=construction).marked(True)
    return found


def keep(instances: Iterable[Instance]) -> None:
    """Networks that somebody has built, for those who ask later."""
    if (kept := _networks.get()) is None:
        return
    for one in instances:
        if (key := _key(one.construction, one.sizes, one.parameters)) is not None:
            _keep(kept, key, one)


def _keep(kept: OrderedDict[Hashable, Instance], key: Hashable, instance: Instance) -> None:
    kept[key] = instance
    if len(kept) > KEPT:
        _ = kept.popitem(last=False)


def _key(construction: Construction, sizes: Mapping[str, Any], parameters: Mapping[str, Any]) -> Hashable:
    """Where there are letters, of which nothing is kept, None."""
    try:
        return (*_record(construction), _value(sizes), _value(parameters))
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
