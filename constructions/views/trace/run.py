"""The weights that stand in a residual stream, read by asking unit vectors, and the textbook iterates beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from constructions.language import Instance, at
from constructions.matrix import Matrix, Pole, Unsupported, exact
from constructions.matrix.floating import array_of
from constructions.matrix.rational import fractions_of
from constructions.matrix.sparse import sparse_floats
from constructions.views.trace.model import ASKED, Evidence, Model, model
from constructions.views.trace.numbers import ROUNDING, Numbers, loss
from constructions.views.trace.quantities import quantities
from constructions.views.trace.sample import Table, generic, planted, symbols, unit
from constructions.views.trace.tokens import registers


@dataclass(frozen=True)
class Arithmetic:
    """How data become matrices and matrices become numbers; `note` says why it is not exact."""

    make: Callable[[Any], Matrix]
    read: Callable[[Matrix], Numbers]
    note: str = ""


EXACT = Arithmetic(exact, fractions_of)
ATTEMPTS = 10  # other prompts that are drawn, until nothing is divided by zero
OTHERS = 2  # a quantity may be 0 at the prompt that is shown, and one prompt alone says nothing of a factor


def in_floats(reason: Unsupported) -> Arithmetic:
    return Arithmetic(
        sparse_floats,
        lambda a: array_of(a).tolist(),
        f"run in float64, because {reason}; so nothing here is called equal",
    )


@dataclass(frozen=True)
class Trace:
    """One forward pass: streams by layer; the weights in them, textbook iterates and losses where there are any."""

    instance: Instance
    data: Mapping[str, Table]
    arithmetic: Arithmetic
    streams: list[Numbers]
    answer: Numbers
    algorithm: Numbers
    weights: list[Numbers] | None
    learned: Numbers | None
    iterates: list[Numbers | None] | None
    held: list[dict[str, Numbers]] | None
    losses: list[Any] | None
    model: Model | None


def trace(instance: Instance, data: Mapping[str, Table]) -> Trace:
    """Run network and textbook on the same data, in exact rationals where they exist."""
    try:
        return _trace(instance, data, EXACT)
    except Unsupported as reason:
        return _trace(instance, data, in_floats(reason))


def _trace(instance: Instance, data: Mapping[str, Table], arithmetic: Arithmetic) -> Trace:
    given = {name: arithmetic.make(rows) for name, rows in data.items()}
    run, read = instance.run(given), arithmetic.read
    streams = [read(stream) for stream in run.streams[0]]
    asked, learned = _standing(instance, given, arithmetic)
    weights = [W for W in asked if W is not None] if asked and all(asked) else None
    states = instance.iterates(given) if instance.construction.invariant else None
    losses = [loss(W, data["X"], data["Y"]) for W in weights] if weights and planted(instance) else None
    return Trace(
        instance=instance,
        data=data,
        arithmetic=arithmetic,
        streams=streams,
        answer=read(run.answer),
        algorithm=read(instance.algorithm(given)),
        weights=weights,
        learned=learned,
        iterates=_iterates(instance, states, weights, read),
        held=_held(instance, given, run, states, read),
        losses=losses,
        model=_model(instance, arithmetic, _evidence(instance, given, arithmetic, streams, asked, learned)),
    )


def _evidence(
    instance: Instance,
    given: Mapping[str, Matrix],
    arithmetic: Arithmetic,
    streams: list[Numbers] | None = None,
    asked: list[Numbers | None] | None = None,
    learned: Numbers | None = None,
) -> Evidence:
    """What stands where at one prompt, and the quantities of its data."""
    if streams is None:
        streams = [arithmetic.read(stream) for stream in instance.run(given).streams[0]]
        asked, learned = _standing(instance, given, arithmetic)
    layers = [
        {name: [list(row[part]) for row in stream] for name, part in registers(instance)}
        | ({ASKED: [[entry for row in W for entry in row]]} if (W := asked[number] if asked else None) else {})
        for number, stream in enumerate(streams)
    ]
    return Evidence(layers, quantities(instance, given, learned, arithmetic.read))


def _model(instance: Instance, arithmetic: Arithmetic, shown: Evidence) -> Model | None:
    """The report on this prompt and others; None where nothing is looked for, or too few other prompts have a value."""
    others: list[Evidence] = []
    for seed in range(ATTEMPTS) if shown.quantities else ():
        with suppress(Pole, FloatingPointError), np.errstate(over="raise"):  # an exponential of a large score
            given = {name: arithmetic.make(rows) for name, rows in generic(instance, seed).items()}
            others.append(_evidence(instance, given, arithmetic))
        if len(others) == OTHERS:
            return model((shown, *others))
    return None


def query_name(instance: Instance) -> str | None:
    """The one data name that the query tokens hold, if the answer is read there."""
    if instance.query is None or not instance.readout.at.startswith("query"):
        return None
    names = [name for name, (axis, _) in instance.construction.data.items() if axis == instance.query.item.axis]
    return names[0] if len(names) == 1 and names[0] not in symbols(instance) else None


def _standing(
    instance: Instance, given: Mapping[str, Matrix], arithmetic: Arithmetic
) -> tuple[list[Numbers | None] | None, Numbers | None]:
    """For every layer the matrix whose column k is what the stream answers to the query e_k; and the algorithm's.

    None for a layer whose answer is not linear in the query, so that no matrix stands in the stream.
    """
    name = query_name(instance)
    if name is None or instance.query is None:
        return None, None
    if instance.query.item.axis not in instance.sizes:  # a record of one query
        return None, None
    width = instance.shape_of(name)[1]
    asked = at_sizes(instance, {instance.query.item.axis: width + 1})
    if any(asked.shape_of(other) != instance.shape_of(other) for other in given if other != name):
        return None, None
    probe = [2 * k + 3 for k in range(width)]
    questions = {**given, name: arithmetic.make([*(unit(k, width) for k in range(width)), probe])}
    run = asked.run(questions)
    depth = len(run.streams[0])
    answers = [arithmetic.read(run.read(asked.readout.form, asked.readout.at, layer)) for layer in range(depth)]
    learned = arithmetic.read(asked.algorithm(questions))
    standing = [columns(rows) if linear(rows, probe) else None for rows in answers]
    return standing, columns(learned) if linear(learned, probe) else None


def linear(answers: Numbers, probe: Sequence[int]) -> bool:
    """Whether the answer to the probe, the last row, is what the answers to e_1, e_2, … add up to: exactly in ℚ."""
    *units, told = answers
    for k, value in enumerate(told):
        terms = [p * row[k] for p, row in zip(probe, units, strict=True)]
        room = 0 if isinstance(value, (int, Fraction)) else ROUNDING * (abs(value) + sum(map(abs, terms)))
        if not abs(sum(terms) - value) <= room:  # a NaN is not linear
            return False
    return True


def columns(answers: Numbers) -> Numbers:
    """The matrix whose column k is the answer to e_k; the probe's answer is left out."""
    return [list(row) for row in zip(*answers[:-1], strict=True)]


def at_sizes(instance: Instance, sizes: Mapping[str, int]) -> Instance:
    """The same construction and parameters at other sizes."""
    return at(instance.construction, {**instance.sizes, **sizes}, instance.parameters)


def _iterates(
    instance: Instance, states: Any, weights: Any, read: Callable[[Matrix], Numbers]
) -> list[Numbers | None] | None:
    """The textbook's W after every layer, where the invariant iterates a matrix of the same shape."""
    if states is None or weights is None or instance.construction.invariant is None:
        return None
    mains = [state[0] if isinstance(state, tuple) else state for state in states]
    shape = (len(weights[0]), len(weights[0][0]))
    if not all(isinstance(main, Matrix) and main.shape == shape for main in mains):
        return None
    return [None] * instance.construction.invariant.first + [read(main) for main in mains]


def _held(
    instance: Instance, given: Mapping[str, Matrix], run: Any, states: Any, read: Any
) -> list[dict[str, Numbers]] | None:
    """Layer by layer, stream minus formula for every entry of the invariant."""
    invariant = instance.construction.invariant
    if states is None or invariant is None:
        return None
    layers: list[dict[str, Numbers]] = [{} for _ in range(invariant.first)]
    for number, state in enumerate(states, start=invariant.first):
        gaps = {}
        for (register, place), formula in invariant.holds.items():
            gap = run.read(register, place, number) - instance.formula(formula, given, W=state)
            gaps[f"{register} at {place}"] = read(gap)
        layers.append(gaps)
    return layers
