"""`verify(construction)`: run what applies, and say what each method found."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from constructions.language import Construction, UnknownName
from constructions.language.quantifier import offer
from verify.methods.claims import CLAIM_METHODS
from verify.methods.counterexample import counterexample, exact_defect
from verify.methods.honesty import honesty
from verify.methods.near_misses import near_miss
from verify.methods.resources import resources
from verify.methods.steps import steps
from verify.plan import Plan, plan
from verify.sides import claim_sides
from verify.verdict import Report, Standing, Verdict

METHODS = (*CLAIM_METHODS, "steps", "honesty", "resources", "near-misses")
Progress = Callable[[str], None]


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
    methods   only these (see `METHODS`); all by default
    seed      moves every random point
    progress  called with a phrase before each piece of work
    """
    for name in methods:
        if name not in METHODS:
            raise UnknownName(f"no method is called {name!r}; {offer(name, METHODS)}")
    start = time.perf_counter()
    verdicts = tuple(_verdicts(construction, plan(construction, sizes, seed), methods or METHODS, progress))
    left_out = tuple(name for name in METHODS if methods and name not in methods and name not in CLAIM_METHODS)
    return Report(construction, verdicts, time.perf_counter() - start, left_out)


def _verdicts(construction: Construction, at: Plan, methods: Collection[str], progress: Progress) -> Iterator[Verdict]:
    for claim in construction.claims:
        single = construction.claiming(claim)
        for name, method in CLAIM_METHODS.items():
            if name in methods:
                progress(f"{name}: {claim.text}")
                yield _with_numbers(guarded("claim", claim.text, name, lambda m=method, s=single: m(s, at)), single, at)
    if "steps" in methods:
        progress("proof steps")
        yield from guarded_all("step", "proof steps", lambda: list(steps(construction, at)))
    if "honesty" in methods:
        for claim in construction.claims:
            progress("honesty")
            verdict = guarded("honesty", claim.text, "honesty", lambda c=claim: honesty(construction.claiming(c), at))
            yield replace(verdict, subject=claim.text)
    if "resources" in methods:
        progress("resources")
        yield guarded("resources", "resources", "resources", lambda: resources(construction, at))
    if "near-misses" in methods:
        for name in construction.near_misses:
            progress(f"near miss: {name}")
            yield guarded("near miss", name, "near-misses", lambda n=name: near_miss(construction, n, at))


def _with_numbers(verdict: Verdict, construction: Construction, at: Plan) -> Verdict:
    """A refuted equality gets a counterexample that can be checked by hand, where small data show one."""
    if verdict.standing is not Standing.REFUTED or verdict.counterexample or verdict.method == "enclosure":
        return verdict

    def search() -> Verdict:
        found = (counterexample(construction, sizes, exact_defect(claim_sides)) for sizes in at.sizes)
        return replace(verdict, counterexample=next(filter(None, found), None))

    return _or(verdict, search)


def guarded(kind: str, subject: str, method: str, judge: Callable[[], Verdict]) -> Verdict:
    """The verdict, or "undecided: it raised …": one construction that raises must not take the others down."""
    return guarded_all(kind, subject, lambda: [judge()], method)[0]


def guarded_all(kind: str, subject: str, judge: Callable[[], list[Verdict]], method: str = "") -> list[Verdict]:
    try:
        return judge()
    except Exception as error:
        because = f"it raised {type(error).__name__}: {error}"
        return [Verdict(kind, subject, method or kind, Standing.UNDECIDED, "nowhere", because)]


def _or(fallback: Verdict, judge: Callable[[], Verdict]) -> Verdict:
    verdict = guarded(fallback.kind, fallback.subject, fallback.method, judge)
    return fallback if verdict.standing is Standing.UNDECIDED else verdict
