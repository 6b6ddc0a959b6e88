"""Generic points of a construction, in the fastest arithmetic that has a value for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from constructions.language import Construction, Instance
from constructions.language.forward import forward
from constructions.language.instance import Run
from constructions.language.transformer import written
from constructions.matrix import Arithmetic, Matrix, Pole, exact
from constructions.matrix.rational import RATIONAL
from verify.arithmetic.ball import BALL, ball_entries, surely_nonzero
from verify.arithmetic.pattern import pattern_of
from verify.arithmetic.prime_field import prime_field
from verify.built import built
from verify.domains import small_data
from verify.plan import parameters_from, stream_of_integers
from verify.points import random_data, random_instance

FIELD: Any = prime_field(2**127 - 1)
BITS = {
    FIELD: 120,
    RATIONAL: 32,
}  # of a coordinate of a point; integers below p, so a value mod p is that of an integer
POINTS = 8  # where a derivative sees only a neighbourhood (relu, hard attention) or data may not move freely
PRECISION = 192  # of balls, in bits
Point = tuple[Instance, dict[str, Matrix]]


def arithmetics(construction: Construction) -> tuple[Arithmetic, ...]:
    """From the fastest to the one that has a value for everything."""
    whole = all(word == "real" for word in construction.domain.values())
    return (FIELD, RATIONAL, BALL) if whole else (RATIONAL, BALL)


def points(construction: Construction, sizes: Mapping[str, int], seed: int, arithmetic: Arithmetic) -> Iterator[Point]:
    """Instances at generic parameters with data inside the domain; `Pole` where the network has a value at none."""
    found = False
    for number in range(4 * POINTS):
        bits = BITS.get(arithmetic, 32)
        numbers = stream_of_integers(bits, "necessity", construction.name, sorted(sizes.items()), seed, number)
        whole = all(word == "real" for word in construction.domain.values())
        try:
            if whole and arithmetic is not BALL:
                instance = random_instance(construction, sizes, numbers)
                data = random_data(instance, numbers)
            else:
                parameters = parameters_from(construction, sizes, _fractions(numbers))
                instance = built(construction, sizes, parameters)
                data = small_data(
                    construction, {n: instance.shape_of(n) for n in construction.data}, numbers, parameters
                )
            _ = run_in(arithmetic, instance, data).answer
        except Pole:
            continue
        found = True
        yield instance, data
    if not found:
        raise Pole("a division by zero at every point that was tried")


def _fractions(numbers: Iterator[int]) -> Callable[[Any, int, int], Matrix]:
    """Positive multiples of 1/32 up to 4: generic enough, and small enough for exp."""
    return lambda _, r, c: exact([[next(numbers) % 127 + 1 for _ in range(c)] for _ in range(r)]) / 32


def certainly_nonzero(a: Matrix) -> np.ndarray:
    """Which entries are not zero, beyond doubt."""
    if a._arithmetic is FIELD:
        return np.array([bool(x) for x in FIELD.residues(a._entries)], dtype=bool).reshape(a.shape)
    if a._arithmetic is BALL:
        return np.array(list(map(surely_nonzero, ball_entries(a))), dtype=bool).reshape(a.shape)
    return pattern_of(a)


def run_in(arithmetic: Arithmetic, instance: Instance, data: Mapping[str, Matrix]) -> Run:
    return instance.run({name: Matrix(arithmetic, arithmetic.lift(value)) for name, value in data.items()})


def rerun(run: Run, other: Instance) -> Run | None:
    """The same pass by a network in which some layers are others, from the first of them on; None where that is no part of a
    pass: the network writes tokens, or its other layers write to other registers, and so may change what is fixed."""
    network = run.instance.network
    pairs = list(zip(network.unrolled, other.network.unrolled, strict=True))
    start = next((k for k, (before, now) in enumerate(pairs) if before is not now), len(pairs))
    alike = all(written(before, network.stream) == written(now, network.stream) for before, now in pairs[start:])
    if not (network.single and alike):
        return None
    rest = replace(other.network, layers=other.network.unrolled[start:])
    streams = [forward(rest, made[start], layout) for layout, made in zip(run.layouts, run.streams, strict=True)]
    return Run(other, run.layouts, tuple(streams))
