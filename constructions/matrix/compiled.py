"""A list of matrix operations, carried out in floats on many data at once, at the price of the nonzeros.

A value is an array columns × rows × batch: what stands in one column of all tokens of all prompts lies together. So weights
that pick columns move whole stretches of memory, columns next to each other are not moved at all, and a sum writes only to the
columns that its terms write to, in place where nobody needs the old value any more. Sums run in another order than in the
kernel; nothing else differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from constructions.matrix.columns import Array, Weights
from constructions.matrix.floating import rounded
from constructions.matrix.operations import CARRIED_OUT, of_rows, sum_of
from constructions.matrix.rational import Rational
from constructions.matrix.written import Node, in_order

Make = Callable[[Sequence[bool], Sequence[int]], Callable[..., Array]]
CHUNK = 2**17  # numbers in the widest value of a pass: 1 MiB, which stays near the processor


@dataclass(frozen=True, eq=False)
class How:
    """In which floats and by which operations, and whether by all entries of the weights instead of their nonzeros."""

    dtype: Any = np.float64
    operations: Mapping[str, Callable[[Any], Callable[..., Array]]] = field(
        default_factory=lambda: CARRIED_OUT, repr=False
    )
    dense: bool = False


BY_NONZEROS = How()


@dataclass(frozen=True, eq=False)
class Step:
    """values[slot] = carry_out(*(values[k] for k in reads)); nobody needs values[k] for k in `done` afterwards."""

    slot: int
    carry_out: Callable[..., Array]
    reads: tuple[int, ...]
    done: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """What to do in order, from the constants `given` and the data `named`. `widest` is the size of the largest value.

    `multiplications` are those in products for one prompt, by the nonzeros of the weights, and `densely` by all of their entries.
    """

    steps: tuple[Step, ...]
    given: Mapping[int, Array]
    named: Mapping[int, str]
    slots: int
    answer: int
    shape: tuple[int, int]
    widest: int
    dtype: Any
    multiplications: int
    densely: int

    def run(self, data: Mapping[str, Array]) -> Array:
        """The answer (batch × rows × columns) to data of that kind. Raises `Pole`."""
        batch, size = len(next(iter(data.values()))), max(1, CHUNK // self.widest)
        parts = [self._chunk({name: rows[k : k + size] for name, rows in data.items()}) for k in range(0, batch, size)]
        return np.concatenate(parts) if parts else np.zeros((0, *self.shape), self.dtype)

    def _chunk(self, data: Mapping[str, Array]) -> Array:
        values: list[Any] = [None] * self.slots
        for slot, constant in self.given.items():
            values[slot] = constant
        for slot, name in self.named.items():
            values[slot] = np.ascontiguousarray(data[name].transpose(2, 1, 0), dtype=self.dtype)
        for step in self.steps:
            values[step.slot] = step.carry_out(*[values[k] for k in step.reads])
            for k in step.done:
                values[k] = None
        batch = len(next(iter(data.values())))
        answer = np.broadcast_to(values[self.answer], (*self.shape[::-1], batch))
        return np.array(answer.transpose(2, 1, 0), order="C")  # a copy, which keeps no other memory alive


def plan(answer: Node, how: How = BY_NONZEROS) -> Plan:
    """What to do to compute the answer."""
    nodes = in_order(answer)
    inside, number = _inside(nodes, how.dense), {id(node): k for k, node in enumerate(nodes)}
    tasks = [(node, *_task(node, inside, how)) for node in nodes if id(node) not in inside and node.operands]
    owners = _owners(nodes)
    read = {number[id(one)]: k for k, (_, reads, _) in enumerate(tasks) for one in reads}
    needed = {owners[id(one)]: k for k, (_, reads, _) in enumerate(tasks) for one in reads}
    steps = []
    for k, (node, reads, make) in enumerate(tasks):
        slots = tuple(number[id(one)] for one in reads)
        own = [owners[id(one)] for one in reads]
        free = [
            needed[o] == k and bool(nodes[number[o]].operands) for o in own
        ]  # data and constants are not ours to change
        steps.append(Step(number[id(node)], make(free, own), slots, tuple(s for s in {*slots} if read[s] == k)))
    return Plan(
        steps=tuple(steps),
        given=_constants(
            {k: nodes[k] for k in {*read, number[id(answer)]} if nodes[k].constant is not None}, how.dtype
        ),
        named={k: node.detail for k, node in enumerate(nodes) if node.name == "variable"},
        slots=len(nodes),
        answer=number[id(answer)],
        shape=answer.shape,
        widest=max([one.shape[0] * one.shape[1] for one in nodes if one.constant is None], default=1),
        dtype=how.dtype,
        multiplications=sum(_multiplications(node, by_nonzeros=True) for node in nodes),
        densely=sum(_multiplications(node, by_nonzeros=False) for node in nodes),
    )


def _inside(nodes: Sequence[Node], dense: bool) -> set[int]:
    """Sums, and products with weights, that are computed where they are added: nobody else reads them."""
    users = Counter(id(operand) for node in nodes for operand in node.operands)
    terms = [operand for node in nodes if node.name == "add" for operand in node.operands]
    return {id(t) for t in terms if users[id(t)] == 1 and (t.name == "add" or (_by_weights(t) and not dense))}


def _by_weights(node: Node) -> bool:
    return node.name == "matmul" and node.operands[1].constant is not None


def _owners(nodes: Sequence[Node]) -> dict[int, int]:
    """The node in whose memory a value may lie: picking rows or columns that stand together moves nothing."""
    owners: dict[int, int] = {}
    for node in nodes:
        lender = _lender(node)
        owners[id(node)] = id(node) if lender is None else owners[id(lender)]
    return owners


def _lender(node: Node) -> Node | None:
    if node.name in ("take", "transpose") or _by_weights(node):
        return node.operands[0]
    return node.operands[1] if node.name == "matmul" and node.operands[0].constant is not None else None


def _multiplications(node: Node, by_nonzeros: bool) -> int:
    """Those of a product of matrices; rows are picked in either case."""
    if node.name != "matmul" or node.operands[0].constant is not None:
        return 0
    (rows, inner), (_, columns) = (one.shape for one in node.operands)
    weights = node.operands[1].constant
    return rows * (len(weights.nonzeros[0]) if weights is not None and by_nonzeros else inner * columns)


def _task(node: Node, inside: set[int], how: How) -> tuple[tuple[Node, ...], Make]:
    """What a node reads, and what is done with that, given which of it may be changed, and in whose memory it lies."""
    if node.name == "add":
        terms = _terms(node, inside)
        weights = [Weights.of(t.operands[1].detail, how.dtype, how.dense) if id(t) in inside else None for t in terms]
        reads = tuple(t if w is None else t.operands[0] for t, w in zip(terms, weights, strict=True))
        return reads, partial(sum_of, (node.shape[1], node.shape[0]), weights)
    if _by_weights(node):
        carry_out, reads = Weights.of(node.operands[1].detail, how.dtype, how.dense).whole, node.operands[:1]
    elif node.name == "matmul" and (left := node.operands[0].constant) is not None:
        carry_out, reads = of_rows(left, how.dtype), node.operands[1:]
    else:
        carry_out, reads = how.operations[node.name](node.detail), node.operands
    return reads, lambda free, owners: carry_out


def _terms(node: Node, inside: set[int]) -> list[Node]:
    """The summands of a sum, in order."""
    found, waiting = [], [node]
    while waiting:
        one = waiting.pop()
        if one is node or (one.name == "add" and id(one) in inside):
            waiting += reversed(one.operands)
        else:
            found.append(one)
    return found


def _constants(nodes: Mapping[int, Node], dtype: Any) -> dict[int, Array]:
    """Arrays of exact matrices: one for all that are equal, such as the biases of layers that differ in a position."""
    found: dict[Any, Array] = {}
    for node in nodes.values():
        if (key := _content(node.detail)) not in found:
            found[key] = rounded(node.detail.T.numerators, node.detail.denominator).astype(dtype)[:, :, None]
            found[key].flags.writeable = False
    return {k: found[_content(node.detail)] for k, node in nodes.items()}


def _content(entries: Rational) -> Any:
    rows, columns, numerators = entries.nonzeros
    return entries.shape, entries.denominator, rows.tobytes(), columns.tobytes(), tuple(numerators.tolist())
