"""How wrong a vanishing derivative can be: the degree of the derivatives, computed as the derivatives are.

The backward pass runs in degrees, with data, parameters and the output weights as variables, so it bounds the degree D of the
numerator of every derivative, and the degree P of all that is divided by. At points with coordinates of b bits a numerator
that is not the zero polynomial vanishes with probability ≤ D/2^b (Schwartz–Zippel); points where something is divided by zero
are drawn again, which doubles that at most where P ≤ 2^(b−1). In GF(p) "not the zero polynomial" means: not modulo p.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from math import ceil, log2

from constructions.language import Construction, build
from constructions.matrix import Arithmetic, Matrix, Unsupported
from constructions.matrix.opaque import entries_in
from verify.arithmetic.degree import DegreeArithmetic, degree_variables
from verify.arithmetic.factors import margin
from verify.arithmetic.tape import TapeArithmetic
from verify.engines.generic_points import BITS, FIELD
from verify.plan import parameters_from


@dataclass(frozen=True)
class Doubt:
    """`degree` bounds the numerators of the derivatives; one of them vanishes by accident with probability ≤ 2^log2_failure."""

    degree: int
    bits: int
    log2_failure: int
    field: bool

    @property
    def in_words(self) -> str:
        where = "modulo 2^127 − 1" if self.field else "over ℚ"
        return f"probability ≤ 2^{self.log2_failure} (degree ≤ {self.degree}, a point of {self.bits} bits, {where})"


def doubt(construction: Construction, sizes: Mapping[str, int], arithmetic: Arithmetic) -> Doubt:
    """For the derivatives by every weight at these sizes. Raises `Unsupported` where no number can be given."""
    from verify.engines.sensitivity import derivatives

    degrees = DegreeArithmetic()

    def free(rows: int, columns: int) -> Matrix:
        return Matrix(degrees, degree_variables(rows, columns))

    tape = TapeArithmetic(degrees)
    parameters = parameters_from(construction, sizes, lambda p, r, c: tape.constant(free(r, c)))
    instance = build(construction, sizes, parameters)
    data = {name: free(*instance.shape_of(name)) for name in construction.data}
    _, by_use = derivatives(instance, data, tape, free)
    tops = [entries_in(reduce(lambda a, b: a + b, parts), degrees).top for parts in by_use.values()]
    degree, divided, bits = margin(max(tops, default=0.0)), margin(degrees.divided.degree), BITS[arithmetic]
    if divided > 2 ** (bits - 1):
        raise Unsupported("more poles than points")
    return Doubt(degree, bits, ceil(log2(max(1, degree))) + (1 if divided else 0) - bits, arithmetic is FIELD)
