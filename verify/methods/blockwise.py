"""Proof for all sizes, and by induction for all depths: both sides as formulas in matrices of symbolic shape.

Matrix products of letters are words, words do not commute, and 1×1 letters are scalars. Both sides are expanded into sums of
words; if every term cancels, the two sides are equal for all matrices of all sizes. If some do not, nothing follows: the
normal form knows the defining relations of blocks, but not, say, that a 1×1 product commutes.

Depth. Where the stack is one `Repeat` or `Stack` of symbolic length and the algorithm is an `iterate` of the same length, the
record's invariant turns the proof into three identities: the prompt (after the preparing layers) holds the invariant at
the start; one layer carries the invariant at a free W to the invariant at step(W); and the answer read from the
invariant at a free W is the algorithm's answer there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from constructions.language import Construction, Equal, Repeat, Stack
from constructions.matrix import Matrix, MatrixError, NeedsNumber, Size, Unsupported
from constructions.matrix.sizes import Index, equal, folding
from verify.engines.letters import Lettered, defect, lettered, like
from verify.plan import Plan
from verify.verdict import Standing, Verdict, undecided


def blockwise(construction: Construction, plan: Plan) -> Verdict:
    """The claim network = algorithm, for all real data and parameters and all sizes that are not named in the scope."""
    claim = construction.claims[0]
    if not isinstance(claim, Equal):
        return undecided("blockwise", claim.text, "in letters", "it decides equalities, and the claim is a bound")
    try:
        case = lettered(construction)
        deep = [layer for layer in case.instance.network.layers if _times(layer) is not None]
        proof = list(_by_induction(case, deep[0]) if deep else _directly(case))
    except (Unsupported, NeedsNumber, MatrixError) as reason:
        needed = f"the sizes {reason} are looked at, or needed as numbers"
        missing = needed if isinstance(reason, NeedsNumber) else str(reason)
        return undecided("blockwise", claim.text, "in letters", missing)
    for text, left_over in proof:
        if left_over:
            return undecided("blockwise", claim.text, "in letters", f"{text}: the terms {left_over} did not cancel")
    evidence = {"steps": [text for text, _ in proof]}
    return Verdict(
        "claim", claim.text, "blockwise", Standing.PROVED, scope(construction, case, bool(deep)), evidence=evidence
    )


def scope(construction: Construction, case: Lettered, deep: bool) -> str:
    """For all what, in words."""
    free = [name for name in construction.sizes if name not in case.numbers]
    fixed = "".join(f", at {name} = {value}" for name, value in case.numbers.items())
    depth = " (by induction over the depth)" if deep else ""
    return f"all real data and parameters and all sizes {', '.join(free)}{depth}{fixed}"


def _times(layer: Any) -> Size | None:
    """The symbolic length of a stack."""
    return layer.times if isinstance(layer, (Repeat, Stack)) and isinstance(layer.times, Size) else None


Proof = Iterator[tuple[str, str]]


def _directly(case: Lettered) -> Proof:
    """Run all layers, and compare the answers."""
    instance, H = case.instance, case.start()
    for layer in instance.network.unrolled:
        H = case.after(H, layer)
    answer = instance.formula(instance.construction.algorithm, case.data)
    yield (
        "the network's answer is the algorithm's",
        defect(case.read(H, instance.readout.form, instance.readout.at), answer),
    )


def _by_induction(case: Lettered, stack: Any) -> Proof:
    instance, invariant = case.instance, case.instance.construction.invariant
    if invariant is None:
        raise Unsupported("a stack of symbolic length needs an invariant, and the record declares none")
    *before, last = instance.network.layers
    if last is not stack or len(before) != invariant.first:
        raise Unsupported("the layers must be those that prepare the invariant, and then one stack")
    layer = stack.layers[0] if isinstance(stack, Stack) else stack.layer
    start = instance.formula(invariant.start, case.data)
    free = like("W", start)
    moved = instance.formula(invariant.step, case.data, W=free, l=Index())
    H = case.start()
    for prepared in before:
        H = case.after(H, prepared)
    yield "before the stack the invariant holds at the start", defect(H, _held(case, start, layer))
    yield (
        "one layer carries the invariant at W to the invariant at step(W)",
        defect(case.after(_held(case, free, layer), layer), _held(case, moved, layer)),
    )
    yield from _answers(case, stack.times, layer, (start, free, moved))


def _answers(case: Lettered, times: Size, layer: Any, states: tuple[Any, Any, Any]) -> Proof:
    """The algorithm iterates the invariant's step from its start, as often as there are layers, and answers as the stream does."""
    (start, free, moved), proof = states, []

    def meaning(number: Size, step: Any, begin: Any) -> Any:
        if not equal(number, times):
            raise Unsupported(f"the algorithm makes {number} steps, the network {times}")
        proof.append(("the algorithm starts where the invariant does", _defects(begin, start)))
        proof.append(("the algorithm's step is the invariant's", _defects(step(free, Index()), moved)))
        return free

    instance = case.instance
    with folding(meaning):
        answer = instance.formula(instance.construction.algorithm, case.data)
    yield from proof
    read = case.read(_held(case, free, layer), instance.readout.form, instance.readout.at)
    yield "the answer read at a free W is the algorithm's at W", defect(read, answer)


def _held(case: Lettered, state: Any, layer: Any) -> Matrix:
    """The stream that the invariant describes at a state."""
    invariant = case.instance.construction.invariant
    assert invariant is not None
    values = {place: case.instance.formula(f, case.data, W=state) for place, f in invariant.holds.items()}
    return case.holding(values, layer)


def _defects(left: Any, right: Any) -> str:
    """The first term by which two states differ."""
    if isinstance(left, tuple) != isinstance(right, tuple):
        return "one state is a tuple, the other a matrix"
    pairs = zip(left, right, strict=True) if isinstance(left, tuple) else [(left, right)]
    return next((found for a, b in pairs if (found := defect(a, b))), "")
