"""Whether the network computes the answer at all: the ways in which a true equation can be an empty theorem.

* The builders give the same network twice before any data exist, and again after the algorithm has seen data.
* Without its layers the network must be wrong, so the prompt does not carry the answer; without its heads too, so a
  token-wise map of it does not.
* An item's own answer must change when only the *other* items change, so something is learned from the context.
* No function of the record digs (`verify/scrutiny/digging.py`), and while the algorithm runs, `forward` raises. Tokens are
  linear in their own item and the readout is linear, by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from constructions.language import Construction, ForwardClosed, Instance, Transformer, build
from constructions.language.transformer import Attention
from constructions.matrix import Matrix, Pole, Unsupported, below
from verify.arithmetic.ball import ball_entries, in_balls, precision, surely_above, surely_nonzero
from verify.domains import EmptyDomain, small_data
from verify.methods.enclosure import bound_of
from verify.plan import Plan, sizes_in_words, stream_of_integers
from verify.scrutiny.digest import fingerprint
from verify.scrutiny.digging import digging
from verify.sides import claim_sides
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict, undecided

ATTEMPTS = 8
Data = Mapping[str, Matrix]


def honesty(construction: Construction, plan: Plan) -> Verdict:
    """All checks of the page above, at every size assignment of the plan."""
    if found := digging(construction):
        return Verdict("honesty", "honesty", "honesty", Standing.REFUTED, "in the source of the record", found)
    for sizes in plan.sizes:
        where = f"at the sizes {sizes_in_words(sizes)}"
        choices = list(parameter_choices(construction, sizes))
        try:
            because = next(_complaints(construction, sizes, choices), "")
        except ForwardClosed as reason:
            because = str(reason)
        except (Unsupported, Pole, EmptyDomain) as reason:
            return undecided("honesty", "honesty", where, str(reason), "honesty")
        if because:
            return Verdict("honesty", "honesty", "honesty", Standing.REFUTED, where, because)
    passed = "same weights before and after data, wrong without its layers or heads, others' data matter"
    return Verdict("honesty", "honesty", "honesty", Standing.TESTED, plan.where, evidence={"passed": passed})


def _complaints(construction: Construction, sizes: Mapping[str, int], choices: list[dict[str, Any]]) -> Iterator[str]:
    """What is wrong, at some choice of parameters; what must fail may fail at any of them."""

    def made() -> list[Instance]:
        return [build(construction, sizes, parameters) for parameters in choices or [{}]]

    instances = made()
    before = [fingerprint(instance) for instance in instances]
    if [fingerprint(instance) for instance in made()] != before:
        yield "the builders gave two different networks for the same sizes and parameters"
    cases = [(instance, _points(instance)) for instance in instances]
    if [fingerprint(instance) for instance in made()] != before:
        yield "the builders gave another network after the algorithm had seen data: the weights remember data"
    if not any(learns(instance, points) for instance, points in cases):
        yield "no answer depends on the data of other items: nothing is learned from the context"
    for strip, what in ((lambda network: Transformer(network.stream, ()), "layers"), (headless, "heads")):
        stripped = ((replace(instance, network=strip(instance.network)), points) for instance, points in cases)
        if not any(_violates(instance, data) for instance, points in stripped for data in points):
            yield f"without its {what} the network still satisfies the claim: the prompt carries the answer"


def _points(instance: Instance) -> list[dict[str, Matrix]]:
    """Small data at which both sides have values. Both are evaluated there, so the algorithm has seen them."""
    construction = instance.construction
    numbers = stream_of_integers(32, "honesty", construction.name)
    shapes = {name: instance.shape_of(name) for name in construction.data}
    found, pole = [], Pole("no point without a pole")
    for _ in range(ATTEMPTS):
        data = small_data(construction, shapes, numbers)
        try:
            _run_both(instance, data)
            found.append(data)
        except Pole as reason:
            pole = reason
    if len(found) < 2:
        raise pole
    return found


def _run_both(instance: Instance, data: Data) -> None:
    """Let the algorithm see data: exact ones where both sides have exact values, else balls."""
    try:
        _ = claim_sides(instance, data)
    except Unsupported:
        _ = claim_sides(instance, in_balls(data))


def learns(instance: Instance, points: list[dict[str, Matrix]]) -> bool:
    """Whether the answer at some item surely changes when that item's own data stay and all others change."""
    with precision(256):
        for rows, keep in answers_by_item(instance):
            base = instance.run(in_balls(points[0])).answer
            for other in points[1:]:
                mixed = {name: keep(name, points[0][name], value) for name, value in other.items()}
                change = _answer(instance, mixed, base) - base
                if any(map(surely_nonzero, ball_entries(change[rows]))):
                    return True
    return False


def _answer(instance: Instance, data: Data, otherwise: Matrix) -> Matrix:
    try:
        return instance.run(in_balls(data)).answer
    except Pole:
        return otherwise


Keep = Callable[[str, Matrix, Matrix], Matrix]


def answers_by_item(instance: Instance) -> Iterator[tuple[list[int], Keep]]:
    """For every item that is answered: the rows of its answer, and how to keep its data while taking all others'."""
    layout = instance.layout
    tokens = instance.rows(layout, instance.readout.at)
    for segment, context in ((instance.context, True), (instance.query, False)):
        if segment is None:
            continue
        own = np.flatnonzero(layout.context == context).tolist()
        for item in range(segment.count):
            mine = set(own[item * len(segment.tokens) : (item + 1) * len(segment.tokens)])
            rows = [row for row, token in enumerate(tokens) if token in mine]
            if rows:
                yield rows, _keeping(set(segment.item.registers), item)


def _keeping(names: set[str], item: int) -> Keep:
    def keep(name: str, mine: Matrix, others: Matrix) -> Matrix:
        if name not in names:
            return others
        rows = [mine[k] if k == item else others[k] for k in range(others.shape[0])]
        return below(*rows)

    return keep


def headless(network: Transformer) -> Transformer:
    """The network with token-wise writes only: no head, no mesa layer."""
    layers = (replace(layer, heads=()) for layer in network.unrolled if isinstance(layer, Attention))
    return Transformer(network.stream, tuple(layers))


def _violates(instance: Instance, data: Data) -> bool:
    """Whether the claim surely fails at a point."""
    claim = instance.construction.claims[0]
    with precision(256):
        left, right = claim_sides(instance, in_balls(data))
        bound = ball_entries(bound_of(claim, instance))[0]
        return any(surely_above(abs(defect), bound) for defect in ball_entries(left - right))
