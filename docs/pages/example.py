"""A prompt with small numbers on its way through the network, in exact fractions, as a reader can redo it with a pencil."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from constructions.language import Construction, at
from constructions.matrix.notation import letter
from constructions.views.trace.drawn import traced
from constructions.views.trace.numbers import Numbers, numbers_of
from constructions.views.trace.run import Trace
from constructions.views.trace.sample import drawn_parameters, small_sizes
from constructions.views.trace.tokens import registers, token_names
from docs.pages.markdown import maths, plain, sections, table

SEED = 0
SHOWN = 3  # streams at the beginning that are printed; of a longer run the last one too
LONG = 11  # characters of a fraction, before a decimal is easier to read


@dataclass(frozen=True)
class Example:
    """A drawn prompt and its trace."""

    made: Trace

    @property
    def exact(self) -> bool:
        return not self.made.arithmetic.note


@cache
def example(construction: Construction) -> Example:
    """The prompt that `trace NAME` shows."""
    sizes = small_sizes(construction, {})
    instance = at(construction, sizes, drawn_parameters(construction, sizes, {}, SEED))
    return Example(traced(instance, SEED)[1])


def page(found: Example) -> str:
    """Settings, the stream before the first and after every layer, and both answers."""
    made = found.made
    command = (
        f"`python -m constructions trace {made.instance.construction.name}` shows this run, and others with `--seed`."
    )
    note = "" if found.exact else f"Run in float64, because {plain(made.arithmetic.note).partition('because ')[2]}."
    return sections(_settings(made), note, _streams(made), _answers(made), command)


def _settings(made: Trace) -> str:
    sizes = ", ".join(maths(f"{name} = {value}") for name, value in made.instance.sizes.items())
    given = [f"{maths(letter(name))} = {matrix(value)}" for name, value in made.instance.parameters.items()]
    return f"Sizes {sizes}" + "".join(f"; {text}" for text in given) + "."


def matrix(value: Any) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(map(matrix, value)) + ")"
    return rows_text(numbers_of(value))


def rows_text(rows: Numbers) -> str:
    if len(rows) == 1 == len(rows[0]):
        return number(rows[0][0])
    return "[" + "; ".join(" ".join(map(number, row)) for row in rows) + "]"


def number(value: Any) -> str:
    """A fraction as it is, or a decimal, with ≈ where it is rounded to four digits."""
    if isinstance(value, Fraction) and len(text := str(value)) <= LONG:
        return text.replace("-", "−")
    if abs(value) >= 10**300:
        return "huge"
    text = f"{float(value):.4g}"
    return f"{'≈ ' * (Fraction(text) != value)}{text}".replace("-", "−")


def _streams(made: Trace) -> str:
    """The streams as tables, without registers that are 0 in all of them."""
    count = len(made.streams)
    shown = [k for k in range(count) if k < SHOWN or k == count - 1]
    columns = [
        (name if part.stop - part.start == 1 else f"{name}_{k - part.start + 1}", k)
        for name, part in registers(made.instance)
        for k in range(part.start, part.stop)
        if any(row[k] for number in shown for row in made.streams[number])
    ]
    parts = []
    for number_, after in zip(shown, [*shown[1:], None], strict=True):
        title = "Before the first layer" if number_ == 0 else f"After layer {number_}"
        parts.append(f"*{title}:*\n\n{_stream(made, number_, columns)}")
        if after and after > number_ + 1:
            parts.append(f"({after - number_ - 1} layers are left out here.)")
    return sections(*parts)


def _stream(made: Trace, at_layer: int, columns: list[tuple[str, int]]) -> str:
    stream = made.streams[at_layer]
    rows = [
        [name, *(number(row[k]) if row[k] else "0" for _, k in columns)]
        for name, row in zip(token_names(made.instance, len(stream)), stream, strict=True)
    ]
    return table(["token", *(maths(indexed(name)) for name, _ in columns)], rows)


def indexed(name: str) -> str:
    """Register w_0, entry 2, as w_{0,2}."""
    head, *rest = name.split("_")
    return head if not rest else f"{letter(head)}_{{{','.join(rest)}}}"


def _answers(made: Trace) -> str:
    rows = [
        [f"row {k}", " ".join(map(number, a)), " ".join(map(number, b))]
        for k, (a, b) in enumerate(zip(made.answer, made.algorithm, strict=True), start=1)
    ]
    return "*The answer:*\n\n" + table(["", "network", "algorithm"], rows)
