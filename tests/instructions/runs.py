"""Programs that are run on columns of floats."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from constructions.instructions import compiled
from constructions.language import Construction, Stream, build
from constructions.language.prompt import Readout
from constructions.matrix.floating import array_of, floats
from tests.instructions.columns import START, T, prompt


def columns_after(stream: Stream, operations: Sequence[Any], **how: Any) -> dict[str, np.ndarray]:
    """Every register of the program after it, in float64, one row a column."""
    network = compiled(stream, operations, length=T, **how)
    record = Construction(
        name="program",
        title="A program",
        sizes={},
        data={name.upper(): (str(T), len(rows[0])) for name, rows in START.items()},
        weights=lambda: network,
        prompt=prompt,
        readout=lambda x: Readout(x, at="context"),
        algorithm=lambda X: X,
        gadget=True,
    )
    run = build(record, {}, {}).run({name.upper(): floats(rows) for name, rows in START.items()})
    return {name: array_of(run.read(name, "context")) for name in START}
