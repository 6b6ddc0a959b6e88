"""The symbols that formulas are made of: named matrices with their shapes, and the scalars that words of them close to.

A symbol is a text, by which it is compared, and knows more than that. Two letters of one text must be the same matrix.
"""

from __future__ import annotations

import hashlib
from typing import Any

from constructions.matrix.notation import word_text
from constructions.matrix.sizes import Part, equal, text

Word = tuple[tuple[Any, bool], ...]  # letters in order, each with a flag "transposed"; () is the identity


class Letter(str):
    """A rows × columns matrix; `symmetric` if it is its own transpose. `shown` is what is printed for it."""

    rows: Any
    columns: Any
    symmetric: bool
    shown: str
    thin: tuple[bool, bool]  # whether it has one row, one column
    plain: bool  # neither, nor an inverse: nothing closes or cancels at it

    def __new__(cls, name: str, rows: Any, columns: Any, symmetric: bool = False, shown: str = "") -> Any:
        made = super().__new__(cls, name)
        made.rows, made.columns, made.symmetric, made.shown = rows, columns, symmetric, shown or name
        made.thin = equal(rows, 1), equal(columns, 1)
        made.plain = not any(made.thin)
        return made


class Inclusion(Letter, Part):
    """ι_k: the inclusion of summand k into a direct sum of the given sizes; its transpose is the projection."""

    number: int
    sizes: tuple[Any, ...]

    def __new__(cls, number: int, sizes: tuple[Any, ...]) -> Inclusion:
        name = f"ι_{number}({'|'.join(map(text, sizes))})"
        made = super().__new__(cls, name, sizes[0] if len(sizes) == 1 else 2, sizes[number])
        made.number, made.sizes = number, sizes
        made.rows = sum(sizes, start=0)
        return made

    def siblings(self) -> list[Inclusion]:
        return parts_of(self.sizes)


def parts_of(sizes: tuple[Any, ...]) -> list[Inclusion]:
    """The inclusions of all summands of a direct sum."""
    return [Inclusion(k, sizes) for k in range(len(sizes))]


class Loop(str):
    """A word whose product is 1×1, as a scalar: uᵀ A v. It equals its own transpose, vᵀ Aᵀ u."""

    word: Word
    shown: str

    def __new__(cls, word: Word) -> Loop:
        made = super().__new__(cls, f"⟨{digest(min(word, flipped(word)))}⟩")
        made.word, made.shown = word, f"({word_text(word)})"
        return made


def flipped(word: Word) -> Word:
    """The word of the transposed product."""
    return tuple((name, not (turned or getattr(name, "symmetric", False))) for name, turned in reversed(word))


def digest(parts: Any) -> str:
    """A short text for a long one; SHA-256, so different ones keep different texts."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:40]
