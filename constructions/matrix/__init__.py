"""Matrices over an undisclosed model of ℝ: what theorem files, the forward pass and the algorithms compute with."""

from constructions.matrix.arithmetic import Arithmetic, MatrixError, Pole, ShapeMismatch, Unsupported
from constructions.matrix.constants import identity, ones, shift, zeros
from constructions.matrix.functions import (
    below,
    beside,
    exp,
    gelu,
    gelu_tanh,
    hardmax,
    iterate,
    largest_row_sum,
    modulus,
    multiple,
    named,
    reciprocal,
    reciprocal_sqrt,
    relu,
    softmax,
    solve,
)
from constructions.matrix.opaque import Matrix, exact
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
    "gelu",
    "gelu_tanh",
    "hardmax",
    "identity",
    "iterate",
    "largest_row_sum",
    "modulus",
    "multiple",
    "named",
    "ones",
    "reciprocal",
    "reciprocal_sqrt",
    "relu",
    "shift",
    "softmax",
    "solve",
    "zeros",
]
