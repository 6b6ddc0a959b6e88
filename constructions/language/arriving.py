"""Data that arrive while a network generates: one item a pass, into the last token of its prompt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from constructions.language.fit import BadNetwork
from constructions.language.prompt import Segment
from constructions.matrix import Matrix, below, beside, identity, zeros
from constructions.matrix.sizes import equal, text


@dataclass(frozen=True, eq=False)
class Arrivals:
    """What arrives: `tokens` has a row for each pass, 0 in the registers that nothing arrives in; `kept` is the diagonal
    matrix of those registers."""

    tokens: Matrix
    kept: Matrix

    def meet(self, tokens: Matrix, number: int) -> Matrix:
        """The prompt of a pass (from 0): h ← kept h + item, for its last token h."""
        last = tokens[[-1]] @ self.kept + self.tokens[[number]]
        before = list(range(tokens.shape[0] - 1))
        return below(tokens[before], last) if before else last


def arrivals(part: Segment, registers: Mapping[str, Any], data: Mapping[str, Matrix]) -> Arrivals:
    """The arrivals that a prompt declares, with their data."""
    (embedding,) = part.embeddings(registers)
    return Arrivals(part.item.rows(data) @ embedding.T, kept(part, registers))


def kept(part: Segment, registers: Mapping[str, Any]) -> Matrix:
    """The diagonal matrix with 1 in the registers that nothing arrives in."""
    (token,) = part.tokens
    blocks = []
    for name, width in registers.items():
        row = [_block(name == other and name not in token, width, wide) for other, wide in registers.items()]
        blocks.append(beside(*row))
    return below(*blocks)


def _block(one: bool, rows: Any, columns: Any) -> Matrix:
    return identity(rows) if one else zeros(rows, columns)


def check_arriving(name: str, part: Segment | None, others: Iterable[Segment | None], passes: Any) -> None:
    """What arrives has an axis of its own, with one item for each pass."""
    if part is None:
        return
    if any(other is not None and other.item.axis == part.item.axis for other in others):
        raise BadNetwork(
            f"{name}: what arrives and what stands in the prompt are items of one axis, {part.item.axis}; give the "
            "data that arrive a size of their own"
        )
    if not equal(part.count, passes):
        raise BadNetwork(
            f"{name}: {text(part.count)} items arrive, one before each pass, and the network runs {text(passes)} times; "
            f"give it passes={part.item.axis}"
        )
