"""What the sources of a composed bound are in the ideal network, as rational functions of all data and parameters: whether its
answer is the algorithm's, and what it divides by is at least."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from constructions.language import Construction
from constructions.matrix import Matrix, Unsupported
from verify.arithmetic.factored_sums import Atoms, Sum
from verify.arithmetic.polynomial import Quotient, matrix_of
from verify.arithmetic.quadratic import QuadraticArithmetic
from verify.arithmetic.terms_of_sums import Term
from verify.built import built
from verify.engines.signs import Signs
from verify.plan import shape_at


@dataclass(frozen=True, eq=False)
class Ring:
    """Rational functions with a variable for every entry of the data and the parameters, numbered as `keys` are."""

    functions: QuadraticArithmetic
    keys: Mapping[Any, int]
    signs: Signs
    known: dict[int, Any] = field(default_factory=dict)

    @property
    def zero(self) -> Any:
        return self.functions.constant(Fraction(0))

    @property
    def one(self) -> Any:
        return self.functions.constant(Fraction(1))

    def total(self, parts: Iterable[Any]) -> Any:
        return self.functions.total(list(parts))

    def of(self, entry: Sum) -> Any:
        """A sum as a rational function. Raises `Unsupported` for moduli and the like."""
        return self._of_terms(entry.atoms, entry.terms)

    def _of_terms(self, atoms: Atoms, terms: Mapping[Term, Fraction]) -> Any:
        parts = []
        for term, c in terms.items():
            part = self.functions.constant(c)
            for atom, power in term:
                value = self._of_atom(atoms, atom)
                value = value if power > 0 else self.functions.inverse(value)
                for _ in range(abs(power)):
                    part = part * value
            parts.append(part)
        return self.total(parts)

    def _of_atom(self, atoms: Atoms, atom: int) -> Any:
        if atom not in self.known:
            key = atoms.keys[atom]
            if isinstance(key, frozenset):
                self.known[atom] = self._of_terms(atoms, dict(key))
            elif key in self.keys:
                self.known[atom] = self.functions.variable(self.keys[key])
            else:
                raise Unsupported("a composed bound of a network with moduli or exponentials among its weights")
        return self.known[atom]

    def least(self, entry: Quotient, atoms: Atoms) -> Sum:
        """What a divisor is at least. Raises `Unsupported` where nothing is found."""
        return self.signs.least(entry).sum(atoms)


def ring_of(construction: Construction, sizes: Mapping[str, int]) -> tuple[Ring, list[list[Any]]]:
    """The ring of a construction, and the rows of the algorithm's answer in it."""
    keys, positive = [], []
    for name, declared in construction.parameters.items():
        rows, columns = _two(shape_at(declared.shape, sizes))
        keys += [(name, i, j) for i in range(rows) for j in range(columns)]
        positive += [declared.positive] * (rows * columns)
    for name, shape in construction.data.items():
        rows, columns = _two(shape_at(shape, sizes))
        keys += [("data", name, i, j) for i in range(rows) for j in range(columns)]
    functions = QuadraticArithmetic(["_".join(map(str, key)) for key in keys])
    numbers = {key: number for number, key in enumerate(keys)}

    def matrix(*owner: str, shape: tuple[int, int]) -> Matrix:
        cells = [functions.variable(numbers[*owner, i, j]) for i in range(shape[0]) for j in range(shape[1])]
        return matrix_of(functions, *shape, cells)

    parameters = {n: matrix(n, shape=_two(shape_at(p.shape, sizes))) for n, p in construction.parameters.items()}
    instance = built(construction, sizes, parameters)
    functions.divided.clear()
    functions.parabolas = False  # nothing but the algorithm is run here, and a GeLU in it is none
    answer = instance.algorithm({n: matrix("data", n, shape=instance.shape_of(n)) for n in construction.data})
    ring = Ring(functions, numbers, Signs(functions, keys, positive))
    return ring, functions.table(answer).cells


def _two(shape: tuple[int, ...]) -> tuple[int, int]:
    return (*shape, 1, 1)[0], (*shape, 1, 1)[1]
