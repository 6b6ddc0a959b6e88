"""Where floating point ends a limit: below some knob the rounding grows faster than the truncation shrinks."""

from __future__ import annotations

from typing import NamedTuple

UNITS = {"float64": 2.0**-53, "float32": 2.0**-24, "bfloat16": 2.0**-8}


class Floor(NamedTuple):
    """The knob at which rounding equals truncation, and the error there (twice either)."""

    knob: float
    error: float


def rounding_floor(
    order: float, cancellation: float, unit: float, *, constant: float = 1.0, amplification: float = 1.0
) -> Floor:
    """Truncation is constant · t^order; rounding is amplification · unit / t^cancellation. They are equal at the knob
    t = (amplification · unit / constant)^(1/(order + cancellation)); a smaller t makes the answer worse."""
    if order + cancellation <= 0:
        raise ValueError("an error that does not grow as the knob shrinks has no floor")
    knob = (amplification * unit / constant) ** (1 / (order + cancellation))
    return Floor(knob, 2 * constant * knob**order)
