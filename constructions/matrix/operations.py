"""The operations of `compiled.py` on arrays columns × rows × batch, in their own dtype; what is constant has a batch of 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from constructions.matrix.columns import Array, Picked, Weights, index_of
from constructions.matrix.floating import FLOAT64, rounded
from constructions.matrix.rational import Rational

ALL = slice(None)


def sum_of(
    shape: tuple[int, int], weights: Sequence[Weights | None], free: Sequence[bool], owners: Sequence[int]
) -> Callable[..., Array]:
    """The sum of terms, each as it is or times weights; in the memory of a term that is free to be changed.

    `owners` says in whose memory each term may lie: what shares it with the total is computed before the total changes.
    """
    chosen = next((k for k, weight in enumerate(weights) if weight is None and free[k]), None)
    whole = Picked(ALL, ALL, None)
    parts = [(k, part) for k, w in enumerate(weights) if k != chosen for part in ((whole,) if w is None else w.parts)]
    early = [chosen is not None and owners[k] == owners[chosen] for k, _ in parts]
    parts = [parts[i] for i in np.argsort(np.logical_not(early), kind="stable")]
    first = sum(early)

    def add_up(*terms: Array) -> Array:
        batch = max([term.shape[2] for term in terms])
        total = np.zeros((*shape, batch), dtype=terms[0].dtype) if chosen is None else terms[chosen]
        if total.shape[2] < batch:  # a constant in the place of numbers that depend on data
            total = total + np.zeros(batch, dtype=total.dtype)
        before = [(part.target, np.array(part.of(terms[k]))) for k, part in parts[:first]]
        for target, term in before:
            total[target] += term
        for k, part in parts[first:]:
            total[part.target] += part.of(terms[k])
        return total

    return add_up


def of_rows(left: Rational, dtype: Any) -> Callable[[Array], Array]:
    """b ↦ left @ b for an exact matrix: rows are picked where each is a multiple of one, or of none."""
    rows, source, numerators = left.nonzeros
    if len(np.unique(rows)) < len(rows):
        return partial(_times_rows, rounded(left.numerators, left.denominator).astype(dtype))
    factors, height = rounded(np.asarray(numerators), left.denominator).astype(dtype)[None, :, None], left.shape[0]
    whole = len(rows) == height
    plain, source, rows = bool((factors == 1).all()), index_of(source), index_of(rows)

    def picked(b: Array) -> Array:
        found = b[:, source] if plain else b[:, source] * factors
        if whole:
            return found
        total = np.zeros((len(b), height, b.shape[2]), dtype=b.dtype)
        total[:, rows] = found
        return total

    return picked


def _times_rows(left: Array, b: Array) -> Array:
    return (b[:, :, 0] @ left.T)[:, :, None] if b.shape[2] == 1 else left @ b


def product(a: Array, b: Array) -> Array:
    """The matrix product of each pair of the batch."""
    if a.shape[0] == 1:
        return a * b  # a column times a row
    first, second = (np.ascontiguousarray(one.transpose(2, 1, 0)) for one in (a, b))
    return (first @ second).transpose(2, 1, 0)


def _solved(a: Array, b: Array) -> Array:
    return FLOAT64.solve(a.transpose(2, 1, 0), b.transpose(2, 1, 0)).transpose(2, 1, 0)


def _taken(detail: tuple[Sequence[int], Sequence[int]]) -> Callable[[Array], Array]:
    rows, columns = map(index_of, detail)
    return lambda a: a[columns][:, rows]


def _joined(axis: int, *parts: Array) -> Array:
    batch = max([part.shape[2] for part in parts])
    if all([part.shape[2] == batch for part in parts]):
        return np.concatenate(parts, axis=1 - axis)
    return np.concatenate([np.broadcast_to(part, (*part.shape[:2], batch)) for part in parts], axis=1 - axis)


def _chosen(choose: Callable[..., Array], visible: Array, a: Array) -> Array:
    return choose(a.transpose(1, 0, 2), visible[:, :, None]).transpose(1, 0, 2)


def _smooth(function: str, order: int, a: Array) -> Array:
    return FLOAT64.smooth(function, a, order)


# Every operation of `Arithmetic` but sums: what it takes besides matrices → what it does.
CARRIED_OUT: Mapping[str, Callable[[Any], Callable[..., Array]]] = {
    "negate": lambda _: np.negative,
    "times": lambda _: np.multiply,
    "scale": lambda _: np.multiply,
    "matmul": lambda _: product,
    "transpose": lambda _: lambda a: a.transpose(1, 0, 2),
    "diagonal": lambda _: lambda a: np.ascontiguousarray(np.diagonal(a).T)[None],
    "row sums": lambda _: lambda a: a.sum(axis=0, keepdims=True),
    "take": _taken,
    "join": lambda axis: partial(_joined, axis),
    "reciprocal": lambda _: FLOAT64.reciprocal,
    "solve": lambda _: _solved,
    "relu": lambda _: FLOAT64.relu,
    "smooth": lambda detail: partial(_smooth, *detail),
    "reciprocal_sqrt": lambda _: FLOAT64.reciprocal_sqrt,
    "exp": lambda _: FLOAT64.exp,
    "softmax": lambda visible: partial(_chosen, FLOAT64.softmax, visible),
    "hardmax": lambda visible: partial(_chosen, FLOAT64.hardmax, visible),
}
