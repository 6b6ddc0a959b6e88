"""Piecewise-linear networks (relu, hard attention), one whole activation cell at a time.

On a cell both sides are rational functions. A point is drawn, an exact run there says on which side every kink stands, and with
that imposed the two rational functions are tested for identity: the cell is *certified*, at all its points and for all
parameters in it. Kinks that are multiplied by zero, masked or constant have no sides and make no cells. How many different
cells were covered is reported. That is *tested*, for there may be others; *certified* only where every setting of the kinks was
gone through, one by one (relus alone, at sizes that are small enough), besides the cells drawn at the sizes of the plan. Ties of
hard attention are cells of their own, which random points miss and nobody enumerates.
"""

from __future__ import annotations

from math import ceil, log2

from constructions.language import Construction, Equal
from constructions.matrix import Pole, Unsupported
from verify.engines.cell_runs import Covered, drawn_cells, every_cell
from verify.engines.counterexample import counterexample, exact_defect
from verify.plan import Plan, sizes_in_words, sizes_of_data
from verify.sides import Sides, claim_sides
from verify.verdict import Standing, Verdict, undecided


def cells(construction: Construction, plan: Plan) -> Verdict:
    """The claim network = algorithm, cell by cell."""
    claim = construction.claims[0]
    if not isinstance(claim, Equal):
        return undecided("cells", claim.text, plan.where, "it decides equalities, and the claim is a bound")
    return test_cells(construction, plan, claim_sides, kind="claim", subject=claim.text)


def test_cells(construction: Construction, plan: Plan, sides: Sides, *, kind: str, subject: str) -> Verdict:
    """left = right on every cell that is met. The engine behind claims, proof steps and invariants."""
    found: list[Covered] = []
    try:
        for sizes in plan.sizes:
            covered = drawn_cells(construction, sizes, sides, plan.seed)
            if covered.differ:
                shown = counterexample(construction, sizes, exact_defect(sides))
                where = f"on the activation cell of a point with {sizes_in_words(sizes)}"
                because = "the two sides differ"
                return Verdict(kind, subject, "cells", Standing.REFUTED, where, because, counterexample=shown)
            found.append(covered)
        if not any(any(switches) for covered in found for switches in covered.cells):
            because = "no kink depends on the data or the parameters: there is one cell, and `identity` decides it"
            return undecided("cells", subject, plan.where, because, kind)
        tried = (every_cell(construction, sizes, sides, plan.seed) for sizes in small(construction, plan))
        found += filter(None, [next((covered for covered in tried if covered.every), None)])
    except (Unsupported, Pole) as reason:
        return undecided("cells", subject, plan.where, str(reason), kind)
    return _verdict(found, plan, kind, subject)


def _verdict(found: list[Covered], plan: Plan, kind: str, subject: str) -> Verdict:
    """Certified where all cells were gone through at some sizes, tested where some cells were met, else undecided."""
    met = [covered for covered in found if covered.cells and not covered.every]
    whole = [covered for covered in found if covered.every]
    loose = sum(covered.loose for covered in met)
    if not met:
        because = (
            "at every point drawn the sides differ as functions, but not at the point itself: ties, or a smaller domain"
        )
        return undecided("cells", subject, plan.where, because, kind)
    worst = ceil(log2(sum(covered.chance for covered in (*met, *whole))))
    words = "; ".join(f"{len(covered.cells)} at {sizes_in_words(covered.sizes)}" for covered in met)
    scope = f"the activation cells that were met ({words}), each with its data and parameters"
    evidence = {
        "cells": sum(len(covered.cells) for covered in met),
        "undecided cells": loose,
        "kinks": sum(covered.kinks for covered in met),
        "idle kinks": sum(covered.idle for covered in met),
        "log2_failure": worst,
    }
    because = "there may be other cells" + (f", and {loose} that were met are not decided" if loose else "")
    chance = f"failure probability ≤ 2^{worst}"
    if not whole or loose:
        return Verdict(kind, subject, "cells", Standing.TESTED, f"{scope}; {chance}", because, evidence)
    every = "; ".join(f"{sizes_in_words(c.sizes)} ({_counted(c)}, gone through one by one)" for c in whole)
    scope = f"all real data and parameters, at the sizes {every}; {scope}; {chance}"
    return Verdict(kind, subject, "cells", Standing.CERTIFIED, scope, evidence=evidence)


def _counted(covered: Covered) -> str:
    settings, kinks = len(covered.cells), covered.kinks
    return f"{settings} setting{'s' * (settings != 1)} of {kinks} kink{'s' * (kinks != 1)}"


def small(construction: Construction, plan: Plan) -> list[dict[str, int]]:
    """Sizes at which all settings may be gone through: the only ones of the plan, or, where none is given, 2 for each; then
    depth 1; then a single item of the last kind, the query."""
    first, data_sizes = dict(plan.sizes[0]), sizes_of_data(construction)
    if len(plan.sizes) == 1:
        return [first]
    free = [name for name in first if len({sizes[name] for sizes in plan.sizes}) > 1]
    twos = {**first, **{name: 2 for name in free}}
    shallow = {**twos, **{name: 1 for name in free if name not in data_sizes}}
    last = [name for name in free if name in data_sizes][-1:]
    found = [construction.fitted(sizes) for sizes in (twos, shallow, {**shallow, **{name: 1 for name in last}})]
    return [sizes for number, sizes in enumerate(found) if sizes not in found[:number]]
