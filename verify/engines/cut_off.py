"""The cut-off lemma at work: the hypotheses checked, the sizes that it asks for, and left − right computed there.

An obligation holds at all sizes if leaving out indices changes nothing else (`padding.py`) and left − right is zero, entry by
entry as a polynomial in all data, parameters and sizes used as numbers, at the cut-off sizes. `docs/cut-off.md` has the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from constructions.language import Construction
from constructions.matrix import Size, Unsupported, identity, ones, zeros
from constructions.matrix.formula import constants_by
from constructions.matrix.opaque import entries_in
from verify.arithmetic.entries import EntryArithmetic, Table
from verify.arithmetic.left_out import cut_off
from verify.arithmetic.left_out import leaf as padded_leaf
from verify.arithmetic.padding import PaddingArithmetic
from verify.arithmetic.polynomial import PolynomialArithmetic, Quotient
from verify.arithmetic.sized import SizedArithmetic, Written, numbers_at, run, value_at
from verify.arithmetic.terms import TermArithmetic, TooManyTerms
from verify.engines.induction import obligations
from verify.engines.letters import Lettered, lettered

VARIABLES = 1_000  # more are not tried
TERMS = 20_000  # nor more terms than this in one polynomial
Key = tuple[str | int, ...]  # a letter with row and column, or a size: what a variable stands for
CONSTANT = {"I": lambda rows, _: identity(rows), "0": zeros, "1": ones}


class Positive(PolynomialArithmetic):
    """Rational functions in which some of the variables, the sizes, are known to be positive."""

    def __init__(self, variables: list[str], positive: set[int]) -> None:
        super().__init__(variables)
        self.surely = positive

    def inverse(self, entry: Quotient) -> Quotient:
        """A polynomial in sizes with positive coefficients is nowhere zero."""
        others = any(degree for k, degree in enumerate(entry.top.degrees()) if k not in self.surely)
        if entry.top.is_zero() or others or any(c < 0 for c in entry.top.coeffs()):
            return super().inverse(entry)
        return entry.inverse()


@dataclass(frozen=True, eq=False)
class Task:
    """Everything that has to be shown, as operations: (text, left − right)."""

    case: Lettered
    differences: tuple[tuple[str, Written], ...]


@dataclass(frozen=True)
class Found:
    """What the computation at the cut-off sizes says. `left_over`: the first obligation that fails, and its shortest entry.
    `poles`: something may be zero that was divided by."""

    lengths: Mapping[str, int]
    variables: int
    terms: int
    poles: bool
    left_over: tuple[str, str] | None


def written_down(construction: Construction) -> Task:
    """The obligations of a construction, as operations on matrices of symbolic shape."""
    sized = SizedArithmetic()
    with constants_by(sized):
        case = lettered(construction, sized.make)
        pairs = [(it.text, entries_in(it.left - it.right, sized)) for it in obligations(case)]
    return Task(case, tuple(pairs))


def lengths_for(task: Task) -> dict[str, int]:
    """The cut-off: for every size letter how many indices are enough. Raises `Unsupported` where the lemma does not apply."""
    outputs = [difference for _, difference in task.differences]
    lengths = dict.fromkeys(task.case.instance.construction.sizes, 1) | dict(task.case.numbers)
    for padded in run(outputs, PaddingArithmetic(), padded_leaf, lambda part, _: part):
        for letter, needed in cut_off(padded).items():
            lengths[letter] = max(lengths[letter], needed)
    return lengths


def computed(task: Task, lengths: Mapping[str, int]) -> Found:
    """left − right of every obligation at the cut-off sizes. Raises `TooManyTerms` before it computes what is too large."""
    outputs = [difference for _, difference in task.differences]
    bounds = TermArithmetic(TERMS)
    counting = Leaves(bounds, lambda _: bounds.variable(), lengths)
    counts = run(outputs, bounds, counting.value, counting.pick)
    terms = max((entry.terms for table in counts for entry in table.entries), default=0)
    functions = Positive([_name(key) for key in counting.variables], counting.sizes)
    leaves = Leaves(functions, functions.variable, lengths)
    tables = run(outputs, functions, leaves.value, leaves.pick)
    rests = ((text, _rest(functions, table)) for (text, _), table in zip(task.differences, tables, strict=True))
    left_over = next(((text, rest) for text, rest in rests if rest), None)
    return Found(lengths, len(counting.variables), terms, functions.poles, left_over)


def _rest(functions: Positive, table: Table) -> str:
    """The shortest nonzero entry."""
    entries: list[Quotient] = [entry for entry in table.entries if not functions.is_zero(entry)]
    return str(min(entries, key=lambda entry: len(entry.top))) if entries else ""


def _name(key: Key) -> str:
    """How a variable is printed; FLINT knows variables by their numbers."""
    return "_".join(map(str, key)).replace("′", "'")


class Leaves:
    """Letters, constants and sizes at the cut-off: every entry of a letter, and every size used as a number, is a variable."""

    def __init__(self, arithmetic: EntryArithmetic, variable: Callable[[int], Any], lengths: Mapping[str, int]) -> None:
        self.arithmetic, self.variable, self.lengths = arithmetic, variable, lengths
        self.variables: dict[Key, Any] = {}
        self.sizes: set[int] = set()
        self.known: dict[str, Table] = {}

    def pick(self, part: Any, size: Any) -> list[int]:
        return numbers_at(part, size, self.lengths)

    def value(self, one: Written) -> Table:
        rows, columns = (value_at(size, self.lengths) for size in one.shape)
        if one.name == "constant":
            return self.arithmetic.lift(CONSTANT[one.detail](rows, columns))
        if one.name == "size":
            return self._size(one.detail)
        name, symmetric = one.detail
        return self._letter(name, symmetric, rows, columns)

    def _letter(self, name: str, symmetric: bool, rows: int, columns: int) -> Table:
        """One variable an entry; one name is one matrix."""
        if name not in self.known:
            places = [[sorted((i, j)) if symmetric else (i, j) for j in range(columns)] for i in range(rows)]
            cells = [[self._entry((name, i + 1, j + 1)) for i, j in row] for row in places]
            self.known[name] = Table(cells, columns)
        if self.known[name].shape != (rows, columns):
            raise Unsupported(f"two matrices of different shapes are called {name}")
        return self.known[name]

    def _size(self, size: Size) -> Table:
        """A polynomial in variables that stand for the sizes."""
        parts = []
        for names, c in size.terms.items():
            part = self.arithmetic.constant(c)
            for name in names:
                part = part * self._length(name)
            parts.append(part)
        return Table([[self.arithmetic.total(parts)]], 1)

    def _length(self, name: str) -> Any:
        if (name,) not in self.variables:
            self.sizes.add(len(self.variables))
        return self._entry((name,))

    def _entry(self, key: Key) -> Any:
        if key not in self.variables:
            if len(self.variables) >= VARIABLES:
                raise TooManyTerms(f"there are more than {VARIABLES:,} variables")
            self.variables[key] = self.variable(len(self.variables))
        return self.variables[key]
