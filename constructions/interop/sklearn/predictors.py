"""The constructions that predict, what their sizes are called, and how one is named."""

from __future__ import annotations

from typing import Any

from constructions.catalogue import CATALOGUE, get
from constructions.language import Construction, UnknownName, at
from constructions.language.reduced import parted
from constructions.language.regression import regression_sizes
from constructions.language.shapes import size_value


def predictors() -> list[Construction]:
    """The constructions of the catalogue that predict."""
    return [record for record in CATALOGUE if regression_sizes(record) is not None and _answers_queries(record)]


def _answers_queries(record: Construction) -> bool:
    """Whether the readout is at the queries; the record says so only once it is built."""

    def filled(shape: tuple[Any, ...]) -> Any:
        sizes = [size_value(s, record.sizes) for s in shape]
        return 1 if not sizes else [1] * sizes[0] if len(sizes) == 1 else 0 if len(sizes) == 2 else [0] * sizes[0]

    missing = {name: filled(p.shape) for name, p in record.parameters.items() if p.default is None}
    return at(record, {}, missing).readout.at == "query"


def sizes_of(record: Construction) -> dict[str, Any]:
    """What the record calls n, d_x, d_y and m. Raises `UnknownName` where it does not predict."""
    found = regression_sizes(record)
    if found is None or not _answers_queries(record):
        names = ", ".join(made.name for made in predictors())
        raise UnknownName(
            f"{record.name} does not predict: that takes data X, Y and X_q, and an answer at the queries; these do: {names}"
        )
    return found


def named_as(construction: str | Construction) -> str | Construction:
    """The name of a record of the catalogue, or of one of its claims as it was written; any other record itself."""
    if isinstance(construction, Construction):
        return construction.name if construction in CATALOGUE else construction
    if not isinstance(construction, str):
        raise TypeError(f"expected a construction, or the name of one, e.g. 'gd-steps'; got {construction!r}")
    head, claim = parted(construction)
    return get(head).name if claim is None else f"{get(head).name}@{claim.strip().lower()}"


def word_of(named: str | Construction) -> str:
    """The name as text."""
    return named if isinstance(named, str) else named.name
