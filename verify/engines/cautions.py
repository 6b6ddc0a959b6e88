"""What a true verdict does not say, as sentences that are printed with it. They refute nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from constructions.language import Construction, Instance, build
from constructions.language.shapes import size_value
from constructions.matrix import Matrix, NeedsNumber, Size
from constructions.matrix.formula import letters
from constructions.matrix.sizes import LookedAt
from verify.scrutiny.place import FOREIGN


def cautions(construction: Construction, instance: Instance) -> Iterator[str]:
    """Everything that a reader of the claim should know. `instance` is the construction at any sizes."""
    if given := given_context(construction, instance):
        word, have = ("parameters", "have") if len(given) > 1 else ("parameter", "has")
        yield (
            f"the {word} {', '.join(given)} {have} the count of the context's items as a size: "
            "what the weights are given is not learned in context"
        )
    if sizes := looked_at(construction):
        word, one = ("sizes", "them") if len(sizes) > 1 else ("size", "it")
        yield (
            f"a builder looks at the {word} {', '.join(sizes)}, so nothing is said of other values of {one} "
            "than those at which the claim was judged"
        )


def given_context(construction: Construction, instance: Instance) -> list[str]:
    """The parameters with a shape that names a size in the count of the context's items."""
    if instance.context is None:
        return []
    counted = set(re.findall(r"[^\W\d]\w*", str(instance.context.item.axis)))
    shapes = {name: " ".join(map(str, parameter.shape)) for name, parameter in construction.parameters.items()}
    return [name for name, shape in shapes.items() if counted & set(re.findall(r"[^\W\d]\w*", shape))]


def looked_at(construction: Construction) -> list[str]:
    """The sizes whose value a builder compares, or writes as text. The builders run on symbols to find out.

    A size that they need as a number (a range, an index) becomes one; so does one that was looked at, to find the next.
    """
    numbers: dict[str, int] = {}
    looked: list[str] = []
    while True:
        sizes = {name: numbers.get(name) or Size.named(name) for name in construction.sizes}
        try:
            _ = build(construction, sizes, _parameters(construction, sizes))
        except NeedsNumber as needed:
            names = [name for name in str(needed).split(", ") if name in construction.sizes and name not in numbers]
            if not names:
                return looked
            looked += names if isinstance(needed, LookedAt) else []
            numbers |= {name: construction.sizes[name] for name in names}
        except FOREIGN:
            return looked
        else:
            return looked


def _parameters(construction: Construction, sizes: dict[str, Any]) -> dict[str, Matrix]:
    return {
        name: letters(name, tuple(size_value(entry, sizes) for entry in parameter.shape))
        for name, parameter in construction.parameters.items()
    }
