"""Whether every weight is needed: the sensitivity of the answer to every weight entry, in one backward pass.

Three verdicts of kind "necessity". They inform; they count for `Report.stands` only where the record declares `dead`.

* "every nonzero weight matters": at an exact point the derivative by it is not zero (or the answer changes without it), which
  is a proof. The exceptions that the record declares are printed with their reasons; any other refutes this statement only.
* "the zeros that cannot matter are the predicted ones": those whose derivative vanishes are those of which the zero pattern
  of the other weights says so (a query column against an empty key column, a value row against an empty row of `into`, a
  register that nobody reads). A sample is confirmed by brute force: the entry plus 1, the answer compared.
* "no leakage": see `verify/engines/leakage.py`.

Weights are what `verify/engines/places.py` lists: linear forms, masks of weights, a ridge, biases. Position codes, the prompt,
the readout and the numbers of a LayerNorm are not counted, and the verdicts say so.

Layers that share their weights count once, by the sum over their uses; the evidence says which uses contribute nothing.
The weights of hard attention are locally constant and relu has kinks, so there nonzero entries are judged by removal at points
as well: that the answer changes proves that they matter; that it never did, at finitely many points, proves nothing, and the
zeros are left undecided. So are they with balls, which prove "not zero" and never "zero".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from constructions.language import Construction
from constructions.matrix import Pole, Unsupported
from verify.domains import EmptyDomain
from verify.engines.findings import Findings, add
from verify.engines.leakage import leakage
from verify.engines.sensitivity import study
from verify.methods.exhaustive import finite_sizes
from verify.plan import Plan, sizes_in_words
from verify.verdict import Standing, Verdict, undecided

NONZEROS, ZEROS = "every nonzero weight matters", "the zeros that cannot matter are the predicted ones"
APART = "position codes, prompt, readout and the numbers of a LayerNorm are not counted"
SHOWN = 6  # entries named in a sentence


def necessity(construction: Construction, plan: Plan) -> tuple[Verdict, ...]:
    """The verdicts on every network of the record (a claim may replace the weights)."""
    return tuple(verdict for single, label in networks(construction) for verdict in _of(single, label, plan))


def networks(construction: Construction) -> Iterator[tuple[Construction, str]]:
    """The record reduced to each of its different networks, with words that tell them apart; the same weights behind another
    prompt are another network."""
    singles: dict[tuple[int, ...], Construction] = {}
    for single in map(construction.claiming, construction.claims):
        _ = singles.setdefault((id(single.weights), id(single.prompt), id(single.readout)), single)
    for single in singles.values():
        yield single, f" ({single.claims[0].text})" if len(singles) > 1 else ""


def _of(construction: Construction, label: str, plan: Plan) -> Iterator[Verdict]:
    try:
        listed, finite = finite_sizes(construction, plan)
        few = (
            finite or construction.dead is None
        )  # of a finite domain, where it has most members; or nothing is claimed
        sizes_listed = listed[:1] if few else tuple(sizes for sizes in plan.sizes if _full(construction, sizes))
        if not sizes_listed:
            raise Unsupported(
                "every prompt is shorter than the network was built for, which leaves weights without use"
            )
        found = Findings()
        for sizes in sizes_listed:
            add(found, study(construction, sizes, plan.seed), construction)
        where = "at the sizes " + "; ".join(map(sizes_in_words, sizes_listed))
        yield _nonzeros(found, construction, label, where)
        yield _zeros(found, label, where)
    except (Unsupported, Pole, EmptyDomain) as reason:
        for subject in (NONZEROS, ZEROS):
            yield undecided("necessity", subject + label, plan.where, str(reason), "necessity")
    yield leakage(construction, plan, label)


def _full(construction: Construction, sizes: Mapping[str, int]) -> bool:
    """Whether the network has no room for more than it gets: a shorter prompt leaves weights without use."""
    return all(sizes[name] == sizes[bound] for name, bound in construction.at_most.items())


def _nonzeros(found: Findings, construction: Construction, label: str, where: str) -> Verdict:
    declared = construction.dead or {}
    stale = [pattern for pattern in declared if pattern not in found.declared]
    reasons = {f"{pattern} ({declared[pattern]})": names for pattern, names in found.declared.items()}
    evidence = {"nonzeros": found.nonzeros, "dead": found.dead, "unknown": found.unknown}
    evidence |= {"declared": reasons, "idle": found.idle}
    standing, because = Standing.PROVED, ""
    if found.dead:
        standing, because = Standing.REFUTED, f"{len(found.dead)} nonzero weights do not matter: {_few(found.dead)}"
    elif stale:
        standing, because = Standing.REFUTED, f"declared dead, but no such weight is: {_few(stale)}"
    elif found.unknown:
        standing, because = Standing.UNDECIDED, f"no change was met at the points tried: {_few(found.unknown)}"
    elif found.kinks:
        standing, because = Standing.TESTED, "a point lies on the kink of a relu, where a derivative proves nothing"
    allowed = "".join(f"; {len(names)} exceptions declared: {name}" for name, names in reasons.items())
    scope = f"all {found.nonzeros} nonzero entries {where}{allowed}{_doubt(found)}; {APART}"
    return Verdict("necessity", NONZEROS + label, "necessity", standing, scope, because, evidence)


def _zeros(found: Findings, label: str, where: str) -> Verdict:
    evidence = {"zeros": found.zeros, "unpredicted": found.unpredicted, "mutants": found.mutants}
    standing, because = Standing.CERTIFIED, ""
    if found.local:
        standing, because = (
            Standing.UNDECIDED,
            "derivatives at points, or balls, do not prove that a zero cannot matter",
        )
    if found.unpredicted:
        standing, because = Standing.REFUTED, f"dead, though the pattern lets them matter: {_few(found.unpredicted)}"
    if found.impossible:
        standing, because = Standing.REFUTED, f"alive, though the pattern rules them out: {_few(found.impossible)}"
    scope = (
        f"{found.zeros} zero entries {where}; {found.mutants} entries confirmed by brute force{_doubt(found)}; {APART}"
    )
    return Verdict("necessity", ZEROS + label, "necessity", standing, scope, because, evidence)


def _doubt(found: Findings) -> str:
    """How often a derivative that is not zero vanishes at the point, at the worst sizes."""
    worst = max(found.doubts, key=lambda one: one.log2_failure, default=None)
    return f"; where no zero pattern says so, a weight is called dead wrongly with {worst.in_words}" if worst else ""


def _few(names: list[str]) -> str:
    more = len(names) - SHOWN
    return "; ".join(names[:SHOWN]) + (f"; and {more} more" if more > 0 else "")
