"""The weights that stand in a residual stream, found there or read by asking unit vectors, and the textbook beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from constructions.language import Instance
from constructions.matrix import Matrix, Pole, Unsupported
from constructions.views.trace.arithmetic import EXACT, Arithmetic, in_floats
from constructions.views.trace.asked import Asked, ask
from constructions.views.trace.model import ASKED, Evidence, Model, model
from constructions.views.trace.numbers import Numbers, loss
from constructions.views.trace.quantities import quantities
from constructions.views.trace.sample import Table, generic, planted
from constructions.views.trace.tokens import registers
from constructions.views.trace.tolerance import ROUNDED, tolerance
from constructions.views.trace.trained import Held, family_of, newest

ATTEMPTS = 10  # other prompts that are drawn, until nothing is divided by zero
OTHERS = 2  # a quantity may be 0 at the prompt that is shown, and one prompt alone says nothing of a factor


@dataclass(frozen=True)
class Trace:
    """One forward pass: streams by layer; the weights in them, textbook iterates and losses where there are any.

    The weights are what the readout answers to unit vectors; where the record names the quantity that is the model, they are
    the newest member of it that was found in the stream (`found`), and None for a layer in which none of them stands.
    `reason` says why there are none.
    """

    instance: Instance
    data: Mapping[str, Table]
    arithmetic: Arithmetic
    streams: list[Numbers]
    answer: Numbers
    algorithm: Numbers
    weights: list[Numbers | None] | None
    learned: Numbers | None
    iterates: list[Numbers | None] | None
    held: list[dict[str, Numbers]] | None
    losses: list[Any] | None
    model: Model | None
    found: list[Held | None] | None = None
    reason: str = ""

    @property
    def walk(self) -> list[tuple[int, Numbers]]:
        """The layers with weights."""
        return [(layer, W) for layer, W in enumerate(self.weights or []) if W is not None]


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
    asked = ask(instance, given, arithmetic)
    states = instance.iterates(given) if instance.construction.invariant else None
    shown = _evidence(instance, given, arithmetic, streams, asked)
    report = _model(instance, arithmetic, shown)
    found = newest(family, shown, report) if (family := family_of(instance, shown.quantities)) else None
    weights, reason = _weights(asked, family, found)
    losses = [loss(W, data["X"], data["Y"]) if W else None for W in weights] if weights and planted(instance) else None
    return Trace(
        instance=instance,
        data=data,
        arithmetic=arithmetic,
        streams=streams,
        answer=read(run.answer),
        algorithm=read(instance.algorithm(given)),
        weights=weights,
        learned=asked.learned,
        iterates=_iterates(instance, states, weights, read),
        held=_held(instance, given, run, states, read),
        losses=losses,
        model=report,
        found=found,
        reason=reason,
    )


def _weights(
    asked: Asked, family: str | None, found: list[Held | None] | None
) -> tuple[list[Numbers | None] | None, str]:
    """The weights layer by layer, or why there are none."""
    if family is None:
        return (None, asked.reason) if asked.reason else (asked.layers, "")
    if not any(found or ()):
        return None, f"{family}, which the record names, is found nowhere in this stream"
    return [one.W if one else None for one in found or ()], ""


def _evidence(
    instance: Instance,
    given: Mapping[str, Matrix],
    arithmetic: Arithmetic,
    streams: list[Numbers] | None = None,
    asked: Asked | None = None,
) -> Evidence:
    """What stands where at one prompt, and the quantities of its data."""
    streams = streams or [arithmetic.read(stream) for stream in instance.run(given).streams[0]]
    asked = asked or ask(instance, given, arithmetic)
    layers = [
        {name: [list(row[part]) for row in stream] for name, part in registers(instance)}
        | ({ASKED: [[entry for row in W for entry in row]]} if (W := dict(enumerate(asked.layers)).get(number)) else {})
        for number, stream in enumerate(streams)
    ]
    return Evidence(layers, quantities(instance, given, asked.learned, arithmetic.read))


def _model(instance: Instance, arithmetic: Arithmetic, shown: Evidence) -> Model | None:
    """The report on this prompt and others; None where nothing is looked for, or too few other prompts have a value."""
    others: list[Evidence] = []
    allowed = tolerance(instance) if shown.quantities else ROUNDED
    for seed in range(ATTEMPTS) if shown.quantities else ():
        with suppress(Pole, FloatingPointError), np.errstate(over="raise"):  # an exponential of a large score
            given = {name: arithmetic.make(rows) for name, rows in generic(instance, seed, bool(allowed.share)).items()}
            others.append(_evidence(instance, given, arithmetic))
        if len(others) == OTHERS:
            return model((shown, *others), allowed)
    return None


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
