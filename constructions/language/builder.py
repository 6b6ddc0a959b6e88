"""From the record to an instance: the builders run on sizes and parameters, before any data exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructions.language.construction import Construction
from constructions.language.instance import Instance
from constructions.language.layout import POSITIONS
from constructions.language.parameters import parameter_value
from constructions.language.prompt import Item, Prompt, Readout, segment
from constructions.language.quantifier import UnknownName, call, names_of, offer
from constructions.language.shapes import size_value
from constructions.language.statement import BadConstruction
from constructions.language.transformer import BadNetwork, Transformer
from constructions.language.words import check_words


def at(
    construction: Construction, sizes: Mapping[str, Any] | None = None, parameters: Mapping[str, Any] | None = None
) -> Instance:
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
        raise BadConstruction(
            f"the readout of {construction.name} asks for {clash.pop()!r}, both a register and a size or parameter"
        )
    registers = {name: stream[name] for name in stream.registers}
    for name in names_of(construction.readout):
        if name not in registers and name not in given:
            raise UnknownName(
                f"the readout of {construction.name} asks for {name!r}; {offer(name, [*registers, *given])}"
            )
    readout = _returned(construction, "readout", Readout, call(construction.readout, {**given, **registers}))
    segments = [
        segment(construction.name, part, stream.registers, sizes, items) for part in (prompt.context, prompt.query)
    ]
    if not any(segments):
        raise BadNetwork(f"the prompt of {construction.name} has no tokens; give it a context, a query or both")
    context, query = segments
    before = context.count * len(context.tokens) if context else 0
    check_words(network, before + (len(query.tokens) if query else 0))
    if len({name for name, _ in prompt.positions}) < len(prompt.positions):
        raise BadNetwork(f"the prompt of {construction.name} gives a register two position codes")
    for name, word in prompt.positions:
        if name not in stream.registers or word not in POSITIONS:
            raise UnknownName(
                f"position code {word!r} for register {name!r}: {offer(word, POSITIONS)}; registers: {', '.join(registers)}"
            )
    return Instance(
        construction, dict(sizes), dict(parameters), network, context, query, dict(prompt.positions), readout
    )


def _items(construction: Construction, sizes: Mapping[str, Any]) -> dict[str, Item]:
    widths: dict[str, dict[str, Any]] = {}
    for name, (axis, width) in construction.data.items():
        widths.setdefault(axis, {})[name] = size_value(width, sizes)
    return {axis: Item(f"item of {axis}", {**fields, "1": 1}, axis) for axis, fields in widths.items()}


def _returned(construction: Construction, role: str, kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise BadConstruction(
            f"{role} of {construction.name} returned {type(value).__name__}, expected {kind.__name__}"
        )
    return value
