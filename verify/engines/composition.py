"""The bound of a network, computed from its weights: sizes and errors carried from sublayer to sublayer.

Every sublayer is read as a sum of linear maps, products and quotients (`layer_sums.py`). What stands in a row is kept as a linear
combination of *sources*: entries of the data, the constant 1, and the products and quotients so far. So what a layer takes away
is gone, and a copy cancels against its original. Of every source |ideal| ≤ size and |network − ideal| ≤ error are known, by the
lemma of `constructions/instructions/bounded.py`. The *ideal* is the same network with GeLU replaced by its parabola
(`ideal.py`), in which products are products. Parameters are symbols, so the bound is a formula, for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.instructions.bounded import Bounded, exactly, gelu_product, quotient
from constructions.language import Box, Construction, Instance, build
from constructions.language.layout import Layout
from constructions.language.transformer import Block
from constructions.matrix import Matrix, Unsupported, exact, ones
from verify.arithmetic.factored_sums import Sum, Term
from verify.arithmetic.magnitudes import MagnitudeArithmetic
from verify.engines.layer_sums import GELUS, LayerSum, layer_sum
from verify.plan import fill, shape_at

Least = Mapping[tuple[int, int, int, int], Fraction]  # (prompt, sublayer, token, head) → what its divisor is at least


@dataclass(frozen=True, eq=False)
class Symbolic:
    """A construction with a symbol for every entry of every parameter."""

    arithmetic: MagnitudeArithmetic
    instance: Instance

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.instance.parameters


def symbolic(construction: Construction, sizes: Mapping[str, int]) -> Symbolic:
    """The network with symbols for its parameters. Raises `Unsupported` for symmetric ones."""
    arithmetic, parameters = MagnitudeArithmetic(), {}
    for name, declared in construction.parameters.items():
        if declared.symmetric or len(declared.shape) > 2:
            raise Unsupported(f"a composed bound for a symmetric parameter or a tuple of matrices ({name})")

        def make(rows: int, columns: int, name: str = name, positive: bool = declared.positive) -> Matrix:
            cells = [[arithmetic.variable((name, i, j), positive) for j in range(columns)] for i in range(rows)]
            return arithmetic.matrix(cells, columns)

        parameters[name] = fill(shape_at(declared.shape, sizes), make)
    return Symbolic(arithmetic, build(construction, sizes, parameters))


Row = dict[int, Sum]  # source → coefficient


@dataclass(frozen=True, eq=False)
class Sources:
    """What the rows are made of: one column of sizes and of errors."""

    arithmetic: MagnitudeArithmetic
    sizes: list[Sum]
    errors: list[Sum]

    def add(self, found: Bounded) -> range:
        """New sources, one for every row; their numbers."""
        first = len(self.sizes)
        self.sizes.extend(self.arithmetic.table(found.size).entries)
        self.errors.extend(self.arithmetic.table(found.error).entries)
        return range(first, len(self.sizes))

    def bounds(self, rows: Sequence[Row]) -> Bounded:
        """The bounds of some rows, term by term: |Σ c a| ≤ Σ |c| |a|."""
        columns = []
        for known in (self.sizes, self.errors):
            sums = [self._sum(c.majorant * known[source] for source, c in row.items()) for row in rows]
            columns.append(self.arithmetic.matrix([[entry] for entry in sums], 1))
        return Bounded(*columns)

    def _sum(self, parts: Iterable[Sum]) -> Sum:
        return self.arithmetic.total(list(parts))


def composed(found: Symbolic, least: Least) -> list[Sum]:
    """A bound of |network − ideal| for every entry of the answer."""
    instance, arithmetic = found.instance, found.arithmetic
    width, answers = instance.network.stream.width, []
    for prompt, (layout, stream, sources) in enumerate(_starts(found)):
        for number, sublayer in enumerate(sublayers(instance)):
            step = layer_sum(sublayer, layout, width, arithmetic)
            stream = after(
                stream, step, sources, {key[2:]: g for key, g in least.items() if key[:2] == (prompt, number)}
            )
        form = _sparse(instance.readout.form.dense, arithmetic)
        for token in instance.rows(layout, instance.readout.at):
            answers += arithmetic.table(sources.bounds(_mapped(form, stream[token])).error).entries
    return answers


def sublayers(instance: Instance) -> list[Any]:
    """All sublayers in the order of the forward pass."""
    layers = instance.network.unrolled
    return [part for layer in layers for part in (layer.sublayers if isinstance(layer, Block) else (layer,))]


def after(
    stream: list[list[Row]], step: LayerSum, sources: Sources, least: Mapping[tuple[int, int], Fraction]
) -> list[list[Row]]:
    """The rows of every token after a sublayer."""
    arithmetic = sources.arithmetic
    (one,) = sources.add(exactly(ones(1, 1)))
    constant = [{one: c} if c.terms else {} for c in arithmetic.table(step.constant).entries]
    maps = {id(m): _sparse(m, arithmetic) for row in step.linear for m in row if m is not None}
    products = [(*(_sparse(a, arithmetic) for a in (p.u, p.v, p.out)), p.gelu) for p in step.products]
    made = []
    for i, own in enumerate(stream):
        rows = [dict(row) for row in constant]
        for j, map_ in enumerate(step.linear[i]):
            if map_ is not None:
                _add(rows, _mapped(maps[id(map_)], stream[j]))
        for left, right, out, gelu in products:
            u, v = sources.bounds(_mapped(left, own)), sources.bounds(_mapped(right, own))
            new = gelu_product(u, v, tanh=GELUS[gelu]) if gelu else u * v
            _add(rows, _mapped(out, _fresh(sources, new)))
        for number, part in enumerate(step.quotients.get(i, ())):
            if (i, number) not in least:
                raise Unsupported("a composed bound where a divisor is not known to stay away from 0")
            value, score, out = (_sparse(a, arithmetic) for a in (part.value, part.score, part.out))
            divided = sources.bounds(_mapped(value, own)), sources.bounds(_mapped(score, own))
            _add(rows, _mapped(out, _fresh(sources, quotient(*divided, least[i, number]))))
        made.append(rows)
    return made


def _fresh(sources: Sources, found: Bounded) -> list[Row]:
    one = sources.arithmetic.constant(Fraction(1))
    return [{source: one} for source in sources.add(found)]


def _sparse(a: Matrix, arithmetic: MagnitudeArithmetic) -> list[Row]:
    """The nonzeros of every row of a matrix."""
    return [{k: entry for k, entry in enumerate(row) if entry.terms} for row in arithmetic.table(a).cells]


def _mapped(matrix: list[Row], rows: Sequence[Row]) -> list[Row]:
    """A matrix times rows."""
    made: list[Row] = [{} for _ in matrix]
    for total, weights in zip(made, matrix, strict=True):
        for k, weight in weights.items():
            _add([total], [{source: weight * c for source, c in rows[k].items()}])
    return made


def _add(rows: Sequence[Row], more: Sequence[Row]) -> None:
    """Add rows to rows, in place; what cancels is left out."""
    for total, row in zip(rows, more, strict=True):
        for source, c in row.items():
            total[source] = total[source] + c if source in total else c
            if not total[source].terms:
                del total[source]


def _starts(found: Symbolic) -> list[tuple[Layout, list[list[Row]], Sources]]:
    """For every prompt its layout, and what stands in it before the first layer."""
    instance, arithmetic = found.instance, found.arithmetic
    data = {}
    for name in instance.construction.data:
        rows, columns = instance.shape_of(name)
        cells = [[arithmetic.variable(("data", name, i, j), False) for j in range(columns)] for i in range(rows)]
        data[name] = arithmetic.matrix(cells, columns)
    sides = {name: _side(found, name) for name in data}
    run, starts = instance.run(data, layers=0), []
    for layout, (tokens,) in zip(run.layouts, run.streams, strict=True):
        sources, known = Sources(arithmetic, [], []), {}
        stream = [[_split(entry, sides, sources, known) for entry in row] for row in arithmetic.table(tokens).cells]
        starts.append((layout, stream, sources))
    return starts


def _side(found: Symbolic, name: str) -> Sum:
    """What the entries of some data are at most."""
    box = found.instance.construction.domain.get(name)
    if not isinstance(box, Box):
        raise Unsupported(f"a composed bound where {name} is not restricted to a box")
    side = found.parameters[box.bound] if isinstance(box.bound, str) else exact(box.bound)
    return found.arithmetic.table(side).cells[0][0]


def _split(entry: Sum, sides: Mapping[str, Sum], sources: Sources, known: dict[Term, int]) -> Row:
    """An entry of the prompt by what it holds of the data: a source for every product of data, `known` by that product."""
    arithmetic, row = sources.arithmetic, {}
    for term, c in entry.terms.items():
        keys = {atom: arithmetic.atoms.keys[atom] for atom, _ in term}
        of_data = tuple((a, p) for a, p in term if isinstance(keys[a], tuple) and keys[a][0] == "data")
        if of_data not in known:
            size = arithmetic.constant(Fraction(1))
            for atom, power in of_data:
                for _ in range(power):
                    size = size * sides[keys[atom][1]]
            (known[of_data],) = sources.add(exactly(arithmetic.matrix([[size]], 1)))
        rest = Sum(arithmetic.atoms, {tuple(part for part in term if part not in of_data): c})
        _add([row], [{known[of_data]: rest}])
    return row
