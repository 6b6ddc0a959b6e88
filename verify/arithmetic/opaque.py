"""GeLU, 1/√ and hard attention as letters: functions of which no more is used than that equal arguments have equal values.

Every value is brought to a letter by lemmas that are true at every point where it is defined, so equal normal forms are equal
functions; two that differ may still be equal.

    1. g(−u) = g(u) − u for GeLU, u Φ(u), since Φ(−u) = 1 − Φ(u); and for its form by tanh, since tanh is odd.   g(0) = 0.
    2. Hard attention to scores s_1, …, s_k is that to c (s_j − s_1) for every c > 0: the same keys are the largest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from constructions.matrix import Pole, Unsupported
from verify.arithmetic.entries import Table
from verify.arithmetic.polynomial import PolynomialArithmetic, Quotient


@dataclass(eq=False)
class Letters:
    """The values met so far; the one of the number k is the generator with the number `first` + k, and there are `room`."""

    generators: Sequence[Any]
    first: int
    room: int
    met: dict[Any, int] = field(default_factory=dict)

    def of(self, *key: Any) -> Any:
        """The letter of a value. Raises `LookupError` where the ring has no room for it."""
        if key not in self.met:
            if len(self.met) >= self.room:
                raise LookupError(f"more than {self.room} values of functions")
            self.met[key] = len(self.met)
        return self.generators[self.first + self.met[key]]


class OpaqueFunctions(PolynomialArithmetic):
    """Rational functions of data, parameters, exponentials, relus and other values of functions."""

    def __init__(self, variables: Sequence[str], room: int = 0, bends: int = 0, letters: int = 0) -> None:
        super().__init__(variables, room, bends, letters)
        self.letters = Letters(self.generators, self.plain, letters)
        self.roots = False  # whether 1/√ was taken of anything but a number
        self.chosen_by: set[int] = set()  # generators that are weights of hard attention

    def smooth(self, function: str, a: Table, order: int = 0) -> Table:
        if order or not self.letters.room:
            self.unsupported(function)
        return a.each(lambda entry: self.odd_but_for_half(function, entry))

    def odd_but_for_half(self, function: str, entry: Quotient) -> Quotient:
        """g(u) for a g with g(−u) = g(u) − u."""
        entry = self.reduced(entry)
        if entry.top.is_zero():
            return entry
        if entry.top.leading_coefficient() < 0:  # one of u and −u has a positive one
            return self.letter(function, -entry) + entry
        return self.letter(function, entry)

    def reciprocal_sqrt(self, a: Table) -> Table:
        return a.each(self.root)

    def root(self, entry: Quotient) -> Quotient:
        """1/√u, which has no value where u ≤ 0."""
        entry = self.reduced(entry)
        if self.is_zero(entry):
            raise Pole("1/√ of a number that is always zero")
        if self.kinks.positive(-entry.top * entry.bottom):
            raise Pole("1/√ of a number that is always negative")
        self.poles = self.roots = True
        return self.letter("1/√", entry)

    def inverse(self, entry: Quotient) -> Quotient:
        """1/entry. Raises `Unsupported` where a weight of hard attention, which is 0 for whole regions, may make it vanish."""
        entry = self.reduced(entry)
        if self.chosen_by.intersection(self.occurring(entry)) and not self.kinks.positive(entry.top):
            self.unsupported("division by weights of hard attention that may vanish")
        return super().inverse(entry)

    def occurring(self, entry: Quotient) -> Iterator[int]:
        """The numbers of the generators in a numerator."""
        return (number for number, degree in enumerate(entry.top.degrees()) if degree)

    def letter(self, function: str, *entries: Quotient) -> Quotient:
        if not self.letters.room:
            self.unsupported(function)
        try:
            key = ((tuple(entry.top.terms()), tuple(entry.bottom.terms())) for entry in entries)
            return Quotient(self.letters.of(function, *key), self.one)
        except LookupError as reason:
            raise Unsupported(f"{reason} have no value in {self.name}") from None

    def hardmax(self, a: Table, visible: np.ndarray) -> Table:
        if not self.letters.room:
            self.unsupported("hard attention with scores that depend on data")
        rows = zip(a.cells, visible.tolist(), strict=True)
        return Table([self.chosen(row, seen) for row, seen in rows], a.width)

    def chosen(self, row: Sequence[Quotient], seen: Sequence[bool]) -> list[Quotient]:
        """The weights of hard attention: a letter for every key that is seen, which the differences of the scores decide."""
        scores = [self.reduced(score) for score, see in zip(row, seen, strict=True) if see]
        differences = [self.reduced(score + -scores[0]) for score in scores]
        first = next((d.top.leading_coefficient() for d in differences if not d.top.is_zero()), None)
        if first is None:  # all scores are one number
            return [self.constant(Fraction(int(see), max(len(scores), 1))) for see in seen]
        scale = Quotient(self.ring.constant(1 / abs(first)), self.one)
        given = [scale * difference for difference in differences]
        made = [self.letter(f"hard {number}", *given) for number in range(len(given))]
        self.chosen_by |= {number for weight in made for number in self.occurring(weight)}
        weights = iter(made)
        return [next(weights) if see else self.zero for see in seen]
