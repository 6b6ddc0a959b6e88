"""Activation functions on Taylor models, each composed as a whole: smooth functions of one variable as power series."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint

from verify.arithmetic.smooth import ball
from verify.arithmetic.taylor import Taylor

CUBIC = Fraction(44715, 1_000_000)  # of the tanh form


def gelu_erf(u: Taylor) -> Taylor:
    """u Φ(u)."""
    return u.compose(gelu_erf_series)


def gelu_tanh(u: Taylor) -> Taylor:
    """u (1 + tanh(√(2/π) (u + 0.044715 u³)))/2."""
    return u.compose(gelu_tanh_series)


def gelu_erf_series(s: Any) -> Any:
    return s * ((s / flint.arb(2).sqrt()).erf() + 1) / 2


def gelu_tanh_series(s: Any) -> Any:
    """(1 + tanh v)/2 = 1/(1 + e^{−2v}); FLINT's series have no tanh."""
    v = (s + s * s * s * ball(CUBIC)) * (flint.arb(2) / flint.arb.pi()).sqrt()
    return s * ((v * -2).exp() + 1).inv()
