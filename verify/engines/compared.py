"""A composed bound E against the bound that is claimed: for all parameters, term by term, else at a few choices of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import nextafter
from typing import Any

from constructions.language import Construction, Within
from constructions.language.quantifier import call
from constructions.matrix import Pole, Unsupported, exact
from constructions.matrix.rational import fractions_of
from verify.arithmetic.ball import precision, surely_at_most
from verify.arithmetic.factored_sums import Sum
from verify.arithmetic.smooth import ball
from verify.built import built
from verify.engines.bounds import bound_of
from verify.engines.composition import Composed, Symbolic
from verify.standard import parameter_choices

BITS = 128


@dataclass(frozen=True)
class Compared:
    """What was found at some sizes: whether E ≤ bound for all parameters, the largest E/bound that was met, and E at the
    first choice of parameters (the defaults, where there are some); what is left of ideal − algorithm (empty: nothing); whether the
    algorithm may have a pole."""

    everywhere: bool = False
    ratio: float = 0.0
    error: float = 0.0
    difference: str = ""
    poles: bool = False


def compared(
    construction: Construction, sizes: Mapping[str, int], known: Symbolic, compose: Callable[[bool], Composed]
) -> Compared:
    """The comparison of the bound with what is composed: with coefficients term by term, else with their factors."""
    if (plain := _at_parameters(construction, sizes, known, compose(False).errors)).everywhere:
        return plain
    other = _at_parameters(construction, sizes, known, compose(True).errors)
    return other if other.everywhere or other.ratio < plain.ratio else plain


def _at_parameters(
    construction: Construction, sizes: Mapping[str, int], known: Symbolic, errors: list[Sum]
) -> Compared:
    """E against the bound: as formulas in the parameters, and in balls at a few choices of them."""
    claim = construction.claims[0]
    assert isinstance(claim, Within)
    errors = list({frozenset(error.terms.items()): error for error in errors}.values())
    bound = _bound(claim, known, sizes)
    everywhere = bound is not None and all(error.at_most(bound) for error in errors)
    ratio, errors_there = None, []
    with precision(BITS):
        for parameters in parameter_choices(construction, sizes):
            instance, given = built(construction, sizes, parameters), _entries(parameters)
            try:
                limit = bound_of(claim, instance)
            except Pole:
                continue  # nothing is claimed there
            values = known.arithmetic.values(errors, given)
            errors_there = errors_there or [float(value.abs_upper()) for value in values]
            holds = everywhere or all(surely_at_most(value, limit) for value in values)
            ratio = max(ratio or 0.0, _ratio(values, limit, holds))
    if ratio is None:
        raise Unsupported("the bound has no value at any of the parameters that were tried")
    return Compared(everywhere, ratio, max(errors_there, default=0.0))


def _bound(claim: Within, known: Symbolic, sizes: Mapping[str, int]) -> Sum | None:
    """The claimed bound as a formula in the parameters; None where it has no value there."""
    try:
        bound = exact(call(claim.bound, {**sizes, **known.parameters}))
        return known.arithmetic.table(bound).cells[0][0]
    except (Unsupported, Pole):
        return None


def _ratio(values: Sequence[Any], limit: Any, holds: bool) -> float:
    """The largest value/limit, at most 1 where that is known to hold, and above 1 elsewhere."""
    if not all(value.is_finite() for value in values):
        return float("inf")
    worst = max((float((value / limit).abs_upper()) for value in values if not value.is_zero()), default=0.0)
    return min(worst, 1.0) if holds else max(worst, nextafter(1.0, 2.0))


def _entries(parameters: Mapping[str, Any]) -> dict[Any, Any]:
    """(name, row, column) → a ball."""
    return {
        (name, i, j): ball(entry)
        for name, value in parameters.items()
        for i, row in enumerate(fractions_of(value))
        for j, entry in enumerate(row)
    }
