"""The paths along which a limit is judged: every knob as a power of one variable t → 0, or as a multiple of −log t."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.language import Box, Construction
from constructions.language.statement import Exponential, Limit
from constructions.matrix import exact


class NoPath(ValueError):
    """A limit that is not judged, with the reason."""


@dataclass(frozen=True)
class Path:
    """knob_k = t^{powers_k}; or, if `rate` is set, the only knob is β and t = e^{−β/q} with q chosen by who expands.

    `order` is that of the error in t (in e^{−β} for a rate).
    """

    powers: Mapping[str, int]
    order: Fraction
    rate: bool = False

    @property
    def knob(self) -> str:
        """The only knob, where there is one."""
        return next(iter(self.powers))

    @property
    def single(self) -> bool:
        return len(self.powers) == 1

    @property
    def where(self) -> str:
        """b → 0, beta → ∞, or s = t, N = t^-2, t → 0."""
        if self.single:
            return f"{self.knob} → {'0' if self.powers[self.knob] > 0 else '∞'}"
        return ", ".join(f"{name} = {_power('t', a)}" for name, a in self.powers.items()) + ", t → 0"

    @property
    def in_t(self) -> dict[str, str]:
        """The knobs as powers of t, in words."""
        return {name: _power("t", a) for name, a in self.powers.items()}

    def term(self, order: Any) -> str:
        """An order in t as a power of the knob, where there is one knob."""
        if self.rate:
            return f"e^(-{order}·{self.knob})"
        return _power(self.knob, order * self.powers[self.knob]) if self.single else _power("t", order)

    def at(self, t: Fraction) -> dict[str, Any]:
        """The knobs at a value of t (of 1/β for a rate)."""
        return {name: exact(t**a) for name, a in self.powers.items()}

    def reach(self, t_0: Fraction) -> str:
        """0 < b ≤ 1/10, N ≥ 10, or 0 < t ≤ 1/4, in words."""
        if not self.single:
            return f"0 < t ≤ {t_0}"
        power = self.powers[self.knob]
        return f"0 < {self.knob} ≤ {t_0**power}" if power > 0 else f"{self.knob} ≥ {t_0**power}"

    def farthest(self, construction: Construction) -> Fraction:
        """The largest t = t_0 at which no knob is farther from its limit than its default (1/10 from it without one). A power
        of 1/2 where there are several knobs."""
        reach = {name: _distance(construction.parameters[name].default, self.powers[name]) for name in self.powers}
        if self.single and abs(self.powers[self.knob]) == 1:
            return reach[self.knob]
        t = Fraction(1, 2)
        while any(t ** abs(self.powers[name]) > bound for name, bound in reach.items()):
            t /= 2
        return t


def paths_of(construction: Construction, claim: Limit) -> list[Path]:
    """The paths for a claim. Raises `NoPath` where it is not of a kind that is judged."""
    if not claim.knobs:
        raise NoPath("the limit names no knob")
    for name, order in claim.knobs.items():
        if construction.parameters[name].shape:
            raise NoPath(f"the knob {name} is not a number")
        if not isinstance(order, Exponential) and not (
            isinstance(order, int) and not isinstance(order, bool) and order
        ):
            raise NoPath(f"an order is a whole number other than 0, or Exponential(rate), not {order!r}")
    for data, word in construction.domain.items():
        if isinstance(word, Box) and word.bound in claim.knobs:
            raise NoPath(f"the knob {word.bound} bounds the box of {data}, so no data stay while it moves")
    rates = {name: order for name, order in claim.knobs.items() if isinstance(order, Exponential)}
    if rates and (len(claim.knobs) > 1 or claim.path):
        raise NoPath("a knob with an exponential order is judged where it is the only one")
    if rates:
        ((name, order),) = rates.items()
        return [Path({name: -1}, Fraction(order.rate), rate=True)]
    orders = {name: order for name, order in claim.knobs.items() if isinstance(order, int)}
    return [_declared(orders, claim.path)] if claim.path else _paths(orders)


def _declared(orders: Mapping[str, int], powers: Mapping[str, int]) -> Path:
    if set(powers) != set(orders):
        raise NoPath(f"the path names {', '.join(powers)}, and the knobs are {', '.join(orders)}")
    if not all(isinstance(a, int) and a * orders[name] > 0 for name, a in powers.items()):
        raise NoPath("the exponents of a path are whole numbers with the signs of the orders")
    return Path(dict(powers), Fraction(min(a * orders[name] for name, a in powers.items())))


def _paths(orders: Mapping[str, int]) -> list[Path]:
    """The balanced path, and for every knob of several the one on which all others go twice as fast."""
    if len(orders) == 1:
        ((name, order),) = orders.items()
        return [Path({name: 1 if order > 0 else -1}, Fraction(abs(order)))]
    common = math.lcm(*orders.values())
    balanced = {name: common // order for name, order in orders.items()}
    slow = [{name: a * (1 if name == knob else 2) for name, a in balanced.items()} for knob in orders]
    return [Path(powers, Fraction(common)) for powers in (balanced, *slow)]


def _distance(default: Any, power: int) -> Fraction:
    """How far from its limit a knob is by default: itself, or its inverse where it goes to infinity."""
    if default is None:
        return Fraction(1, 10)
    value = abs(exact(default)._entries.fractions()[0][0])
    return Fraction(1, 10) if not value else value if power > 0 else 1 / value


def _power(name: str, power: Any) -> str:
    return name if power == 1 else f"{name}^{power}"
