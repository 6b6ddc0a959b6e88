"""One limit along one path: exact series at points, or at every data set of a finite domain, or with data as variables."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction

from constructions.language import Box, Construction
from constructions.language.statement import Limit
from constructions.matrix import Matrix, Unsupported
from constructions.matrix.rational import fractions_of
from verify.built import built
from verify.engines.ball_ratios import FAILURES, Point, points_of
from verify.engines.expansion import Expansion, expansion_at, expansion_everywhere
from verify.engines.isolated import isolated
from verify.engines.paths import Path
from verify.limits import Limits
from verify.methods.exhaustive import finite_sizes, whole_domain
from verify.plan import Plan, sizes_in_words, sizes_of_data
from verify.standard import parameter_choices
from verify.verdict import Counterexample, Standing, Verdict, undecided

LIMITS = Limits(seconds=40.0, mebibytes=2048)  # of a proof for all data at one size

LONGEST = 120  # characters of a constant that a sentence holds


@dataclass
class Seen:
    """What the points say together. `sharp` is the first constant that is certainly not zero, `at` the point where it was met,
    and `last` the last such point: its data are generic, where the domain allows it."""

    where: list[str] = field(default_factory=list)
    sharp: str = ""
    at: tuple[Point, Expansion] | None = None
    last: tuple[Point, Expansion] | None = None
    clean: bool = True  # everything below the order is zero
    zero: bool = True  # so is every coefficient of the order
    slower: str = ""
    missing: Unsupported | None = None
    width: int = 1  # terms of a series that sufficed at the last point

    def add(self, point: Point, found: Expansion) -> None:
        self.where.append(sizes_in_words(point[0]))
        self.width = found.width
        self.clean = self.clean and found.vanishes_below()
        self.zero = self.zero and all(found.field.is_zero(c) for c in found.constants())
        self.slower = self.slower or str(found.slower() or "")
        if (constant := found.constant()) is not None:
            self.last = (point, found)
            if self.at is None:
                self.sharp, self.at = str(constant), self.last


def along(construction: Construction, plan: Plan, claim: Limit, path: Path) -> tuple[Verdict, Seen]:
    """The verdict along a path, and what was seen. Raises `Unsupported` where no point has an exact series."""
    whole, points = _all_points(construction, plan, claim)
    seen = Seen()
    for point in points:
        try:
            found = expansion_at(construction, *point, path, seen.width)
        except Unsupported as reason:
            seen.missing = reason
            continue
        if (low := found.too_low()) is not None:
            return _too_low(claim, path, point, found, low), seen
        seen.add(point, found)
    if not seen.where:
        raise seen.missing or Unsupported("no data of these sizes lie in the domain")
    verdict = _summary(construction, plan, claim, path, seen, whole)
    if verdict.standing is Standing.TESTED and not whole:
        return _for_all_data(construction, plan, claim, path, verdict, seen.width), seen
    return verdict, seen


def _all_points(construction: Construction, plan: Plan, claim: Limit) -> tuple[bool, Iterator[Point]]:
    """Every data set of a finite domain, or points of an infinite one; and whether they are all that the claim speaks of."""
    sizes_listed, finite = finite_sizes(construction, plan)
    if not finite:
        return False, points_of(construction, plan)
    whole = set(claim.knobs) == set(construction.parameters)

    def listed() -> Iterator[Point]:
        for sizes in sizes_listed:
            for parameters in itertools.islice(parameter_choices(construction, sizes), 1 if whole else None):
                for data in whole_domain(construction, built(construction, sizes, parameters)):
                    yield sizes, parameters, data

    return whole, listed()


def _too_low(claim: Limit, path: Path, point: Point, found: Expansion, low: tuple[int, object]) -> Verdict:
    order = path.term(_order(found, low[0]))
    because = f"the error has the term {low[1]}·{order}, so its order is {_order(found, low[0])} at most"
    because += "" if path.single else f" along {path.where}"
    shown = _counterexample(point, found, path)
    where = f"at a point with {sizes_in_words(point[0])}"
    return Verdict("claim", claim.text, "rate", Standing.REFUTED, where, because, counterexample=shown)


def _order(found: Expansion, power: int) -> Fraction:
    return Fraction(power, found.scale)


def _summary(construction: Construction, plan: Plan, claim: Limit, path: Path, seen: Seen, whole: bool) -> Verdict:
    """What the points say together: a constant that is not zero somewhere, and nothing below the order anywhere."""
    leading, at = path.term(path.order), "; ".join(dict.fromkeys(seen.where))
    scope = f"{len(seen.where)} exact points at the sizes {at}" + ("" if path.single else f", along {path.where}")
    if seen.zero and seen.clean and all(1 in map(sizes.get, sizes_of_data(construction)) for sizes in plan.sizes):
        return undecided("rate", claim.text, scope, f"the coefficient of {leading} is zero where a size is 1")
    if seen.zero and seen.clean:
        because = f"the coefficient of {leading} is zero at every point: the error is smaller"
        return Verdict("claim", claim.text, "rate", Standing.REFUTED, scope, because)
    if seen.slower:
        because = f"the error has the term {seen.slower}·{leading}, whose coefficient grows with the knob"
        return undecided("rate", claim.text, scope, because)
    if not (seen.sharp and seen.clean):
        because = "exponentials in a coefficient may satisfy relations that are not known here"
        return undecided("rate", claim.text, scope, because)
    order = {name: order if isinstance(order, int) else f"e^(-{order.rate})" for name, order in claim.knobs.items()}
    evidence = {"order": order[path.knob] if path.single else order, "constant": seen.sharp, "points": len(seen.where)}
    error = f"error = {seen.sharp}·{leading} + … at one of them" + (
        ", kappa = 1/√(2π)" if "kappa" in seen.sharp else ""
    )
    if whole and seen.missing is None:
        scope = f"every data set in the domain at the sizes {at} ({len(seen.where)} cases), for {path.where}"
        return Verdict("claim", claim.text, "rate", Standing.PROVED, scope, error, evidence)
    because = f"{error}; data were fixed at a few values"
    return Verdict("claim", claim.text, "rate", Standing.TESTED, scope, because, evidence)


def _for_all_data(
    construction: Construction, plan: Plan, claim: Limit, path: Path, tested: Verdict, width: int
) -> Verdict:
    """The same with variables for data, where they are real and the terms are few; else what was tested."""
    proofs, poles = _proofs(construction, plan, path, width)
    if not proofs:
        return tested
    constant = next(iter(proofs.values()))
    scope = f"all real data and parameters, at the sizes {'; '.join(proofs)}, for {path.where}"
    scope += ", wherever no leading denominator is zero" if poles else ""
    shown = f"{constant} in one entry (entries numbered row by row)"
    if len(constant) > LONGEST:
        shown = "in one entry a polynomial of the data, which --json prints"
    because = f"error = c·{path.term(path.order)} + …, c = {shown}"
    return Verdict(
        "claim", claim.text, "rate", Standing.PROVED, scope, because, {**tested.evidence, "constants": proofs}
    )


def _proofs(construction: Construction, plan: Plan, path: Path, width: int) -> tuple[dict[str, str], bool]:
    """Sizes at which it holds identically → a constant; and whether anything was divided by that may be zero."""
    proofs: dict[str, str] = {}
    poles, least = False, construction.fitted({**plan.sizes[0], **dict.fromkeys(sizes_of_data(construction), 2)})
    if not all(word == "real" or isinstance(word, Box) for word in construction.domain.values()):
        return proofs, poles
    several = len(plan.sizes) > 1
    smaller = [{**least, name: 1} for name in reversed(sizes_of_data(construction))] if several else []
    candidates: list[Mapping[str, int]] = [*plan.sizes, *([least] if several else []), *smaller]
    for number, sizes in enumerate(candidates):
        if number > len(plan.sizes) and proofs:
            break
        with suppress(*FAILURES):
            constant, divides = isolated(lambda: _proof(construction, sizes, path, width), LIMITS)  # noqa: B023
            if constant:
                proofs[sizes_in_words(sizes)], poles = constant, poles or divides
    return proofs, poles


def _proof(construction: Construction, sizes: Mapping[str, int], path: Path, width: int) -> tuple[str, bool]:
    found = expansion_everywhere(construction, sizes, path, width)
    constant = found.constant() if found.vanishes_below() and found.slower() is None else None
    return "" if constant is None else str(constant), found.field.poles


def _counterexample(point: Point, found: Expansion, path: Path) -> Counterexample:
    sizes, parameters, data = point
    given = {
        k: fractions_of(v) if isinstance(v, Matrix) else "…" for k, v in parameters.items() if k not in path.powers
    }
    left, right, error = ([list(map(str, side))] for side in (found.left, found.right, found.error))
    given |= {} if path.rate else path.in_t
    return Counterexample(dict(sizes), given, {k: fractions_of(v) for k, v in data.items()}, left, right, error)
