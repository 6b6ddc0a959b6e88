"""The weights that stand in a residual stream, read by asking unit vectors, and the textbook iterates beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.commands.sample import Table, planted, unit
from constructions.language import Construction, Instance, at
from constructions.matrix import Matrix, Unsupported, exact
from constructions.matrix.floating import array_of, floats
from constructions.matrix.rational import fractions_of

Numbers = list[list[Any]]


@dataclass(frozen=True)
class Arithmetic:
    """How data become matrices and matrices become numbers; `note` says why it is not exact."""

    make: Callable[[Any], Matrix]
    read: Callable[[Matrix], Numbers]
    note: str = ""


EXACT = Arithmetic(exact, fractions_of)


def in_floats(reason: Unsupported) -> Arithmetic:
    return Arithmetic(
        floats, lambda a: array_of(a).tolist(), f"run in float64, because {reason}; so nothing here is called equal"
    )


@dataclass(frozen=True)
class Trace:
    """One forward pass, layer by layer: streams, the weights in them (or None), the textbook's iterates (or None), the losses."""

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


def trace(instance: Instance, data: Mapping[str, Table]) -> Trace:
    """Run network and textbook on the same data, in exact rationals where they exist."""
    try:
        return _trace(instance, data, EXACT)
    except Unsupported as reason:
        return _trace(instance, data, in_floats(reason))


def _trace(instance: Instance, data: Mapping[str, Table], arithmetic: Arithmetic) -> Trace:
    given = {name: arithmetic.make(rows) for name, rows in data.items()}
    run, read = instance.run(given), arithmetic.read
    weights, learned = _standing(instance, given, arithmetic)
    states = instance.iterates(given) if instance.construction.invariant else None
    losses = [loss(W, data["X"], data["Y"]) for W in weights] if weights and planted(instance) else None
    return Trace(
        instance, data, arithmetic, [read(stream) for stream in run.streams[0]], read(run.answer), read(instance.algorithm(given)),
        weights, learned, _iterates(instance, states, weights, read), _held(instance, given, run, states, read), losses,
    )  # fmt: skip


def query_name(construction: Construction, instance: Instance) -> str | None:
    """The one data name that the query tokens hold, if the answer is read there."""
    if instance.query is None or not instance.readout.at.startswith("query"):
        return None
    names = [name for name, (axis, _) in construction.data.items() if axis == instance.query.item.axis]
    symbols = construction.domain.get(names[0], "real") != "real"
    return names[0] if len(names) == 1 and not symbols else None


def _standing(
    instance: Instance, given: Mapping[str, Matrix], arithmetic: Arithmetic
) -> tuple[list[Numbers] | None, Numbers | None]:
    """For every layer the matrix whose column k is what the stream answers to the query e_k; and the algorithm's."""
    name = query_name(instance.construction, instance)
    if name is None or instance.query is None:
        return None, None
    width = instance.shape_of(name)[1]
    asked = at_sizes(instance, {instance.query.item.axis: width})
    if any(asked.shape_of(other) != instance.shape_of(other) for other in given if other != name):
        return None, None
    questions = {**given, name: arithmetic.make([unit(k, width) for k in range(width)])}
    run = asked.run(questions)
    depth = len(run.streams[0])
    weights = [arithmetic.read(run.read(asked.readout.form, asked.readout.at, layer).T) for layer in range(depth)]
    return weights, arithmetic.read(asked.algorithm(questions).T)


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
        layers.append({
            f"{register} at {place}": read(run.read(register, place, number) - instance.formula(formula, given, W=state))
            for (register, place), formula in invariant.holds.items()
        })  # fmt: skip
    return layers


def loss(W: Numbers, X: Table, Y: Table) -> Any:
    """R(W) = 1/(2n) Σ_i |W x_i − y_i|²."""
    errors = [
        sum(w * a for w, a in zip(row, x, strict=True)) - b
        for x, y in zip(X, Y, strict=True)
        for row, b in zip(W, y, strict=True)
    ]
    return sum(error * error for error in errors) / Fraction(2 * len(X))


def difference(a: Numbers, b: Numbers) -> Numbers:
    return [[p - q for p, q in zip(left, right, strict=True)] for left, right in zip(a, b, strict=True)]


def vanishes(a: Numbers) -> bool:
    """Whether every entry is the rational number 0 (never true of floats)."""
    return all(isinstance(entry, (int, Fraction)) and entry == 0 for row in a for entry in row)
