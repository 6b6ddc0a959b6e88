"""The domains that data may be restricted to: how to draw from each, and how to list all of it where it is finite."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from constructions.language import Box, Construction
from constructions.matrix import Matrix, exact

Rows = list[list[int]]


@dataclass(frozen=True)
class Domain:
    """`draw(numbers, rows, columns)` is one member; `members(rows, columns)` all of them, or None where there are infinitely many,
    and `at_most(rows, columns)` how many there are at most."""

    draw: Callable[[Iterator[int], int, int], Rows]
    members: Callable[[int, int], Iterator[Rows]] | None = None
    fewest: int = 1  # rows that a member has at least
    at_most: Callable[[int, int], int] = lambda rows, columns: columns**rows


def _symbols(numbers: Iterator[int], rows: int, columns: int) -> Rows:
    return [_unit(next(numbers) % columns, columns) for _ in range(rows)]


def _unit(k: int, columns: int) -> list[int]:
    return [int(j == k) for j in range(columns)]


def _symmetric(numbers: Iterator[int], rows: int, columns: int) -> Rows:
    if rows != columns:
        raise EmptyDomain(f"a {rows}×{columns} matrix is not symmetric")
    half = [[next(numbers) % 7 - 3 for _ in range(columns)] for _ in range(rows)]
    return [[half[max(i, j)][min(i, j)] for j in range(columns)] for i in range(rows)]


def _all_symbols(rows: int, columns: int) -> Iterator[Rows]:
    for word in itertools.product(range(columns), repeat=rows):
        yield [_unit(k, columns) for k in word]


def _seen_before(word: Rows) -> bool:
    return word[-1] in word[:-1]


def _all_signs(rows: int, columns: int) -> Iterator[Rows]:
    for entries in itertools.product((-1, 1), repeat=rows * columns):
        yield [list(entries[i * columns : (i + 1) * columns]) for i in range(rows)]


class EmptyDomain(LookupError):
    """No data of these sizes lie in the domain."""


def _symbols_seen(numbers: Iterator[int], rows: int, columns: int) -> Rows:
    if rows < 2:
        raise EmptyDomain("a last symbol that was seen before needs two symbols")
    word = _symbols(numbers, rows, columns)
    while not _seen_before(word):
        word[next(numbers) % (rows - 1)] = word[-1]
    return word


DOMAINS: Mapping[str, Domain] = {
    "real": Domain(
        lambda numbers, rows, columns: [[next(numbers) % 7 - 3 for _ in range(columns)] for _ in range(rows)]
    ),
    "symmetric": Domain(_symmetric),
    "signs": Domain(
        lambda numbers, rows, columns: [[2 * (next(numbers) % 2) - 1 for _ in range(columns)] for _ in range(rows)],
        _all_signs,
        at_most=lambda rows, columns: 2 ** (rows * columns),
    ),
    "one-hot rows": Domain(_symbols, _all_symbols),
    "one-hot rows, last one seen before": Domain(
        _symbols_seen, lambda rows, columns: (word for word in _all_symbols(rows, columns) if _seen_before(word)), 2
    ),
}


EIGHTHS = 8
UNIT_BOX = Domain(
    lambda numbers, rows, columns: [
        [next(numbers) % (2 * EIGHTHS + 1) - EIGHTHS for _ in range(columns)] for _ in range(rows)
    ]
)  # in eighths of the bound


def domain_of(construction: Construction, name: str) -> Domain:
    word = construction.domain.get(name, "real")
    return UNIT_BOX if isinstance(word, Box) else DOMAINS[word]


def fewest_rows(construction: Construction) -> int:
    """The least size of the data at which every domain has a member."""
    return max(domain_of(construction, name).fewest for name in construction.data)


def member(
    construction: Construction, name: str, shape: tuple[int, int], numbers: Iterator[int], parameters: Mapping[str, Any]
) -> Matrix:
    """A small exact member of a domain; the parameters may bound it."""
    drawn, word = exact(domain_of(construction, name).draw(numbers, *shape)), construction.domain.get(name)
    return bound_of(word, parameters) / EIGHTHS * drawn if isinstance(word, Box) else drawn


def bound_of(box: Box, parameters: Mapping[str, Any]) -> Matrix:
    return parameters[box.bound] if isinstance(box.bound, str) else exact(box.bound)


def small_data(
    construction: Construction,
    shapes: Mapping[str, tuple[int, int]],
    numbers: Iterator[int],
    parameters: Mapping[str, Any],
) -> dict[str, Matrix]:
    """Small exact data of the given shapes, inside the domain."""
    return {name: member(construction, name, shape, numbers, parameters) for name, shape in shapes.items()}


def all_data(construction: Construction, shapes: Mapping[str, tuple[int, int]]) -> Iterator[dict[str, Matrix]] | None:
    """Every data set of the given shapes, where the domain is finite."""
    listings = [domain_of(construction, name).members for name in shapes]
    if any(listing is None for listing in listings):
        return None
    members = [list(listing(*shape)) for listing, shape in zip(listings, shapes.values(), strict=True) if listing]
    return (dict(zip(shapes, map(exact, choice), strict=True)) for choice in itertools.product(*members))
