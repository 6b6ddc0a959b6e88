"""Hypothesis strategies: exact, structured data for property tests, simplest first so that shrinking finds small examples.

Entries are small integers times powers of two: exact in rationals, in a prime field and in floats alike. Random normal
numbers never hit ties, duplicates, rank deficiency or zeros; the named defects below do. `points` draws the kind of the
data first, sizes next and entries last, so that shrinking removes size before values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from constructions.language import Box, Construction, Parameter
from constructions.language.shapes import size_value
from constructions.matrix import Matrix, exact, identity, solve
from verify.domains import bound_of, fewest_rows
from verify.engines.counterexample import Point

DEFECTS = (
    "plain",
    "zero matrix",
    "duplicate rows",
    "collinear rows",
    "one-hot rows",
    "near-duplicate rows",
    "wild columns",
)
SCALES = (0, 0, 0, 4, -4, 20, -20, 60, -60)  # powers of two
NEAR = 1 + Fraction(1, 2**30)
Rows = list[list[Fraction]]


@lru_cache  # hypothesis looks through a strategy once; there is one draw for every entry, and one of rows for every point
def entries(bound: int = 3) -> st.SearchStrategy[Fraction]:
    """Small integers as exact numbers; 1 is the simplest, because at 0 nearly everything is true."""
    return st.sampled_from([1, 0, -1, *(sign * k for k in range(2, bound + 1) for sign in (1, -1))]).map(Fraction)


@lru_cache
@st.composite
def rows(draw: st.DrawFn, count: int, width: int, bound: int = 3) -> Rows:
    """A count × width list of small integers."""
    return [[draw(entries(bound)) for _ in range(width)] for _ in range(count)]


def matrices(count: int, width: int, bound: int = 3) -> st.SearchStrategy[Matrix]:
    """An exact count × width matrix of small integers."""
    return rows(count, width, bound).map(exact)


@lru_cache
def numbers(positive: bool = False) -> st.SearchStrategy[Fraction]:
    """A step size or another exact number: simple fractions."""
    above = st.sampled_from([*range(1, 7), *(() if positive else range(0, -7, -1))])
    return st.builds(Fraction, above, st.sampled_from((1, 2, 3, 10)))


@st.composite
def symbols(draw: st.DrawFn, count: int, width: int, last_seen: bool = False) -> Rows:
    """Rows that are unit vectors; with `last_seen` the last one occurs earlier too (count ≥ 2)."""
    word = [draw(st.integers(0, width - 1)) for _ in range(count)]
    if last_seen:
        word[-1] = word[draw(st.integers(0, count - 2))]
    return [[Fraction(int(column == symbol)) for column in range(width)] for symbol in word]


def unit_box(count: int, width: int) -> st.SearchStrategy[Rows]:
    """Entries in [−1, 1]: the corners first, then eighths."""
    entry = st.sampled_from(
        [*map(Fraction, (1, -1, 0)), *(sign * Fraction(k, 8) for k in range(1, 8) for sign in (1, -1))]
    )
    return st.lists(st.lists(entry, min_size=width, max_size=width), min_size=count, max_size=count)


def folded(values: Rows) -> Rows:
    """The symmetric matrix with the same lower half."""
    return [[values[max(i, j)][min(i, j)] for j in range(len(values))] for i in range(len(values))]


def symmetric(count: int, width: int) -> st.SearchStrategy[Rows]:
    """A square matrix that is its own transpose."""
    return rows(count, width).map(folded)


@st.composite
def signs(draw: st.DrawFn, count: int, width: int) -> Rows:
    """Entries 1 and −1."""
    return [[Fraction(draw(st.sampled_from((1, -1)))) for _ in range(width)] for _ in range(count)]


DOMAINS = {
    "symmetric": symmetric,
    "signs": signs,
    "one-hot rows": symbols,
    "one-hot rows, last one seen before": lambda n, S: symbols(n, S, last_seen=True),
}


@dataclass(frozen=True)
class Kind:
    """What is special about some data: a named defect in one of them (`victim`), and a power of two that scales it."""

    defect: str
    victim: str
    scale: int


def kinds(construction: Construction) -> st.SearchStrategy[Kind]:
    """Plain data first."""
    return st.builds(Kind, st.sampled_from(DEFECTS), st.sampled_from(list(construction.data)), st.sampled_from(SCALES))


@st.composite
def sizes_of(
    draw: st.DrawFn, construction: Construction, largest: int = 3, fixed: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Every size drawn on its own, so n < d, n = 1 and all coincidences occur; `fixed` ones stay."""
    shortest = fewest_rows(construction)
    drawn = {
        name: draw(st.integers(shortest, largest + shortest - 1), label=name)
        for name in construction.sizes
        if name not in (fixed or {})
    }
    sizes = {name: drawn.get(name, (fixed or {}).get(name, 1)) for name in construction.sizes}
    for name, bound in construction.at_most.items():
        free = name if bound in (fixed or {}) else bound
        sizes[free] = (min if free == name else max)(sizes[name], sizes[bound])
    return sizes


@st.composite
def parameter(draw: st.DrawFn, declared: Parameter, sizes: Mapping[str, int]) -> Any:
    """A value of the declared shape: a number, a matrix, or a nested list of matrices."""
    shape = [size_value(size, sizes) for size in declared.shape]
    if len(shape) > 2:
        inner = replace(declared, shape=tuple(shape[1:]))
        return [draw(parameter(inner, sizes)) for _ in range(shape[0])]
    count, width = (*shape, 1, 1)[:2]
    entry = numbers(positive=declared.positive)
    values = [[draw(entry) for _ in range(width)] for _ in range(count)]
    return exact(folded(values) if declared.symmetric else values)


@st.composite
def parameters_of(draw: st.DrawFn, construction: Construction, sizes: Mapping[str, int]) -> dict[str, Any]:
    """A value for every parameter of a construction."""
    return {name: draw(parameter(declared, sizes), label=name) for name, declared in construction.parameters.items()}


@st.composite
def data_of(
    draw: st.DrawFn,
    construction: Construction,
    sizes: Mapping[str, int],
    kind: Kind | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> dict[str, Matrix]:
    """Data for a construction, of a kind that is drawn first unless it is given; `parameters` may bound a box."""
    kind = kind or draw(kinds(construction), label="kind")
    data = {}
    for name, shape in construction.data.items():
        count, width = (size_value(size, sizes) for size in shape)
        domain = construction.domain.get(name, "real")
        if isinstance(domain, Box):
            data[name] = bound_of(domain, parameters or {}) * exact(draw(unit_box(count, width)))
            continue
        if domain != "real":
            data[name] = exact(draw(DOMAINS[domain](count, width)))
            continue
        values = draw(rows(count, width))
        same_axis = shape[0] == construction.data[kind.victim][0]
        if name == kind.victim or (same_axis and kind.defect == "duplicate rows"):
            values = spoiled(values, kind.defect)
        scale = Fraction(2) ** (kind.scale if name == kind.victim else 0)
        data[name] = exact([[scale * entry for entry in row] for row in values])
    return data


@st.composite
def points(draw: st.DrawFn, construction: Construction, fixed: Mapping[str, int] | None = None) -> Point:
    """Sizes, parameters and data: the kind of the data first, entries last."""
    kind = draw(kinds(construction), label="kind")
    sizes = draw(sizes_of(construction, fixed=fixed))
    parameters = draw(parameters_of(construction, sizes))
    return Point(sizes, parameters, draw(data_of(construction, sizes, kind, parameters)))


def spoiled(values: Rows, defect: str) -> Rows:
    """The rows with a named defect put in."""
    first, width = values[0], len(values[0])
    change = {
        "plain": lambda i, row: row,
        "zero matrix": lambda i, row: [Fraction(0)] * width,
        "duplicate rows": lambda i, row: first,
        "collinear rows": lambda i, row: [(i + 1) * entry for entry in first],
        "one-hot rows": lambda i, row: [Fraction(int(column == i % width)) for column in range(width)],
        "near-duplicate rows": lambda i, row: [entry * NEAR**i for entry in first],
        "wild columns": lambda i, row: [entry * Fraction(2) ** (20 if j % 2 else -20) for j, entry in enumerate(row)],
    }[defect]
    return [change(i, row) for i, row in enumerate(values)]


@st.composite
def orthogonal(draw: st.DrawFn, size: int) -> Matrix:
    """An exact rotation by Cayley's formula (I − S)(I + S)⁻¹ for a skew S, after a permutation of the axes."""
    order = draw(st.permutations(range(size)))
    skew = [[Fraction(0)] * size for _ in range(size)]
    for i in range(size):
        for j in range(i):
            skew[i][j] = draw(entries(2))
            skew[j][i] = -skew[i][j]
    S = exact(skew)
    return solve(identity(size) + S, identity(size) - S)[list(order)]
