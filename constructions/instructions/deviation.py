"""How far a program in the fidelity "limit" is from the operations that it stands for: bounds, composed op by op.

For every row of every register, in all columns at once: |ideal value| ≤ size and |network − ideal| ≤ error. The lemmas:

    linear   |F h′ − F h| ≤ |F| error                                 (exact in every fidelity, g(z) − g(−z) = z)
    product  |a′b′ − ab| ≤ A e_b + B e_a + e_a e_b for |a| ≤ A, |b| ≤ B, and the units compute a′b′ up to
             s² A′B′(2A′² + 3A′B′ + 2B′²)/6, A′ = A + e_a, B′ = B + e_b                              (`gelu-product`)
    division |v′/c′ − v/c| ≤ (e_v + V e_c/γ)/(γ − e_c) for |v| ≤ V and c ≥ γ > e_c

Where e_c reaches γ there is no bound, and computing it meets a pole. Everything is an opaque matrix, so a bound is a formula
in the knobs in whatever arithmetic it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructions.instructions.operations import Aff, Div, Mov, Mul, Operation, Together
from constructions.language import Form, Stream
from constructions.matrix import Matrix, Unsupported, exact, ones, reciprocal, relu, zeros


@dataclass(frozen=True, eq=False)
class Deviation:
    """Columns of bounds, one entry a row of a register: |ideal| ≤ size, |network − ideal| ≤ error."""

    size: Matrix
    error: Matrix

    @property
    def reach(self) -> Matrix:
        """What the network's own values do not exceed."""
        return self.size + self.error


Deviations = Mapping[str, Deviation]


def deviations(
    stream: Stream, operations: Sequence[Operation], start: Mapping[str, Any], *, s: Any, tanh: bool = False
) -> dict[str, Deviation]:
    """The bounds after the last operation.

    start  bounds on what the prompt puts into registers, a number or a column each; the other registers hold 0
    s      the scale of the products;  tanh  whether GeLU is the tanh form
    """
    state = {
        name: Deviation(_column(start.get(name, 0), width), zeros(width, 1)) for name, width in stream.registers.items()
    }
    flat = [part for op in operations for part in (op.operations if isinstance(op, Together) else (op,))]
    for operation in flat:
        if type(operation) not in RULES:
            raise Unsupported("an operation of a program has no rule for composed bounds: raw has none")
        into, value = RULES[type(operation)](operation, state, exact(s), tanh)
        _overwrite(state, into, value, everywhere=not isinstance(operation, Mov))
    return state


def through(form: Form, state: Deviations) -> Deviation:
    """The bounds of a linear form of the column."""
    size, error = zeros(form.width, 1), zeros(form.width, 1)
    for name, block in form.blocks.items():
        size, error = size + modulus(block) @ state[name].size, error + modulus(block) @ state[name].error
    return Deviation(size, error)


def modulus(a: Matrix) -> Matrix:
    """Entrywise |a| = relu(a) + relu(−a)."""
    return relu(a) + relu(-a)


def larger(a: Matrix, b: Matrix) -> Matrix:
    """Entrywise max(a, b)."""
    return a + relu(b - a)


def _mov(op: Mov, state: Deviations, s: Matrix, tanh: bool) -> tuple[Form, Deviation]:
    return op.into, through(op.value, state)


def _aff(op: Aff, state: Deviations, s: Matrix, tanh: bool) -> tuple[Form, Deviation]:
    width = op.into.width
    value = Deviation(zeros(width, 1), zeros(width, 1)) if op.value is None else through(op.value, state)
    return op.into, Deviation(value.size + modulus(_column(op.constant, width)), value.error)


def _mul(op: Mul, state: Deviations, s: Matrix, tanh: bool) -> tuple[Form, Deviation]:
    a, b, out = through(op.left, state), through(op.right, state), modulus(op.out)
    passed = a.size * b.error + b.size * a.error + a.error * b.error
    x, y = a.reach, b.reach
    own = x * y * (2 * x * x + 3 * x * y + 2 * y * y) * (s * s / 6)
    own = own * exact("1.005") if tanh else own
    return op.into, Deviation(out @ (a.size * b.size), out @ (passed + own))


def _div(op: Div, state: Deviations, s: Matrix, tanh: bool) -> tuple[Form, Deviation]:
    v, c, least = through(op.value, state), through(op.divisor, state), exact(op.at_least)
    room = reciprocal(relu(least - c.error))
    return op.into, Deviation(v.size / least, (v.error + v.size @ (c.error / least)) * room)


RULES = {Mov: _mov, Aff: _aff, Mul: _mul, Div: _div}


def _overwrite(state: dict[str, Deviation], into: Form, value: Deviation, everywhere: bool) -> None:
    """Put a value's bounds into the rows that `into` names; a value that reaches one column only may leave the old bound."""
    for name, block in into.blocks.items():
        width = block.shape[1]
        kept = ones(width, 1) - block.T @ ones(into.width, 1) if everywhere else ones(width, 1)
        old = state[name]
        size, error = kept * old.size, kept * old.error
        state[name] = Deviation(larger(size, block.T @ value.size), larger(error, block.T @ value.error))


def _column(value: Any, height: Any) -> Matrix:
    value = exact(value)
    return value if value.shape[0] == height else ones(height, 1) * value
