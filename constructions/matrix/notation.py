"""How formulas are written: η/n W_0, −γ I, [A; B]."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

GREEK = (
    "alpha α beta β gamma γ delta δ epsilon ε eta η etas η theta θ kappa κ lam λ mu μ nu ν rho ρ sigma σ tau τ phi φ "
    "Gamma Γ Delta Δ Theta Θ Lambda Λ Phi Φ Psi Ψ Sigma Σ"
)
LETTERS: dict[str, str] = dict(zip(GREEK.split()[::2], GREEK.split()[1::2], strict=True))
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def letter(name: str) -> str:
    """The name with its stem as a Greek letter, if it is one: eta_x → η_x, eta[0] → η[0]."""
    name = getattr(name, "shown", name)
    stem = re.match(r"[A-Za-z]*", name)
    word = stem.group() if stem else ""
    return LETTERS.get(word, word) + name[len(word) :]


def word_text(word: Any) -> str:
    """Matrices next to each other: Xᵀ X W_0."""
    return " ".join(_turned(name) if flipped else letter(name) for name, flipped in word)


def _turned(name: str) -> str:
    """A transposed matrix; an inverse may know a better text than (A + B)⁻¹ᵀ."""
    return getattr(name, "turned", "") or letter(name) + "ᵀ"


def term_text(c: Fraction, monomial: Any, word: Any, scalar: bool) -> str:
    """One term: coefficient · scalars · matrices."""
    if scalar and not word:
        monomial, word = opened(monomial)
    above = [_power(name, k) for name, k in monomial if k > 0]
    under = [_power(name, -k) for name, k in monomial if k < 0]
    if abs(c.numerator) != 1:
        above.insert(0, str(abs(c.numerator)))
    if c.denominator != 1:
        under.insert(0, str(c.denominator))
    letters = word_text(word)
    if under:
        above = ["·".join(above or ["1"]) + "/" + (under[0] if len(under) == 1 else f"({'·'.join(under)})")]
    body = " ".join([*above, letters] if letters else above if scalar else [*above, "I"])
    return ("−" if c < 0 else "") + (body or "1")


def opened(monomial: Any) -> tuple[Any, Any]:
    """A monomial without its only product of matrices, and that: in a scalar it needs no brackets, as in 2 uᵀ v."""
    closed = [pair for pair in monomial if hasattr(pair[0], "word")]
    if len(closed) != 1 or closed[0][1] != 1:
        return monomial, ()
    return tuple(pair for pair in monomial if pair not in closed), closed[0][0].word


def sum_text(terms: list[str]) -> str:
    return " + ".join(terms).replace("+ −", "− ") if terms else "0"


def _power(name: str, k: int) -> str:
    return letter(name) if k == 1 else letter(name) + str(k).translate(RAISED)


def numbers_text(values: list[list[Fraction]]) -> str:
    """A matrix of numbers in one word: diag(1 0 1), shift(1), [1 2; 3 4], or its shape if it is large."""
    rows, columns = len(values), len(values[0]) if values else 0
    on = {j - i for i, row in enumerate(values) for j, entry in enumerate(row) if entry}
    if rows == columns and rows > 1 and on == {0}:
        return "diag(" + " ".join(str(values[i][i]) for i in range(rows)) + ")"
    if rows == columns and len(on) == 1:
        (by,) = on
        if all(values[i][i + by] == 1 for i in range(rows) if 0 <= i + by < rows):
            return f"shift({by})"
    if rows * columns > 36:
        return f"[{rows}×{columns} numbers]"
    return "[" + "; ".join(" ".join(str(entry) for entry in row) for row in values) + "]"
