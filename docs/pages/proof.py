"""The proof of a theorem on its page: the two sides of every step as they are executed, and what an invariant says."""

from __future__ import annotations

from typing import Any

from constructions.language import Construction, Reading
from docs.pages.markdown import body_of, code, mark, maths, sections, table
from docs.pages.tex import prose


def steps(record: Construction) -> str:
    """Every step with its two sides as they are executed, and what the invariant says of the stream."""
    made = []
    for number, step in enumerate(record.steps, start=1):
        sides = [f"- {word}: {_side(side)}" for word, side in (("one side", step.left), ("the other", step.right))]
        made.append(
            f"**Step {number}.** {prose(step.text)}.\n\n" + "\n".join(sides) + f"\n\n{mark('step', str(number))}"
        )
    if record.invariant:
        made.append(_invariant(record))
    made.append(f"**{'The claim itself' if made else 'The claim'}** is executed too.\n\n{mark('claim')}")
    return sections(*made)


def _side(side: Any) -> str:
    if isinstance(side, Reading):
        after = (
            f"after layer {side.layer}"
            if side.layer > 0
            else "in the prompt"
            if side.layer == 0
            else _before(side.layer)
        )
        return f"what stands in register {maths(side.register)} {after}, at: {side.at}"
    text = body_of(side)
    return f"`{text}`" if "\n" not in text else f"\n\n{code(text)}\n"


def _before(layer: int) -> str:
    return "after the last layer" if layer == -1 else f"{-layer - 1} layer{'' if layer == -2 else 's'} before the end"


def _invariant(record: Construction) -> str:
    """Start, step and what holds after every layer."""
    found = record.invariant
    assert found is not None
    rows = [[maths(register), place, f"`{body_of(formula)}`"] for (register, place), formula in found.holds.items()]
    first = f" (after {found.first} layers that prepare the stream)" if found.first else ""
    iterate = code(f"start: {body_of(found.start)}\nstep:  {body_of(found.step)}")
    words = f"**Invariant.** After every layer{first} the stream holds the iterate W of"
    return sections(
        words, iterate, "namely:", table(["register", "at", "holds"], rows, left=3), mark("step", "invariant")
    )
