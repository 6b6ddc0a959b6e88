"""How an operation becomes the sublayers of one layer: exactly, or with products of GeLU units.

Attention to columns is hard, with a sink: a column that reads nothing gets nothing. So the positional gate is attention
itself: `mov` and `raw` gather what they need at their columns, in scratch registers that hold 0 everywhere else, and an
MLP whose inputs are 0 adds 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from constructions.instructions.machine import Machine, first_rows, scratch
from constructions.instructions.operations import Aff, Div, Mov, Mul, Operation, Raw, parts
from constructions.language import MLP, Attention, Constant, Form, Head, Stream, Units, Write
from constructions.matrix import exact

Product = Callable[[Form, Form, Form], tuple[Units, ...]]
Linear = Callable[[Form, Form], tuple[Units, ...]]


@dataclass(frozen=True)
class WithoutNorm:
    """Hard attention, and an MLP that reads the stream as it is: `product` makes the units that add left ∘ right to a form,
    `linear` those that add a linear form to it."""

    activation: str
    product: Product
    linear: Linear

    def registers(self, stream: Stream, operations: Sequence[Operation], length: int) -> dict[str, int]:
        return scratch(operations)

    def layer(self, machine: Machine, operation: Operation) -> tuple[Any, ...]:
        """The attention and the MLP that carry out an operation; each only where it is needed."""
        made = [MAKERS[type(part)](machine, part, self) for part in parts(operation)]
        return _merged(made, self.activation)


def bilinear() -> WithoutNorm:
    """Exact products: one gated linear unit each."""

    def product(left: Form, right: Form, into: Form) -> tuple[Units, ...]:
        return (Units(read=left, gate=right, into=into),)

    def linear(value: Form, into: Form) -> tuple[Units, ...]:
        return (Units(read=value, into=into),)

    return WithoutNorm("identity", product, linear)


def gelu_units(s: Any, activation: str = "gelu") -> WithoutNorm:
    """Lemma 4 at the scale s, √(π/2) (g(s(x+y)) − g(sx) − g(sy))/s² = xy + O(s²), and g(z) − g(−z) = z for GeLU g."""
    s = exact(s)
    c = 1 / (s * s)

    def product(left: Form, right: Form, into: Form) -> tuple[Units, ...]:
        terms = ((left + right, c), (left, -c), (right, -c))
        return tuple(Units(read=s * form, into=weight * into, factor="√(π/2)") for form, weight in terms)

    def linear(value: Form, into: Form) -> tuple[Units, ...]:
        return (Units(read=value, into=into), Units(read=-value, into=-into))

    return WithoutNorm(activation, product, linear)


@dataclass(frozen=True, eq=False)
class Parts:
    """What one operation contributes to a layer."""

    heads: tuple[Head, ...] = ()
    units: tuple[Units, ...] = ()
    constants: tuple[Constant, ...] = ()
    division: Attention | None = None


def _merged(made: list[Parts], activation: str) -> tuple[Any, ...]:
    heads = tuple(head for part in made for head in part.heads)
    units = tuple(unit for part in made for unit in part.units)
    constants = tuple(constant for part in made for constant in part.constants)
    divisions = [part.division for part in made if part.division]
    attention = divisions or ([Attention(heads, "hard", mask="causal", sink=True)] if heads else [])
    return (*attention, *([MLP(units, activation, constants=constants)] if units or constants else []))


def _mov(machine: Machine, op: Mov, fidelity: WithoutNorm) -> Parts:
    value, into = machine.of(op.value), machine.of(op.into)
    copy = machine.head({op.target: (op.source,)}, value, into)
    erased = {op.target: (op.target,)} if op.gated else machine.everywhere
    return Parts(heads=(copy, machine.head(erased, -into, into)))


def _aff(machine: Machine, op: Aff, fidelity: WithoutNorm) -> Parts:
    into = machine.of(op.into)
    change = -into if op.value is None else machine.of(op.value) - into
    constants = () if _is_zero(op.constant) else (Constant(op.constant, into),)
    return Parts(units=fidelity.linear(change, into), constants=constants)


def _mul(machine: Machine, op: Mul, fidelity: WithoutNorm) -> Parts:
    left, right, into = machine.of(op.left), machine.of(op.right), machine.of(op.into)
    return Parts(units=(*fidelity.product(left, right, op.out.T @ into), *fidelity.linear(-into, into)))


def _div(machine: Machine, op: Div, fidelity: WithoutNorm) -> Parts:
    """With s = divisor − 1, attention to itself (weight s) and to the sink (weight 1) takes v s/(1 + s) from v."""
    value, divisor, into = machine.of(op.value), machine.of(op.divisor), machine.of(op.into)
    head = Head(query=divisor - machine.one, key=machine.one, value=-value, into=into)
    skip = (Write(value - into, into),)
    return Parts(division=Attention((head,), "linear", mask="self", normaliser="sum", sink=True, skip=skip))


def _raw(machine: Machine, op: Raw, fidelity: WithoutNorm) -> Parts:
    """Attention gathers both operands and the old value at the columns that are written; elsewhere all three are 0."""
    stream, own = machine.stream, {target: (target,) for target in op.columns}
    into = machine.of(op.into)
    read, mine = (first_rows(stream[name], op.read.width) for name in ("read", "own"))
    old = first_rows(stream["old"], op.into.width)
    wanted = ((op.columns, machine.of(op.read), read), (own, machine.of(op.own), mine), (own, into, old))
    heads = [machine.head(columns, value, register) for columns, value, register in wanted]
    heads += [machine.head(machine.everywhere, -register, register) for _, _, register in wanted]
    if op.star == "×":
        units = fidelity.product(read, mine, op.out.T @ into)
        return Parts(heads=tuple(heads), units=(*units, *fidelity.linear(-old, into)))
    return Parts(heads=tuple(heads), units=fidelity.linear(op.out @ (read + mine) - old, into))


MAKERS = {Mov: _mov, Aff: _aff, Mul: _mul, Div: _div, Raw: _raw}


def _is_zero(value: Any) -> bool:
    return isinstance(value, int) and value == 0
