"""A construction in letters: symbolic sizes, matrices as formulas, and the same forward pass over two blocks of tokens.

Another arithmetic of symbolic shapes may make the letters: `make(name, shape, symmetric)` is the matrix of every parameter
and data set.

The rows of the stream are the context and the queries, two blocks of symbolic size. That is possible where every token of a
block sees the same tokens, so for the mask "context" (and for any mask over a context without queries that hides nothing), and
for the mask "query" where there is one query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from constructions.language import Construction, Instance, build
from constructions.language.forward import forward
from constructions.language.prompt import Segment
from constructions.language.shapes import size_value
from constructions.language.transformer import Layer, Transformer, written
from constructions.matrix import Matrix, NeedsNumber, Size, Unsupported, below, beside
from constructions.matrix.formula import formula_of, letters
from constructions.matrix.sizes import LookedAt, equal
from constructions.matrix.vanishing import left_over
from constructions.matrix.words import Inclusion

Make = Callable[[str, tuple[Any, ...], bool], Any]  # name, shape, is it symmetric → a matrix; beyond two sizes several


@dataclass(frozen=True)
class Everyone:
    """What a layer sees where all tokens see the same keys: nothing is masked."""

    keys: Any

    def masked(self, scores: Matrix) -> Matrix:
        return scores

    weighted = masked

    @property
    def visible(self) -> None:
        """All of it."""


@dataclass(frozen=True)
class Blocks:
    """The layout of two blocks of tokens; what `forward` asks of a `Layout`, in letters."""

    context: Any
    queries: Any
    kinds: int
    fixed: frozenset[str] = frozenset()

    @property
    def examples(self) -> Any:
        return self.context

    @property
    def length(self) -> Any:
        return self.context + self.kinds

    def view(self, mask: str | Matrix) -> Everyone:
        if mask == "query" and equal(self.queries, 1):  # several would be several prompts
            return Everyone(Inclusion(1, (self.context, self.queries)))
        if isinstance(mask, str) and set(mask.split()) <= {"context", "everything"}:
            if self.kinds == 0:
                return Everyone(slice(None))
            if "context" in mask.split():
                return Everyone(Inclusion(0, (self.context, self.queries)))
        raise Unsupported(f"the mask {mask!r} has no meaning over blocks of tokens of symbolic size")

    def runs(self) -> list[tuple[int, list[int]]]:
        raise Unsupported("a layer that goes from token to token has no meaning over blocks of symbolic size")

    def alike(self, words: str) -> tuple[list[tuple[Any, Any]], Any]:
        """All tokens see the same keys."""
        return [(slice(None), self.view(words).keys)], slice(None)


@dataclass(frozen=True)
class Lettered:
    """An instance whose sizes and parameters are letters, with letters for its data. `numbers` are sizes that stayed numbers,
    and `make` makes further letters."""

    instance: Instance
    data: Mapping[str, Matrix]
    layout: Blocks
    numbers: Mapping[str, int]
    make: Make = letters

    @property
    def parts(self) -> list[tuple[str, Segment]]:
        named = (("context", self.instance.context), ("query", self.instance.query))
        return [(name, part) for name, part in named if part]

    def start(self) -> Matrix:
        """The stream before the first layer."""
        return below(*(self.prompted(part) for _, part in self.parts))

    def prompted(self, part: Segment) -> Matrix:
        """The tokens of one block, as the prompt makes them."""
        (embedding,) = part.embeddings(self.instance.network.stream.registers)
        return part.item.rows(self.data) @ embedding.T

    def after(self, H: Matrix, layer: Layer) -> Matrix:
        """The stream after one layer that read H."""
        return forward(Transformer(self.instance.network.stream, (layer,)), H, self.layout)[-1]  # type: ignore[arg-type]

    def read(self, H: Matrix, form: Any, at: str) -> Matrix:
        """A linear form of the stream at a block of tokens."""
        names = [name for name, _ in self.parts]
        if at not in names and not (at == "everything"):
            raise Unsupported(f"reading at {at!r} has no meaning over blocks of tokens of symbolic size")
        if at == "everything" or len(names) == 1:
            return H @ form.dense.T
        return H[Inclusion(names.index(at), (self.layout.context, self.layout.queries))] @ form.dense.T

    def holding(self, values: Mapping[tuple[str, str], Matrix], layer: Layer) -> Matrix:
        """The stream that holds the given values (register, block) → matrix, and the prompt's where the layer does not write."""
        registers, blocks = self.instance.network.stream.registers, []
        for name, part in self.parts:
            given = self.prompted(part)
            columns = []
            for register in registers:
                if (register, name) in values:
                    columns.append(values[register, name])
                elif register in written(layer, self.instance.network.stream):
                    raise Unsupported(
                        f"the invariant does not say what {register} holds at {name}, and the layer changes it"
                    )
                else:
                    columns.append(given @ self.instance.network.stream[register].dense.T)
            blocks.append(beside(*columns))
        return below(*blocks)


def lettered(construction: Construction, make: Make = letters) -> Lettered:
    """The construction in letters; a size that a builder needs as a number stays at its default (at most 2)."""
    numbers: dict[str, int] = {}
    while True:
        sizes = {name: numbers.get(name) or Size.named(name) for name in construction.sizes}
        try:
            return _lettered(construction, sizes, numbers, make)
        except LookedAt as looked:
            raise Unsupported(f"a builder looks at the size {looked}, so it need not treat all sizes alike") from None
        except NeedsNumber as needed:
            wanted = [name for name in str(needed).split(", ") if name in construction.sizes and name not in numbers]
            if not wanted:
                raise Unsupported(f"a builder needs the sizes {needed} as numbers") from None
            numbers |= {name: min(construction.sizes[name], 2) for name in wanted}


def _lettered(construction: Construction, sizes: Mapping[str, Any], numbers: Mapping[str, int], make: Make) -> Lettered:
    parameters = {
        name: make(name, tuple(size_value(s, sizes) for s in parameter.shape), parameter.symmetric)
        for name, parameter in construction.parameters.items()
    }
    instance = build(construction, sizes, parameters)
    if instance.positions or any(len(part.tokens) > 1 for part in (instance.context, instance.query) if part):
        raise Unsupported("position codes and several tokens an item have no meaning over blocks of symbolic size")
    if isinstance(instance.network.passes, Size) or not instance.network.single:
        raise Unsupported("a network that writes tokens of its own has no meaning over blocks of symbolic size")
    if instance.context is None:
        raise Unsupported("without a context there is no block of examples")
    data = {
        name: make(name, instance.shape_of(name), construction.domain.get(name) == "symmetric")
        for name in construction.data
    }
    queries = instance.query.count if instance.query else 0
    layout = Blocks(instance.context.count, queries, 1 if instance.query else 0)
    return Lettered(instance, data, layout, numbers, make)


def defect(left: Matrix, right: Matrix) -> str:
    """left − right as a formula; "" if it is shown to vanish wherever both sides have a value, at all sizes."""
    difference = left_over(formula_of(left - right))
    return str(difference) if difference.terms else ""
