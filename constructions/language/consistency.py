"""What a record must be before anything is asked of it: every word is known, every name is declared, every function may ask for
what it asks for. Two calls, since near misses become functions in between."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from constructions.language.capacity import check_capacity
from constructions.language.quantifier import UnknownName, check_names, offer
from constructions.language.shapes import size_value
from constructions.language.statement import DOMAINS, BadConstruction, Box, Claim, Equal, Limit, Reading, Within
from constructions.matrix.opaque import fraction

# Why a nonzero weight may not matter.
DEAD_REASONS = ("gauge freedom", "gate", "pad", "first layer", "last layer", "kept from the paper")
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ITS_OWN = {"algorithm", "data", "domain", "sizes", "parameters", "claims", "gadget"}  # no claim replaces one of these


def check_declared(record: Any) -> None:
    """Refuse words and names that nobody knows. Raises `BadConstruction`, `UnknownName`."""
    if not NAME.fullmatch(record.name):
        raise BadConstruction(f"{record.name!r} is no name: use lower case words joined by hyphens, e.g. gd-step")
    _check_claims(record.name, record.claims)
    _check_data(record)
    _check_bounds(record)
    _ = record.with_sizes(record.sizes)
    for domain in (record.domain, *(claim.domain for claim in record.claims)):
        _check_domain(record, domain)
    if record.degree not in (1, 2) or isinstance(record.degree, bool):
        raise BadConstruction(f"the degree of {record.name}'s tokens is 1 or 2, not {record.degree!r}")
    if record.accept not in ("", "tested"):
        raise BadConstruction(f"accept is '' or 'tested', not {record.accept!r}")
    if not isinstance(record.gadget, bool):
        raise BadConstruction(f"gadget is True or False, not {record.gadget!r}")
    for place, reason in (record.dead or {}).items():
        if reason not in DEAD_REASONS:
            raise UnknownName(f"{record.name}: {place!r} is dead by {reason!r}; {offer(reason, DEAD_REASONS)}")


def check_functions(record: Any) -> None:
    """Refuse functions that ask for what they may not know, of every network of the record. Raises `WrongQuantifier`, too."""
    name, fixed = record.name, (*record.sizes, *record.parameters)
    everything = (*fixed, *record.data)
    check_names(f"weights of {name}", record.weights, fixed, record.data)
    for role, formula in _formulas(record):
        check_names(f"{role} of {name}", formula, everything)
    for claim in record.claims:
        if isinstance(claim, Within):
            check_names(f"bound of {name}", claim.bound, fixed, record.data)
        for knob in claim.knobs if isinstance(claim, Limit) else ():
            if knob not in record.parameters:
                raise UnknownName(f"{name}: the limit names the knob {knob!r}; {offer(knob, record.parameters)}")
    for variant in (*record.near_misses.values(), *record.claims):
        _ = record.variant(variant)
    if record.invariant:
        check_names(f"invariant of {name}", record.invariant.step, ("W", "l", *everything))
        for formula in record.invariant.holds.values():
            check_names(f"invariant of {name}", formula, ("W", *everything))
    if record.mean:
        check_names(f"mean of {name}", record.mean, ("s", *fixed))
    _check_networks(record)


def _formulas(record: Any) -> list[tuple[str, Callable[..., Any]]]:
    """What may ask for sizes, parameters and data, with what it is."""
    sides = [side for step in record.steps for side in (step.left, step.right) if not isinstance(side, Reading)]
    return [
        ("prompt", record.prompt),
        ("algorithm", record.algorithm),
        *(("second formula", claim.algorithm) for claim in record.claims if claim.algorithm),
        *([("invariant", record.invariant.start)] if record.invariant else []),
        *((f"quantity {name}", formula) for name, formula in record.quantities.items()),
        *(("proof step", side) for side in sides),
    ]


def _check_claims(name: str, claims: tuple[Claim, ...]) -> None:
    """A record claims something, and says it in words of its own."""
    if not claims:
        raise BadConstruction(f"{name} claims nothing; give it claims=(Equal(),)")
    for claim in claims:
        if type(claim) not in (Equal, Within, Limit):  # a subclass could claim less than it shows
            raise BadConstruction(f"{name} claims a {type(claim).__name__}; a claim is an Equal, Within or Limit")
    if len({claim.text for claim in claims}) < len(claims):
        raise BadConstruction(f"{name} makes two claims in the same words; give each claim a text of its own")


def _check_networks(record: Any) -> None:
    """A claim may be about another network, and about nothing else than the record's problem; one is about the record's own."""
    if all(claim.replaces or claim.algorithm for claim in record.claims):
        raise BadConstruction(
            f"every claim of {record.name} is about another network; claim something of the record's own"
        )
    for claim in record.claims:
        if extra := {*claim.replaces} & ITS_OWN:
            raise BadConstruction(f"a claim of {record.name} replaces {min(extra)}: it may name another network only")


def _check_data(record: Any) -> None:
    """There are data, and every shape is one in declared sizes."""
    if not record.data:
        raise BadConstruction(
            f"{record.name} has no data, so nothing is learned in context; name the data and their shapes"
        )
    groups = (record.sizes, record.parameters, record.data)
    if twice := {name for a in groups for b in groups if a is not b for name in a if name in b}:
        raise BadConstruction(f"{', '.join(sorted(twice))} is declared twice, as size, parameter or data")
    for shape in (*record.data.values(), *(p.shape for p in record.parameters.values())):
        for size in shape:
            try:
                size_value(size, record.sizes)
            except UnknownName as unknown:
                raise UnknownName(f"{record.name}: shape {shape} names {unknown}") from None


def _check_bounds(record: Any) -> None:
    """A size is bounded by another size, which nothing bounds."""
    for name in (*record.at_most, *record.at_most.values()):
        if name not in record.sizes:
            raise UnknownName(f"{record.name}: at_most names {name!r}; {offer(name, record.sizes)}")
    for name, bound in record.at_most.items():
        if bound in record.at_most:
            raise BadConstruction(f"{record.name}: {name} is at most {bound}, which is itself bounded; name one bound")
        check_capacity(record.name, record.weights, record.parameters, name, bound)


def _check_domain(record: Any, domain: Mapping[str, str | Box]) -> None:
    """Every name is that of data, and every word one of `DOMAINS`."""
    for name, word in domain.items():
        if name not in record.data:
            raise UnknownName(
                f"{record.name}: the domain is given for {name!r}, which is no data; {offer(name, record.data)}"
            )
        if isinstance(word, Box):
            _check_box(record, word)
        elif word not in DOMAINS:
            raise UnknownName(f"{record.name}: {word!r} is no domain; {offer(word, DOMAINS)}")
        elif word == "symmetric" and record.data[name][0] != record.data[name][1]:
            raise BadConstruction(
                f"{record.name}: {name} of shape {record.data[name]} cannot be symmetric: name the same size twice"
            )


def _check_box(record: Any, box: Box) -> None:
    """The bound of a box is a positive number, one number for all entries."""
    if isinstance(box.bound, str):
        if box.bound not in record.parameters:
            known = offer(box.bound, record.parameters)
            raise UnknownName(f"{record.name}: the bound of a box is {box.bound!r}; {known}")
        if record.parameters[box.bound].shape or not record.parameters[box.bound].positive:
            raise BadConstruction(f"{record.name}: {box.bound} bounds a box, so it must be a number and positive=True")
    elif fraction(box.bound) <= 0:
        raise BadConstruction(f"{record.name}: the bound of a box must be positive, got {box.bound}")
