"""A matrix in every case of a finite domain: integers over one denominator, times symbols for numbers that are not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from constructions.matrix import Unsupported

LARGEST = 2**53  # integers up to here are floats, too


@dataclass(frozen=True, eq=False)
class Cases:
    """Σ numerators[s]·s / denominator: symbol → integers (cases × rows × columns, or 1 × …), symbol 0 being the constant 1."""

    numerators: Mapping[int, np.ndarray]
    denominator: int = 1

    @property
    def shape(self) -> tuple[int, int]:
        _, rows, columns = self.numerators[0].shape
        return rows, columns

    @property
    def plain(self) -> np.ndarray:
        """The integers, where no symbol occurs."""
        if len(self.numerators) > 1:
            raise Unsupported("a product, quotient or choice of unknown numbers")
        return self.numerators[0]

    def each(self, change: Callable[[np.ndarray], np.ndarray]) -> Cases:
        return Cases({s: change(a) for s, a in self.numerators.items()}, self.denominator)


def kept(numerators: dict[int, np.ndarray], denominator: int) -> Cases:
    """Without symbols that do not occur, in lowest terms."""
    kept = {s: a for s, a in numerators.items() if not s or a.any()}
    if denominator > 1:
        common = int(np.gcd.reduce([int(np.gcd.reduce(a, axis=None)) for a in kept.values()] + [denominator]))
        kept, denominator = {s: a // common for s, a in kept.items()}, denominator // common
    return Cases(kept, denominator)


def scaled(integers: np.ndarray, factor: int) -> np.ndarray:
    if factor == 1:
        return integers
    if largest(integers) * factor >= LARGEST:
        raise Unsupported("integers beyond 2^53")
    return integers * factor


def small(integers: np.ndarray) -> np.ndarray:
    if largest(integers) >= LARGEST:
        raise Unsupported("integers beyond 2^53")
    return integers


def largest(integers: np.ndarray) -> int:
    return int(np.abs(integers).max(initial=0))
