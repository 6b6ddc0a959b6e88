"""What the signatures say: the order of "for all" and "there are"."""

from __future__ import annotations

import re

from constructions.language import Construction
from constructions.language.quantifier import names_of


def quantifier(construction: Construction) -> tuple[str, str]:
    """The statement's quantifiers, and whether one network serves every context length."""
    asked = _asked(construction)
    everything = (*construction.sizes, *construction.parameters)
    fixed = [name for name in everything if name in asked]
    free = [name for name in everything if name not in asked]
    there = f"for all {', '.join(fixed)} there are weights" if fixed else "there are weights"
    line = f"{there}, for all {', '.join([*free, *construction.data])}"
    items = next(iter(construction.data.values()))[0]
    if items in asked:
        return line, f"one network for each context length: the weights ask for {items}"
    return line, "one network for every context length"


def _asked(construction: Construction) -> set[str]:
    """What the weights ask for, and the sizes in the shapes of the parameters that they ask for."""
    names = set(names_of(construction.weights))
    shapes = [parameter.shape for name, parameter in construction.parameters.items() if name in names]
    return names | {word for shape in shapes for entry in shape for word in re.findall(r"[^\W\d]\w*", str(entry))}
