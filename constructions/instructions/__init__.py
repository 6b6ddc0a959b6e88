"""The instruction set of Akyürek et al.: operations on the columns of a stream, and the layers that carry them out."""

from constructions.instructions.deviation import deviations
from constructions.instructions.operations import Aff, Div, Mov, Mul, Raw, Together, aff, div, dot, mov, mul, raw
from constructions.instructions.program import compiled

__all__ = [
    "Aff",
    "Div",
    "Mov",
    "Mul",
    "Raw",
    "Together",
    "aff",
    "compiled",
    "deviations",
    "div",
    "dot",
    "mov",
    "mul",
    "raw",
]
