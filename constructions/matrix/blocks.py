"""A row of blocks of which most are zero: a linear form on the residual stream as one matrix, at the price of what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm
from typing import Any

import numpy as np

from constructions.matrix.constants import zeros
from constructions.matrix.coordinates import LEAST, Coordinates, settled
from constructions.matrix.functions import beside
from constructions.matrix.opaque import Matrix
from constructions.matrix.rational import RATIONAL, Rational


def row_of_blocks(height: Any, blocks: Sequence[tuple[Any, Matrix | None]]) -> Matrix:
    """The blocks next to each other, each with its width; None is a block of zeros. Raises `ShapeMismatch` as `beside` does."""
    given = [(width, block) for width, block in blocks if block is not None]
    numbers = type(height) is int and all(type(width) is int for width, _ in blocks)
    if numbers and len(blocks) > 1 and all(_fits(block, height, width) for width, block in given):
        return Matrix(
            RATIONAL, _placed(height, [(width, None if block is None else block._entries) for width, block in blocks])
        )
    return beside(*(zeros(height, width) if block is None else block for width, block in blocks))


def _fits(block: Matrix, height: int, width: int) -> bool:
    return block._arithmetic is RATIONAL and block._entries.shape == (height, width)


def _placed(height: int, blocks: Sequence[tuple[int, Rational | None]]) -> Rational:
    total, start = sum(width for width, _ in blocks), 0
    denominator = lcm(*(block.denominator for _, block in blocks if block is not None))
    rows, columns, values = [np.zeros(0, int)], [np.zeros(0, int)], [np.zeros(0, object)]
    for width, block in blocks:
        if block is not None:
            down, right, numerators = block.nonzeros
            rows.append(down)
            columns.append(right + start)
            factor = denominator // block.denominator
            values.append(numerators if factor == 1 else numerators * factor)
        start += width
    down, right, numerators = map(np.concatenate, (rows, columns, values))
    if height * total < LEAST:
        array = np.zeros((height, total), dtype=object)
        array[down, right] = numerators
        return Rational(array, denominator)
    places = down * total + right
    order = np.argsort(places, kind="stable")
    return Rational(settled(Coordinates((height, total), places[order], numerators[order])), denominator)
