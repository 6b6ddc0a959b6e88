"""What figures show: a construction at small sizes, with a small prompt that has been run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from constructions.language import Block, Construction, Instance, at
from constructions.language.forward import after
from constructions.language.layout import Layout
from constructions.language.sublayers import Sublayer
from constructions.matrix import Matrix, Pole
from constructions.views.trace.drawn import traced
from constructions.views.trace.run import Trace
from constructions.views.trace.sample import drawn_parameters, small_sizes
from constructions.views.trace.tokens import column_names

SEED = 0  # so it is the prompt that `trace NAME` and the theorem's page show


class NotShown(ValueError):
    """A figure that does not apply to a construction, with the reason."""


@dataclass(frozen=True)
class Subject:
    """A construction, what the verifier said of it (as plain values), and a small instance with a prompt."""

    construction: Construction
    report: Mapping[str, Any]
    instance: Instance

    @staticmethod
    def of(construction: Construction, report: Mapping[str, Any]) -> Subject:
        sizes = small_sizes(construction, {})
        return Subject(construction, report, at(construction, sizes, drawn_parameters(construction, sizes, {}, SEED)))

    @cached_property
    def trace(self) -> Trace:
        try:
            return traced(self.instance, SEED)[1]
        except Pole:
            raise NotShown("at every small prompt that was drawn something is divided by zero") from None

    @property
    def data(self) -> dict[str, Matrix]:
        return {name: self.trace.arithmetic.make(rows) for name, rows in self.trace.data.items()}

    @property
    def tokens(self) -> list[str]:
        return column_names(self.instance, len(self.trace.streams[0]))

    @property
    def sizes(self) -> str:
        return ", ".join(f"{name} = {value}" for name, value in self.instance.sizes.items())

    def sublayers(self) -> Iterator[tuple[int, Sublayer, Matrix, Layout]]:
        """(number of the layer, sublayer, the stream that it reads, layout) for the first prompt."""
        run = self.instance.run(self.data)
        layout = run.layouts[0]
        for number, layer in enumerate(self.instance.network.unrolled, start=1):
            H = run.streams[0][number - 1]
            for sublayer in layer.sublayers if isinstance(layer, Block) else (layer,):
                yield number, sublayer, H, layout
                H = after(sublayer, H, layout)
