"""All depths by induction, over a finite domain: one layer carries what the invariant says at any state to the next one.

The state W is one of the data sets of which it starts, or several, and is every member of their domains, whatever the others are.
Where the formulas could see those data beside W, they see numbers of which nothing is known; so does what the layer finds in
registers that it writes and of which the invariant says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from constructions.language import Construction, Instance, Invariant, Repeat, Transformer, build
from constructions.language.forward import after
from constructions.language.held import check_keeps_nothing
from constructions.language.transformer import written
from constructions.matrix import Matrix, Size, Unsupported, below, beside, zeros
from constructions.matrix.opaque import entries_in
from constructions.matrix.sizes import Index, equal, folding
from verify.arithmetic.all_cases import CaseArithmetic
from verify.domains import domain_of
from verify.engines.all_cases import listed_cases, parameters_for
from verify.plan import shape_at, sizes_of_data

Data = Mapping[str, Matrix]


@dataclass(frozen=True, eq=False)
class Carried:
    """One layer of a stack of unknown length, the state that the invariant is about, and the data beside it."""

    numbers: CaseArithmetic
    instance: Instance  # with this one layer
    invariant: Invariant
    state: tuple[str, ...]  # the data with which it starts
    data: Data  # of which those are unknown

    def says(self, state: Sequence[Matrix]) -> dict[tuple[str, str], Matrix]:
        W = _whole(state)
        return {place: self.instance.formula(f, self.data, W=W) for place, f in self.invariant.holds.items()}

    def stream(self, state: Sequence[Matrix]) -> Matrix:
        """What a layer finds: what the invariant says, the prompt where the layer writes nothing, else anything."""
        (layer,) = self.instance.network.layers
        layout, changed = self.instance.layout, written(layer, self.instance.network.stream)
        prompted, said = self.instance.run(self.data, layers=0), self.says(state)
        columns = []
        for register, width in self.instance.network.stream.registers.items():
            column = prompted.read(register, "everything")
            if register in changed:
                column = self.numbers.anything(layout.tokens, width)
            for (name, at), value in said.items():
                column = _put(column, self.instance.rows(layout, at), value) if name == register else column
            columns.append(column)
        return beside(*columns)

    def read(self, H: Matrix, what: Any, at: str) -> Matrix:
        form = self.instance.network.stream[what] if isinstance(what, str) else what
        return H[self.instance.rows(self.instance.layout, at)] @ form.dense.T


def carried_on(construction: Construction, sizes: Mapping[str, int]) -> str:
    """The size that is the number of layers, if the claim holds whatever it is. Raises `Unsupported` where that is not shown."""
    depth, times, carried = _written_down(construction, sizes)
    numbers, instance, invariant = carried.numbers, carried.instance, carried.invariant
    listed = {name: numbers.cases(cases) for name, cases in listed_cases(construction, sizes).items()}
    W = tuple(listed[name] for name in carried.state)
    prompt = instance.run(listed, layers=0)
    for (register, at), value in carried.says(W).items():
        _same(numbers, prompt.read(register, at), value, "the prompt does not hold the invariant at the start")
    moved = instance.formula(invariant.step, carried.data, W=_whole(W), l=Index())
    moved = moved if isinstance(moved, tuple) else (moved,)
    for name, part in zip(carried.state, moved, strict=True):
        _belongs(construction, numbers, name, part)
    H = after(instance.network.unrolled[0], carried.stream(W), instance.layout)
    for (register, at), value in carried.says(moved).items():
        _same(numbers, carried.read(H, register, at), value, "a layer does not carry the invariant on")
    _answers(carried, times, W, moved)
    return depth


def _written_down(construction: Construction, sizes: Mapping[str, int]) -> tuple[str, Size, Carried]:
    invariant, free = construction.invariant, [name for name in sizes if name not in sizes_of_data(construction)]
    if invariant is None or invariant.first or len(free) != 1:
        raise Unsupported("no invariant from the first layer on, or more than one size besides those of the data")
    numbers, times = CaseArithmetic(), Size.named(free[0])
    full = {**sizes, free[0]: times}
    instance = build(construction, full, parameters_for(construction, sizes, numbers))
    layers = instance.network.layers
    if len(layers) != 1 or not isinstance(layers[0], Repeat) or not equal(layers[0].times, times):
        raise Unsupported("the network is not one layer, repeated")
    if not instance.network.single:
        raise Unsupported("the network writes tokens")
    instance = replace(instance, network=Transformer(instance.network.stream, (layers[0].layer,)))
    if instance.query and instance.query.count > 1 and not instance.query_blind:
        raise Unsupported("every query is a prompt of its own")
    unknown = {name: numbers.anything(*shape_at(shape, sizes)) for name, shape in construction.data.items()}
    start = instance.formula(invariant.start, unknown)
    parts = start if isinstance(start, tuple) else (start,)
    state = tuple(name for part in parts for name, value in unknown.items() if value is part)
    if len(state) != len(parts):
        raise Unsupported("the state does not start as data")
    beside_it = {
        name: unknown[name] if name in state else numbers.cases(cases)
        for name, cases in listed_cases(construction, sizes).items()
    }
    return free[0], times, Carried(numbers, instance, invariant, state, beside_it)


def _answers(carried: Carried, times: Size, W: tuple[Matrix, ...], moved: tuple[Matrix, ...]) -> None:
    """The algorithm makes the invariant's step from its start, as often as there are layers, and answers as the stream does."""
    numbers, instance = carried.numbers, carried.instance
    final = tuple(numbers.anything(*part.shape) for part in W)

    def meaning(number: Size, step: Any, begin: Any) -> Any:
        if not equal(number, times):
            raise Unsupported("the algorithm makes another number of steps")
        whole = isinstance(begin, tuple)
        starts = zip(begin if whole else (begin,), carried.state, strict=True)
        if not all(part is carried.data[name] for part, name in starts):
            raise Unsupported("the algorithm does not start where the invariant does")
        check_keeps_nothing("the steps of the algorithm", step)
        with folding(_inside):
            made = step(W if whole else W[0], Index())
        for left, right in zip(made if whole else (made,), moved, strict=True):
            _same(numbers, left, right, "the algorithm's step is not the invariant's")
        return final if whole else final[0]

    with folding(meaning):
        answer = instance.formula(instance.construction.algorithm, carried.data)
    read = carried.read(carried.stream(final), instance.readout.form, instance.readout.at)
    _same(numbers, read, answer, "the answer is not read from the state")


def _whole(state: Sequence[Matrix]) -> Any:
    """A state of one part is that matrix itself."""
    return tuple(state) if len(state) > 1 else state[0]


def _inside(*_: Any) -> Any:
    raise Unsupported("an iteration inside a step")


def _put(column: Matrix, rows: list[int], value: Matrix) -> Matrix:
    """The column with these rows replaced."""
    where = {row: k for k, row in enumerate(rows)}
    return below(*(value[where[i]] if i in where else column[i] for i in range(column.shape[0])))


def _same(numbers: CaseArithmetic, left: Matrix, right: Matrix, because: str) -> None:
    defect = entries_in(left - right + zeros(*left.shape), numbers).numerators
    if any(part.any() for part in defect.values()):
        raise Unsupported(because)


def _belongs(construction: Construction, numbers: CaseArithmetic, name: str, value: Matrix) -> None:
    """Every case of a matrix is a member of the domain of that name."""
    entries = entries_in(value, numbers)
    every = domain_of(construction, name).members
    members = {np.array(member, dtype=np.int64).tobytes() for member in (every(*value.shape) if every else ())}
    plain = np.ascontiguousarray(np.unique(entries.plain, axis=0))
    if entries.denominator != 1 or not {case.tobytes() for case in plain} <= members:
        raise Unsupported(f"a step leaves the domain of {name}")
