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
only, |x| small against N (and against `shift`). Beyond that the network is wrong and cannot know it: LayerNorm shrinks x by the
factor above, and g(N + u) − N is −N for u far below −N. A claim has to name its domain or its limit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from constructions.instructions.machine import Machine
from constructions.instructions.operations import Operation, parts
from constructions.instructions.workload import SCRATCH, Gathered, Work, room_of, work_of
from constructions.language import (
    MLP,
    Attention,
    BadNetwork,
    Constant,
    Form,
    Head,
    LayerNorm,
    Stream,
    Units,
    UnknownName,
    stack,
)
from constructions.language.quantifier import offer
from constructions.matrix import Matrix, exact, ones
from constructions.matrix.sizes import NeedsNumber, Size, text

PADS = {"half-sum": ("1/2", "1/2"), "one-sided": (0, 1)}  # the shares of Σ that the pads N and −N take off
PLUS, MINUS, REST = "plus", "minus", "rest"


@dataclass(frozen=True)
class Paper:
    """The knobs of the paper's layer.

    N           the size of the pads;  s  the scale of the products, where there are products
    pads        a word of `PADS`, or the two shares of Σ that the pads take off
    shift       what Lemma 5 adds to the arguments of linear units (default: N)
    sharpness   the scale of the scores (default: N)
    activation  "gelu" or "gelu tanh"
    """

    N: Any
    s: Any = None
    pads: str | tuple[Any, Any] = "half-sum"
    shift: Any = None
    sharpness: Any = None
    activation: str = "gelu"

    def __post_init__(self) -> None:
        if isinstance(self.pads, str) and self.pads not in PADS:
            raise UnknownName(f"{self.pads!r} is no choice of pads; {offer(self.pads, PADS)}")

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
        rest = 2 * root_of(used + room) ** 2 - used - room
        return {PLUS: 1, MINUS: 1, **({SCRATCH: room} if room else {}), **({REST: rest} if rest else {})}

    def layer(self, machine: Machine, operation: Operation) -> tuple[Any, ...]:
        """The attention and the MLP that carry out an operation."""
        work = work_of(machine, operation)
        if work.products and self.s is None:
            raise BadNetwork('a product of GeLU units needs their scale: compiled(…, fidelity="paper", N=…, s=…)')
        return Attention(_heads(work, self), "softmax", mask="causal", sink=True), _mlp(work, self)


def root_of(width: int) -> int:
    """The least k ≥ 1 with 2k² ≥ width."""
    return math.isqrt((width - 1) // 2) + 1 if width > 2 else 1


def _heads(work: Work, paper: Paper) -> tuple[Head, ...]:
    """One head for every map of columns. The one that reads its own column also resets the pads and the scratch rows."""
    machine = work.machine
    wanted: dict[Any, list[tuple[Form, Form]]] = {}
    own = [Gathered(machine.everywhere, pad(work, paper, name), machine.stream[name]) for name in (PLUS, MINUS)]
    if SCRATCH in machine.stream.registers:
        own.append(Gathered(machine.everywhere, -machine.stream[SCRATCH], machine.stream[SCRATCH]))
    for one in [*own, *work.gathered]:
        into = one.into if one.into.blocks.keys() & {PLUS, MINUS} else _level(machine, one.into, paper)
        wanted.setdefault(tuple(sorted((i, tuple(k)) for i, k in one.columns.items())), []).append((one.value, into))
    sharpness = paper.N if paper.sharpness is None else paper.sharpness
    return tuple(
        machine.head(dict(columns), stack(*(v for v, _ in pairs)), stack(*(i for _, i in pairs)), sharpness)
        for columns, pairs in wanted.items()
    )


def pad(work: Work, paper: Paper, name: str) -> Form:
    """What a pad lacks: ±N c − share · Σ, less what stands there."""
    stream, sign = work.machine.stream, 1 if name == PLUS else -1
    share, register = paper.shares[0 if name == PLUS else 1], stream[name]
    total = sum((ones(1, form.width) @ form for _, form in live(stream)), start=0 * register)
    size = work.machine.one if work.divisor is None else work.divisor
    return sign * exact(paper.N) * size - share * total - register


def _level(machine: Machine, into: Form, paper: Paper) -> Form:
    """A write, and what it takes off the pads so that they stay level with the sum."""
    sums = sum((block @ ones(block.shape[1], 1) for block in into.blocks.values()), start=0 * ones(into.width, 1))
    first, second = paper.shares
    return into - (sums @ (first * machine.stream[PLUS] + second * machine.stream[MINUS]))


def live(stream: Stream) -> list[tuple[str, Form]]:
    """The registers whose sum the pads carry."""
    return [(name, stream[name]) for name in stream.registers if name not in (PLUS, MINUS, REST)]


def _mlp(work: Work, paper: Paper) -> MLP:
    """Units that read N √(2/L) λ(x), which is x or x/|c| up to O(1/N²)."""
    N = exact(paper.N)
    shift, scale = N if paper.shift is None else exact(paper.shift), N / root_of(work.machine.stream.width)
    value, into = stack(*(v for v, _ in work.linear)), stack(*(i for _, i in work.linear))
    units = [Units(read=scale * value, into=into, bias=shift)]
    for left, right, out in work.products:
        s = exact(paper.s)
        for form, sign in ((left + right, 1), (left, -1), (right, -1)):
            units.append(Units(read=(s * scale) * form, into=out * (sign / (s * s)), factor="√(π/2)"))
    constants = (Constant(-shift * ones(into.width, 1), into), *work.constants)
    return MLP(tuple(units), paper.activation, norm=LayerNorm(), constants=constants)
