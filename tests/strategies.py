"""Exact, structured data for property tests, simplest first so that shrinking finds small counterexamples.

Entries are small integers times powers of two: exact in rationals, in a prime field and in floats alike. Random normal
numbers never hit ties, duplicates, rank deficiency or zeros; the named defects below do.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from constructions.language import Construction, Parameter
from constructions.language.shapes import size_value
from constructions.matrix import Matrix, exact, identity, solve

DEFECTS = (
    "plain",
    "zero matrix",
    "duplicate rows",
    "collinear rows",
    "one-hot rows",
    "large",
    "near-duplicate rows",
    "wild columns",
)
NEAR = 1 + Fraction(1, 2**30)
Rows = list[list[Fraction]]


def entries(bound: int = 3) -> st.SearchStrategy[Fraction]:
    """Small integers as exact numbers; 0 is the simplest."""
    return st.integers(-bound, bound).map(Fraction)


@st.composite
def rows(draw: st.DrawFn, count: int, width: int, bound: int = 3) -> Rows:
    """A count × width list of small integers."""
    return [[draw(entries(bound)) for _ in range(width)] for _ in range(count)]


def matrices(count: int, width: int, bound: int = 3) -> st.SearchStrategy[Matrix]:
    """An exact count × width matrix of small integers."""
    return rows(count, width, bound).map(exact)


def numbers(positive: bool = False) -> st.SearchStrategy[Fraction]:
    """A step size or another exact number: simple fractions."""
    above = st.integers(1 if positive else -6, 6)
    return st.builds(Fraction, above, st.sampled_from((1, 2, 3, 10)))


@st.composite
def symbols(draw: st.DrawFn, count: int, width: int, last_seen: bool = False) -> Rows:
    """Rows that are unit vectors; with `last_seen` the last one occurs earlier too (count ≥ 2)."""
    word = [draw(st.integers(0, width - 1)) for _ in range(count)]
    if last_seen:
        word[-1] = word[draw(st.integers(0, count - 2))]
    return [[Fraction(int(column == symbol)) for column in range(width)] for symbol in word]


DOMAINS = {"one-hot rows": symbols, "one-hot rows, last one seen before": lambda n, S: symbols(n, S, last_seen=True)}


@st.composite
def sizes_of(draw: st.DrawFn, construction: Construction, largest: int = 3) -> dict[str, int]:
    """Every size drawn on its own, so n < d, n = 1 and all coincidences occur."""
    shortest = 2 if any("last one seen" in word for word in construction.domain.values()) else 1
    return {name: draw(st.integers(shortest, largest + shortest - 1), label=name) for name in construction.sizes}


@st.composite
def parameter(draw: st.DrawFn, declared: Parameter, sizes: Mapping[str, int]) -> Any:
    """A value of the declared shape: a number, a matrix, or a nested list of matrices."""
    shape = [size_value(size, sizes) for size in declared.shape]
    if len(shape) > 2:
        inner = Parameter(tuple(shape[1:]), positive=declared.positive)
        return [draw(parameter(inner, sizes)) for _ in range(shape[0])]
    count, width = (*shape, 1, 1)[:2]
    entry = numbers(positive=declared.positive)
    return exact([[draw(entry) for _ in range(width)] for _ in range(count)])


@st.composite
def parameters_of(draw: st.DrawFn, construction: Construction, sizes: Mapping[str, int]) -> dict[str, Any]:
    """A value for every parameter of a construction."""
    return {name: draw(parameter(declared, sizes), label=name) for name, declared in construction.parameters.items()}


@st.composite
def data_of(draw: st.DrawFn, construction: Construction, sizes: Mapping[str, int]) -> dict[str, Matrix]:
    """Data for a construction: the defect first, then small integers."""
    defect = draw(st.sampled_from(DEFECTS), label="defect")
    shapes = {name: [size_value(size, sizes) for size in shape] for name, shape in construction.data.items()}
    victim = draw(st.sampled_from(list(shapes)), label="in")
    data = {}
    for name, (count, width) in shapes.items():
        if (domain := construction.domain.get(name, "real")) != "real":
            data[name] = exact(draw(DOMAINS[domain](count, width)))
            continue
        values = draw(rows(count, width))
        same_axis = construction.data[name][0] == construction.data[victim][0]
        if name == victim or (same_axis and defect == "duplicate rows"):
            values = spoiled(values, defect)
        data[name] = exact(values)
    return data


def spoiled(values: Rows, defect: str) -> Rows:
    """The rows with a named defect put in."""
    first, width = values[0], len(values[0])
    change = {
        "plain": lambda i, row: row,
        "zero matrix": lambda i, row: [Fraction(0)] * width,
        "duplicate rows": lambda i, row: first,
        "collinear rows": lambda i, row: [(i + 1) * entry for entry in first],
        "one-hot rows": lambda i, row: [Fraction(int(column == i % width)) for column in range(width)],
        "large": lambda i, row: [entry * 2**20 for entry in row],
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
