"""Sizes: the integers that fix shapes and depth (d_x, n, steps …), as numbers or as symbols.

A `Size` is a polynomial in named sizes with rational coefficients. It has no order, no truth value and no conversion to
int, so a builder that runs on symbolic sizes has proved that it treats all sizes alike; where it needs a number (a range, an
index), `NeedsNumber` names the size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, NoReturn


class NeedsNumber(TypeError):
    """A builder asked a symbolic size for its value: by `range`, an index or a comparison."""


class LookedAt(NeedsNumber):
    """A builder compared a symbolic size, or wrote it as text: it does not treat all sizes alike."""


class Part:
    """A named part of a matrix's rows: what an index may be where the number of rows is a symbol."""


class Index(Part):
    """A number l that nobody knows: the layer, the step. `eta[l]` is then a symbol of its own."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, name: str = "l") -> None:
        self.name = name

    def _refuse(self, *_: object) -> NoReturn:
        raise NeedsNumber(self.name)

    __bool__ = __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __int__ = __index__ = __float__ = _refuse
    __str__ = __repr__ = __format__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse


class Size:
    """A polynomial in size symbols: {monomial: coefficient}, a monomial being a sorted tuple of names."""

    __slots__ = ("terms",)

    def __init__(self, terms: dict[tuple[str, ...], Fraction]) -> None:
        self.terms = {monomial: c for monomial, c in terms.items() if c}

    @staticmethod
    def named(name: str) -> Size:
        return Size({(name,): Fraction(1)})

    @staticmethod
    def of(value: Any) -> Size:
        return value if isinstance(value, Size) else Size({(): Fraction(value)})

    def __add__(self, other: Any) -> Size:
        if not isinstance(other, (int, Fraction, Size)):
            return NotImplemented
        terms = dict(self.terms)
        for monomial, c in Size.of(other).terms.items():
            terms[monomial] = terms.get(monomial, Fraction(0)) + c
        return Size(terms)

    __radd__ = __add__

    def __neg__(self) -> Size:
        return Size({monomial: -c for monomial, c in self.terms.items()})

    def __sub__(self, other: Any) -> Size:
        return self + -other if isinstance(other, (int, Fraction, Size)) else NotImplemented

    def __rsub__(self, other: Any) -> Size:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, (int, Fraction, Size)):
            return NotImplemented
        terms: dict[tuple[str, ...], Fraction] = {}
        for m, c in self.terms.items():
            for k, e in Size.of(other).terms.items():
                key = tuple(sorted(m + k))
                terms[key] = terms.get(key, Fraction(0)) + c * e
        return Size(terms)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self.as_matrix() / other

    def __rtruediv__(self, other: Any) -> Any:
        return other / self.as_matrix()

    def fold(self, step: Any, start: Any) -> Any:
        """`step` applied to `start` this many times; only a proof by induction gives that a meaning."""
        if _folds:
            return _folds[-1](self, step, start)
        self._refuse()

    def as_matrix(self) -> Any:
        """This size as a 1×1 matrix of formulas, so that η/n stays η/n."""
        from constructions.matrix.formula import size_as_matrix

        return size_as_matrix(self)

    def _refuse(self, *_: object) -> NoReturn:
        names = ", ".join(sorted({name for monomial in self.terms for name in monomial}))
        raise NeedsNumber(names)

    def _hide(self, *_: object) -> NoReturn:
        try:
            self._refuse()
        except NeedsNumber as names:
            raise LookedAt(*names.args) from None

    __int__ = __index__ = __float__ = _refuse
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = __pow__ = __rpow__ = _refuse
    __abs__ = __round__ = __floor__ = __ceil__ = __trunc__ = _refuse
    __bool__ = __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = _hide
    __str__ = __repr__ = __format__ = _hide  # a text would tell a symbol from a number; `text` prints sizes


def text(size: Any) -> str:
    """A size for the reader: a number, or the polynomial."""
    if not isinstance(size, Size):
        return str(size)
    parts = [_term(monomial, c) for monomial, c in size.terms.items()]
    return " + ".join(parts).replace("+ -", "- ") or "0"


def _term(monomial: tuple[str, ...], c: Fraction) -> str:
    name = "·".join(monomial)
    return str(c) if not monomial else name if c == 1 else f"-{name}" if c == -1 else f"{c}·{name}"


_folds: list[Any] = []


@contextmanager
def folding(meaning: Callable[[Size, Any, Any], Any]) -> Iterator[None]:
    """Inside, `iterate(step, start, times)` with a symbolic `times` is meaning(times, step, start)."""
    _folds.append(meaning)
    try:
        yield
    finally:
        _ = _folds.pop()


def equal(a: Any, b: Any) -> bool:
    """Whether two sizes are the same number, or the same polynomial."""
    if type(a) is int and type(b) is int:
        return a == b
    if isinstance(a, Size) or isinstance(b, Size):
        return Size.of(a).terms == Size.of(b).terms
    return a == b


def numbers(part: Any, size: Any) -> Any:
    """The row (or column) numbers an index picks; a named part, or a full slice of a symbolic size, stays what it is."""
    if isinstance(part, Part):
        return part
    if isinstance(part, list) and len(part) == 1 and isinstance(part[0], Index):
        return part[0]
    if isinstance(part, slice) and part == slice(None):
        return part if isinstance(size, Size) else list(range(size))
    if isinstance(size, Size):
        size._refuse()
    if isinstance(part, slice):
        return list(range(size))[part]
    if isinstance(part, (list, tuple, range)):
        return [range(size)[i] for i in part]
    if not -size <= part < size:
        raise IndexError(f"row or column {part} of a matrix that has {size} (counting starts at 0)")
    return [range(size)[part]]
