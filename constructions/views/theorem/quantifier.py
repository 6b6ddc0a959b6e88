"""What the signatures say: the order of "for all" and "there are"."""

from __future__ import annotations

import re

from constructions.language import Construction
from constructions.language.quantifier import names_of
from constructions.language.statement import Claim


def quantifiers(construction: Construction) -> list[tuple[str, str, list[Claim]]]:
    """`quantifier` for every claim, since a claim may put in weights that ask for more; claims with the same one together."""
    found: dict[tuple[str, str], list[Claim]] = {}
    for claim in construction.claims:
        found.setdefault(quantifier(construction.claiming(claim)), []).append(claim)
    return [(line, uniform, claims) for (line, uniform), claims in found.items()]


def quantifier(construction: Construction) -> tuple[str, str]:
    """The quantifiers of the record's own weights, and whether one network serves every context length."""
    asked = _asked(construction)
    everything = (*construction.sizes, *construction.parameters)
    fixed = [name for name in everything if name in asked]
    free = [name for name in everything if name not in asked]
    there = f"for all {', '.join(fixed)} there are weights" if fixed else "there are weights"
    bounded = [f"{name} ≤ {construction.at_most[name]}" if name in construction.at_most else name for name in free]
    line = f"{there}, for all {', '.join([*bounded, *construction.data])}"
    items = next(iter(construction.data.values()))[0]
    names = set(re.findall(r"[^\W\d]\w*", str(items)))
    if names and names <= asked:
        return line, f"one network for each context length: the weights ask for {str(items).replace('**', '^')}"
    up_to = f" {items} ≤ {construction.at_most[items]}" if items in construction.at_most else ""
    return line, f"one network for every context length{up_to}"


def _asked(construction: Construction) -> set[str]:
    """What the weights ask for, and the sizes in the shapes of the parameters that they ask for."""
    names = set(names_of(construction.weights))
    shapes = [parameter.shape for name, parameter in construction.parameters.items() if name in names]
    return names | {word for shape in shapes for entry in shape for word in re.findall(r"[^\W\d]\w*", str(entry))}
