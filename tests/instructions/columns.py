"""Programs that are run on columns of numbers, and what stands in their registers afterwards."""

from collections.abc import Mapping, Sequence
from typing import Any

from constructions.instructions import compiled
from constructions.language import Construction, Prompt, Readout, Stream, Token, at, stack
from constructions.matrix import exact
from constructions.matrix.rational import fractions_of

T = 3
COLUMNS = {"x": [[1, 2], [3, -4], [5, 7]], "y": [[2, 5], [-1, 3], [4, 6]], "z": [[8, 9], [-6, 11], [13, 10]]}
SCALARS = {"a": [[17], [19], [-23]], "c": [[2], [-5], [7]]}
START = {**COLUMNS, **SCALARS}


def plain() -> Stream:
    return Stream(**{name: len(rows[0]) for name, rows in START.items()})


def after(stream: Stream, operations: Sequence[Any], start: Mapping[str, Any] = START, **how: Any) -> dict[str, Any]:
    """Every register after the program, one row a column, in exact rationals."""
    network = compiled(stream, operations, length=T, **how)
    names, widths = list(start), [len(rows[0]) for rows in start.values()]
    record = Construction(
        name="program",
        title="A program",
        sizes={},
        data={name.upper(): (str(T), width) for name, width in zip(names, widths, strict=True)},
        weights=lambda: network,
        prompt=prompt,
        readout=lambda x, y, z, a, c: Readout(stack(x, y, z, a, c), at="context"),
        algorithm=lambda X: X,
        gadget=True,
    )
    run = at(record).run({name.upper(): exact(rows) for name, rows in start.items()})
    return {name: fractions_of(run.read(name, "context")) for name in names}


def prompt(X: Any, Y: Any, Z: Any, A: Any, C: Any) -> Prompt:
    return Prompt(context=(Token(x=X, y=Y, z=Z, a=A, c=C),), positions=(("column", "one-hot"),))
