"""The bound of a claim as a ball, computed once for each choice of sizes, parameters and precision: it may be a long formula."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import flint

from constructions.language import BadConstruction, Instance, Within
from constructions.language.quantifier import call
from constructions.language.statement import Claim
from constructions.matrix import Matrix, Pole, exact
from constructions.matrix.ambient import inside
from constructions.matrix.rational import fractions_of
from verify.arithmetic.ball import BALL, ball_entries, balls

KEPT = 256  # bounds that are remembered


@dataclass(frozen=True)
class Choice:
    """Sizes, exact parameters and a precision; two of them are equal where their names and numbers are."""

    known: Hashable
    values: Mapping[str, Any] = field(compare=False)


def bound_of(claim: Claim, instance: Instance) -> Any:
    """The bound of a `Within`; 0 for an equality (and for a limit, which allows no error in the end)."""
    return bound_at(claim, instance.sizes, instance.parameters) if isinstance(claim, Within) else flint.arb(0)


def bound_at(claim: Within, sizes: Mapping[str, int], parameters: Mapping[str, Any]) -> Any:
    """The bound at a choice of sizes and exact parameters, at the precision of the moment. Raises `Pole` where it has none."""
    values = {**sizes, **parameters}
    known = (flint.ctx.prec, *((name, _plain(value)) for name, value in values.items()))
    found = _computed(claim.bound, claim.text, Choice(known, values))
    if isinstance(found, Pole):
        raise found
    return found


def _plain(value: Any) -> Hashable:
    return (value.shape, *map(tuple, fractions_of(value))) if isinstance(value, Matrix) else value


@lru_cache(maxsize=KEPT)
def _computed(bound: Callable[..., Any], text: str, choice: Choice) -> Any:
    """The ball, or the pole that was met."""
    in_balls = {name: balls(value) if isinstance(value, Matrix) else value for name, value in choice.values.items()}
    try:
        with inside(BALL):
            found = exact(call(bound, in_balls))
        if found.shape != (1, 1):
            raise BadConstruction(f"the bound of “{text}” is {found.shape[0]}×{found.shape[1]}; it must be one number")
        return ball_entries(found)[0]
    except Pole as pole:
        return pole
