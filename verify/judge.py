"""`verify(construction)`: run what applies, and say what each method found."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import cache

from constructions.language import BadConstruction, BadNetwork, Construction, UnknownName
from constructions.language.extent import entries_at
from constructions.language.quantifier import offer
from constructions.matrix import ShapeMismatch
from verify.built import networks_kept
from verify.engines.counterexample import first_counterexample
from verify.engines.source_sizes import beyond_the_plan
from verify.methods.claims import CLAIM_METHODS
from verify.methods.honesty import honesty
from verify.methods.near_misses import near_miss
from verify.methods.necessity import necessity
from verify.methods.resources import resources
from verify.methods.steps import steps
from verify.plan import Plan, plan, sizes_in_words
from verify.points import generic_instance
from verify.scrutiny.digging import digging
from verify.scrutiny.elsewhere import otherwise
from verify.scrutiny.place import FOREIGN, place, told
from verify.verdict import Report, Standing, Verdict, undecided

METHODS = (*CLAIM_METHODS, "steps", "honesty", "resources", "necessity", "near-misses")
# dear, and weaker than what decides every cell, every case or every box at once
PIECE_BY_PIECE = {
    "passes": ("cells", "line", "boxes"),
    "symbolic": ("cells", "line"),
    "exhaustive": ("cells", "line"),
    "composition": ("boxes",),
}
Progress = Callable[[str], None]
MISFITS = (BadNetwork, ShapeMismatch)  # parts of a network that do not fit together
SMALL = 10_000  # numbers in one matrix, up to which a network is built at its default sizes


def verify(
    construction: Construction,
    *,
    methods: Collection[str] = (),
    seed: int = 0,
    progress: Progress = lambda text: None,
    **sizes: int,
) -> Report:
    """Judge a construction: its claims, proof steps, honesty, resources and near misses.

    sizes     fix some sizes, e.g. d_x=3, n=7; otherwise three assignments of distinct primes are used
    methods   only these (see `METHODS`); by default all, but cells, lines and boxes only where nothing has proved the claim at once
    seed      moves every random point
    progress  called with a phrase before each piece of work
    """
    for name in methods:
        if name not in METHODS:
            raise UnknownName(f"no method is called {name!r}; {offer(name, METHODS)}")
    start = time.perf_counter()
    check_record(construction)
    with networks_kept():
        verdicts = tuple(_verdicts(construction, plan(construction, sizes, seed), methods or METHODS, progress))
    left_out = {name for name in METHODS if methods and name not in methods and name not in CLAIM_METHODS}
    if construction.near_misses and not any(verdict.kind == "near miss" for verdict in verdicts):
        left_out.add("near-misses")  # no claim that could be missed stands, or the record cannot be built
    return Report(construction, verdicts, time.perf_counter() - start, tuple(sorted(left_out)))


def check_record(construction: Construction) -> None:
    """Refuse what is no record itself, and one that was changed after it had been checked."""
    if type(construction) is not Construction:
        raise BadConstruction(f"a record is a Construction itself, not a {type(construction).__name__}")
    construction.__post_init__()


def _verdicts(construction: Construction, at: Plan, methods: Collection[str], progress: Progress) -> Iterator[Verdict]:
    """Honesty comes first, while the algorithm has seen no data but what honesty shows it."""
    claims = [construction.claiming(claim) for claim in construction.claims]
    progress("the builders")
    if because := next(filter(None, (unbuilt(single, at) for single in claims)), ""):
        yield from (undecided("none", single.claims[0].text, at.where, because) for single in claims)
        return
    if "honesty" in methods:
        for single in claims:
            progress("honesty")
            verdict = guarded("honesty", "honesty", "honesty", lambda s=single: honesty(s, at))
            yield replace(verdict, subject=single.claims[0].text)
    refuted = False
    for single in claims:
        for verdict in _claim(single, at, methods, progress):
            refuted = refuted or verdict.standing is Standing.REFUTED
            yield verdict
    if "steps" in methods:
        progress("proof steps")
        yield from guarded_all("step", "proof steps", lambda: list(steps(construction, at)))
    if "resources" in methods:
        progress("resources")
        yield guarded("resources", "resources", "resources", lambda: resources(construction, at))
    if "necessity" in methods:
        progress("necessity")
        yield from guarded_all("necessity", "necessity", lambda: list(necessity(construction, at)), "necessity")
    if "near-misses" in methods and not refuted:  # beside a false claim a near miss means nothing
        for name in construction.near_misses:
            progress(f"near miss: {name}")
            yield guarded("near miss", name, "near-misses", lambda n=name: near_miss(construction, n, at))


def unbuilt(construction: Construction, at: Plan) -> str:
    """Why the record has no network at its default sizes, or else at the first of the plan; "" where it has one there."""
    small = entries_at(construction, construction.sizes)[0] <= SMALL
    for what, sizes in (("its default sizes", construction.sizes), ("the sizes", at.sizes[0])):
        try:
            _ = generic_instance(construction, sizes) if small or sizes is at.sizes[0] else None
        except MISFITS as error:
            return f"the record cannot be built at {what} {sizes_in_words(sizes)}: {error}{place(error)}"
        except FOREIGN:
            continue  # every method will meet it, and say so
    return ""


def _claim(single: Construction, at: Plan, methods: Collection[str], progress: Progress) -> Iterator[Verdict]:
    """One claim by one method after the other; a refutation ends it."""
    claim = single.claims[0]
    applicable = [name for name, method in CLAIM_METHODS.items() if method.applies_to(claim)]
    if not applicable:
        yield undecided("none", claim.text, at.where, f"no method judges a claim of the kind {type(claim).__name__}")
    elsewhere = cache(lambda: "" if "honesty" in methods else otherwise(single, at.sizes))

    def doubt() -> str:  # a record may begin to dig only now
        return digging(single) or elsewhere()

    if "property" in applicable and "property" in methods:
        progress(f"sizes of the source: {claim.text}")
        found = guarded_all("claim", claim.text, lambda: [*beyond_the_plan(single, at)], "property")
        yield from found
        if any(verdict.standing is Standing.REFUTED for verdict in found):
            return
    settled: set[str] = set()
    for name in applicable:
        if name not in methods or (methods is METHODS and name in settled):
            continue
        progress(f"{name}: {claim.text}")
        verdict = guarded("claim", claim.text, name, lambda m=CLAIM_METHODS[name]: m(single, at))
        verdict = _with_numbers(verdict, single, at)
        yield (verdict := guarded("claim", claim.text, name, lambda v=verdict: _believed(v, doubt)))
        settled |= {*(PIECE_BY_PIECE.get(name, ()) if verdict.standing is Standing.PROVED else ())}
        if verdict.standing is Standing.REFUTED:
            return


def _believed(verdict: Verdict, doubt: Callable[[], str]) -> Verdict:
    """Nothing is shown of functions that are none: what remembers or looks around may answer otherwise the next time, and so may
    what was fixed when the file was executed, which honesty asks a fresh process, or else this does."""
    raised = "raised" in verdict.evidence
    said = verdict.standing is Standing.UNDECIDED and not raised
    if said or verdict.standing is Standing.REFUTED or not (found := doubt()):
        return verdict
    because = f"nothing is shown of functions that may answer otherwise the next time: {found}"
    because += f"; and {verdict.because}" if raised else ""
    return undecided(verdict.method, verdict.subject, verdict.scope, because)


def _with_numbers(verdict: Verdict, construction: Construction, at: Plan) -> Verdict:
    """A refuted claim gets a counterexample that can be checked by hand, where small data show one."""
    if verdict.standing is not Standing.REFUTED or verdict.counterexample:
        return verdict
    try:
        found = first_counterexample(construction, at)
    except FOREIGN:
        return verdict
    return replace(verdict, counterexample=found, scope="at the point printed") if found else verdict


def guarded(kind: str, subject: str, method: str, judge: Callable[[], Verdict]) -> Verdict:
    """The verdict, or "undecided: it raised …": one construction that raises must not take the others down."""
    return guarded_all(kind, subject, lambda: [judge()], method)[0]


def guarded_all(kind: str, subject: str, judge: Callable[[], list[Verdict]], method: str = "") -> list[Verdict]:
    try:
        return judge()
    except FOREIGN as error:
        because = f"it raised {told(error)}{place(error)}"
        found = undecided(method or kind, subject, "nowhere", because, kind)
        return [replace(found, evidence={"raised": type(error).__name__})]
