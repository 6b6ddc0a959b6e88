"""What is claimed of products of GeLU units at the scale s: a limit of order s², and a bound for data in a box."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from constructions.language import Box, Exponential, Limit, Parameter, Within

SCALE = Parameter(default="1/100", positive=True, meaning="scale of the GeLU products")
SIDE = Parameter(default=1, positive=True, meaning="what no entry of the data exceeds, for the bound")


PAD = Parameter(default=1000, positive=True, meaning="size of the pads in the paper's layer")
KNOBS = {"s": SCALE, "B": SIDE, "N": PAD}


def second_order(weights: Callable[..., Any]) -> Limit:
    """The claim that the network with GeLU products tends to the algorithm, the error being of order 2 in `s`."""
    return Limit({"s": 2}, "with GeLU, network → algorithm as s²", {"weights": weights})


def in_a_box(
    weights: Callable[..., Any],
    bound: Callable[..., Any],
    *data: str,
    side: str = "B",
    words: str = "its composed bound",
) -> Within:
    """The claim that its error is within a bound wherever no entry of the data exceeds the parameter `side`."""
    text = f"with GeLU, |network − algorithm| ≤ {words}"
    return Within(bound, text, {"weights": weights}, dict.fromkeys(data, Box(side)))


def in_a_box_of_the_paper(
    weights: Callable[..., Any],
    bound: Callable[..., Any],
    *data: str,
    side: str = "B",
    replaces: Mapping[str, Any] | None = None,
) -> Within:
    """The claim that the error of the paper's own layers is within a bound in s and N, for data in a box."""
    text = "in the paper's layers, |network − algorithm| ≤ its composed bound"
    return Within(bound, text, {"weights": weights, **(replaces or {})}, dict.fromkeys(data, Box(side)))


def in_the_paper(
    weights: Callable[..., Any],
    knobs: Mapping[str, int | Exponential] | None = None,
    *,
    text: str = "",
    path: Mapping[str, int] | None = None,
) -> Limit:
    """The claim that the network of the paper's own layers converges: with products as s² + 1/N², without as 1/N²."""
    knobs = knobs or {"s": 2, "N": -2}
    order = "s² + 1/N²" if "s" in knobs else "1/N²"
    text = text or f"in the paper's layers, network → algorithm as {order}"
    return Limit(knobs, text, {"weights": weights}, path=path or {})
