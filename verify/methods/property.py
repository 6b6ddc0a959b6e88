"""Search for a counterexample on structured data: duplicates, rank deficiency, ties, zeros, wild scales, n < d, n = 1.

Hypothesis draws exact points and shrinks what fails. Equalities are judged in rationals (in balls where there are none),
bounds in balls. The examples are the same on every run; with HYPOTHESIS_PROFILE=nightly there are many more, steered
towards the largest |network − algorithm| / bound.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from hypothesis import HealthCheck, Phase, find, settings, target
from hypothesis.errors import NoSuchExample

from constructions.language import Box, Construction, Equal, Instance, Within
from constructions.matrix import Matrix, Pole, Unsupported
from constructions.matrix.rational import fractions_of
from verify.arithmetic.ball import ball_entries, in_balls, precision
from verify.built import built
from verify.domains import EmptyDomain, fewest_rows
from verify.engines.bit_exact import fixed_sizes
from verify.engines.bounds import bound_of
from verify.engines.counterexample import Point
from verify.engines.shown import matrix_line, shown
from verify.methods.enclosure import Answer, decide
from verify.plan import Plan, sizes_in_words
from verify.sides import claim_sides
from verify.strategies import DOMAINS, points
from verify.verdict import Standing, Verdict, undecided

EXAMPLES = {"nightly": 3000}
DEFAULT_EXAMPLES = 30
SHRINKING = 150  # points judged after the first that fails


class Enough(BaseException):
    """The counterexample has been shrunk for long enough. (No `Exception`, which would count as a failing example.)"""


@dataclass
class Search:
    """What a search met: points judged, poles of the algorithm, points that could not be judged and why."""

    construction: Construction
    steered: bool
    judged: int = 0
    poles: int = 0
    silent: int = 0  # the bound has no value
    reason: str = ""
    smallest: Point | None = None
    left: int = SHRINKING

    def fails(self, point: Point) -> bool:
        """Whether the claim is false at a point; keeps the last such point, which is the smallest so far."""
        if self.smallest is not None:
            self.left -= 1
            if self.left < 0:
                raise Enough
        failed = self._judge(point)
        self.smallest = point if failed else self.smallest
        return failed

    def _judge(self, point: Point) -> bool:
        """Where the algorithm has no value, nothing is claimed."""
        try:
            instance = built(self.construction, point.sizes, point.parameters)
            return self._fails(instance, point.data)
        except (Unsupported, EmptyDomain) as reason:
            self.reason = str(reason)
            return False

    def _fails(self, instance: Instance, data: Mapping[str, Matrix]) -> bool:
        try:
            self.judged += 1
            claim = self.construction.claims[0]
            if not isinstance(claim, Within):
                return _differs(instance, data)
            if self.steered:
                _ = target(_share(claim, instance, data))
            answer = decide(claim, instance, data)
            self.silent += answer is Answer.SILENT
            return answer is Answer.FAILS
        except Pole:
            if _pole_of_network_only(instance, data):
                where = {**instance.sizes, **{name: matrix_line(value) for name, value in data.items()}}
                self.reason = "the network divides by zero where the algorithm has a value: " + ", ".join(
                    f"{name} = {value}" for name, value in where.items()
                )
            self.poles += 1
            return False


def property_search(construction: Construction, plan: Plan) -> Verdict:
    """A counterexample to the claim, shrunk, or the number of points at which none was found."""
    claim = construction.claims[0]
    if not isinstance(claim, (Equal, Within)):
        return undecided("property", claim.text, plan.where, "it judges what holds at points, and the claim is a limit")
    words = [word for word in construction.domain.values() if not isinstance(word, Box)]
    if unknown := sorted({word for word in words if word not in ("real", *DOMAINS)}):
        return undecided("property", claim.text, plan.where, f"no strategy draws from “{unknown[0]}”")
    fixed = fixed_sizes(plan)
    search = _searched(construction, fixed, plan.seed)
    if search.smallest is None:
        return _none_found(construction, search, fixed)
    point = search.smallest
    because = "the sides differ" if isinstance(claim, Equal) else "|network − algorithm| exceeds the bound"
    scope = f"at a point with {sizes_in_words(point.sizes)}"
    found = shown(construction, point)
    return Verdict("claim", claim.text, "property", Standing.REFUTED, scope, because, counterexample=found)


def _searched(construction: Construction, fixed: Mapping[str, int], seed: int) -> Search:
    profile = os.environ.get("HYPOTHESIS_PROFILE", "")
    search = Search(construction, profile in EXAMPLES)
    with suppress(NoSuchExample, Enough):
        _ = find(
            points(construction, fixed=fixed),
            search.fails,
            settings=_settings(EXAMPLES.get(profile, DEFAULT_EXAMPLES)),
            random=Random(f"property {construction.name} {seed}"),
        )
    return search


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        phases=(Phase.generate, Phase.target, Phase.shrink),
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
    )


def _none_found(construction: Construction, search: Search, fixed: Mapping[str, int]) -> Verdict:
    claim = construction.claims[0]
    judged = search.judged - search.poles - search.silent
    if search.reason or not judged:
        without = "the bound has no value" if search.silent else "the algorithm has a pole"
        because = search.reason or f"{without} at every point that was drawn"
        return undecided("property", claim.text, "at drawn sizes", because)
    drawn = [name for name in construction.sizes if name not in fixed]
    least = fewest_rows(construction)
    words = [f"sizes drawn from {least} to {least + 2} ({', '.join(drawn)})"] if drawn else []
    words += [sizes_in_words(fixed)] if fixed else []
    poles = f" (poles of the algorithm at {search.poles} more)" if search.poles else ""
    poles += f" (the bound has no value at {search.silent} more)" if search.silent else ""
    scope = f"no counterexample at {judged} structured points{poles}, {', '.join(words)}"
    return Verdict("claim", claim.text, "property", Standing.TESTED, scope, evidence={"points drawn": judged})


def _differs(instance: Instance, data: Mapping[str, Matrix]) -> bool:
    try:
        left, right = claim_sides(instance, data)
        return any(any(row) for row in fractions_of(left - right))
    except Unsupported:
        return decide(Equal(), instance, data) is Answer.FAILS


def _pole_of_network_only(instance: Instance, data: Mapping[str, Matrix]) -> bool:
    try:
        _ = instance.algorithm(data)
    except (Pole, Unsupported):
        return False
    try:
        _ = instance.run(data).answer
    except Pole:
        return True
    except Unsupported:
        pass
    return False


def _share(claim: Within, instance: Instance, data: Mapping[str, Matrix]) -> float:
    """|network − algorithm| / bound: what a steered search makes as large as it can."""
    with precision(256):
        left, right = claim_sides(instance, in_balls(data))
        bound = bound_of(claim, instance)
        shares = [abs(ball) / bound for ball in ball_entries(left - right)]
        return max((float(share.mid()) for share in shares if share.is_finite()), default=0.0)
