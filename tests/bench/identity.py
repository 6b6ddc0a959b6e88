"""What identity testing costs: `make bench`. Times are the best of a few runs in this process; ratios are of those times."""

from __future__ import annotations

import os

os.environ |= {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}  # before numpy is imported

import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import sympy

from constructions import get
from constructions.language import at
from constructions.matrix.floating import floats
from verify.arithmetic.prime_field import prime_field
from verify.arithmetic.program import Program
from verify.engines.trials import Rationals
from verify.methods.identity import identity, recorded, test_identity
from verify.plan import Plan, stream_of_integers
from verify.sides import claim_sides, step_sides
from verify.verdict import Standing

NETWORK = get("gd-looped")
TARGET = {"d_x": 32, "d_y": 1, "n": 64, "m": 1, "steps": 4}
TINY = {"d_x": 2, "d_y": 1, "n": 2, "m": 1, "steps": 2}


def best(run: Callable[[], Any], times: int = 5) -> float:
    """Seconds of the fastest run."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def judged(sizes: Mapping[str, int], route: str = "") -> None:
    verdict = identity(NETWORK, Plan(({**NETWORK.sizes, **sizes},)), route)
    assert verdict.standing is Standing.CERTIFIED, verdict


def float_pass(sizes: Mapping[str, int]) -> float:
    """The float64 forward pass alone."""
    instance = at(NETWORK, sizes)
    random = np.random.default_rng(0)
    data = {name: floats(random.normal(size=instance.shape_of(name))) for name in NETWORK.data}
    return best(lambda: instance.run(data))


class OfObjects(Rationals):
    """Object arrays of numbers with operators of their own: Fractions, or sympy expressions."""

    def __init__(self, number: Callable[[Fraction], Any]) -> None:
        self.number = np.frompyfunc(number, 1, 1)

    def lift(self, exact):
        entries = exact._entries
        return self.number(np.array([[Fraction(n, entries.denominator) for n in row] for row in entries.numerators]))

    add, times = staticmethod(np.add), staticmethod(np.multiply)
    negate, transpose = staticmethod(np.negative), staticmethod(np.transpose)

    def matmul(self, a, b):
        return a @ b

    def scale(self, s, a):
        return s[0, 0] * a

    def take(self, a, rows, columns):
        return a[np.ix_(rows, columns)]

    def join(self, parts, axis):
        return np.concatenate(parts, axis=axis)


def by_fractions(program: Program) -> None:
    """Both sides on object arrays of Fraction at one point of 85 bits."""
    numbers = stream_of_integers(85, "bench")

    def variable(r: int, c: int, positive: bool) -> np.ndarray:
        flat = np.array([Fraction(next(numbers) + positive) for _ in range(r * c)], dtype=object)
        return flat.reshape(r, c)

    left, right = program.run(OfObjects(lambda entry: entry), variable)
    assert (left == right).all()


def by_sympy(program: Program) -> None:
    """Both sides as sympy expressions, their difference expanded."""
    names = sympy.numbered_symbols("v")

    def variable(r: int, c: int, positive: bool) -> np.ndarray:
        return np.array([next(names) for _ in range(r * c)], dtype=object).reshape(r, c)

    rational = OfObjects(lambda entry: sympy.Rational(entry.numerator, entry.denominator))
    left, right = program.run(rational, variable)
    assert all(sympy.expand(entry) == 0 for entry in (left - right).flat)


def by_numpy_field(program: Program) -> None:
    """Both sides once in GF(2^127 − 1) without FLINT."""
    from verify.arithmetic.residues import Residues

    field, numbers = Residues(2**127 - 1), stream_of_integers(126, "bench")
    left, right = program.run(field, lambda r, c, _: field.of(r, c, [next(numbers) for _ in range(r * c)]))
    assert (left == right).all()


def show(what: str, seconds: float, reference: float | None = None) -> None:
    ratio = "" if reference is None else f"{seconds / reference:10.1f} ×"
    print(f"  {what:<58}{1000 * seconds:10.1f} ms{ratio}", flush=True)


def main() -> None:
    program = recorded(NETWORK, {**NETWORK.sizes, **TARGET}, claim_sides)
    whole = best(partial(judged, TARGET))
    print(f"{NETWORK.name} at {TARGET}, {type(prime_field(7)).__name__}; the last column is against identity testing")
    show("identity testing, two fields, everything included", whole, whole)
    show("the same in ℚ", best(partial(judged, TARGET, "rational"), 2), whole)
    show("one float64 forward pass of the network", float_pass(TARGET), whole)
    show("both sides once in GF(2^127 − 1), numpy only", best(partial(by_numpy_field, program), 2), whole)
    show("both sides once on object arrays of Fraction", best(partial(by_fractions, program), 1), whole)
    tiny = recorded(NETWORK, {**NETWORK.sizes, **TINY}, claim_sides)
    quick = best(partial(judged, TINY))
    print(f"{NETWORK.name} at {TINY}, where sympy ends")
    show("identity testing", quick, quick)
    show("sympy expressions, expanded", best(partial(by_sympy, tiny), 1), quick)
    mesa = get("mesa-layer")
    updates = Plan(({"d_k": 32, "d_v": 2, "n": 64},))
    judge = partial(test_identity, mesa, updates, step_sides(mesa.steps[0]), kind="step", subject="")
    assert judge().standing is Standing.CERTIFIED
    print("mesa-layer, its proof step at d_k=32, n=64")
    show("64 rank-one inverse updates against a linear solve", best(judge, 3), whole)
    growth()


def growth() -> None:
    """How the time grows with one size, from the target."""
    for name, values in {"d_x": (8, 16, 32, 64), "n": (16, 32, 64, 128), "steps": (1, 2, 4, 8, 16)}.items():
        print(f"growth in {name}, the other sizes as above; the last column is against the float64 forward pass")
        for value in values:
            sizes = {**TARGET, name: value}
            show(f"{name} = {value}", best(partial(judged, sizes, "prime"), 3), float_pass(sizes))


if __name__ == "__main__":
    main()
