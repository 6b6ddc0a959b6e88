"""The forward pass of an instance, compiled: the kernel runs once on matrices of variables, and what it did is carried out on data.

    from constructions.language.compiled import compiled
    network = compiled(at(get("raw-ridge-step"), {"d": 16, "m": 1}))
    network(X=X, Y=Y, X_q=X_q)  # arrays with any leading batch dimensions

There is no second meaning of a network here: `forward.py` says what is done, and this does it at the price of the nonzeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from constructions.language.given import WrongData
from constructions.language.instance import Instance
from constructions.language.shapes import times
from constructions.matrix.compiled import BY_NONZEROS, How, Plan, plan
from constructions.matrix.opaque import entries_in
from constructions.matrix.written import Writer


@dataclass(frozen=True, eq=False)
class Compiled:
    """The answer of an instance in floats, as a function of its data."""

    instance: Instance
    plan: Plan

    def __call__(self, **data: Any) -> np.ndarray:
        """The answers (… × rows × columns) to data of shape … × rows × columns each. Raises `WrongData` and `Pole`."""
        arrays = {name: np.asarray(rows, dtype=self.plan.dtype) for name, rows in data.items()}
        batch = self._batch(arrays)
        flat = {name: rows.reshape(prod(batch), *rows.shape[-2:]) for name, rows in arrays.items()}
        return self.plan.run(flat).reshape(*batch, *self.plan.shape)

    def _batch(self, arrays: dict[str, np.ndarray]) -> tuple[int, ...]:
        name, wanted = self.instance.construction.name, self.instance.construction.data
        if {*arrays} != {*wanted}:
            raise WrongData(f"{name} takes the data {', '.join(wanted)}, not {', '.join(arrays) or 'none'}")
        for one, rows in arrays.items():
            if rows.shape[-2:] != (shape := self.instance.shape_of(one)):
                raise WrongData(f"{one} has shape {times(rows.shape)}; {name} was compiled for (…) × {times(shape)}")
        batches = {rows.shape[:-2] for rows in arrays.values()}
        if len(batches) > 1:
            told = ", ".join(f"{one} {times(rows.shape)}" for one, rows in arrays.items())
            raise WrongData(f"the data of {name} must have the same batch dimensions; they are {told}")
        return batches.pop()


def compiled(instance: Instance, how: How = BY_NONZEROS) -> Compiled:
    """The forward pass of `instance` as a function of arrays, in float64 unless `how` says otherwise."""
    writer = Writer()
    data = {name: writer.variable(name, *instance.shape_of(name)) for name in instance.construction.data}
    return Compiled(instance, plan(entries_in(instance.run(data).answer, writer), how))
