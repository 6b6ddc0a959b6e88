"""Proof for networks that write tokens, for all real data, all parameters, and all sizes that are not named in the scope.

By induction over the passes: one pass is run in letters at any state (`verify/engines/passes.py`); what softmax mixes in is
bounded by its entropy, for all data; and errors are carried on (`verify/engines/carried.py`). The strongest standing is *proved*,
of an equality where no error is made, of a bound where it is at least the one that is carried. Else an equality may be proved at
numbers of passes that are named, by writing these out (`verify/engines/written_out.py`). This method refutes nothing: what it
does not prove is undecided.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from constructions.language import Construction, Equal, Within
from constructions.matrix import NeedsNumber, Pole, Unsupported
from constructions.matrix.formula import constants_by
from constructions.matrix.inverses import divisions
from constructions.matrix.sizes import LookedAt
from verify.arithmetic.ball import precision
from verify.arithmetic.exponential_rows import ExponentialRows
from verify.arithmetic.rows import RowArithmetic
from verify.engines.carried import check_algorithm, check_bound
from verify.engines.counterexample import TRIES, small_point
from verify.engines.induction import REFUSALS, refusal
from verify.engines.passes import differs, one_pass
from verify.engines.values import agree_somewhere
from verify.engines.writers import WritesNothing
from verify.engines.written_out import written_out
from verify.methods.blockwise import may_vanish
from verify.methods.enclosure import Answer, decide
from verify.plan import Plan, sizes_in_words, stream_of_integers
from verify.sides import claim_sides
from verify.verdict import Standing, Verdict, undecided

NUMBERS = range(1, 9)  # of the one size that is needed as a number
UNMET = "no point was met where both sides have a value and the claim is seen to hold"

Numbers = Mapping[str, int]
Attempt = Callable[[Construction, Numbers], dict[str, Any]]  # what was shown; raises one of `REFUSALS`


def passes(construction: Construction, plan: Plan) -> Verdict:
    """The claim, for all data and parameters, by induction over the passes, or an equality at a few numbers of them."""
    claim = construction.claims[0]
    if not isinstance(claim, (Equal, Within)):
        return undecided("passes", claim.text, plan.where, "it decides equalities and bounds, and the claim is a limit")
    if restricted := [name for name, word in construction.domain.items() if word != "real"]:
        return undecided("passes", claim.text, plan.where, f"{restricted[0]} is restricted")
    try:
        return _tried(construction, plan, by_induction, "by induction over the passes")
    except WritesNothing as reason:
        return undecided("passes", claim.text, plan.where, refusal(reason))
    except (*REFUSALS, Pole) as reason:
        because = refusal(reason)
    if isinstance(claim, Equal):
        with suppress(*REFUSALS, Pole):
            return _tried(construction, plan, by_writing_out, "")
    return undecided("passes", claim.text, plan.where, because)


def by_induction(construction: Construction, numbers: Numbers) -> dict[str, Any]:
    """The claim at these numbers and all other sizes, whatever the number of passes is."""
    claim, arithmetic = construction.claims[0], RowArithmetic()
    with constants_by(arithmetic):
        passed = one_pass(construction, numbers, arithmetic)
        check_algorithm(passed)
        if isinstance(claim, Within):
            check_bound(passed, claim, construction)
        elif passed.soft is not None:
            raise Unsupported(
                "softmax mixes other tokens in, so the state is not equal to the algorithm's by induction"
            )
    if passed.soft is None:
        return {"error of a pass": "0"}
    return {"error of a pass": f"≤ √(log {passed.soft.keys}/({passed.soft.scale}))"}


def by_writing_out(construction: Construction, numbers: Numbers) -> dict[str, Any]:
    """The equality at these numbers and all other sizes."""
    arithmetic = ExponentialRows()
    with constants_by(arithmetic):
        left, right = written_out(construction, numbers, arithmetic)
        if differs(arithmetic, left, right):
            raise Unsupported("the two sides do not cancel, pass by pass")
    return {"letters": len(arithmetic.made)}


def _tried(construction: Construction, plan: Plan, attempt: Attempt, how: str) -> Verdict:
    choices = _choices(construction, plan, attempt)
    with divisions() as divided:
        evidence = [attempt(construction, numbers) for numbers in choices]
    poles = any(may_vanish(scalar, construction) for scalar in divided)
    text, sizes = construction.claims[0].text, [{**plan.sizes[0], **numbers} for numbers in choices[:1]]
    if not all(_holds_somewhere(construction, one) for one in (*sizes, plan.sizes[-1])):
        return undecided("passes", text, plan.where, UNMET)
    scope = _scope(construction, choices, how, poles)
    return Verdict("claim", text, "passes", Standing.PROVED, scope, evidence={"passes": evidence})


def _choices(construction: Construction, plan: Plan, attempt: Attempt) -> list[dict[str, int]]:
    """Values of the sizes that an attempt needs as numbers: several of one, or those of the plan."""
    numbers: dict[str, int] = {}
    while True:
        try:
            _ = attempt(construction, numbers)
            break
        except LookedAt as looked:
            raise Unsupported(f"a builder looks at the size {looked}, so it need not treat all sizes alike") from None
        except NeedsNumber as needed:
            names = [name for name in re.findall(r"\w+", str(needed)) if name in construction.sizes]
            if not (wanted := [name for name in names if name not in numbers]):
                raise
            numbers |= {name: plan.sizes[0][name] for name in wanted}
    if len(numbers) == 1 and attempt is by_induction:
        return [dict.fromkeys(numbers, value) for value in NUMBERS]
    found = [{name: sizes[name] for name in numbers} for sizes in plan.sizes]
    return [one for k, one in enumerate(found) if one not in found[:k]]


def _holds_somewhere(construction: Construction, sizes: Numbers) -> bool:
    """Whether the claim is met at a point, in exact numbers or in balls."""
    claim = construction.claims[0]
    if isinstance(claim, Equal):
        return agree_somewhere(construction, sizes, claim_sides)
    numbers = stream_of_integers(32, "a bound holds", construction.name)
    for _ in range(TRIES):
        with suppress(Pole, LookupError), precision(128):
            if not isinstance(claim, Within):
                return False
            answer = decide(claim, *small_point(construction, sizes, numbers))
            if answer is not Answer.SILENT:  # where the bound has a pole, nothing is claimed
                return answer is Answer.HOLDS
    return False


def _scope(construction: Construction, choices: list[dict[str, int]], how: str, poles: bool) -> str:
    numbers, positive = choices[0], [name for name, one in construction.parameters.items() if one.positive]
    words = "all real data and parameters" + f" ({', '.join(positive)} > 0)" * bool(positive)
    words += f" and all sizes {', '.join(name for name in construction.sizes if name not in numbers)}"
    words += f" ({how})" * bool(how)
    if len(numbers) == 1:
        words += f", at {next(iter(numbers))} = {', '.join(str(one) for choice in choices for one in choice.values())}"
    elif numbers:
        words += f", at {'; '.join(map(sizes_in_words, choices))}"
    return words + (", wherever the inverses exist and nothing is divided by zero" if poles else "")
