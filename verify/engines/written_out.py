"""A few passes of a network that writes tokens, written out: its answer and the algorithm's as formulas in letters of any width.

Each token that the network writes is `named`, register by register; an algorithm that names its own states can be followed
through any number of passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructions.language import Construction, Instance
from constructions.language.arriving import arrivals
from constructions.language.forward import forward
from constructions.matrix import Matrix, NeedsNumber, Size, Unsupported, below, beside, named
from constructions.matrix.sizes import text
from verify.arithmetic.exponential_rows import ExponentialRows
from verify.engines.writers import lettered_writer, prompted


def written_out(
    construction: Construction, numbers: Mapping[str, int], arithmetic: ExponentialRows
) -> tuple[Matrix, Matrix]:
    """The network's answer and the algorithm's. Raises `NeedsNumber` for a size that must be in `numbers`."""
    instance = lettered_writer(construction, numbers, arithmetic)
    if isinstance(instance.network.passes, Size):
        raise NeedsNumber(text(instance.network.passes))
    if instance.readout.at != "last" or instance.context is not None:
        raise Unsupported("the prompt is more than one token, or the answer is not read from the last one")
    data = {name: _rows(arithmetic, name, *instance.shape_of(name)) for name in construction.data}
    registers = instance.network.stream.registers
    coming = instance.arriving and arrivals(instance.arriving, registers, data)
    last, layout = prompted(instance, instance.query, data), instance.layout_of(1)  # type: ignore[arg-type]
    tokens: list[Matrix] = []
    for number in range(instance.network.passes):
        stream = below(*tokens, last) if coming is None else coming.meet(below(*tokens, last), number)
        tokens = [stream[[k]] for k in range(number + 1)]
        last = _named(instance, forward(instance.network, stream, layout)[-1][[-1]])
        layout = layout.longer()
    return last @ instance.readout.form.dense.T, instance.formula(construction.algorithm, data)


def _named(instance: Instance, row: Matrix) -> Matrix:
    return beside(*(named(row @ form.dense.T) for form in instance.network.stream))


def _rows(arithmetic: ExponentialRows, name: str, rows: Any, columns: Any) -> Matrix:
    """The data of that name, with a letter for every row."""
    if isinstance(rows, Size):
        raise NeedsNumber(text(rows))
    return below(*(arithmetic.symbol(f"{name}[{i}]", 1, columns, "data") for i in range(rows)))
