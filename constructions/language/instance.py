"""A construction at given sizes and parameters: the network is built, the prompt is fixed, and data may come."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from constructions.language.construction import BadConstruction, Construction, Parameter, size_value
from constructions.language.forward import POSITIONS, Layout, closed_forward, embed, forward
from constructions.language.quantifier import UnknownName, call, names_of, offer
from constructions.language.stream import Form
from constructions.language.transformer import Attention, BadNetwork, Item, Prompt, Readout, Transformer, item_form
from constructions.language.words import check_words
from constructions.matrix import Matrix, ShapeMismatch, below, beside, exact, identity, ones, zeros
from constructions.matrix.rational import fractions_of

PLACE = re.compile(r"(context|query)(?:\[(\d+)\])?")  # "context[0]" is the first token of every item


class WrongData(ValueError):
    """Data whose names or shapes are not those of the construction."""


@dataclass(frozen=True, eq=False)
class Segment:
    """Context or query: the item whose data its tokens hold, and how many such items there are."""

    item: Item
    count: Any
    tokens: tuple[dict[str, Form], ...]

    def embeddings(self, registers: Mapping[str, Any]) -> tuple[Matrix, ...]:
        """For each token of an item, the exact stream-width × item-width matrix that embeds it."""
        wide = self.item.width
        return tuple(
            below(*(token[name].dense if name in token else zeros(size, wide) for name, size in registers.items()))
            for token in self.tokens
        )


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
        if len(parts) > 1 and not at.startswith("query"):
            raise WrongData(f"reading at {at!r} has no single meaning when {len(parts)} queries are run as separate prompts")
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

    @cached_property
    def layout(self) -> Layout:
        return self._layout(self.query.count if self.query else 0)

    @cached_property
    def query_blind(self) -> bool:
        """Whether no context token looks at a query, so that many queries can share one pass."""
        alone = self._layout(1 if self.query else 0)
        masks = [layer.mask if isinstance(layer.mask, str) else "everything" for layer in self.network.unrolled]
        return not any(alone.visible(mask)[alone.context][:, ~alone.context].any() for mask in set(masks))

    def _layout(self, queries: int) -> Layout:
        per_item, per_query = (len(part.tokens) if part else 0 for part in (self.context, self.query))
        examples = self.context.count if self.context else 0
        before, stream = examples * per_item, self.network.stream
        owner = [-1] * before + [q for q in range(queries) for _ in range(per_query)]
        position = list(range(before)) + [before + t for _ in range(queries) for t in range(per_query)]
        length = before + per_query
        table = {name: POSITIONS[word](length) for name, word in self.positions.items()}
        for name, code in table.items():
            if code.shape[1] != stream.registers[name]:
                raise BadNetwork(f"the position register {name} has width {stream.registers[name]}, its code needs {code.shape[1]}")
        codes = beside(*(table.get(name, zeros(length, width)) for name, width in stream.registers.items()))[position]
        written = {name for layer in self.network.layers for name in _written(layer)}
        filled = {name for part in (self.context, self.query) if part for token in part.tokens for name in token}
        return Layout(
            context=np.array([o < 0 for o in owner], dtype=bool),
            owner=np.array(owner, dtype=int),
            position=np.array(position, dtype=int),
            examples=examples,
            codes=codes,
            fixed=frozenset(set(self.positions) - written - filled),
        )

    def rows(self, layout: Layout, at: str) -> list[int]:
        """The token numbers that a place names."""
        if at == "everything":
            return list(range(layout.tokens))
        if at == "last":
            return [layout.tokens - 1]
        place, number = found.groups() if (found := PLACE.fullmatch(at)) else (at, None)
        part = {"context": self.context, "query": self.query}.get(place)
        if part is None or (number and int(number) >= len(part.tokens)):
            raise UnknownName(f"no tokens are called {at!r}; {offer(at, ['context', 'query', 'everything', 'last'])}")
        rows = np.flatnonzero(layout.context if place == "context" else ~layout.context).tolist()
        return rows[int(number) :: len(part.tokens)] if number else rows

    def run(self, data: Mapping[str, Matrix], layers: int | None = None) -> Run:
        """The forward pass on data (name → matrix), or its first `layers` layers."""
        self.check(data)
        if self.query is None or self.query.count <= 1 or self.query_blind:
            groups: list[list[int] | None] = [None]
        else:
            groups = [[q] for q in range(self.query.count)]
        network = Transformer(self.network.stream, self.network.unrolled[:layers])
        layouts, streams = [], []
        for group in groups:
            layout = self.layout if group is None else self._layout(len(group))
            layouts.append(layout)
            streams.append(forward(network, self._embed(data, layout, group), layout))
        return Run(self, tuple(layouts), tuple(streams))

    def _embed(self, data: Mapping[str, Matrix], layout: Layout, queries: list[int] | None) -> Matrix:
        segments, order, offset = [], [], 0
        for part, chosen in ((self.context, None), (self.query, queries)):
            if part is None:
                continue
            rows = [data[name] for name in part.item.registers if name != "1"]
            rows = [row if chosen is None else row[chosen] for row in rows]
            count, kinds = rows[0].shape[0], len(part.tokens)
            segments.append((part.embeddings(self.network.stream.registers), beside(*rows, ones(count, 1))))
            order += [offset + kind * count + i for i in range(count) for kind in range(kinds)]
            offset += kinds * count
        return embed(tuple(segments), layout.codes, order)

    def algorithm(self, data: Mapping[str, Matrix]) -> Matrix:
        """The textbook's side of the theorem, with the forward pass closed."""
        self.check(data)
        with closed_forward():
            answer = call(self.construction.algorithm, {**self.sizes, **self.parameters, **data})
        if not isinstance(answer, Matrix):
            raise BadConstruction(f"the algorithm of {self.construction.name} returned {type(answer).__name__}, not a matrix")
        return answer

    def formula(self, function: Any, data: Mapping[str, Matrix], **more: Any) -> Any:
        """A function of the record (a proof step, an invariant) on this instance's names, with the forward pass closed."""
        with closed_forward():
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
        rows, columns = (size_value(s, self.sizes) for s in self.construction.data[name])
        return rows, columns

    def check(self, data: Mapping[str, Matrix]) -> None:
        for name in self.construction.data:
            if name not in data:
                raise WrongData(f"{self.construction.name} needs the data {name} of shape {_times(self.shape_of(name))}")
            if not isinstance(data[name], Matrix):
                raise WrongData(f"{name} is of type {type(data[name]).__name__}, not a matrix: wrap it with floats(…) or exact(…)")
            if data[name].shape != self.shape_of(name):
                raise WrongData(
                    f"{name} has shape {_times(data[name].shape)}; {self.construction.name} at these sizes takes "
                    f"{_times(self.construction.data[name])} = {_times(self.shape_of(name))}"
                )
        for name in data:
            if name not in self.construction.data:
                raise WrongData(f"{self.construction.name} takes no data {name!r}; {offer(name, self.construction.data)}")


def _written(layer: Any) -> set[str]:
    base = getattr(layer, "layer", layer)
    heads = base.heads if isinstance(base, Attention) else (base,)
    writes = [*heads, *(base.skip if isinstance(base, Attention) else ())]
    return {name for write in writes for name in write.into.blocks}


def _times(shape: Any) -> str:
    return "×".join(map(str, shape))


def parameter_value(name: str, parameter: Parameter, given: Any, sizes: Mapping[str, Any]) -> Any:
    """A given value as the exact matrix (or nested tuple of matrices) that the parameter's shape asks for."""
    shape = tuple(size_value(s, sizes) for s in parameter.shape)
    if given is None:
        raise UnknownName(f"the parameter {name} has no default: give it a value of shape {_times(shape) or 'a number'}")
    if len(shape) > 2:
        parts = given if isinstance(given, (list, tuple)) else [given] * shape[0]
        if len(parts) != shape[0]:
            raise ShapeMismatch(f"the parameter {name} needs {shape[0]} parts ({parameter.shape[0]}), got {len(parts)}")
        inner = Parameter(shape[1:], positive=parameter.positive)
        return tuple(parameter_value(f"{name}[{i}]", inner, part, sizes) for i, part in enumerate(parts))
    value = exact(given)
    if parameter.positive:
        _check_positive(name, value)
    rows, columns = (*shape, 1, 1)[:2]
    if value.shape == (1, 1) and (rows, columns) != (1, 1):
        if rows == columns:
            return value * identity(rows)
        if columns == 1 or _is_zero(value):
            return value * ones(rows, columns)
    if value.shape == (1, rows) and columns == 1:
        value = value.T
    if value.shape != (rows, columns):
        raise ShapeMismatch(f"the parameter {name} has shape {_times(value.shape)}; it must be {_times((rows, columns))}")
    return value


def _check_positive(name: str, value: Matrix) -> None:
    """A number or a vector that must be positive, entry by entry."""
    entries = [entry for row in fractions_of(value) for entry in row]
    if 1 in value.shape and (least := min(entries)) <= 0:
        raise BadConstruction(f"the parameter {name} must be positive, got {least}")


def _is_zero(value: Matrix) -> bool:
    return fractions_of(value) == [[0]]


def at(construction: Construction, sizes: Mapping[str, Any] | None = None, parameters: Mapping[str, Any] | None = None) -> Instance:
    """The construction at the given sizes and exact parameters; what is not given takes its default."""
    full = construction.with_sizes(sizes or {})
    given = dict(parameters or {})
    for name in given:
        if name not in construction.parameters:
            known = [*construction.parameters, *construction.sizes]
            raise UnknownName(f"{construction.name} has no parameter {name!r}; {offer(name, known)}")
    values = {
        name: parameter_value(name, parameter, given.get(name, parameter.default), full)
        for name, parameter in construction.parameters.items()
    }
    return build(construction, full, values)


def build(construction: Construction, sizes: Mapping[str, Any], parameters: Mapping[str, Any]) -> Instance:
    """Run the builders (weights, prompt, readout). Parameters are matrices of any arithmetic; sizes may be symbols."""
    given = {**sizes, **parameters}
    network = _returned(construction, "weights", Transformer, call(construction.weights, given))
    items = _items(construction, sizes)
    fields = {name: items[construction.data[name][0]][name] for name in construction.data}
    prompt = _returned(construction, "prompt", Prompt, call(construction.prompt, {**given, **fields}))
    stream = network.stream
    clash = set(stream.registers) & set(given) & set(names_of(construction.readout))
    if clash:
        raise BadConstruction(f"the readout of {construction.name} asks for {clash.pop()!r}, both a register and a size or parameter")
    registers = {name: stream[name] for name in stream.registers}
    for name in names_of(construction.readout):
        if name not in registers and name not in given:
            raise UnknownName(f"the readout of {construction.name} asks for {name!r}; {offer(name, [*registers, *given])}")
    readout = _returned(construction, "readout", Readout, call(construction.readout, {**given, **registers}))
    segments = [_segment(construction, part, stream.registers, sizes, items) for part in (prompt.context, prompt.query)]
    if not any(segments):
        raise BadNetwork(f"the prompt of {construction.name} has no tokens; give it a context, a query or both")
    context, query = segments
    before = context.count * len(context.tokens) if context else 0
    check_words(network, before + (len(query.tokens) if query else 0))
    if len({name for name, _ in prompt.positions}) < len(prompt.positions):
        raise BadNetwork(f"the prompt of {construction.name} gives a register two position codes")
    for name, word in prompt.positions:
        if name not in stream.registers or word not in POSITIONS:
            raise UnknownName(f"position code {word!r} for register {name!r}: {offer(word, POSITIONS)}; registers: {', '.join(registers)}")
    return Instance(construction, dict(sizes), dict(parameters), network, context, query, dict(prompt.positions), readout)


def _items(construction: Construction, sizes: Mapping[str, Any]) -> dict[str, Item]:
    widths: dict[str, dict[str, Any]] = {}
    for name, (axis, width) in construction.data.items():
        widths.setdefault(axis, {})[name] = size_value(width, sizes)
    return {axis: Item(f"item of {axis}", {**fields, "1": 1}, axis) for axis, fields in widths.items()}


def _segment(
    construction: Construction, tokens: Any, registers: Mapping[str, Any], sizes: Mapping[str, Any], items: Mapping[str, Item]
) -> Segment | None:
    if not tokens:
        return None
    forms = [form for token in tokens for form in token.registers.values() if isinstance(form, Form)]
    spaces = {id(form.space): form.space for form in forms}
    if not forms or not all(isinstance(space, Item) for space in spaces.values()):
        raise BadNetwork(f"{construction.name}: tokens must carry data; name the data in the signature of prompt")
    if len(spaces) > 1:
        names = " and ".join(form.reads for form in forms)
        raise BadNetwork(f"{construction.name}: the tokens of one item hold data of different items ({names})")
    item = forms[0].space
    if not isinstance(item, Item) or not any(item is own for own in items.values()):
        raise BadNetwork(f"{construction.name}: a token reads an item that the record does not declare; use the data that prompt receives")
    made = []
    for token in tokens:
        for name in token.registers:
            if name not in registers:
                raise UnknownName(f"{construction.name}: a token fills the register {name!r}; {offer(name, registers)}")
        made.append({name: item_form(value, registers[name], item, name) for name, value in token.registers.items()})
    return Segment(item, size_value(item.axis, sizes), tuple(made))


def _returned(construction: Construction, role: str, kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise BadConstruction(f"{role} of {construction.name} returned {type(value).__name__}, expected {kind.__name__}")
    return value
