"""The bound of a network, computed from its weights: sizes and errors carried from sublayer to sublayer.

Every sublayer is read as a sum of linear maps, products and quotients (`layer_sums.py`), of rows that are kept as combinations of
sources (`sources.py`), of which |ideal| ≤ size and |network − ideal| ≤ error are known by the lemma of
`constructions/instructions/bounded.py`. The *ideal* is the same network with GeLU replaced by its parabola (`ideal.py`), in which
products are products; softmax by hard attention, and LayerNorm by a division (`norm_steps.py`). Parameters are symbols, so the
bound is a formula, for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.instructions.bounded import Bounded, exactly, gelu_product, quotient
from constructions.language import Box, Construction, Instance, build
from constructions.language.layout import Layout
from constructions.language.transformer import Block
from constructions.matrix import Matrix, Unsupported, exact, named, ones
from verify.arithmetic.factored_sums import Sum
from verify.arithmetic.magnitudes import MagnitudeArithmetic
from verify.arithmetic.terms_of_sums import Term
from verify.engines.layer_sums import GELUS, layer_sum
from verify.engines.norm_steps import Normed, leaked, normed, passed
from verify.engines.rational_values import Ring
from verify.engines.signs import Lower
from verify.engines.sources import Row, Sources, add_rows, mapped, sparse
from verify.engines.sum_parts import LayerSum, Product, Quotient
from verify.plan import fill, shape_at

Least = Mapping[tuple[int, int, int, int], Lower]  # (prompt, sublayer, token, head) → what its divisor is at least


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


@dataclass(frozen=True)
class Composed:
    """A bound of |network − ideal| for every entry of the answer; with a ring, also what that is in the ideal network."""

    errors: list[Sum]
    ideal: list[list[Any]]


def composed(found: Symbolic, least: Least, ring: Ring | None = None, factored: bool = False) -> Composed:
    """A bound for every entry of the answer. Where LayerNorm divides, the ring has to say by what. `factored`: see `Sources`."""
    instance, arithmetic = found.instance, found.arithmetic
    width, answers, values = instance.network.stream.width, [], []
    for prompt, (layout, stream, sources) in enumerate(_starts(found, ring, factored)):
        for number, sublayer in enumerate(sublayers(instance)):
            step = layer_sum(sublayer, layout, width, arithmetic)
            stream = after(
                stream, step, sources, {key[2:]: g for key, g in least.items() if key[:2] == (prompt, number)}
            )
        form = sparse(instance.readout.form.dense, arithmetic)
        for token in instance.rows(layout, instance.readout.at):
            rows = mapped(form, stream[token])
            answers += arithmetic.table(sources.bounds(rows).error).entries
            values += [[sources.value(row) for row in rows]] if ring else []
    return Composed(answers, values)


def sublayers(instance: Instance) -> list[Any]:
    """All sublayers in the order of the forward pass."""
    layers = instance.network.unrolled
    return [part for layer in layers for part in (layer.sublayers if isinstance(layer, Block) else (layer,))]


def normed_anywhere(instance: Instance) -> bool:
    """Whether a sublayer reads the stream through LayerNorm."""
    return any(getattr(part, "norm", None) is not None for part in sublayers(instance))


def after(
    stream: list[list[Row]], step: LayerSum, sources: Sources, least: Mapping[tuple[int, int], Lower]
) -> list[list[Row]]:
    """The rows of every token after a sublayer."""
    arithmetic = sources.arithmetic
    constants = arithmetic.table(step.constant).entries
    maps = {id(m): sparse(m, arithmetic) for row in step.linear for m in row if m is not None}
    reaches = [sources.reaches(token, rows) for token, rows in enumerate(stream)] if step.softened else []
    made = []
    for i, own in enumerate(stream):
        (one,) = sources.add(exactly(ones(1, 1)), sources.ring and [sources.ring.one])
        rows: list[Row] = [{one: c} if c.terms else {} for c in constants]
        for j, map_ in enumerate(step.linear[i]):
            if map_ is not None:
                add_rows(rows, mapped(maps[id(map_)], stream[j]))
        for head in step.softened:
            add_rows(rows, leaked(i, stream, head, sources, reaches))
        found = None if step.shifted is None else normed(i, own, step.shifted, sources)
        if found is not None and step.shifted is not None:
            add_rows(rows, passed(own, found, step.shifted, sources))
        for part in step.products:
            add_rows(rows, _product(part, own, found, sources))
        for number, part in enumerate(step.quotients.get(i, ())):
            if (i, number) not in least:
                raise Unsupported("a composed bound where a divisor is not known to stay away from 0")
            add_rows(rows, _quotient(part, own, least[i, number], sources))
        made.append(rows)
    return made


def _product(part: Product, own: list[Row], found: Normed | None, sources: Sources) -> list[Row]:
    """What the units of products add; behind LayerNorm their factors have errors of their own."""
    read = (part.u, part.v) if found is None else (part.u / found.size, part.v / found.size)
    pair = [mapped(sparse(side, sources.arithmetic), own) for side in read]
    u, v = (sources.bounds(side) for side in pair)
    if found is not None:
        if found.divisor is not None:
            raise Unsupported("a composed bound of products behind a LayerNorm that divides")
        u, v = u.off_by(found.kept(read[0])), v.off_by(found.kept(read[1]))
    new = gelu_product(u, v, tanh=GELUS[part.gelu]) if part.gelu else u * v
    new = new if found is None else Bounded(new.size, named(new.error))
    values = sources.ring and [sources.value(a) * sources.value(b) for a, b in zip(*pair, strict=True)]
    return mapped(sparse(part.out, sources.arithmetic), sources.fresh(new, values))


def _quotient(part: Quotient, own: list[Row], least: Lower, sources: Sources) -> list[Row]:
    value, score = (mapped(sparse(side, sources.arithmetic), own) for side in (part.value, part.score))
    bound = sources.arithmetic.matrix([[least.sum(sources.arithmetic.atoms)]], 1)
    new = quotient(sources.bounds(value), sources.bounds(score), bound)
    return mapped(sparse(part.out, sources.arithmetic), sources.fresh(new))


def _starts(found: Symbolic, ring: Ring | None, factored: bool) -> list[tuple[Layout, list[list[Row]], Sources]]:
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
        sources, known = Sources(arithmetic, ring, factored), {}
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
            value = sources.ring and [sources.ring.of(Sum(arithmetic.atoms, {of_data: Fraction(1)}))]
            (known[of_data],) = sources.add(exactly(arithmetic.matrix([[size]], 1)), value)
        rest = Sum(arithmetic.atoms, {tuple(part for part in term if part not in of_data): c})
        add_rows([row], [{known[of_data]: rest}])
    return row
