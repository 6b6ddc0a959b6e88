"""A counterexample for a reader: sizes, data, and both answers; of a long answer one entry in which they differ."""

from __future__ import annotations

from typing import Any

from constructions.matrix.notation import letter
from docs.pages.markdown import plain
from verify.command.text import given_of, matrix_text, sides_of

FEW = 4  # entries of an answer that are all shown


def lines(point: dict[str, Any]) -> list[str]:
    """Sizes; parameters and data; what the two sides say there, and by how much they differ."""
    sizes = ", ".join(f"{plain(name)} = {value}" for name, value in point["sizes"].items())
    return [sizes, given(point), *answers(point)]


def given(point: dict[str, Any]) -> str:
    return ", ".join(f"{plain(letter(name))} = {plain(signed(value))}" for name, value in given_of(point).items())


def answers(point: dict[str, Any]) -> list[str]:
    """Both answers and the defect; and which entry that is, where there are more than a few."""
    sides = sides_of(point)
    told = ""
    differing = [(i, k) for i, row in enumerate(point["defect"]) for k, text in enumerate(row) if differs(str(text))]
    count = sum(map(len, point["defect"]))
    if count > FEW and differing:
        i, k = differing[0]
        sides = {name: [[rows[i][k]]] for name, rows in sides.items()}
        place = f"entry {k + 1}" if len(point["defect"]) == 1 else f"row {i + 1}, column {k + 1}"
        told = f"that is {place} of the answer, the first of {len(differing)} that differ, of {count}"
    said = ", ".join(f"{name} {plain(signed(rows))}" for name, rows in sides.items())
    return [said, *([told] if told else [])]


def differs(defect: str) -> bool:
    """Whether a defect is surely not zero: neither 0 nor only a remainder."""
    return defect != "0" and not defect.startswith(("O(", "[+/-"))


def signed(value: Any) -> str:
    """A matrix on one line, with the sign of the formulas."""
    return matrix_text(value).replace("-", "−")
