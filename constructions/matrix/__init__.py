"""Matrices over an undisclosed model of ℝ: what theorem files, the forward pass and the algorithms compute with."""

from constructions.matrix.constants import identity, ones, shift, zeros
from constructions.matrix.opaque import (
    Arithmetic,
    Matrix,
    MatrixError,
    Pole,
    ShapeMismatch,
    Unsupported,
    below,
    beside,
    exact,
    exp,
    hardmax,
    reciprocal,
    relu,
    softmax,
    solve,
)
from constructions.matrix.sizes import NeedsNumber, Size

__all__ = [
    "Arithmetic",
    "Matrix",
    "MatrixError",
    "NeedsNumber",
    "Pole",
    "ShapeMismatch",
    "Size",
    "Unsupported",
    "below",
    "beside",
    "exact",
    "exp",
    "hardmax",
    "identity",
    "ones",
    "reciprocal",
    "relu",
    "shift",
    "softmax",
    "solve",
    "zeros",
]
