"""The methods that can decide a claim, strongest first: what each judges, what it compares, and why it is not stronger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from constructions.language import Construction, Equal, Limit, Within
from constructions.language.statement import Claim
from verify.methods.blockwise import blockwise
from verify.methods.boxes import boxes
from verify.methods.cells import cells
from verify.methods.composition import composition
from verify.methods.enclosure import enclosure
from verify.methods.exhaustive import exhaustive
from verify.methods.floating import floating
from verify.methods.identity import identity
from verify.methods.inequality import inequality
from verify.methods.invariant import invariant
from verify.methods.line import line
from verify.methods.passes import passes
from verify.methods.property import property_search
from verify.methods.rate import rate
from verify.methods.symbolic import symbolic
from verify.plan import Plan
from verify.verdict import Verdict


@dataclass(frozen=True)
class Method:
    """A way of judging a record with one claim. `judges` are the kinds of claim that it can say something about."""

    judge: Callable[[Construction, Plan], Verdict]
    judges: tuple[type, ...]
    compared: str
    limit: str

    def __call__(self, construction: Construction, plan: Plan) -> Verdict:
        return self.judge(construction, plan)

    def applies_to(self, claim: Claim) -> bool:
        return isinstance(claim, self.judges)


CLAIM_METHODS: dict[str, Method] = {
    "blockwise": Method(
        blockwise,
        (Equal,),
        "both sides as sums of words in matrices of symbolic size; one layer on a free state, where there is an invariant",
        "nothing is stronger; it knows no masks but the context's, and no positions",
    ),
    "invariant": Method(
        invariant,
        (Equal,),
        "both sides as polynomials at the sizes of a cut-off, which by a lemma decide all others; one layer, as for blockwise",
        "nothing is stronger; it knows no division by data, no masks but the context's, and no positions",
    ),
    "passes": Method(
        passes,
        (Equal, Within),
        "one pass of a network that writes tokens, at any state, as words in matrices of symbolic size; what softmax mixes in, by "
        "its entropy; the bound with the errors of all passes",
        "the bound of a softmax mean is a worst case, and sizes that a mask or a bound needs as numbers are named",
    ),
    "symbolic": Method(
        symbolic,
        (Equal,),
        "both sides as rational functions of all data and parameters, exponentials, relus and other functions being symbols",
        "a polynomial is computed at the sizes named only",
    ),
    "identity": Method(
        identity,
        (Equal,),
        "both sides at random points, in ℚ or in two prime fields, with a computed degree and height",
        "a random point leaves a probability, and the sizes are finitely many",
    ),
    "exhaustive": Method(
        exhaustive,
        (Equal,),
        "network and algorithm in exact rationals at every data set of a finite domain",
        "only the sizes named were listed",
    ),
    "inequality": Method(
        inequality,
        (Within,),
        "bound and defect as fractions in positive symbols, at every data set of a finite domain",
        "only the sizes named were listed",
    ),
    "composition": Method(
        composition,
        (Within,),
        "the ideal network with the algorithm, as rational functions; sizes and errors layer by layer, as formulas, with the bound",
        "the composed bound is an upper one, and only the sizes named were composed",
    ),
    "boxes": Method(
        boxes,
        (Within,),
        "error and bound as Taylor models on the whole box that data and parameters are restricted to",
        "only the sizes and the intervals of parameters that are named were covered",
    ),
    "cells": Method(
        cells,
        (Equal,),
        "the two sides as polynomials on each cell of the kinks that was met, at random points",
        "there may be other cells, and a random point leaves a probability",
    ),
    "line": Method(
        line,
        (Equal,),
        "the two sides along whole lines of data, as exact polynomials between one kink and the next",
        "there are other lines; it proves only where the data are one number and no parameter matters",
    ),
    "enclosure": Method(
        enclosure,
        (Equal, Within),
        "network and algorithm in ball arithmetic, against the bound",
        "it ran at finitely many points",
    ),
    "rate": Method(
        rate,
        (Limit,),
        "the error as a power series in the knob, with exact coefficients, and the order that is claimed",
        "the order was seen at the points or sizes named only",
    ),
    "float": Method(
        floating,
        (Equal, Within),
        "network and algorithm in float64, float32 and bfloat16, against exact numbers and derived rounding bounds",
        "it ran at finitely many points",
    ),
    "property": Method(
        property_search,
        (Equal, Within),
        "network and algorithm in exact rationals (or balls) at drawn degenerate data, and at sizes that the source names, "
        "shrunk where they differ",
        "it ran at finitely many points",
    ),
}
