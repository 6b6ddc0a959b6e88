"""What is claimed of products of GeLU units at the scale s: a limit of order s², and a bound for data in a box."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from constructions.instructions.chains import Chain, Deviation
from constructions.language import BadConstruction, Box, Equal, Exponential, Limit, Parameter, Within
from constructions.language.statement import Claim

SCALE = Parameter(default="1/100", positive=True, meaning="scale of the GeLU products")
SIDE = Parameter(default=1, positive=True, meaning="what no entry of the data exceeds, for the bound")
PAD = Parameter(default=1000, positive=True, meaning="size of the pads in the paper's layer")
KNOBS = {"s": SCALE, "B": SIDE, "N": PAD}


def second_order(weights: Callable[..., Any]) -> Limit:
    """The claim that the network with GeLU products tends to the algorithm, the error being of order 2 in `s`."""
    return Limit({"s": 2}, "with GeLU, network → algorithm as s²", {"weights": weights})


def in_a_box(
    weights: Callable[..., Any],
    *data: str,
    bound: Callable[..., Any] | None = None,
    side: str = "B",
    words: str = "its composed bound",
) -> Within:
    """The claim that its error is within a bound wherever no entry of the data exceeds the parameter `side`; the bound
    is a chain's own where it is left out."""
    text = f"with GeLU, |network − algorithm| ≤ {words}"
    return Within(bound or _own_bound(weights), text, {"weights": weights}, dict.fromkeys(data, Box(side)))


def in_a_box_of_the_paper(
    weights: Callable[..., Any],
    *data: str,
    bound: Callable[..., Any] | None = None,
    side: str = "B",
    words: str = "in the paper's layers",
) -> Within:
    """The claim that the error of the paper's own layers is within a bound in s and N, for data in a box."""
    text = f"{words}, |network − algorithm| ≤ its composed bound"
    return Within(bound or _own_bound(weights), text, {"weights": weights}, dict.fromkeys(data, Box(side)))


def fidelities(
    weights: Chain,
    *data: str,
    order: bool = True,
    paper: bool = False,
    bound: Callable[..., Any] | None = None,
    side: str = "B",
    words: str = "its composed bound",
    path: Mapping[str, int] | None = None,
) -> tuple[Claim, ...]:
    """What is claimed of a chain with products: exact; of GeLU units, as a limit (`order`) and within a bound; the paper's layers.

    bound, side, words  as for `in_a_box`, of GeLU units; the bound is the chain's own where it is left out
    path                as for `in_the_paper`, where s and N go to their limits at the same rate if nothing is said
    """
    found: tuple[Claim, ...] = (Equal("with bilinear products, network = algorithm"),)
    found = (*found, second_order(weights.limit)) if order else found
    found = (*found, in_a_box(weights.limit, *data, bound=bound, side=side, words=words))
    if not paper:
        return found
    limit = in_the_paper(weights.paper, path={"s": 1, "N": -1} if path is None else path)
    return (*found, limit, in_a_box_of_the_paper(weights.paper, *data, side=side))


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


def _own_bound(weights: Callable[..., Any]) -> Callable[..., Any]:
    """The bound that is composed of a chain's operations."""
    chain, fixed = (weights.func, weights.keywords) if isinstance(weights, partial) else (weights, {})
    if not isinstance(chain, Chain):
        raise BadConstruction("only the weights of a Chain have a bound of their own: give bound=…")
    return partial(Deviation(chain), **fixed) if fixed else Deviation(chain)
