"""From the record to an instance: the builders run on sizes and parameters, before any data exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructions.language.arriving import check_arriving
from constructions.language.construction import Construction
from constructions.language.instance import Instance
from constructions.language.layout import POSITIONS
from constructions.language.parameters import parameter_value
from constructions.language.prompt import Item, Prompt, Readout, item_of, segment
from constructions.language.quantifier import UnknownName, WrongQuantifier, call, names_of, offer
from constructions.language.shapes import size_value
from constructions.language.statement import BadConstruction
from constructions.language.stream import Stream
from constructions.language.transformer import BadNetwork, Transformer
from constructions.language.words import check_types, check_words


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
    construction.check_fit(sizes)
    given, name = {**sizes, **parameters}, construction.name
    network = _returned(name, "weights", Transformer, call(construction.weights, given))
    check_types(network)
    items = _items(construction, sizes)
    fields = {field: items[axis][field] for field, (axis, _) in construction.data.items()}
    prompt = _returned(name, "prompt", Prompt, call(construction.prompt, {**given, **fields}))
    readout = _read_out(construction, network.stream, given)
    registers = network.stream.registers
    parts = (prompt.context, prompt.query, (prompt.arriving,) if prompt.arriving else ())
    context, query, arriving = (segment(name, part, registers, sizes, items) for part in parts)
    own_axis = query and query.item.axis not in (context.item.axis if context else "",)
    if query and own_axis and query.item.axis in names_of(construction.weights):
        raise WrongQuantifier(
            f"weights of {name} asks for {query.item.axis}, the number of queries; every query is a prompt of its own"
        )
    _check_prompt(name, prompt, registers)
    check_arriving(name, arriving, (context, query), network.passes)
    before = context.count * len(context.tokens) if context else 0
    check_words(network, before + (len(query.tokens) if query else 0))
    positions = dict(prompt.positions)
    made = Instance(construction, dict(sizes), dict(parameters), network, context, query, positions, readout, arriving)
    return made.marked(True)


def _read_out(construction: Construction, stream: Stream, given: Mapping[str, Any]) -> Readout:
    """The readout, which asks for registers by name."""
    name, asked = construction.name, names_of(construction.readout)
    for register in asked:
        if register in stream.registers and register in given:
            raise BadConstruction(
                f"the readout of {name} asks for {register!r}, both a register and a size or parameter"
            )
        if register not in stream.registers and register not in given:
            raise UnknownName(
                f"the readout of {name} asks for {register!r}; {offer(register, [*stream.registers, *given])}"
            )
    values = {**given, **{register: stream[register] for register in stream.registers}}
    readout = _returned(name, "readout", Readout, call(construction.readout, values))
    if readout.form.space is not stream:
        raise BadNetwork(f"the readout of {name} reads {readout.form.reads} of another stream than the network's")
    return readout


def _check_prompt(name: str, prompt: Prompt, registers: Mapping[str, Any]) -> None:
    if not prompt.context and not prompt.query:
        raise BadNetwork(f"the prompt of {name} has no tokens; give it a context, a query or both")
    if len({register for register, _ in prompt.positions}) < len(prompt.positions):
        raise BadNetwork(f"the prompt of {name} gives a register two position codes")
    for register, word in prompt.positions:
        if register not in registers:
            raise UnknownName(f"position code {word!r} for register {register!r}; {offer(register, registers)}")
        if word not in POSITIONS:
            raise UnknownName(f"position code {word!r} for register {register!r}; {offer(word, POSITIONS)}")


def _items(construction: Construction, sizes: Mapping[str, Any]) -> dict[str, Item]:
    widths: dict[str, dict[str, Any]] = {}
    for name, (axis, width) in construction.data.items():
        widths.setdefault(axis, {})[name] = size_value(width, sizes)
    return {axis: item_of(axis, fields, construction.degree) for axis, fields in widths.items()}


def _returned(name: str, role: str, kind: type, value: Any) -> Any:
    if type(value) is not kind:  # a subclass could mean something else by its fields
        raise BadConstruction(f"{role} of {name} returned {type(value).__name__}, expected {kind.__name__}")
    return value
