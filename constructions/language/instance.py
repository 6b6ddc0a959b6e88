"""A construction at given sizes and parameters: the network is built, the prompt is fixed, and data may come."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pickle import PicklingError
from typing import Any

import numpy as np

from constructions.language.arriving import arrivals
from constructions.language.construction import Construction
from constructions.language.forward import closed_forward, embed, generate
from constructions.language.given import WrongData, check_given, shape_of
from constructions.language.layout import Layout, make_layout
from constructions.language.prompt import Readout, Segment
from constructions.language.quantifier import UnknownName, call, offer
from constructions.language.statement import BadConstruction
from constructions.language.stream import Form
from constructions.language.sublayers import MLP, Attention, LayerNorm, Sublayer
from constructions.language.transformer import Transformer
from constructions.matrix import Matrix, below
from constructions.matrix.ambient import beside

PLACE = re.compile(r"(context|query)(?:\[(\d+)\])?")  # "context[0]" is the first token of every item


@dataclass(frozen=True, eq=False)
class Run:
    """One forward pass: the streams before the first layer and after each layer, for every prompt that was run."""

    instance: Instance
    layouts: tuple[Layout, ...]
    streams: tuple[tuple[Matrix, ...], ...]

    def read(self, what: str | Form, at: str, layer: int = -1) -> Matrix:
        """What stands in a register (or linear form) after `layer` layers, at "query", "context", "everything", "last"
        or at one token of each item, e.g. "context[0]". Rows are tokens in order."""
        network = self.instance.network
        form = network.stream[what] if isinstance(what, str) else what
        parts = []
        for layout, streams in zip(self.layouts, self.streams, strict=True):
            rows = self.instance.rows(layout, at)
            parts.append(streams[layer][rows] @ form.dense.T)
        if len(parts) > 1 and not (at.startswith("query") or at == "last"):
            raise WrongData(
                f"reading at {at!r} has no single meaning when {len(parts)} queries are run as separate prompts"
            )
        return below(*parts)

    @property
    def answer(self) -> Matrix:
        """The network's side of the theorem: its readout."""
        return self.read(self.instance.readout.form, self.instance.readout.at)


@dataclass(frozen=True, eq=False)
class Instance:
    """A construction with sizes and parameters put in. `network` was built before any data existed."""

    construction: Construction
    sizes: Mapping[str, Any]
    parameters: Mapping[str, Any]
    network: Transformer
    context: Segment | None
    query: Segment | None
    positions: Mapping[str, str]
    readout: Readout
    arriving: Segment | None = None
    as_built: bool = field(
        default=False, init=False, repr=False
    )  # by the builders of its construction, and not changed

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}={value}" for name, value in self.sizes.items())
        return f"Instance({self.construction.name}: {sizes}; {len(self.network.sublayers)} sublayers)"

    def __reduce__(self) -> Any:
        """By what it was built of, from which it is built again: weights are functions of those. Raises `PicklingError`."""
        if not self.as_built:
            raise PicklingError(
                f"this network of {self.construction.name} was loaded from files, or changed after it was built, and cannot be "
                "pickled: keep the files (python -m constructions export, load), and of a torch module its state_dict()"
            )
        return _again, (self.construction, dict(self.sizes), dict(self.parameters))

    def __deepcopy__(self, memo: object) -> Instance:
        """Itself, being frozen; so a torch module that holds it can be copied."""
        return self

    @cached_property
    def layout(self) -> Layout:
        """The layout of all queries in one pass."""
        return self.layout_of(self.query.count if self.query else 0)

    @cached_property
    def query_blind(self) -> bool:
        """Whether no context token looks at a query, so that many queries can share one pass."""
        alone = self.layout_of(1 if self.query else 0)
        sublayers = {_looks(sublayer): sublayer for sublayer in self.network.sublayers}.values()
        return not any(alone.heard(sublayer)[alone.context][:, ~alone.context].any() for sublayer in sublayers)

    def layout_of(self, queries: int) -> Layout:
        """The layout of a pass with that many queries."""
        parts = (self.context, self.query)
        filled = {name for part in (*parts, self.arriving) if part for token in part.tokens for name in token}
        kinds = [len(part.tokens) if part else 0 for part in parts]
        examples = self.context.count if self.context else 0
        return make_layout(examples, kinds, queries, self.positions, self.network, filled)

    def with_queries(self, count: int) -> Instance:
        """The same network and prompt for another number of queries."""
        if self.query is None or self.query.count == count:
            return self
        sizes = {**self.sizes, self.query.item.axis: count}
        return replace(self, sizes=sizes, query=replace(self.query, count=count)).marked(self.as_built)

    def marked(self, as_built: bool) -> Instance:
        """Itself, marked as what its construction builds, or not; `replace` takes the mark away."""
        object.__setattr__(self, "as_built", as_built)
        return self

    def rows(self, layout: Layout, at: str) -> list[int]:
        """The token numbers that a place names."""
        if at == "everything":
            return list(range(layout.tokens))
        if at == "last":  # of every query's prompt
            ends = [tokens[-1] for query, tokens in layout.runs() if query >= 0]
            return ends or [layout.tokens - 1]
        place, number = found.groups() if (found := PLACE.fullmatch(at)) else (at, None)
        part = {"context": self.context, "query": self.query}.get(place)
        if part is None or (number and int(number) >= len(part.tokens)):
            raise UnknownName(f"no tokens are called {at!r}; {offer(at, ['context', 'query', 'everything', 'last'])}")
        rows = np.flatnonzero(layout.context if place == "context" else ~layout.context).tolist()
        return rows[int(number) :: len(part.tokens)] if number else rows

    def run(self, data: Mapping[str, Matrix], layers: int | None = None) -> Run:
        """The forward pass on data (name → matrix), or its first `layers` layers."""
        self.check(data)
        if self.query is None or self.query.count <= 1 or (self.query_blind and self.network.single):
            groups: list[list[int] | None] = [None]
        else:
            groups = [[q] for q in range(self.query.count)]
        network = self.network if layers is None else replace(self.network, layers=self.network.unrolled[:layers])
        if layers is not None and not network.single:
            raise BadConstruction("a network that writes tokens of its own is run as a whole, not layer by layer")
        layouts, streams = [], []
        coming = self.arriving and arrivals(self.arriving, network.stream.registers, data)
        for group in groups:
            layout = self.layout if group is None else self.layout_of(len(group))
            made, layout = generate(network, self._embed(data, layout, group), layout, coming)
            layouts.append(layout)
            streams.append(made)
        return Run(self, tuple(layouts), tuple(streams))

    def _embed(self, data: Mapping[str, Matrix], layout: Layout, queries: list[int] | None) -> Matrix:
        segments, order, offset = [], [], 0
        for part, chosen in ((self.context, None), (self.query, queries)):
            if part is None:
                continue
            rows = part.item.rows(data, chosen)
            count, kinds = rows.shape[0], len(part.tokens)
            segments.append((part.embeddings(self.network.stream.registers), rows))
            order += [offset + kind * count + i for i in range(count) for kind in range(kinds)]
            offset += kinds * count
        return embed(tuple(segments), layout.codes, order)

    def algorithm(self, data: Mapping[str, Matrix]) -> Matrix:
        """The textbook's side of the theorem, with the forward pass closed."""
        self.check(data)
        with closed_forward(), beside(data.values()):
            answer = call(self.construction.algorithm, {**self.sizes, **self.parameters, **data})
        if type(answer) is not Matrix:
            raise BadConstruction(
                f"the algorithm of {self.construction.name} returned {type(answer).__name__}, not a matrix"
            )
        return answer

    def formula(self, function: Any, data: Mapping[str, Matrix], **more: Any) -> Any:
        """A function of the record (a proof step, an invariant) on this instance's names, with the forward pass closed."""
        with closed_forward(), beside(data.values()):
            return call(function, {**self.sizes, **self.parameters, **data, **more})

    def iterates(self, data: Mapping[str, Matrix]) -> list[Any]:
        """The textbook iterates W_0, W_1, … of the construction's invariant, one a layer after the first."""
        invariant = self.construction.invariant
        if invariant is None:
            raise BadConstruction(f"{self.construction.name} declares no invariant, so it has no iterates to show")
        states = [self.formula(invariant.start, data)]
        for number in range(len(self.network.unrolled) - invariant.first):
            states.append(self.formula(invariant.step, data, W=states[-1], l=number))
        return states

    def shape_of(self, name: str) -> tuple[Any, Any]:
        """The shape of data of that name."""
        return shape_of(self.construction, name, self.sizes)

    def check(self, data: Mapping[str, Matrix]) -> None:
        """Refuse data of other names or shapes."""
        check_given(self.construction, data, self.sizes)


def _looks(sublayer: Sublayer) -> Hashable:
    """What decides whom a sublayer hears: thousands of layers may hear the same."""
    if isinstance(sublayer, Attention) and isinstance(sublayer.mask, str):
        return sublayer.mask, any(head.mixing is not None for head in sublayer.heads)
    return type(sublayer) if isinstance(sublayer, (MLP, LayerNorm)) else id(sublayer)


def _again(construction: Construction, sizes: Mapping[str, Any], parameters: Mapping[str, Any]) -> Instance:
    from constructions.language.builder import build

    return build(construction, sizes, parameters)
