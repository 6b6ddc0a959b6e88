"""The bound of a chain, computed from the bounds of its gadgets.

Every number of the ideal chain is known as |ideal| ≤ size, and what the network has in its place as |actual − ideal| ≤ error.

**Lemma.** Let |x| ≤ M, |x̂ − x| ≤ e and |y| ≤ N, |ŷ − y| ≤ f. Then

    |(x̂ ± ŷ) − (x ± y)| ≤ e + f,      |a x̂ − a x| ≤ |a| e,      |relu(x̂) − relu(x)| ≤ e,
    |x̂ŷ − xy| ≤ e N + M f + e f       (x̂ŷ − xy = (x̂ − x) y + x (ŷ − y) + (x̂ − x)(ŷ − y)),

and if a gadget G is within δ(r) of a function g wherever its arguments are at most r in absolute value, then
|G(x̂) − g(x)| ≤ δ(M + e) + |g(x̂) − g(x)|, where the last term follows from the lines above, g being made of such operations.

Only sums, products and |a| of rational numbers a are needed. So sizes and errors may be fractions, balls, or polynomials in
knobs; where these stand for positive numbers, the computed bound is a formula that can be printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.language import Form, Instance
from constructions.language.forward import after
from constructions.language.instance import Run
from constructions.language.layout import Layout
from constructions.language.transformer import Block
from constructions.matrix import Matrix, ShapeMismatch
from verify.arithmetic.entries import EntryArithmetic, Table


@dataclass(frozen=True, eq=False)
class Bounded:
    """A number x with |x| ≤ size, and the number x̂ in its place, |x̂ − x| ≤ error. Both are not negative."""

    size: Any
    error: Any

    @property
    def reach(self) -> Any:
        """What |x̂| is at most."""
        return self.size + self.error

    def __add__(self, other: Bounded) -> Bounded:
        return Bounded(self.size + other.size, self.error + other.error)

    def __neg__(self) -> Bounded:
        return self

    def __mul__(self, other: Bounded) -> Bounded:
        crossed = self.error * other.size + self.size * other.error
        return Bounded(self.size * other.size, crossed + self.error * other.error)


class BoundedArithmetic(EntryArithmetic):
    """Matrices of `Bounded`; `one` is the number 1 in the arithmetic of sizes and errors."""

    name = "error bounds of gadgets"

    def __init__(self, one: Any = Fraction(1)) -> None:
        self.one, self.zero = one, one - one

    def constant(self, value: Fraction) -> Bounded:
        return Bounded(self.one * abs(value.numerator) / value.denominator, self.zero)

    def is_zero(self, entry: Bounded) -> bool:
        return bool(entry.size == 0) and bool(entry.error == 0)

    def relu(self, a: Table) -> Table:
        return a

    def at_most(self, size: Any, rows: int, columns: int) -> Matrix:
        """A matrix of exact data, every entry of which is at most `size`."""
        return Matrix(self, Table([[Bounded(size, self.zero)] * columns for _ in range(rows)], columns))

    def reach(self, a: Matrix) -> Matrix:
        """How large the actual entries are at most, as a matrix without errors."""
        return Matrix(self, self.table(a).each(lambda entry: Bounded(entry.reach, self.zero)))

    def errors(self, a: Matrix) -> list[list[Any]]:
        """The error bounds of a matrix."""
        return [[entry.error for entry in row] for row in self.table(a).cells]


@dataclass(frozen=True, eq=False)
class Lemma:
    """What a sublayer does: it adds G(reads(h)) to `into`, G being within `error` of `ideal`.

    `ideal` and `error` are functions of one matrix for each form of `reads` (tokens × width); `error` is given the bounds of
    the arguments' absolute values, and has the shape of the ideal answer. That the sublayer does this is a theorem of its own.
    """

    reads: tuple[Form, ...]
    into: Form
    ideal: Callable[..., Matrix]
    error: Callable[..., Matrix]

    def apply(self, H: Matrix, arithmetic: BoundedArithmetic) -> Matrix:
        """The stream after the sublayer."""
        arguments = [H @ form.dense.T for form in self.reads]
        answer, slack = self.ideal(*arguments), self.error(*map(arithmetic.reach, arguments))
        if answer.shape != slack.shape:
            raise ShapeMismatch(
                f"the ideal answer of a lemma is {answer.shape}, its error bound {slack.shape}: make them equal"
            )
        rows = zip(arithmetic.table(answer).cells, arithmetic.table(slack).cells, strict=True)
        cells = [[Bounded(a.size, a.error + b.size) for a, b in zip(p, q, strict=True)] for p, q in rows]
        return H + Matrix(arithmetic, Table(cells, answer.shape[1])) @ self.into.dense


def composed(
    instance: Instance, data: Mapping[str, Matrix], lemmas: Mapping[int, Lemma], arithmetic: BoundedArithmetic
) -> list[list[Any]]:
    """Bounds of |network − ideal chain| for every entry of the answer. `lemmas` are numbered by sublayer, from 0; the other
    sublayers are exact. `data` are matrices of the arithmetic (`at_most`)."""
    start, streams = instance.run(data, layers=0), []  # refuses a network of several passes
    for layout, (tokens,) in zip(start.layouts, start.streams, strict=True):
        streams.append((_through(instance, tokens, layout, lemmas, arithmetic),))
    return arithmetic.errors(Run(instance, start.layouts, tuple(streams)).answer)


def _through(
    instance: Instance, H: Matrix, layout: Layout, lemmas: Mapping[int, Lemma], arithmetic: BoundedArithmetic
) -> Matrix:
    layers = instance.network.unrolled
    sublayers = [s for layer in layers for s in (layer.sublayers if isinstance(layer, Block) else (layer,))]
    for number in lemmas:
        if not 0 <= number < len(sublayers):
            raise LookupError(f"a lemma is given for sublayer {number}; there are {len(sublayers)}, numbered from 0")
    for number, sublayer in enumerate(sublayers):
        H = lemmas[number].apply(H, arithmetic) if number in lemmas else after(sublayer, H, layout)
    return H
