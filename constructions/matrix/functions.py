"""The named functions on opaque matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any

import numpy as np

from constructions.matrix import sizes
from constructions.matrix.ambient import beyond_rationals
from constructions.matrix.arithmetic import ShapeMismatch
from constructions.matrix.opaque import Matrix, exact, shown, together


def reciprocal(a: Any) -> Matrix:
    """Entrywise 1/a. Raises `Pole` at a zero."""
    arithmetic, entries = together(a)
    return Matrix(arithmetic, arithmetic.reciprocal(entries))


def relu(a: Any) -> Matrix:
    """Entrywise max(a, 0)."""
    arithmetic, entries = together(a)
    return Matrix(arithmetic, arithmetic.relu(entries))


def modulus(a: Any) -> Matrix:
    """Entrywise |a|."""
    arithmetic, entries = together(a)
    return Matrix(arithmetic, arithmetic.modulus(entries))


def named(a: Any) -> Matrix:
    """The same matrix. Where entries are formulas each becomes one letter of later ones, so that these stay short."""
    arithmetic, entries = together(a)
    return Matrix(arithmetic, arithmetic.named(entries))


def gelu(a: Any) -> Matrix:
    """Entrywise a Φ(a), with Φ(a) = (1 + erf(a/√2))/2."""
    arithmetic, entries = beyond_rationals(a)
    return Matrix(arithmetic, arithmetic.gelu(entries))


def gelu_tanh(a: Any) -> Matrix:
    """Entrywise a (1 + tanh(√(2/π) (a + 0.044715 a³)))/2, the approximation of GeLU by tanh."""
    arithmetic, entries = beyond_rationals(a)
    return Matrix(arithmetic, arithmetic.gelu_tanh(entries))


def reciprocal_sqrt(a: Any) -> Matrix:
    """Entrywise 1/√a. Raises `Pole` at numbers ≤ 0."""
    arithmetic, entries = beyond_rationals(a)
    return Matrix(arithmetic, arithmetic.reciprocal_sqrt(entries))


def multiple(factor: str, a: Any) -> Matrix:
    """A named number (a word of `FACTORS`) times a matrix."""
    if factor == "1":
        return exact(a)
    arithmetic, entries = beyond_rationals(a)
    return Matrix(arithmetic, arithmetic.scale(arithmetic.factor(factor), entries))


def exp(a: Any) -> Matrix:
    """Entrywise exponential."""
    arithmetic, entries = beyond_rationals(a)
    return Matrix(arithmetic, arithmetic.exp(entries))


def softmax(a: Any, visible: np.ndarray | None = None) -> Matrix:
    """Row-wise softmax over the entries marked visible (boolean r × c; all by default); a row that sees nothing is zero, and an
    entry that is seen alone has the weight 1 in every arithmetic."""
    arithmetic, entries = beyond_rationals(a)
    shape = exact(a).shape
    if visible is None and not any(isinstance(size, sizes.Size) for size in shape):
        visible = np.ones(shape, dtype=bool)
    if isinstance(visible, np.ndarray) and (visible.sum(axis=1) <= 1).all():
        return exact(visible.astype(int).tolist())
    return Matrix(arithmetic, arithmetic.softmax(entries, visible))


def hardmax(a: Any, visible: np.ndarray | None = None) -> Matrix:
    """Row-wise uniform weights on the visible maximisers (all by default), ties averaged; a row that sees nothing is zero."""
    arithmetic, entries = together(a)
    shape = exact(a).shape
    if visible is None and not any(isinstance(size, sizes.Size) for size in shape):
        visible = np.ones(shape, dtype=bool)
    return Matrix(arithmetic, arithmetic.hardmax(entries, visible))


def largest_row_sum(a: Any) -> Matrix:
    """‖a‖ = max_i Σ_j |a_ij|, as 1×1: no column x with entries of at most 1 makes an entry of a x larger in absolute value."""
    a = exact(a)
    rows, columns = a.shape
    if isinstance(rows, sizes.Size) or isinstance(columns, sizes.Size):
        return Matrix(a._arithmetic, a._arithmetic.largest_row_sum(a._entries))
    sums = modulus(a) @ exact([[1]] * columns)
    return reduce(lambda one, other: other + relu(one - other), [sums[[i]] for i in range(rows)])


def solve(a: Any, b: Any) -> Matrix:
    """A⁻¹B for square A (k × k) and B (k × c). Raises `Pole` when A is singular."""
    a, b = exact(a), exact(b)
    if not (sizes.equal(a.shape[0], a.shape[1]) and sizes.equal(a.shape[1], b.shape[0])):
        raise ShapeMismatch(f"cannot solve {shown(a)} · Z = {shown(b)}: A must be square with as many rows as B")
    arithmetic, left, right = together(a, b)
    return Matrix(arithmetic, arithmetic.solve(left, right))


def below(*parts: Any) -> Matrix:
    """The parts stacked on top of each other (equal numbers of columns)."""
    return _joined(parts, axis=0)


def beside(*parts: Any) -> Matrix:
    """The parts next to each other (equal numbers of rows)."""
    return _joined(parts, axis=1)


def iterate(step: Callable[[Any, Any], Any], start: Any, times: Any) -> Any:
    """The state after `times` steps, W ← step(W, l) for l = 0, 1, …, from W = start. A state may be a tuple of matrices.

    Written so, an algorithm can be compared with a network of any depth: a proof by induction needs one step only.
    """
    if isinstance(times, sizes.Size):
        return times.fold(step, start)
    state = start
    for l in range(times):
        state = step(state, l)
    return state


def _joined(parts: Iterable[Any], axis: int) -> Matrix:
    matrices = [exact(part) for part in parts]
    if len(matrices) == 1:
        return matrices[0]
    if not all(sizes.equal(a.shape[1 - axis], matrices[0].shape[1 - axis]) for a in matrices):
        raise ShapeMismatch(f"cannot join {', '.join(map(shown, matrices))}: their {('columns', 'rows')[axis]} differ")
    arithmetic, *entries = together(*matrices)
    return Matrix(arithmetic, arithmetic.join(entries, axis))
