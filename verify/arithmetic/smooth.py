"""Taylor coefficients of smooth functions at balls (FLINT's power series)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint

from verify.arithmetic.flint_numbers import fmpq


def ball(value: Any) -> Any:
    """An exact number as a ball at the current precision; a ball stays itself."""
    if isinstance(value, (flint.arb, int)):
        return flint.arb(value)
    return flint.arb(fmpq(Fraction(value)))


def coefficients(function: Callable[[Any], Any], middle: Any, count: int) -> list[Any]:
    """The first Taylor coefficients at a ball; of no use (nan) where the function may have a pole. FLINT cuts a series at
    `ctx.cap` in silence, so that is raised, and the length is checked."""
    before = flint.ctx.cap
    try:
        flint.ctx.cap = max(before, count)
        series = function(flint.arb_series([middle, 1], prec=count))
    except ZeroDivisionError:
        return [flint.arb.nan()] * count
    finally:
        flint.ctx.cap = before
    if series.prec < count:
        raise ArithmeticError(f"the series has {series.prec} terms; {count} are needed")
    return [series[k] for k in range(count)]


def gelu_series(s: Any) -> Any:
    """s Φ(s)."""
    return s * ((s / flint.arb(2).sqrt()).erf() + 1) / 2


def gelu_tanh_series(s: Any) -> Any:
    """s (1 + tanh v)/2 = s/(1 + e^{−2v}) = s e^{2v}/(1 + e^{2v}), v = √(2/π) (s + 0.044715 s³); FLINT's series have no tanh."""
    v = (s + s * s * s * ball(CUBIC)) * (flint.arb(2) / flint.arb.pi()).sqrt()
    if v[0].mid() > 0:
        return s * ((v * -2).exp() + 1).inv()
    small = (v * 2).exp()  # on a wide ball left of 0, e^{−2v} is a wide ball of large numbers
    return s * (small * (small + 1).inv())


CUBIC = Fraction(44715, 1_000_000)  # of the tanh form
SERIES = {"gelu": gelu_series, "gelu tanh": gelu_tanh_series}  # the smooth functions by name, on power series
FACTOR_VALUES = {"√(π/2)": lambda: (flint.arb.pi() / 2).sqrt()}  # the named numbers, at the precision of the moment
