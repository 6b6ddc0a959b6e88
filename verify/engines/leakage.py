"""Whether an answer depends on anything that it must not see: one backward pass a row of the answer, down to tokens and data.

* Masks: a token that the masks of the layers, one after the other, keep out of sight of the reader has derivative zero. That
  holds tokens of other queries, and later tokens under a causal mask.
* Algorithm (for equalities over all real data): a data entry on which the textbook's row of the answer does not depend, the
  network's row does not depend on either. An off-by-one causal mask and a prompt that carries the label both fail here.

It is proved where the zero pattern of the weights has no way from the one to the other; else the derivative at an exact
point decides. The evidence also says who would read a label in a query's
empty slot (`verify/engines/label_slot.py`). At a point hard attention counts by its values only: its choice is
locally constant; the zero pattern counts the choice too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from constructions.language import Attention, Construction, Equal, Instance
from constructions.language.instance import Run
from constructions.language.layout import Layout
from constructions.matrix import Arithmetic, Matrix, Pole, Unsupported
from verify.arithmetic.ball import BALL, precision
from verify.arithmetic.pattern import PATTERN, anything
from verify.arithmetic.tape import TapeArithmetic
from verify.domains import EmptyDomain
from verify.engines.generic_points import PRECISION, arithmetics, certainly_nonzero, points
from verify.engines.label_slot import followed, label_slot, random_row
from verify.plan import Plan, sizes_in_words
from verify.verdict import Standing, Verdict, undecided

SUBJECT = "no leakage"
Back = Callable[[int, Matrix], np.ndarray]  # (row of the answer, matrix) → which of its entries the row depends on


def leakage(construction: Construction, plan: Plan, label: str = "") -> Verdict:
    """No row of the answer depends on what it must not see, at the first sizes of the plan."""
    reason: Exception = Unsupported("no arithmetic was tried")
    for arithmetic in arithmetics(construction):
        try:
            with precision(PRECISION):
                instance, data = next(points(construction, plan.sizes[0], plan.seed, arithmetic))
                return _judged(instance, data, arithmetic, label)
        except (Unsupported, Pole, EmptyDomain) as refusal:
            reason = refusal
    return undecided("necessity", SUBJECT + label, plan.where, str(reason), "necessity")


def _judged(instance: Instance, data: dict[str, Matrix], arithmetic: Arithmetic, label: str) -> Verdict:
    proved = True
    unknown = {name: anything(*value.shape) for name, value in data.items()}
    for _, names in _leaks(instance, unknown, data, PATTERN, arithmetic):
        proved = proved and not names
    found = [] if proved else list(_leaks(instance, data, data, arithmetic, arithmetic))
    leaks = [f"answer row {row} depends on {name}" for row, names in found for name in names]
    slot = label_slot(instance, data, arithmetic)
    where = f"{len(followed(instance))} rows of the answer at the sizes {sizes_in_words(instance.sizes)}"
    how = "by the zero pattern of the weights" if proved else f"at a random point over {arithmetic.name}"
    standing = Standing.REFUTED if leaks else Standing.PROVED if proved else Standing.TESTED
    more = f"; and {len(leaks) - 4} more" if len(leaks) > 4 else ""
    evidence = {"leaks": leaks, "slot": slot}
    scope = f"{where}, {how}" + (f"; {slot}" if slot else "")
    return Verdict("necessity", SUBJECT + label, "necessity", standing, scope, "; ".join(leaks[:4]) + more, evidence)


def _leaks(
    instance: Instance,
    data: Mapping[str, Matrix],
    numbers: Mapping[str, Matrix],
    arithmetic: Arithmetic,
    exactly: Arithmetic,
) -> Iterator[tuple[int, list[str]]]:
    """For each row followed: the tokens and data entries that it depends on and must not."""
    run, taped, back = _traced(instance, data, arithmetic)
    textbook = _textbook(instance, numbers, exactly)
    for row, (prompt, token) in followed(instance, run.layouts):
        names = []
        for number, (layout, streams) in enumerate(zip(run.layouts, run.streams, strict=True)):
            seen = reach(instance, layout)[token] if number == prompt else np.zeros(layout.tokens, dtype=bool)
            tokens = (back(row, streams[0]).any(axis=1) & ~seen).nonzero()[0]
            names += [f"token {t} of prompt {number}, which the masks hide" for t in tokens.tolist()]
        for name in data:
            beyond = back(row, taped[name]) & ~textbook(row, name)
            names += [f"{name}[{i}, {j}], the algorithm does not" for i, j in np.argwhere(beyond).tolist()]
        yield row, names


def _traced(
    instance: Instance, data: Mapping[str, Matrix], arithmetic: Arithmetic
) -> tuple[Run, dict[str, Matrix], Back]:
    """The forward pass with data as variables, and the way back from a row of its answer."""
    tape = TapeArithmetic(arithmetic, choices=arithmetic is PATTERN)
    taped = {name: tape.variable(value) for name, value in data.items()}
    run = instance.run(taped)
    return run, taped, _way_back(tape, run.answer)


def _way_back(tape: TapeArithmetic, answer: Matrix) -> Back:
    known: dict[int, Callable[[Matrix], Matrix]] = {}

    def back(row: int, a: Matrix) -> np.ndarray:
        if row not in known:
            known[row] = tape.derivatives(answer, random_row(row, answer.shape))
        return certainly_nonzero(known[row](a))

    return back


def _textbook(
    instance: Instance, data: Mapping[str, Matrix], arithmetic: Arithmetic
) -> Callable[[int, str], np.ndarray]:
    """On which data entries a row of the algorithm's answer depends; on all where that need not be the network's."""
    free = all(word == "real" for word in instance.construction.domain.values())
    if arithmetic is BALL or not (free and isinstance(instance.construction.claims[0], Equal)):
        return lambda row, name: np.ones(data[name].shape, dtype=bool)
    tape = TapeArithmetic(arithmetic)
    taped = {name: tape.variable(value) for name, value in data.items()}
    back = _way_back(tape, instance.algorithm(taped))
    return lambda row, name: back(row, taped[name])


def reach(instance: Instance, layout: Layout) -> np.ndarray:
    """Boolean reader × token: what a token can have heard of at the end, directly or through others."""
    heard = np.eye(layout.tokens, dtype=bool)
    for sublayer in instance.network.sublayers:
        seen = _weighed(sublayer, layout) if isinstance(sublayer, Attention) else layout.heard(sublayer)
        heard = heard | ((seen.astype(int) @ heard.astype(int)) > 0)
    return heard


def _weighed(layer: Attention, layout: Layout) -> np.ndarray:
    """Reader × token, by the zero patterns of a mask of weights and of the heads' mixings."""
    at, visible = layout.position.tolist(), layout.visible(layer.mask if isinstance(layer.mask, str) else "everything")
    seen = visible if isinstance(layer.mask, str) else visible & PATTERN.lift(layer.mask[at, at])
    keys, found = np.flatnonzero(visible.any(axis=0)), np.zeros_like(seen)
    for head in layer.heads:
        if head.mixing is None:
            found = found | seen
        else:
            found[:, keys] |= PATTERN.matmul(seen[:, keys], PATTERN.lift(head.mixing))
    return found
