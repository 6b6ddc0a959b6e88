"""Variants of a record's own functions: what a near miss or a claim changes is named, and the record makes the functions of it.

`NearMiss("the query attends to itself", mask="everything")` is the record's weights with `mask="everything"`. A value that is a
function stands for a quantified argument as a formula in sizes and parameters: `NearMiss("a sum", eta=lambda eta, n: n * eta)`. A
name that is a field of records, too, is given with the function: `NearMiss("one layer less", weights={"steps": lambda steps: …})`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, partial
from inspect import signature
from types import FunctionType
from typing import Any

from constructions.language.quantifier import UnknownName, asking, call, names_of, offer
from constructions.language.statement import BadConstruction, NearMiss, Source

ROLES = ("weights", "prompt", "readout", "algorithm")
PLAIN = (str, int, Fraction, FunctionType)  # values that are equal only where they mean the same


@dataclass(frozen=True)
class Changed:
    """A function with formulas for some of its arguments: it asks for what the formulas ask for, and for its other arguments."""

    func: Callable[..., Any]
    changes: tuple[tuple[str, Callable[..., Any]], ...]

    def __post_init__(self) -> None:
        changed = dict(self.changes)
        asked = [name for name in names_of(self.func) if name not in changed]
        asked += [name for formula in changed.values() for name in names_of(formula)]
        own = [p for p in signature(self.func).parameters.values() if p.name not in names_of(self.func)]
        asking(self, asked, self.func, own)

    def __call__(self, **given: Any) -> Any:
        taken = {name: given[name] for name in signature(self.func).parameters if name in given}
        return self.func(**taken | {name: call(formula, given) for name, formula in self.changes})


def varied(function: Callable[..., Any], changes: Mapping[str, Any], where: str) -> Callable[..., Any]:
    """The function with arguments changed: a function given for a quantified one is a formula, all else a value."""
    known, asked = signature(function).parameters, names_of(function)
    for name in changes:
        if name not in known:
            raise UnknownName(f"{where} changes {name!r}, which it does not take; {offer(name, known)}")
    made = tuple((name, name in asked and callable(value), type(value), value) for name, value in changes.items())
    return (
        _once(function, made) if all(isinstance(value, PLAIN) for value in changes.values()) else _made(function, made)
    )


def _made(function: Callable[..., Any], changes: tuple[tuple[str, bool, type, Any], ...]) -> Callable[..., Any]:
    values = {name: value for name, is_formula, _, value in changes if not is_formula}
    formulas = tuple((name, value) for name, is_formula, _, value in changes if is_formula)
    function = partial(function, **values) if values else function
    return Changed(function, formulas) if formulas else function


_once = cache(_made)  # two claims of one network are seen to be that, and it is judged once


def settled(record: Any, change: Any, name: str = "") -> Any:
    """A claim or near miss with the functions that it replaces in the place of what it changes, and its source in full."""
    if not isinstance(change, NearMiss):
        where = f"{record.name}: the claim {change.text!r}"
        return replace(change, replaces=_replaced(record, change.replaces, where)) if change.replaces else change
    where = f"{record.name}: the near miss {name or repr(change.because)}"
    made = _replaced(record, {**_of(record, change, where), **change.replaces}, where)
    return NearMiss(change.because, source=_source(record, change, where), **made)


def _of(record: Any, miss: NearMiss, where: str) -> dict[str, Any]:
    """The network and the words of the claim that it is a near miss of."""
    if miss.of is None:
        return {}
    claim = next((claim for claim in record.claims if claim.text == miss.of.text), None)
    if claim is None:
        raise BadConstruction(f"{where} is one of {miss.of.text!r}, which the record does not claim")
    single = replace(claim, replaces={}, domain={}, algorithm=None)
    own = {"algorithm": claim.algorithm} if claim.algorithm else {}
    domain = {"domain": {**record.domain, **claim.domain}} if claim.domain else {}
    return {**claim.replaces, **own, **domain, "claims": (single,)}


def _replaced(record: Any, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Fields by name, where … stands for the record's own. What is no field of the record is an argument of its weights."""
    fields = {name: value for name, value in given.items() if name in record.__dataclass_fields__}
    fields |= {name: getattr(record, name) for name, value in fields.items() if value is ...}
    arguments = {name: value for name, value in given.items() if name not in fields}
    for role in ROLES:
        if isinstance(fields.get(role), Mapping):
            fields[role] = varied(getattr(record, role), fields[role], f"{where}: its {role}")
    if arguments:
        weights = fields.get("weights", record.weights)
        if unknown := [name for name in arguments if name not in signature(weights).parameters]:
            known = [*record.__dataclass_fields__, *signature(weights).parameters]
            raise UnknownName(
                f"{where} changes {unknown[0]!r}, which is no field of the record, and its weights do not take it; "
                f"{offer(unknown[0], known)}"
            )
        fields["weights"] = varied(weights, arguments, where)
    return fields


def _source(record: Any, miss: NearMiss, where: str) -> Source | None:
    """A place alone is one in the work that the record is from."""
    keys = {one.key for one in record.sources}
    if miss.place and len(keys) != 1:
        raise BadConstruction(
            f"{where} names the place {miss.place!r}, and the record has {len(keys) or 'no'} works among its sources; give "
            "Source(key, place)"
        )
    return Source(min(keys), miss.place) if miss.place else miss.source
