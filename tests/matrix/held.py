"""Exact matrices that are held by their nonzeros however small they are, for tests."""

from fractions import Fraction

from constructions.matrix import Matrix, constants, coordinates, rational, sparse
from constructions.matrix.rational import RATIONAL, Rational


def hold_everything(monkeypatch):
    """Whatever can be held by its nonzeros is, however small."""
    for module in (coordinates, constants, rational):
        monkeypatch.setattr(module, "LEAST", 0)
    monkeypatch.setattr(coordinates, "SPARSE", 0)
    monkeypatch.setattr(sparse, "WORTH", 0)


def made(rows, width, held):
    """An exact matrix from fractions, held by its nonzeros or as an array."""
    a = Rational.of(rows, width)
    return Matrix(RATIONAL, Rational(coordinates._coordinates(a.integers) if held else a.numerators, a.denominator))


def drawn(random, count, width, denominator=6):
    """Small fractions, more than half of them 0."""
    integers = random.integers(-3, 4, (count, width)) * (random.random((count, width)) < 0.4)
    return [[Fraction(n, denominator) for n in row] for row in integers.tolist()]
