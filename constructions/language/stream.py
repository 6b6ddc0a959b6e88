"""Registers and linear forms: the coordinates of the residual stream, by name.

A `Stream` is a direct sum of named registers, and a register *is* a linear form: x maps a token to its x-part. Forms are
added, scaled and multiplied by matrices, so that `W_0 @ x - y` is the block row [W_0  −I] and nobody counts coordinates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from constructions.matrix import Matrix, ShapeMismatch, exact, identity, zeros
from constructions.matrix import below as matrix_below
from constructions.matrix.blocks import row_of_blocks
from constructions.matrix.opaque import is_exact_like, is_scalar, shown
from constructions.matrix.sizes import equal, text


class UnknownRegister(LookupError):
    """A register that the stream does not have."""


@dataclass(frozen=True, eq=False)
class Space:
    """A direct sum of named coordinate blocks: `registers` maps a name to its width."""

    name: str
    registers: Mapping[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "registers", MappingProxyType(dict(self.registers)))  # nobody keeps notes in it

    def __iter__(self) -> Iterator[Form]:
        return (self[name] for name in self.registers)

    def __getitem__(self, name: str) -> Form:
        if name not in self.registers:
            raise UnknownRegister(f"{self.name} has no register {name!r}; it has {', '.join(self.registers)}")
        return Form(self, self.registers[name], {name: identity(self.registers[name])})

    @property
    def width(self) -> Any:
        return sum(self.registers.values(), start=0)

    def product(self, a: Form, b: Form) -> Form:
        """The entrywise product of two forms, where the space has one. Raises `ShapeMismatch`: a form is linear."""
        raise ShapeMismatch(f"cannot multiply two forms ({a.reads} and {b.reads}): a form is linear")


class Stream(Space):
    """The residual stream: `x, y = stream = Stream(x=d_x, y=d_y)` names its registers and their widths."""

    def __init__(self, **registers: Any) -> None:
        super().__init__("the stream", registers)


@dataclass(frozen=True, eq=False)
class Form:
    """A linear map from a space to ℝ^width, one width × register-width block for each register that it reads."""

    space: Space
    width: Any
    blocks: Mapping[str, Matrix]

    __array_ufunc__ = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", MappingProxyType(dict(self.blocks)))  # a built network cannot be changed

    @cached_property
    def dense(self) -> Matrix:
        """The width × D matrix of this form, registers in the order of the space."""
        widths = self.space.registers
        return row_of_blocks(self.width, [(width, self.blocks.get(name)) for name, width in widths.items()])

    def __rmatmul__(self, matrix: Any) -> Form:
        matrix = exact(matrix)
        if not equal(matrix.shape[1], self.width):
            shape = "×".join(map(text, matrix.shape))
            raise ShapeMismatch(
                f"cannot apply a {shape} matrix to a form of width {text(self.width)} (reads {self.reads})"
            )
        return Form(self.space, matrix.shape[0], {name: matrix @ block for name, block in self.blocks.items()})

    def __mul__(self, scalar: Any) -> Form:
        if isinstance(scalar, Form):
            return self.space.product(self, scalar)
        if not is_scalar(scalar := exact(scalar)):
            raise ShapeMismatch(
                f"cannot scale a form (reads {self.reads}) by a {shown(scalar)} matrix: use @ for the matrix product"
            )
        return Form(self.space, self.width, {name: scalar * block for name, block in self.blocks.items()})

    __rmul__ = __mul__

    def __truediv__(self, scalar: Any) -> Form:
        return Form(self.space, self.width, {name: block / scalar for name, block in self.blocks.items()})

    def __neg__(self) -> Form:
        return self * -1

    def __add__(self, other: Any) -> Form:
        if not isinstance(other, Form):
            other = self.constant(other)
        if other.space is not self.space:
            raise ShapeMismatch(
                f"cannot add a form on {self.space.name} (reads {self.reads}) to one on {other.space.name} (reads {other.reads})"
            )
        if not equal(other.width, self.width):
            raise ShapeMismatch(
                f"cannot add forms of widths {text(self.width)} (reads {self.reads}) and {text(other.width)} (reads {other.reads})"
            )
        blocks = dict(self.blocks)
        for name, block in other.blocks.items():
            blocks[name] = blocks[name] + block if name in blocks else block
        return Form(self.space, self.width, blocks)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Form:
        return self + (-other if isinstance(other, Form) else -exact(other))

    def __rsub__(self, other: Any) -> Form:
        return -self + other

    def constant(self, value: Any) -> Form:
        """The constant function, where the space has the constant register "1"."""
        if "1" not in self.space.registers or not is_exact_like(value):
            raise ShapeMismatch(
                f"cannot add {type(value).__name__} to a form that reads {self.reads}: give the stream a register that "
                "holds 1 and add a multiple of it"
            )
        column = exact(value)
        return Form(self.space, column.shape[0], {"1": column})

    @property
    def reads(self) -> str:
        return ", ".join(self.blocks) or "nothing"


def stack(*forms: Form) -> Form:
    """Forms on one space on top of each other: width is the sum of the widths."""
    space = forms[0].space
    if any(form.space is not space for form in forms):
        raise ShapeMismatch("cannot stack forms on different spaces")
    widths = space.registers
    names = [name for name in widths if any(name in form.blocks for form in forms)]
    blocks = {
        name: matrix_below(*(form.blocks.get(name, zeros(form.width, widths[name])) for form in forms))
        for name in names
    }
    return Form(space, sum((form.width for form in forms), start=0), blocks)
