"""The layer as Akyürek et al. assume it: softmax attention without a norm, then an MLP of GeLU units that read λ(x).

    x = h + Σ heads,   h′ = x + W_2 g(W_1 λ(x) + b_1) + b_2,   λ = LayerNorm without gain, bias or epsilon.

Everything is a limit, with N large and s small:

    attention   scores N for the columns that are read, 0 for the null logit, −N for the others
    LayerNorm   two registers, the pads, hold N − Σ/2 and −N − Σ/2, Σ being the sum of all other rows. Then the mean is 0, and
                N √(2/L) λ(x) = x/√(1 + (|x|² + Σ²/2)/(2N²)) = x + O(1/N²)                                        (Lemma 6)
                with N and −N − Σ it is x + O(1/N), and where Σ stays in the mean it is not x at any N
    linear      g(N + u) − N = u + O(e^{−N²/2})                                                                    (Lemma 5)
    products    √(π/2) (g(s(u + v)) − g(su) − g(sv))/s² = uv + O(s²)                                               (Lemma 4)
    division    pads N c − Σ/2 and −N c − Σ/2 give x/|c| + O(1/N²)                                                 (Lemma 8)

The stream is padded with zeros to a width of L = 2k², so that √(2/L) = 1/k is rational. All of it holds for bounded columns
only: the terms above are small where |x| is small against N. What is outside is wrong, and `deviations` has no bound for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from constructions.instructions.machine import Machine
from constructions.instructions.operations import Aff, Columns, Div, Mov, Mul, Operation, Raw, parts
from constructions.language import MLP, Attention, BadNetwork, Constant, Form, Head, LayerNorm, Stream, Units, stack
from constructions.language.quantifier import offer
from constructions.matrix import Matrix, exact, identity, ones
from constructions.matrix.sizes import NeedsNumber, Size, text

PADS = {"half-sum": ("1/2", "1/2"), "one-sided": (0, 1)}  # the shares of Σ that the pads N and −N take off
PLUS, MINUS, SCRATCH, REST = "plus", "minus", "scratch", "rest"


@dataclass(frozen=True)
class Paper:
    """The knobs of the paper's layer.

    s, N        the scale of the products, and the size of the pads
    pads        a word of `PADS`, or the two shares of Σ that the pads take off
    shift       what Lemma 5 adds to the arguments of linear units (default: N)
    sharpness   the scale of the scores (default: N)
    activation  "gelu" or "gelu tanh"
    """

    s: Any
    N: Any
    pads: str | tuple[Any, Any] = "half-sum"
    shift: Any = None
    sharpness: Any = None
    activation: str = "gelu"

    def __post_init__(self) -> None:
        if isinstance(self.pads, str) and self.pads not in PADS:
            raise BadNetwork(f"{self.pads!r} is no choice of pads; {offer(self.pads, PADS)}")

    @property
    def shares(self) -> tuple[Matrix, Matrix]:
        first, second = PADS[self.pads] if isinstance(self.pads, str) else self.pads
        return exact(first), exact(second)

    def registers(self, stream: Stream, operations: Sequence[Operation], length: int) -> dict[str, int]:
        """The pads, room for what attention gathers, and zeros up to a width of 2k²."""
        used = stream.width + length + 2
        if isinstance(used, Size):
            raise NeedsNumber(text(used))
        room = max((sum(width for part in parts(op) for width in room_of(part)) for op in operations), default=0)
        more = {PLUS: 1, MINUS: 1, **({SCRATCH: room} if room else {})}
        rest = 2 * root_of(used + room) ** 2 - used - room
        return {**more, **({REST: rest} if rest else {})}

    def layer(self, machine: Machine, operation: Operation) -> tuple[Any, ...]:
        """The attention and the MLP that carry out an operation."""
        work, together = Work(machine), parts(operation)
        for part in together:
            WORKERS[type(part)](work, part)
        if work.divisor is not None and len(together) > 1:
            raise BadNetwork("div needs the LayerNorm of its layer for itself: no other operation can share it")
        return Attention(_heads(work, self), "softmax", mask="causal", sink=True), _mlp(work, self)


class Work:
    """What one layer has to do, collected operation by operation; scratch rows are given out one after the other."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.taken = machine, 0
        self.gathered: list[tuple[Columns, Form, Form]] = []
        self.linear: list[tuple[Form, Form]] = []
        self.products: list[tuple[Form, Form, Form]] = []
        self.constants: list[Constant] = []
        self.divisor: Form | None = None

    def room(self, width: int) -> Form:
        """The next free rows of the scratch register."""
        rows, self.taken = list(range(self.taken, self.taken + width)), self.taken + width
        register = self.machine.stream[SCRATCH]
        return identity(register.width)[rows] @ register


def _mov(work: Work, op: Mov) -> None:
    """RAW with + and W = 0 (Lemma 2). Without its gate the old value is taken off in every column."""
    value, into, room = work.machine.of(op.value), work.machine.of(op.into), work.room(op.into.width)
    erased = {op.target: (op.target,)} if op.gated else work.machine.everywhere
    work.gathered += [({op.target: (op.source,)}, value, room), (erased, -into, room)]
    work.linear.append((room, into))


def _raw(work: Work, op: Raw) -> None:
    """Attention gathers at the columns that are written; elsewhere scratch is 0, and the MLP adds 0."""
    read, mine, into = work.machine.of(op.read), work.machine.of(op.own), work.machine.of(op.into)
    own = {target: (target,) for target in op.columns}
    if op.star == "+":
        room = work.room(op.into.width)
        work.gathered += [(op.columns, op.out @ read, room), (own, op.out @ mine - into, room)]
        work.linear.append((room, into))
        return
    first, second, old = (work.room(form.width) for form in (op.read, op.own, op.into))
    work.gathered += [(op.columns, read, first), (own, mine, second), (own, -into, old)]
    work.products.append((first, second, op.out.T @ into))
    work.linear.append((old, into))


def _aff(work: Work, op: Aff) -> None:
    into = work.machine.of(op.into)
    work.linear.append((-into if op.value is None else work.machine.of(op.value) - into, into))
    work.constants.append(Constant(op.constant, into))


def _mul(work: Work, op: Mul) -> None:
    into = work.machine.of(op.into)
    work.products.append((work.machine.of(op.left), work.machine.of(op.right), op.out.T @ into))
    work.linear.append((-into, into))


def _div(work: Work, op: Div) -> None:
    """LayerNorm divides every row, the old value too: that one is cleared by attention, before."""
    value, into = work.machine.of(op.value), work.machine.of(op.into)
    work.divisor = work.machine.of(op.divisor)
    work.gathered.append((work.machine.everywhere, -into, into))
    if room_of(op):
        room = work.room(op.value.width)
        work.gathered.append((work.machine.everywhere, value, room))
        value = room
    work.linear.append((value, into))


WORKERS = {Mov: _mov, Raw: _raw, Aff: _aff, Mul: _mul, Div: _div}


def room_of(op: Operation) -> tuple[int, ...]:
    """The widths of the scratch rows that an operation needs."""
    if isinstance(op, Mov) or (isinstance(op, Raw) and op.star == "+"):
        return (op.into.width,)
    if isinstance(op, Raw):
        return op.read.width, op.own.width, op.into.width
    return (op.value.width,) if isinstance(op, Div) and {*op.value.blocks} & {*op.into.blocks} else ()


def root_of(width: int) -> int:
    """The least k with 2k² ≥ width."""
    return math.isqrt(max(0, (width - 1) // 2)) + 1 if width > 0 else 1


def _heads(work: Work, paper: Paper) -> tuple[Head, ...]:
    """One head for every map of columns. The one that reads its own column also resets the pads and the scratch rows."""
    machine = work.machine
    wanted: dict[Any, list[tuple[Form, Form]]] = {}
    own = [(_pad(work, paper, sign), machine.stream[name]) for sign, name in ((1, PLUS), (-1, MINUS))]
    if SCRATCH in machine.stream.registers:
        own.append((-machine.stream[SCRATCH], _level(machine, machine.stream[SCRATCH], paper)))
    for columns, value, into in [*((machine.everywhere, *pair) for pair in own), *work.gathered]:
        into = into if into.blocks.keys() & {PLUS, MINUS} else _level(machine, into, paper)
        wanted.setdefault(tuple(sorted((i, tuple(k)) for i, k in columns.items())), []).append((value, into))
    sharpness = paper.N if paper.sharpness is None else paper.sharpness
    return tuple(
        machine.head(dict(columns), stack(*(v for v, _ in pairs)), stack(*(i for _, i in pairs)), sharpness)
        for columns, pairs in wanted.items()
    )


def _pad(work: Work, paper: Paper, sign: int) -> Form:
    """What a pad lacks: ±N c − share · Σ, less what stands there."""
    stream = work.machine.stream
    share, register = (paper.shares[0], stream[PLUS]) if sign > 0 else (paper.shares[1], stream[MINUS])
    total = sum((ones(1, form.width) @ form for name, form in _rows(stream)), start=0 * register)
    size = work.machine.one if work.divisor is None else work.divisor
    return sign * exact(paper.N) * size - share * total - register


def _level(machine: Machine, into: Form, paper: Paper) -> Form:
    """A write, and what it takes off the pads so that they stay level with the sum."""
    sums = sum((block @ ones(block.shape[1], 1) for block in into.blocks.values()), start=0 * ones(into.width, 1))
    first, second = paper.shares
    return into - (sums @ (first * machine.stream[PLUS] + second * machine.stream[MINUS]))


def _rows(stream: Stream) -> list[tuple[str, Form]]:
    return [(name, stream[name]) for name in stream.registers if name not in (PLUS, MINUS, REST)]


def _mlp(work: Work, paper: Paper) -> MLP:
    s, N = exact(paper.s), exact(paper.N)
    shift, scale = N if paper.shift is None else exact(paper.shift), N / root_of(work.machine.stream.width)
    value, into = stack(*(v for v, _ in work.linear)), stack(*(i for _, i in work.linear))
    units = [Units(read=scale * value, into=into, bias=shift)]
    for left, right, out in work.products:
        for form, sign in ((left + right, 1), (left, -1), (right, -1)):
            units.append(Units(read=(s * scale) * form, into=out * (sign / (s * s)), factor="√(π/2)"))
    constants = (Constant(-shift * ones(into.width, 1), into), *work.constants)
    return MLP(tuple(units), paper.activation, norm=LayerNorm(), constants=constants)
