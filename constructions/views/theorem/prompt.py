"""What the tokens of a prompt hold, and what is read out, as formulas."""

from __future__ import annotations

from typing import Any

from constructions.language import Form, Instance
from constructions.language.prompt import TIMES, Segment
from constructions.matrix import Matrix
from constructions.matrix.formula import FORMULA, formula_of, formula_text, matrix_symbol
from constructions.matrix.notation import letter
from constructions.views.text import counted_from_one, size_text

INDICES = {"context": "i", "query": "j", "arriving": "t"}


def form_text(form: Form, index: str = "") -> str:
    """A linear form in the names that it reads: −W_0 X_q[j]."""
    total: Matrix | None = None
    for name, matrix in form.blocks.items():
        symbol = TIMES.join(f"{part}[{index}]" for part in name.split(TIMES)) if index else name
        block = formula_of(matrix)
        term = matrix if name == "1" else Matrix(FORMULA, block) @ matrix_symbol(symbol, block.columns, 1)
        total = term if total is None else total + term
    return counted_from_one(formula_text(total)) if total is not None else "0"


def _parts(instance: Instance) -> list[tuple[str, Segment | None]]:
    """Context, query and, where anything does, what arrives."""
    parts: list[tuple[str, Segment | None]] = [("context", instance.context), ("query", instance.query)]
    return [*parts, ("arriving", instance.arriving)] if instance.arriving else parts


def prompt_record(instance: Instance) -> dict[str, Any]:
    """The tokens of context and query, the position codes, and the readout."""
    made: dict[str, Any] = {}
    for place, segment in _parts(instance):
        tokens = (
            [{name: form_text(form, INDICES[place]) for name, form in token.items()} for token in segment.tokens]
            if segment
            else []
        )
        made[place] = {"items": segment.item.axis if segment else "", "tokens": tokens}
    readout = {"answer": form_text(instance.readout.form), "at": instance.readout.at}
    return {
        "prompt": made,
        "degree": instance.construction.degree,
        "positions": dict(instance.positions),
        "readout": readout,
    }


def prompt_lines(instance: Instance) -> list[str]:
    """The same for people."""
    lines = []
    for place, segment in _parts(instance):
        if segment is None:
            continue
        index, kinds = INDICES[place], len(segment.tokens)
        count = segment.item.axis.replace("**", "^")
        items = "" if count == "1" else f" for each {index} = 1, …, {count}"
        lines.append(f"{place}: {'one token' if kinds == 1 else f'{kinds} tokens'}{items}")
        for number, token in enumerate(segment.tokens):
            entries = [f"{letter(name)} = {form_text(form, index)}" for name, form in token.items()]
            empty = [
                letter(name)
                for name in instance.network.stream.registers
                if name not in token and name not in instance.positions
            ]
            rest = "as the network wrote it" if place == "arriving" else "0"
            entries += [f"{', '.join(empty)} = {rest}"] if empty else []
            lines.append("  " + (f"token {number + 1}: " if kinds > 1 else "") + ",  ".join(entries))
    degree = instance.construction.degree
    lines.append(
        "every token is linear in the data of its own item"
        if degree == 1
        else f"every token is of degree {degree} in the data of its own item ({TIMES} is the entrywise product)"
    )
    lines += [f"position code in {name}: {word}, at every token" for name, word in instance.positions.items()]
    return lines


def register_line(instance: Instance) -> str:
    """x (d_x) ⊕ y (d_y), width d_x+d_y."""
    stream = instance.network.stream
    parts = " ⊕ ".join(f"{letter(name)} ({size_text(width)})" for name, width in stream.registers.items())
    return f"{parts}, width {size_text(stream.width)}"
