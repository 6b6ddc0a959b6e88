"""One network, built for N examples, serves every prompt of n ≤ N: so it cannot know n."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from constructions.language.quantifier import names_of
from constructions.language.statement import BadConstruction, Parameter


def check_capacity(
    owner: str, weights: Callable[..., Any], parameters: Mapping[str, Parameter], name: str, bound: str
) -> None:
    """Refuse weights that ask for a size that is at most another one, or for a parameter of such a shape."""
    for asked in names_of(weights):
        shape = parameters[asked].shape if asked in parameters else ()
        if name in {asked, *(word for entry in shape for word in re.findall(r"\w+", str(entry)))}:
            raise BadConstruction(
                f"weights of {owner} asks for {asked}, and {name} is at most {bound}: one network, built for {bound}, "
                f"serves every {name}, so it cannot know {name}. Let the weights ask for {bound}, or the prompt for {name}"
            )
