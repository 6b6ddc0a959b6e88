"""Where exact numbers go when a function has no rational value: e^λ of an exact λ beside data in balls is a ball.

An exact matrix mixes with every arithmetic, since it can be lifted; but exp of one would have to be computed before it meets any
other. So whoever calls a formula says in which arithmetic its data live, and exp, GeLU, 1/√ and softmax of exact numbers are
taken there. Among exact data alone such a value stays `Unsupported`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

from constructions.matrix.arithmetic import Arithmetic
from constructions.matrix.opaque import Matrix, lifted, together

_ambient: ContextVar[Arithmetic | None] = ContextVar("ambient", default=None)


@contextmanager
def inside(arithmetic: Arithmetic | None) -> Iterator[None]:
    """Inside, what has no rational value is taken in this arithmetic."""
    token = _ambient.set(arithmetic)
    try:
        yield
    finally:
        _ambient.reset(token)


def beside(values: Iterable[Any]) -> AbstractContextManager[None]:
    """`inside` the arithmetic of the first matrix that is not exact; of none, where all are."""
    found = (value._arithmetic for value in values if isinstance(value, Matrix) and not value._arithmetic.moves)
    return inside(next(found, None))


def beyond_rationals(a: Any) -> tuple[Arithmetic, Any]:
    """The arithmetic in which a function of `a` that is no rational one is taken, and the entries of `a` in it."""
    arithmetic, entries = together(a)
    if arithmetic.moves and (ambient := _ambient.get()) is not None:
        return ambient, lifted(Matrix(arithmetic, entries), ambient)._entries
    return arithmetic, entries
