"""Reverse-mode differentiation in any arithmetic: every matrix remembers from which matrices it was computed, and how.

One walk back from an answer Σ s_ij a_ij gives its derivative by every entry of every variable, for about three times the
cost of the pass itself, in exact rationals, a prime field, balls, floats, degrees or zero patterns alike:

    c = a + b   a̅ += c̅, b̅ += c̅          c = a @ b        a̅ += c̅ bᵀ, b̅ += aᵀ c̅
    c = a ∘ b   a̅ += c̅ ∘ b, b̅ += c̅ ∘ a    c = a⁻¹ b        b̅ += a⁻ᵀ c̅, a̅ −= (a⁻ᵀ c̅) cᵀ
    c = 1/a     a̅ −= c̅ ∘ c ∘ c             c = softmax(a)   a̅ += c ∘ (c̅ − (c̅ ∘ c) 1 1ᵀ)
    c = 1/√a    a̅ −= ½ c̅ ∘ c ∘ c ∘ c       c = σ(a)         a̅ += c̅ ∘ σ′(a)

The weights of hard attention are locally constant, so nothing flows back through `hardmax`, unless `choices` asks what its
choice depends on at all (for zero patterns). The derivative of relu is that weight between a and 0: 1 or 0, and ½ at the kink
a = 0, where there is no derivative; `kinks` tells whether one was met.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np

from constructions.matrix import Arithmetic, Matrix, zeros
from verify.arithmetic import pullback
from verify.arithmetic.pullback import Node, Pull


@dataclass(eq=False)
class TapeArithmetic(Arithmetic):
    """`inner` with a tape. `used` names the operations met that are no rational functions."""

    inner: Arithmetic
    used: set[str] = field(default_factory=set)
    kinks: bool = False
    choices: bool = False
    _serial: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.name = self.inner.name

    def variable(self, a: Matrix) -> Matrix:
        """A matrix of variables at the values of `a`, which is exact, of the inner arithmetic or of this one."""
        return Matrix(self, Node(self._inside(a), next(self._serial), variable=True))

    def constant(self, a: Matrix) -> Matrix:
        """A matrix that nothing is differentiated by."""
        return Matrix(self, self._node(self._inside(a)))

    def derivatives(self, answer: Matrix, weights: Matrix) -> Callable[[Matrix], Matrix]:
        """Σ weights ∘ answer, differentiated by everything before it: a function from a taped matrix to its derivative."""
        total: dict[int, Any] = {}
        if answer._arithmetic is self and answer._entries.live:
            total[id(answer._entries)] = self._inside(weights)
        for node in pullback.backwards(answer._entries) if total else ():
            for operand, pull in node.operands:
                share = pull(total[id(node)])
                known = total.get(id(operand))
                total[id(operand)] = share if known is None else self.inner.add(known, share)

        def of(a: Matrix) -> Matrix:
            found = total.get(id(a._entries))
            return Matrix(self.inner, self._inside(zeros(*a.shape)) if found is None else found)

        return of

    def _inside(self, a: Matrix) -> Any:
        if a._arithmetic is self:
            return a._entries.value
        return a._entries if a._arithmetic is self.inner else self.inner.lift(a)

    def _node(self, value: Any, *operands: tuple[Node, Pull]) -> Node:
        return Node(value, next(self._serial), tuple((node, pull) for node, pull in operands if node.live))

    def lift(self, exact: Matrix) -> Node:
        return self._node(self.inner.lift(exact))

    def shape(self, a: Node) -> tuple[Any, Any]:
        return self.inner.shape(a.value)

    def add(self, a: Node, b: Node) -> Node:
        return self._node(self.inner.add(a.value, b.value), (a, lambda g: g), (b, lambda g: g))

    def negate(self, a: Node) -> Node:
        return self._node(self.inner.negate(a.value), (a, self.inner.negate))

    def times(self, a: Node, b: Node) -> Node:
        d = self.inner
        by_a = (a, lambda g: d.times(g, b.value))
        return self._node(d.times(a.value, b.value), by_a, (b, lambda g: d.times(g, a.value)))

    def scale(self, s: Node, a: Node) -> Node:
        d = self.inner
        by_s = (s, lambda g: pullback.row_sums(d, d.transpose(pullback.row_sums(d, d.times(g, a.value)))))
        return self._node(d.scale(s.value, a.value), by_s, (a, lambda g: d.scale(s.value, g)))

    def matmul(self, a: Node, b: Node) -> Node:
        d = self.inner
        by_a = (a, lambda g: d.matmul(g, d.transpose(b.value)))
        return self._node(d.matmul(a.value, b.value), by_a, (b, lambda g: d.matmul(d.transpose(a.value), g)))

    def transpose(self, a: Node) -> Node:
        return self._node(self.inner.transpose(a.value), (a, self.inner.transpose))

    def take(self, a: Node, rows: list[int], columns: list[int]) -> Node:
        d, shape = self.inner, self.shape(a)
        return self._node(d.take(a.value, rows, columns), (a, lambda g: pullback.put_back(d, g, rows, columns, shape)))

    def join(self, parts: Sequence[Node], axis: int) -> Node:
        edges, start = [], 0
        for part in parts:
            lists = [list(range(size)) for size in self.shape(part)]
            lists[axis] = [start + i for i in lists[axis]]
            edges.append((part, lambda g, at=tuple(lists): self.inner.take(g, *at)))
            start += len(lists[axis])
        return self._node(self.inner.join([part.value for part in parts], axis), *edges)

    def reciprocal(self, a: Node) -> Node:
        d, inverse = self.inner, self.inner.reciprocal(a.value)
        return self._node(inverse, (a, lambda g: d.negate(d.times(g, d.times(inverse, inverse)))))

    def solve(self, a: Node, b: Node) -> Node:
        d, solution = self.inner, self.inner.solve(a.value, b.value)

        def back(g: Any) -> Any:
            return d.solve(d.transpose(a.value), g)

        by_a = (a, lambda g: d.negate(d.matmul(back(g), d.transpose(solution))))
        return self._node(solution, by_a, (b, back))

    def relu(self, a: Node) -> Node:
        self.used.add("relu")
        d = self.inner
        slope = pullback.relu_slope(d, a.value) if a.live else None
        self.kinks = self.kinks or (slope is not None and pullback.has_zero(d, a.value))
        return self._node(d.relu(a.value), (a, lambda g: d.times(g, slope)))

    def smooth(self, function: str, a: Node, order: int = 0) -> Node:
        self.used.add(function)
        d = self.inner
        slope = d.smooth(function, a.value, order + 1) if a.live else None
        return self._node(d.smooth(function, a.value, order), (a, lambda g: d.times(g, slope)))

    def reciprocal_sqrt(self, a: Node) -> Node:
        self.used.add("1/√")
        d, root = self.inner, self.inner.reciprocal_sqrt(a.value)
        return self._node(root, (a, lambda g: d.times(g, pullback.root_slope(d, root))))

    def factor(self, word: str) -> Node:
        return self._node(self.inner.factor(word))

    def exp(self, a: Node) -> Node:
        self.used.add("exp")
        value = self.inner.exp(a.value)
        return self._node(value, (a, lambda g: self.inner.times(g, value)))

    def softmax(self, a: Node, visible: np.ndarray) -> Node:
        self.used.add("softmax")
        weights = self.inner.softmax(a.value, visible)
        return self._node(weights, (a, lambda g: pullback.through_softmax(self.inner, g, weights)))

    def hardmax(self, a: Node, visible: np.ndarray) -> Node:
        self.used.add("hardmax")
        weights = self.inner.hardmax(a.value, visible)
        back = [(a, lambda g: pullback.through_softmax(self.inner, g, weights))] if self.choices else []
        return self._node(weights, *back)
