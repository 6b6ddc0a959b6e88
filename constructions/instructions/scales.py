"""What is claimed of products of GeLU units at the scale s: a limit of order s², and a bound for data in a box."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from constructions.language import Box, Limit, Parameter, Within

SCALE = Parameter(default="1/100", positive=True, meaning="scale of the GeLU products")
SIDE = Parameter(default=1, positive=True, meaning="what no entry of the data exceeds, for the bound")


def in_the_limit(
    weights: Callable[..., Any],
    bound: Callable[..., Any],
    *data: str,
    side: str = "B",
    words: str = "its composed bound",
) -> tuple[Limit, Within]:
    """Both claims of the network with GeLU products: order 2 in `s`, and |error| ≤ bound where no entry of the data exceeds
    the parameter `side`."""
    network, box = {"weights": weights}, dict.fromkeys(data, Box(side))
    return (
        Limit({"s": 2}, "with GeLU, network → algorithm as s²", network),
        Within(bound, f"with GeLU, |network − algorithm| ≤ {words}", network, box),
    )
