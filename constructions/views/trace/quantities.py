"""What is looked for in a residual stream: quantities that the record names, iterates, the algorithm's own weights, XᵀX, XᵀY."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructions.language import BadConstruction, Instance
from constructions.language.shapes import times
from constructions.matrix import Matrix
from constructions.views.trace.numbers import Numbers

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class Quantity:
    """One matrix: number `index` of the sequence `family`, whose last one is what the algorithm ends with."""

    family: str
    index: int
    final: bool
    value: Numbers

    @property
    def name(self) -> str:
        """w₂; XᵀX₂ is XᵀX of the first two examples; W where there is one alone."""
        if self.final and not self.index:
            return self.family
        return self.family + str(self.index).translate(SUBSCRIPTS)


def quantities(
    instance: Instance, given: Mapping[str, Matrix], learned: Numbers | None, read: Callable[[Matrix], Numbers]
) -> list[Quantity]:
    """Every quantity at the given data, the model's own family first. Equal names at other data mean the same formula."""
    found: list[Quantity] = []
    for family, values in _families(instance, given, learned, read):
        if len(shapes := {(len(value), len(value[0])) for value in values}) > 1:
            raise BadConstruction(
                f"the quantity {family} of {instance.construction.name} has matrices of the shapes "
                f"{', '.join(map(times, sorted(shapes)))}: a sequence has one shape, name another quantity for another one"
            )
        found += [Quantity(family, k, k == len(values) - 1, value) for k, value in enumerate(values)]
    return found


def _families(
    instance: Instance, given: Mapping[str, Matrix], learned: Numbers | None, read: Callable[[Matrix], Numbers]
) -> Iterator[tuple[str, list[Numbers]]]:
    construction = instance.construction
    for family, formula in construction.quantities.items():
        value = instance.formula(formula, given)
        yield family, [read(part) for part in ([value] if isinstance(value, Matrix) else value)]
    if construction.invariant and not construction.quantities:
        states = instance.iterates(given)
        parts = list(zip(*states, strict=True)) if isinstance(states[0], (tuple, list)) else [states]
        if all(isinstance(value, Matrix) for part in parts for value in part):
            names = ["W"] if len(parts) == 1 else [f"W[{k}]" for k in range(1, len(parts) + 1)]
            yield from ((name, [read(value) for value in part]) for name, part in zip(names, parts, strict=True))
    elif learned is not None and not construction.quantities:
        yield "W", [learned]
    if {"X", "Y"} <= {*given} and not construction.gadget and construction.data["X"][0] == construction.data["Y"][0]:
        yield "XᵀX", list(map(read, _sums(given["X"], given["X"])))
        yield "XᵀY", list(map(read, _sums(given["X"], given["Y"])))


def _sums(X: Matrix, Y: Matrix) -> Sequence[Any]:
    """Σ x_i y_iᵀ over the first 1, 2, …, n examples, with 0 for none of them."""
    sums = [0 * (X.T @ Y)]
    for i in range(X.shape[0]):
        sums.append(sums[-1] + X[i].T @ Y[i])
    return sums
