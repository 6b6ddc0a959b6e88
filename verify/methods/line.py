"""Piecewise-linear networks (relu, hard attention) on whole lines of data, exactly: data = a + t b for every real t.

Along a line both sides are piecewise polynomials in t. From −∞ to +∞ they are compared piece by piece as polynomials, and at
every kink as numbers, so every cell that the line meets is covered, however small, and every tie on it. The kinks must be
rational, as they are where what is cut is linear in t. The number of pieces is reported.

Nothing is sampled on a line. But lines are few: the strongest standing is *tested*, except where the data are a single real
number and no parameter matters: then the line is everything, and the claim is *proved*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle, islice

from constructions.language import Construction, Equal, Instance
from constructions.matrix import Pole, Unsupported
from verify.built import built
from verify.engines.counterexample import Point, exact_defect, simplified
from verify.engines.lines import Line, ManyPieces, Swept, first_swept, is_one_line, lines_of
from verify.methods.exhaustive import free_of_parameters
from verify.plan import Plan, sizes_in_words
from verify.sides import Sides, claim_sides
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict, undecided

LINES = 3  # at the sizes that are swept


def line(construction: Construction, plan: Plan) -> Verdict:
    """The claim network = algorithm, on whole lines."""
    claim = construction.claims[0]
    if not isinstance(claim, Equal):
        return undecided("line", claim.text, plan.where, "it decides equalities, and the claim is a bound")
    return test_lines(construction, plan, claim_sides, kind="claim", subject=claim.text)


def test_lines(construction: Construction, plan: Plan, sides: Sides, *, kind: str, subject: str) -> Verdict:
    """left = right on lines, at the smallest sizes of the plan. The engine behind claims, proof steps and invariants."""
    whole = is_one_line(construction, plan.sizes[0])
    listed = plan.sizes if whole else (min(plan.sizes, key=lambda sizes: sum(sizes.values())),)
    pieces: list[int] = []
    try:
        for sizes in listed:
            for instance, met, swept in _swept(construction, sizes, plan.seed, sides):
                if swept.differs_at is not None:
                    return _differs(construction, instance, sides, met, swept, kind, subject)
                pieces.append(swept.pieces)
        free = whole and free_of_parameters(construction, listed, kind)
    except (Unsupported, Pole, ManyPieces, LookupError) as reason:
        return undecided("line", subject, plan.where, str(reason), kind)
    return _agree(pieces, listed, plan, whole, free, kind, subject)


def _swept(
    construction: Construction, sizes: Mapping[str, int], seed: int, sides: Sides
) -> Iterator[tuple[Instance, Line, Swept]]:
    """The lines at one size assignment: one for each choice of the parameters, and as many again as are wanted."""
    choices = list(parameter_choices(construction, sizes)) or [{}]
    wanted = len(choices) if is_one_line(construction, sizes) else max(LINES, len(choices))
    for number, parameters in enumerate(islice(cycle(choices), wanted)):
        instance = built(construction, sizes, parameters)
        words = (sorted(sizes.items()), seed, number)
        yield instance, *first_swept(instance, sides, lines_of(construction, instance, words))


def _agree(
    pieces: list[int],
    listed: tuple[Mapping[str, int], ...],
    plan: Plan,
    whole: bool,
    free: bool,
    kind: str,
    subject: str,
) -> Verdict:
    """Proved where the line is all there is, else tested."""
    each = ", ".join(map(str, pieces))
    at = "; ".join(filter(None, map(sizes_in_words, listed)))
    where = f", at the sizes {at}" if at else ""
    evidence = {"lines": len(pieces), "pieces": pieces}
    if free:
        scope = f"all real data, which are one line ({each} pieces){where}"
        return Verdict(kind, subject, "line", Standing.PROVED, scope, evidence=evidence)
    lines = "1 whole line" if len(pieces) == 1 else f"{len(pieces)} whole lines"
    scope = f"every point of {lines} of data ({each} pieces){where}, at the parameters drawn"
    because = "parameters were fixed at a few values" if whole else "there are other lines"
    return Verdict(kind, subject, "line", Standing.TESTED, scope, because, evidence)


def _differs(
    construction: Construction, instance: Instance, sides: Sides, met: Line, swept: Swept, kind: str, subject: str
) -> Verdict:
    """An exact point of the line at which the sides differ."""
    assert swept.differs_at is not None
    point = Point(instance.sizes, instance.parameters, met.point(swept.differs_at))
    shown = simplified(construction, point, exact_defect(sides))
    where = f"on piece {swept.pieces} of a line of data, at {sizes_in_words(instance.sizes)}"
    return Verdict(kind, subject, "line", Standing.REFUTED, where, "the two sides differ", counterexample=shown)
