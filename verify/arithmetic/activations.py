"""Activation functions on Taylor models, each composed as a whole."""

from __future__ import annotations

from verify.arithmetic.smooth import gelu_series, gelu_tanh_series
from verify.arithmetic.taylor import Taylor


def gelu_erf(u: Taylor) -> Taylor:
    """u Φ(u)."""
    return u.compose(gelu_series)


def gelu_tanh(u: Taylor) -> Taylor:
    """u (1 + tanh(√(2/π) (u + 0.044715 u³)))/2."""
    return u.compose(gelu_tanh_series)
