"""What a proof for all sizes has to show: pairs of matrices that must be equal, in whichever arithmetic made the letters.

Without a stack of symbolic length the network's answer must be the algorithm's. Where the stack is one `Repeat` or `Stack` of
symbolic length and the algorithm is an `iterate` of the same length, the record's invariant gives all depths by induction: the
prompt (after the preparing layers) holds the invariant at the start; one layer carries the invariant at a free W to the
invariant at step(W); the algorithm starts and steps as the invariant does; and the answer read from the invariant at a free
W is the algorithm's answer there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from constructions.language import Repeat, Stack
from constructions.language.held import check_keeps_nothing
from constructions.language.shapes import times
from constructions.language.transformer import layers_of
from constructions.matrix import Matrix, MatrixError, NeedsNumber, Size, Unsupported
from constructions.matrix.sizes import Index, equal, folding, text
from verify.engines.letters import Lettered

NUMERIC = (TypeError, AttributeError)  # what Python raises where only a number will do
REFUSALS = (Unsupported, NeedsNumber, MatrixError, *NUMERIC)  # what leaves a proof for all sizes without an answer
ANSWERS = "the network's answer is the algorithm's"
FREE, FINAL = "W′", "W′′"  # no record can use these names: a free state must be none of its letters


@dataclass(frozen=True, eq=False)
class Obligation:
    """left = right, for all data, parameters and free states. If every obligation of a case holds, so does its claim."""

    text: str
    left: Matrix
    right: Matrix


def refusal(reason: Exception) -> str:
    """Why a proof for all sizes could not be attempted."""
    if isinstance(reason, NeedsNumber):
        return f"the sizes {reason} are looked at, or needed as numbers"
    if isinstance(reason, NUMERIC) and not isinstance(reason, (Unsupported, MatrixError)):
        return (
            f"a function does with symbols what only numbers can do ({reason}); a quotient of sizes is written "
            "eta * (n + 1) / n and not Fraction(n + 1, n)"
        )
    return str(reason)


def scope(case: Lettered) -> str:
    """For all what, in words."""
    free = [name for name in case.instance.construction.sizes if name not in case.numbers]
    fixed = "".join(f", at {name} = {value}" for name, value in case.numbers.items())
    depth = " (by induction over the depth)" if _deep(case) else ""
    return f"all real data and parameters and all sizes {', '.join(free)}{depth}{fixed}"


def obligations(case: Lettered) -> Iterator[Obligation]:
    """What has to be shown, directly or by induction. Raises one of `REFUSALS` where that cannot be written down."""
    deep = _deep(case)
    return _by_induction(case, deep[0]) if deep else _directly(case)


def _deep(case: Lettered) -> list[Any]:
    """The stacks of symbolic length."""
    layers = case.instance.network.layers
    return [layer for layer in layers if isinstance(layer, (Repeat, Stack)) and isinstance(layer.times, Size)]


def _directly(case: Lettered) -> Iterator[Obligation]:
    """Run all layers, and compare the answers."""
    instance, H = case.instance, case.start()
    for layer in instance.network.unrolled:
        H = case.after(H, layer)
    answer = instance.formula(instance.construction.algorithm, case.data)
    read = case.read(H, instance.readout.form, instance.readout.at)
    yield Obligation(ANSWERS, read, answer)


def _by_induction(case: Lettered, stack: Any) -> Iterator[Obligation]:
    instance, invariant = case.instance, case.instance.construction.invariant
    if invariant is None:
        raise Unsupported("a stack of symbolic length needs an invariant, and the record declares none")
    *before, last = instance.network.layers
    if last is not stack or len(before) != invariant.first:
        raise Unsupported("the layers must be those that prepare the invariant, and then one stack")
    layer = layers_of(stack)[0] if isinstance(stack, Stack) else stack.layer
    start = instance.formula(invariant.start, case.data)
    symmetric = _symmetric(invariant.symmetric, start)
    free = like(case, FREE, start, symmetric)
    moved = instance.formula(invariant.step, case.data, W=free, l=Index())
    H = case.start()
    for prepared in before:
        H = case.after(H, prepared)
    yield Obligation("before the stack the invariant holds at the start", H, _held(case, start, layer))
    carried = case.after(_held(case, free, layer), layer)
    words = "one layer carries the invariant at W to the invariant at step(W)"
    yield Obligation(words, carried, _held(case, moved, layer))
    for words, state in (("the invariant's start is symmetric", start), ("so is its step", moved)):
        yield from _own_transposes(words, state, symmetric)
    final = like(case, FINAL, start, symmetric)
    yield from _answers(case, stack.times, layer, (start, free, moved, final))


def _symmetric(declared: bool | tuple[bool, ...], start: Any) -> tuple[bool, ...]:
    """Which parts of the state are declared their own transposes."""
    parts = start if isinstance(start, tuple) else (start,)
    flags = declared if isinstance(declared, tuple) else (declared,) * len(parts)
    if len(flags) != len(parts):
        raise Unsupported(
            f"the invariant says of {len(flags)} parts whether they are symmetric, the state has {len(parts)}"
        )
    for flag, part in zip(flags, parts, strict=True):
        if flag and not equal(*part.shape):
            raise Unsupported(
                f"the invariant declares a {times(part.shape)} matrix symmetric; only a square one can be"
            )
    return flags


def _own_transposes(words: str, state: Any, symmetric: tuple[bool, ...]) -> Iterator[Obligation]:
    """What a declared symmetry owes: every such part equals its transpose."""
    for flag, part in zip(symmetric, state if isinstance(state, tuple) else (state,), strict=True):
        if flag:
            yield Obligation(words, part, part.T)


def _answers(case: Lettered, times: Size, layer: Any, states: tuple[Any, Any, Any, Any]) -> Iterator[Obligation]:
    """The algorithm iterates the invariant's step from its start, as often as there are layers, and answers as the stream does.

    The state after the last step has a letter of its own: a step that knows it, from an iteration before, is not the
    invariant's, though both would agree if it were the letter for the state at any moment.
    """
    (start, free, moved, final), found = states, []

    def meaning(number: Size, step: Any, begin: Any) -> Any:
        if not equal(number, times):
            raise Unsupported(f"the algorithm makes {text(number)} steps, the network {text(times)}")
        check_keeps_nothing("the steps of the algorithm", step)
        found.extend(_equal("the algorithm starts where the invariant does", begin, start))
        with folding(_inside):
            found.extend(_equal("the algorithm's step is the invariant's", step(free, Index()), moved))
        return final

    instance = case.instance
    with folding(meaning):
        answer = instance.formula(instance.construction.algorithm, case.data)
    yield from found
    read = case.read(_held(case, final, layer), instance.readout.form, instance.readout.at)
    yield Obligation("the answer read at a free W is the algorithm's at W", read, answer)


def _inside(*_: Any) -> NoReturn:
    """The number of the outer step would pass for that of the inner one."""
    raise Unsupported("an iteration inside a step of another is not looked into, so the induction over the depth")


def _held(case: Lettered, state: Any, layer: Any) -> Matrix:
    """The stream that the invariant describes at a state."""
    invariant = case.instance.construction.invariant
    if invariant is None:
        raise Unsupported("the record declares no invariant")
    values = {place: case.instance.formula(f, case.data, W=state) for place, f in invariant.holds.items()}
    return case.holding(values, layer)


def _equal(words: str, left: Any, right: Any) -> Iterator[Obligation]:
    """Two states are equal: part by part, where they are tuples."""
    pair = [value if isinstance(value, (tuple, list)) else (value,) for value in (left, right)]
    if len(pair[0]) != len(pair[1]):
        raise Unsupported(f"{words}: one state has {len(pair[0])} parts, the other {len(pair[1])}")
    for a, b in zip(*pair, strict=True):
        yield Obligation(words, a, b)


def like(case: Lettered, name: str, value: Any, symmetric: tuple[bool, ...]) -> Any:
    """A free matrix (or tuple of matrices) of the shape of a value, its own transpose where that is declared."""
    if isinstance(value, tuple):
        return tuple(
            like(case, f"{name}_{k}", part, (flag,))
            for k, (part, flag) in enumerate(zip(value, symmetric, strict=True))
        )
    return case.make(name, value.shape, symmetric[0])
