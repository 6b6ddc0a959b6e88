"""What a network costs that is almost entirely zeros: `make bench`, or `python -m tests.bench.sparse NAME`.

Times are the best of a few runs in this process. Three passes over the same network and data take turns:

sparse   the pass of the front ends: weights that are mostly zeros stay so
arrays   every weight is a dense float64 array, made before the clock starts
dense    every weight is a dense array of exact numbers and becomes floats in each pass, as all weights once did

At small d all three cost what Python costs to walk through 14 layers; `over` is what is left when d = 2 is taken off.
"""

from __future__ import annotations

import os

os.environ |= {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}  # before numpy is imported

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from constructions import get
from constructions.language import Construction, Instance, at
from constructions.language.transformer import forms_of
from constructions.matrix import Matrix
from constructions.matrix.coordinates import Coordinates, dense
from constructions.matrix.floating import FloatArithmetic, floats, rounded
from constructions.matrix.rational import Rational
from constructions.matrix.sparse import SPARSE64

WIDTHS = (2, 4, 8, 16, 32)


class DenseFloats(FloatArithmetic):
    """float64 with dense weights: the same exact entries every time, made into floats once (`keep`) or in every pass."""

    def __init__(self, keep: bool) -> None:
        self.keep, self.known = keep, WeakKeyDictionary[Rational, np.ndarray]()

    def lift(self, exact: Matrix) -> np.ndarray:
        entries = exact._entries
        if (found := self.known.get(entries)) is None:
            numerators = entries.numerators
            found = rounded(numerators, entries.denominator) if self.keep else numerators
            self.known[entries] = found
        return found if self.keep else rounded(found, entries.denominator)


@dataclass(frozen=True)
class Cost:
    """Seconds to build and to run; nonzeros of the dense forms, bytes of all exact matrices, and of the same as arrays."""

    build: float
    passes: Mapping[str, float]
    gap: float
    nonzeros: int
    stored: int
    full: int


def matrices(instance: Instance) -> dict[int, Rational]:
    """Every exact matrix of the network: the blocks of its forms, and the forms as dense rows."""
    forms = [form for layer in instance.network.layers for form in forms_of(layer)]
    found = [matrix._entries for form in forms for matrix in (form.dense, *form.blocks.values())]
    return {id(entries): entries for entries in found}


def size_in_bytes(entries: Rational) -> int:
    """Of the numbers and where they stand; Python keeps the integers from −5 to 256 anyway."""
    a = entries.integers
    numbers, places = (a.values, a.places.nbytes) if isinstance(a, Coordinates) else (a, 0)
    return places + numbers.nbytes + sum(sys.getsizeof(n) for n in numbers.flat if not -5 <= n <= 256)


def passes(instance: Instance, times: int) -> tuple[dict[str, float], float]:
    """The best time of each kind of pass, in turns, and the largest difference between their answers."""
    random = np.random.default_rng(0)
    arrays = {name: floats(random.normal(size=instance.shape_of(name)))._entries for name in instance.construction.data}
    kinds = {"sparse": SPARSE64, "arrays": DenseFloats(True), "dense": DenseFloats(False)}
    best, answers = dict.fromkeys(kinds, np.inf), {}
    for turn in range(times + 1):  # the first turn makes what is kept
        for kind, arithmetic in kinds.items():
            data = {name: Matrix(arithmetic, array) for name, array in arrays.items()}
            start = time.perf_counter()
            answers[kind] = instance.run(data).answer
            best[kind] = min(best[kind], time.perf_counter() - start) if turn else np.inf
    first, *others = (dense(answer._entries) for answer in answers.values())
    return best, float(max(np.abs(other - first).max() for other in others))


def cost(construction: Construction, sizes: Mapping[str, int], times: int = 5) -> Cost:
    start = time.perf_counter()
    instance = at(construction, sizes)
    entries = matrices(instance)  # with every form joined
    build = time.perf_counter() - start
    best, gap = passes(instance, times)
    forms = [form.dense._entries.integers for layer in instance.network.layers for form in forms_of(layer)]
    return Cost(
        build=build,
        passes=best,
        gap=gap,
        nonzeros=sum(int(np.count_nonzero(a.values if isinstance(a, Coordinates) else a)) for a in forms),
        stored=sum(map(size_in_bytes, entries.values())),
        full=sum(8 * a.integers.size for a in entries.values()),
    )


HEAD = ("d", "build", "sparse", "arrays", "dense", "×", "×", "over", "nonzeros", "bytes", "as arrays")


def table(construction: Construction, widths: tuple[int, ...] = WIDTHS, show: Callable[[str], Any] = print) -> None:
    show(f"{construction.name}: times in ms; × and × are arrays/sparse and dense/sparse")
    show("".join(f"{word:>11}" for word in HEAD))
    least = None
    for d in widths:
        one = {"d": d, "m": 1}
        found = cost(construction, {name: one.get(name, size) for name, size in construction.sizes.items()})
        sparse, arrays, whole = (found.passes[kind] for kind in ("sparse", "arrays", "dense"))
        least = min(found.passes.values()) if least is None else least
        over = (arrays - least) / max(sparse - least, 1e-9)
        cells = [f"{1000 * seconds:.1f}" for seconds in (found.build, sparse, arrays, whole)]
        cells += [f"{arrays / sparse:.1f}", f"{whole / sparse:.1f}", f"{over:.1f}"]
        cells += [f"{found.nonzeros:,}", f"{found.stored:,}", f"{found.full:,}"]
        show(f"{d:>11}" + "".join(f"{cell:>11}" if len(cell) < 11 else f" {cell}" for cell in cells))
        if not found.gap <= 1e-6:
            raise SystemExit(f"the passes of {construction.name} at d = {d} differ by {found.gap}")


def main(names: list[str]) -> None:
    for name in names or ["raw-ridge-step"]:
        table(get(name))


if __name__ == "__main__":
    main(sys.argv[1:])
