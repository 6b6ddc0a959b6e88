"""The network of a theorem in Markdown: registers, tokens, and every weight matrix as a block table."""

from __future__ import annotations

from typing import Any

from constructions.views.theorem.blocks import ZERO, Block
from constructions.views.theorem.layers import layer_records, place
from constructions.views.theorem.letters import Shown
from constructions.views.theorem.page import notes, passes, where
from constructions.views.theorem.prompt import form_text, prompt_lines, register_line
from constructions.views.theorem.sublayers import line
from docs.pages.markdown import maths, plain, sections, table
from docs.pages.tex import prose

MANY = 8  # registers; in wider tables those that are not read are one column


def network(shown: Shown) -> str:
    """Stream, prompt, layers and readout."""
    instance = shown.instance
    answer = f"The answer is {maths(form_text(instance.readout.form))}, read at: {where(instance.readout.at)}."
    return sections(
        f"The stream of a token is {prose(register_line(instance))}." + "".join(f" ({plain(n)})" for n in notes(shown)),
        prompt(prompt_lines(instance)),
        layers(layer_records(instance.network)),
        *(f"{text[0].upper()}{text[1:]}." for text in passes(instance)),
        answer,
    )


def prompt(lines: list[str]) -> str:
    """The lines about the tokens as a list: what is indented belongs to the line above it."""
    made = []
    for text in lines:
        made.append(f"  - {prose(text.strip())}" if text.startswith(" ") else f"- {prose(text)}")
    return "\n".join(made)


def layers(records: list[dict[str, Any]], level: int = 3) -> str:
    """A heading, a line of words and the tables of every layer."""
    alone = len(records) == 1
    return sections(*(f"{'#' * level} {place(r, alone)}\n\n{_layer(r)}" for r in records)) or "There is no layer."


def _layer(record: dict[str, Any]) -> str:
    if "sublayers" not in record:
        return sections(prose(_sentence(line(record))), *map(_part, record["tables"]))
    inner = record["sublayers"]
    words = f"A block of {len(inner)} sublayer{'' if len(inner) == 1 else 's'}."
    return sections(words, *(f"*Sublayer {k}.* {_layer(sub)}" for k, sub in enumerate(inner, start=1)))


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _part(part: Any) -> str:
    return sections(f"**{prose(part.title)}**", *map(block, part.blocks))


def bracketed(shape: str) -> str:
    """d_x × d_x+d_y as d_x × (d_x+d_y).

    >>> bracketed("d_x × d_x+d_y"), bracketed("2 × 3")
    ('d_x × (d_x+d_y)', '2 × 3')
    """
    return " × ".join(f"({side})" if "+" in side else side for side in shape.split(" × "))


def block(made: Block) -> str:
    """One weight matrix: columns are what is read, rows what is written; of many registers only those that are read."""
    columns = list(range(len(made.columns)))
    if len(columns) > MANY:
        columns = [k for k in columns if any(row[k] != ZERO for row in made.entries)] or columns[:1]
    left_out = len(made.columns) - len(columns)
    rows = [
        [f"**{maths(name)}**", *(maths(row[k]) for k in columns), *["·"] * bool(left_out)]
        for name, row in zip(made.rows, made.entries, strict=True)
    ]
    others = [f"{left_out} others"] if left_out else []
    return table(
        [f"{made.name} ({maths(bracketed(made.shape))})", *(maths(made.columns[k]) for k in columns), *others], rows
    )
