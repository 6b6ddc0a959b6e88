"""What stands beside an order that was shown, in words: |error| ≤ C t^p for all t ≤ t_0, at a point or for all data in a box.

Only for orders that are powers: these bounds divide the error by a power of t, which says nothing of e^(−β).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from typing import Any

from constructions.language import Box, Construction
from constructions.language.quantifier import names_of
from constructions.matrix import Matrix
from verify.engines.remainder import Place, bound_in_box, bound_up_to, box_of
from verify.engines.shown import matrix_line
from verify.plan import sizes_in_words

DIGITS = 6
LONGEST = 120  # characters of the parameters that a sentence holds


def bounds_for_all_knobs(place: Place, proved: bool) -> dict[str, Any]:
    """At exact data; and for all data, where it was `proved` for these sizes that nothing stands below the order."""
    said = at_the_point(place)
    if proved:
        box = box_of(place.construction, place.sizes, place.parameters)
        said |= _for_all_data(replace(place, data=box, box=True))
    return said


def at_the_point(place: Place) -> dict[str, Any]:
    bound = bound_up_to(place, place.path.farthest(place.construction))
    if bound is None:
        return {"for all knobs": "no bound was found"}
    term, reach = place.path.term(place.path.order), place.path.reach(bound.t_0)
    said = f"|error| ≤ {_at_least(bound.constant)}·{term} for all {reach}"
    where = f"at a point with {sizes_in_words(place.sizes)}"
    return {"for all knobs": f"{said}, {where}; no constant below {_at_most(bound.least)} would do"}


def _for_all_data(place: Place) -> dict[str, Any]:
    bound = bound_in_box(place, place.path.farthest(place.construction))
    if bound is None:
        return {}
    term, reach = place.path.term(place.path.order), place.path.reach(bound.t_0)
    sizes, boxes = sizes_in_words(place.sizes), _intervals(place.construction)
    where = f"all data with entries in {boxes}, with {sizes}{_fixed(place)}"
    return {"for all knobs and data": f"|error| ≤ {_at_least(bound.constant)}·{term} for all {reach} and {where}"}


def _fixed(place: Place) -> str:
    """The parameters that the bound was computed at, where anything asks for them, with their values where these are short."""
    record = place.construction
    boxes = {word.bound for word in record.domain.values() if isinstance(word, Box)}
    asked = {name for f in (record.weights, record.prompt, record.readout, record.algorithm) for name in names_of(f)}
    names = [name for name in record.parameters if name in asked | boxes and name not in place.path.powers]
    values = {name: place.parameters[name] for name in names}
    if all(isinstance(value, Matrix) for value in values.values()):
        words = ", ".join(f"{name} = {matrix_line(value)}" for name, value in values.items())
        if len(words) <= LONGEST:
            return words and f", {words}"
    return f", at one choice of {', '.join(names)}"


def _at_least(number: float) -> str:
    """Six digits of a number, rounded up: a bound that is printed a little smaller is false."""
    return f"{float(Context(prec=DIGITS, rounding=ROUND_CEILING).create_decimal(number)):.{DIGITS}g}"


def _at_most(number: float) -> str:
    """Six digits of a number, rounded down."""
    return f"{float(Context(prec=DIGITS, rounding=ROUND_FLOOR).create_decimal(number)):.{DIGITS}g}"


def _intervals(construction: Construction) -> str:
    words = [construction.domain.get(name, "real") for name in construction.data]
    return ", ".join(dict.fromkeys(f"[−{w.bound}, {w.bound}]" if isinstance(w, Box) else "[−1, 1]" for w in words))
