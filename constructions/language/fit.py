"""Whether the parts of a network fit together."""

from __future__ import annotations

from constructions.language.stream import Form
from constructions.matrix.sizes import equal, text


class BadNetwork(ValueError):
    """A head, layer or transformer whose parts do not fit together."""


def same_width(first: str, a: Form, second: str, b: Form) -> None:
    """Refuse two forms of different widths."""
    if not equal(a.width, b.width):
        raise BadNetwork(
            f"{first} has width {text(a.width)} (reads {a.reads}) but {second} has width {text(b.width)} "
            f"(reads {b.reads}); they must be equal"
        )
