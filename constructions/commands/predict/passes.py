"""Both sides in float64: the frozen network, one layer at a time, and the textbook algorithm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from constructions.commands.misuse import Misuse
from constructions.commands.predict.data import TrainingData
from constructions.commands.predict.progress import Progress, progress
from constructions.language import Construction, Instance, Transformer, at
from constructions.language.forward import forward
from constructions.matrix import Matrix
from constructions.matrix.floating import array_of
from constructions.matrix.sparse import sparse_floats

BATCH = 1024


@dataclass(frozen=True)
class Passes:
    """A construction at the sizes of the data; `m` names its number of queries, which go through in batches."""

    construction: Construction
    sizes: Mapping[str, int]
    m: str
    parameters: Mapping[str, Any]

    @cached_property
    def first(self) -> Instance:
        """The instance of the first batch; the others have the same network."""
        return at(self.construction, {**self.sizes, self.m: min(self.sizes[self.m], BATCH)}, self.parameters)

    def both(self, data: TrainingData) -> tuple[np.ndarray, np.ndarray]:
        """Network and algorithm for every query row (queries do not see each other)."""
        batches = [data.X_q[k : k + BATCH] for k in range(0, len(data.X_q), BATCH)]
        text = f"running {self.construction.name} on {len(data.X_q)} queries"
        try:
            with progress(text, len(batches) * (len(self.first.network.unrolled) + 1)) as state:
                answers = [self._batch(queries, data, state) for queries in batches]
        except MemoryError as error:
            raise Misuse(
                f"a prompt of {len(data.X)} examples does not fit into memory; use fewer rows in the training file"
            ) from error
        network, algorithm = (np.concatenate(side) for side in zip(*answers, strict=True))
        return _finite("network", network), _finite("textbook algorithm", algorithm)

    def _batch(self, queries: np.ndarray, data: TrainingData, state: Progress) -> tuple[np.ndarray, np.ndarray]:
        instance = self.first.with_queries(len(queries))
        given = {"X": sparse_floats(data.X), "Y": sparse_floats(data.Y), "X_q": sparse_floats(queries)}
        network = network_answer(instance, given, state.advance)
        algorithm = instance.algorithm(given)
        state.advance()
        return array_of(network), array_of(algorithm)


def network_answer(instance: Instance, data: Mapping[str, Matrix], advance: Callable[[], Any]) -> Matrix:
    """`instance.run(data).answer`, of which only the last stream is kept; `advance` is called after every layer."""
    if not instance.network.single:
        return instance.run(data).answer
    prompt, layers = instance.run(data, layers=0), instance.network.unrolled
    ends = [streams[0] for streams in prompt.streams]
    for layer in layers:
        one = Transformer(instance.network.stream, (layer,))
        ends = [forward(one, H, layout)[-1] for layout, H in zip(prompt.layouts, ends, strict=True)]
        advance()
    return replace(prompt, streams=tuple((H,) for H in ends)).answer


def _finite(side: str, values: np.ndarray) -> np.ndarray:
    if not np.isfinite(values).all():
        raise Misuse(
            f"the {side} overflows float64 on these data: the iteration diverges; take a smaller step size, "
            "scale the inputs down, or --standardize"
        )
    return values
