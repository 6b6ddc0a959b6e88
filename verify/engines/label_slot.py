"""Whether a label that stood in a query's empty slot would be read, and the rows of an answer that are followed back.

Where the prompt leaves the label's slot empty nothing leaks. But the network may be blind to the slot, or not: the answer
depends on it through the residual stream (it is written there) and, where attention reads it, in another way as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from constructions.language import Instance
from constructions.language.layout import Layout
from constructions.matrix import Arithmetic, Matrix, exact
from verify.arithmetic.tape import TapeArithmetic
from verify.engines.generic_points import certainly_nonzero
from verify.engines.places import headless
from verify.plan import stream_of_integers

ROWS = 6  # rows of the answer at most that are followed back, evenly spread


def followed(instance: Instance, layouts: tuple[Layout, ...] = ()) -> list[tuple[int, tuple[int, int]]]:
    """Rows of the answer, evenly spread, each with its prompt and its token."""
    layouts = layouts or (instance.layout,)
    places = [(k, token) for k, layout in enumerate(layouts) for token in instance.rows(layout, instance.readout.at)]
    chosen = sorted({round(k * (len(places) - 1) / max(1, ROWS - 1)) for k in range(ROWS)})
    return [(row, places[row]) for row in chosen]


def random_row(row: int, shape: tuple[int, int]) -> Matrix:
    """Random output weights for one row of an answer."""
    numbers = stream_of_integers(30, "output weights", row)
    return exact([[next(numbers) if i == row else 0 for _ in range(shape[1])] for i in range(shape[0])])


def label_slot(instance: Instance, data: Mapping[str, Matrix], arithmetic: Arithmetic) -> str:
    """Whether attention would read a label where the prompt leaves the query's empty."""
    context, query, form = instance.context, instance.query, instance.readout.form
    if not (context and query and instance.readout.at.startswith("query")):
        return ""
    filled = {name for token in query.tokens for name in token}
    slots = [name for name in form.blocks if name not in filled and any(name in token for token in context.tokens)]
    if not slots:
        return ""
    still = replace(instance, network=headless(instance.network))
    names = ", ".join(slots)
    if not _differ(instance, still, data, arithmetic, slots):
        return f"attention reads nothing in the query's empty slot {names}"
    return f"attention would read a label in the query's slot {names}, which the prompt leaves empty"


def _differ(
    instance: Instance, still: Instance, data: Mapping[str, Matrix], arithmetic: Arithmetic, slots: list[str]
) -> bool:
    """Whether the answer depends on the slots in another way than through the residual stream and the skips."""
    shares = []
    for network in (instance, still):
        tape = TapeArithmetic(arithmetic)
        run = network.run({name: tape.variable(value) for name, value in data.items()})
        row, (prompt, token) = followed(network, run.layouts)[0]
        tokens = run.streams[prompt][0]
        by_tokens = tape.derivatives(run.answer, random_row(row, run.answer.shape))(tokens)
        shares.append([by_tokens[token] @ instance.network.stream[slot].dense.T for slot in slots])
    return any(certainly_nonzero(a - b).any() for a, b in zip(*shares, strict=True))
