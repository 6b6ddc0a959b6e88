"""A reader's own weights for a theorem of the package: the verifier's verdict, and which block is wrong.

    from verify.review import review
    print(review(get("gd-step"), weights))

The blocks that differ from the construction's are named, but a different block need not be a wrong one: weights that do the
same in another way are proved like any others. What is called wrong is the smallest set of blocks that, put right, makes the
verifier prove the claim.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from constructions import get
from constructions.language import Construction, Repeat, Stack, Transformer, UnknownName
from constructions.language.quantifier import call, names_of
from constructions.views.theorem.differences import WHOLE, Difference, differences, repaired
from constructions.views.theorem.letters import Shown, symbolic
from verify.command.plain import plain_values
from verify.command.text import counterexample_lines
from verify.judge import guarded, verify
from verify.methods.claims import CLAIM_METHODS
from verify.plan import plan
from verify.scrutiny.digging import digging
from verify.verdict import Standing, Verdict, undecided

METHODS = ("blockwise", "symbolic")  # the second where the first cannot say
MOST = 3  # blocks that are put right at once
MANY = 8  # differences among which more than one at once is tried


@dataclass(frozen=True)
class Review:
    """What the verifier says of a reader's weights; `wrong` are blocks that, put right, make it prove the claim.

    tried  how many blocks at once were put right on trial; 0 where the layers do not correspond or are repeated
    """

    verdict: Verdict
    differences: tuple[Difference, ...]
    wrong: tuple[Difference, ...]
    tried: int = 0

    @property
    def proved(self) -> bool:
        return self.verdict.standing is Standing.PROVED

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.proved:
            yield f"proved: your network is the algorithm, for {self.verdict.scope}"
            if self.differences:
                yield "and in another way than the construction:"
                yield from (f"  {found}" for found in self.differences)
            return
        yield f"{self.verdict.standing.value}: {self.verdict.because or self.verdict.scope}"
        if self.verdict.counterexample:
            yield from (f"  {line}" for line in counterexample_lines(plain_values(vars(self.verdict.counterexample))))
        if self.wrong:
            yield "the wrong block is" if len(self.wrong) == 1 else "the wrong blocks are, together,"
            yield from (f"  {found}" for found in self.wrong)
            yield f"with {'it' if len(self.wrong) == 1 else 'them'} put right, and nothing else changed, it is proved"
        elif self.differences:
            tried = (
                f"no {self.tried} or fewer of them, put right, make it proved"
                if self.tried
                else "none was put right on trial"
            )
            yield f"these differ from the construction; {tried}:"
            yield from (f"  {found}" for found in self.differences)
        else:
            known = self.verdict.standing is Standing.REFUTED
            yield "the blocks are the construction's" + (": look at the prompt and the readout" if known else "")


def review(construction: Construction | str, weights: Callable[..., Transformer]) -> Review:
    """Judge `weights` in place of the construction's own, for its first claim of them; a construction may be given by name.
    Raises what a wrong layer or name raises."""
    construction = get(construction) if isinstance(construction, str) else construction
    claim = next(
        claim for claim in construction.claims if not claim.replaces
    )  # another claim brings a network of its own
    record = replace(construction.claiming(claim), weights=weights, near_misses={}, steps=(), invariant=None)
    record = replace(record, resources={}, dead=None)
    standard = symbolic(construction, {})
    own = _named_alike(record, ", ".join(standard.instance.network.stream.registers))
    numbers = {**own.numbers, **standard.numbers}  # sizes that either builder needs as numbers
    networks = [symbolic(one, numbers).instance.network for one in (record, construction)]
    found = tuple(differences(*networks))
    verdict = _verdict(record)
    if verdict.standing is Standing.PROVED:
        return Review(verdict, found, ())
    repeated = any(isinstance(layer, (Repeat, Stack)) for network in networks for layer in network.layers)
    whole = any(not d.form or d.register == WHOLE for d in found)
    closed = repeated or whole or digging(record)
    tried = 0 if closed else min(len(found), MOST if len(found) <= MANY else 1)
    return Review(verdict, found, _wrong(record, construction, found, tried), tried)


def _named_alike(record: Construction, registers: str) -> Shown:
    """The reader's network in letters; where prompt or readout ask for a register that it lacks, which ones there must be."""
    try:
        return symbolic(record, {})
    except LookupError as error:
        told = f"{error}. The construction's stream has the registers {registers}: name yours so"
        raise UnknownName(told) from error


def _verdict(record: Construction) -> Verdict:
    """The first that decides; else the last, and for a bound, which these methods do not judge, one that says so."""
    because = f"a review is by {' and '.join(METHODS)}, and the claim is a bound or a limit: python -m verify has more methods"
    found = undecided("none", record.claims[0].text, "nowhere", because)
    for method in METHODS:
        found = next(iter(verify(record, methods=(method,)).claims.values()), found)
        if found.standing is not Standing.UNDECIDED:
            break
    return found


def _wrong(record: Construction, construction: Construction, found: Any, tried: int) -> tuple[Difference, ...]:
    """The smallest set of differences that, put right, makes the claim proved; none where there is none so small."""
    for count in range(1, tried + 1):
        for chosen in combinations(found, count):
            weights = _repairing(record.weights, construction.weights, chosen)
            if _proved(replace(record, weights=weights)):
                return chosen
    return ()


def _proved(record: Construction) -> bool:
    """Whether a method proves it. The builder is one of ours, made of two that were read, and is not read again."""
    (claim,), at = record.claims, plan(record, {}, 0)
    methods = ((name, CLAIM_METHODS[name]) for name in METHODS if CLAIM_METHODS[name].applies_to(claim))
    found = (guarded("claim", claim.text, name, lambda m=method: m(record, at)).standing for name, method in methods)
    return next((one for one in found if one is not Standing.UNDECIDED), None) is Standing.PROVED


def _repairing(mine: Any, theirs: Any, chosen: tuple[Difference, ...]) -> Callable[..., Transformer]:
    """Weights that ask for what both ask for, and build mine with some blocks of theirs."""
    names = list(dict.fromkeys([*names_of(mine), *names_of(theirs)]))

    def weights(**given: Any) -> Transformer:
        return repaired(call(mine, given), call(theirs, given), chosen)

    keyword = inspect.Parameter.KEYWORD_ONLY
    weights.__signature__ = inspect.Signature([inspect.Parameter(name, keyword) for name in names])
    return weights
