"""A program as the weights of a record, in every fidelity, and the bound that is composed of its operations' own.

`weights = Chain(program, readout, length=3, rows=…)` stands for what would be four functions: the program with exact products, with
products of GeLU units (`limit`), in the paper's own layers (`paper`), and how far these two are from it (`Deviation`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from inspect import Parameter, signature
from typing import Any

from constructions.instructions.deviation import error_bound
from constructions.instructions.paper import Paper
from constructions.instructions.paper_deviation import paper_bound
from constructions.instructions.program import FIDELITIES, KNOBS, compiled
from constructions.language import BadConstruction, Readout, Stream, Transformer, stack
from constructions.language.quantifier import UnknownName, asking, call, names_of, offer
from constructions.language.shapes import size_value
from constructions.matrix import Matrix

VARIANTS = ("pads", "shift")  # knobs of the paper's layer that only near misses turn
BOUNDED = ("pads",)  # those that its bound knows
COLUMNS = {"context": None, "query": -1, "last": -1}  # of what is read: all of them, or the last one


def everything(stream: Stream) -> Readout:
    """All registers of a program, in all columns."""
    return Readout(stack(*(stream[name] for name in stream.registers)), at="context")


@dataclass(frozen=True)
class Chain:
    """The weights that carry out a program; they ask for what the program, its length and the fidelity ask for.

    program   (sizes, parameters) → stream and operations
    length    the number of columns, or a formula in the sizes, such as "2*N + 1"
    readout   that of the record: of what it reads the deviation is bounded; it is `everything` if nothing is said
    rows      (sizes, side) → for every column of a prompt, what no entry of its registers exceeds; None where this is one side
              for all registers in all columns
    side      the name of the parameter that is this side
    products  whether anything is multiplied, so that there is a scale `s`
    fidelity  as `compiled` knows them
    """

    program: Callable[..., Any]
    length: int | str
    readout: Callable[..., Any] = everything
    rows: Callable[..., Any] | None = None
    side: str = "B"
    products: bool = True
    fidelity: str = "exact"

    def __post_init__(self) -> None:
        words = re.findall(r"[A-Za-z_]\w*", str(self.length))
        asked = [*names_of(self.program), *words, *self.knobs]
        own = [p for p in signature(self.program).parameters.values() if p.name not in asked]
        if self.fidelity == "paper":
            own += [signature(Paper).parameters[name] for name in VARIANTS]
        asking(self, asked, self.program, [p.replace(kind=Parameter.KEYWORD_ONLY) for p in own])

    @property
    def func(self) -> Callable[..., Any]:
        """The function that was written."""
        return self.program

    @property
    def knobs(self) -> tuple[str, ...]:
        """The parameters of the fidelity."""
        if self.fidelity not in FIDELITIES:
            raise UnknownName(f"{self.fidelity!r} is no fidelity; {offer(self.fidelity, FIDELITIES)}")
        asked = signature(FIDELITIES[self.fidelity]).parameters
        return tuple(name for name in KNOBS if name in asked and (self.products or name != "s"))

    @property
    def limit(self) -> Chain:
        """With products of GeLU units."""
        return _at(self, "limit")

    @property
    def paper(self) -> Chain:
        """In the paper's own layers."""
        return _at(self, "paper")

    def made(self, given: Mapping[str, Any]) -> Any:
        """The stream and the operations."""
        return self.program(**{name: given[name] for name in signature(self.program).parameters if name in given})

    def __call__(self, **given: Any) -> Transformer:
        knobs = {name: given[name] for name in (*self.knobs, *VARIANTS) if name in given}
        return compiled(*self.made(given), length=size_value(self.length, given), fidelity=self.fidelity, **knobs)


@cache
def _at(chain: Chain, fidelity: str) -> Chain:
    """One and the same for all claims, so that it is judged once."""
    return replace(chain, fidelity=fidelity)


@dataclass(frozen=True)
class Deviation:
    """How far what is read of a chain with GeLU units is from that of its operations: the sum of bounds of all its rows."""

    chain: Chain

    def __post_init__(self) -> None:
        rows = names_of(self.chain.rows) if self.chain.rows else (self.chain.side,)
        own = [p for name, p in signature(self.chain).parameters.items() if name in BOUNDED]
        asking(self, (*names_of(self.chain), *rows), self.chain, own)

    def __call__(self, **given: Any) -> Matrix:
        chain, (stream, operations) = self.chain, self.chain.made(given)
        registers = {name: stream[name] for name in stream.registers}
        length = size_value(chain.length, given)
        rows = call(chain.rows, given) if chain.rows else [dict.fromkeys(registers, given[chain.side])] * length
        own = chain.readout is not everything
        read = call(chain.readout, {**given, **registers}) if own else everything(stream)
        knobs = {name: given[name] for name in (*chain.knobs, *BOUNDED) if name in given}
        if read.at not in COLUMNS:
            raise BadConstruction(
                f"a chain has a bound of what is read at {' or '.join(COLUMNS)}, not at {read.at!r}; give one of your own"
            )
        at, program = COLUMNS[read.at], (stream, operations)
        if chain.fidelity == "paper":
            return paper_bound(lambda _: read.form, program, rows, at=at, length=length, **knobs)
        return error_bound(lambda _: read.form, program, rows, at=at, **knobs)
