"""Prompts: how the items of the data become tokens, and where the answer is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from constructions.language.quantifier import UnknownName, offer
from constructions.language.shapes import size_value
from constructions.language.stream import Form, Space
from constructions.language.sublayers import BadNetwork
from constructions.matrix import Matrix, ShapeMismatch, below, exact, zeros
from constructions.matrix.sizes import equal


class Token:
    """What one token holds at the start: for each register named, a linear form of the token's own item, or a constant."""

    def __init__(self, **registers: Any) -> None:
        self.registers = registers


@dataclass(frozen=True)
class Prompt:
    """How data become tokens. Each item (an example, a transition, a symbol) becomes the tokens of `context` in turn, for
    all items in order; then each query item becomes the tokens of `query`. Queries do not see each other.

    A token is linear in its own item by construction, so no prompt can carry an answer that was computed elsewhere.
    `positions` names registers that hold a code of the token's position, a word of `forward.POSITIONS`.
    """

    context: tuple[Token, ...] = ()
    query: tuple[Token, ...] = ()
    positions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Readout:
    """The answer: a linear form of the final stream at the declared tokens ("query", "context", "everything", "last")."""

    form: Form
    at: str


@dataclass(frozen=True, eq=False)
class Item(Space):
    """The data of one item: the rows number i of all data whose first size is `axis`, and the constant 1."""

    axis: str = ""


@dataclass(frozen=True, eq=False)
class Segment:
    """Context or query: the item whose data its tokens hold, and how many such items there are."""

    item: Item
    count: Any
    tokens: tuple[dict[str, Form], ...]

    def embeddings(self, registers: Mapping[str, Any]) -> tuple[Matrix, ...]:
        """For each token of an item, the exact stream-width × item-width matrix that embeds it."""
        wide = self.item.width
        return tuple(
            below(*(token[name].dense if name in token else zeros(size, wide) for name, size in registers.items()))
            for token in self.tokens
        )


def segment(
    owner: str, tokens: Any, registers: Mapping[str, Any], sizes: Mapping[str, Any], items: Mapping[str, Item]
) -> Segment | None:
    if not tokens:
        return None
    forms = [form for token in tokens for form in token.registers.values() if isinstance(form, Form)]
    spaces = {id(form.space): form.space for form in forms}
    if not forms or not all(isinstance(space, Item) for space in spaces.values()):
        raise BadNetwork(f"{owner}: tokens must carry data; name the data in the signature of prompt")
    if len(spaces) > 1:
        names = " and ".join(form.reads for form in forms)
        raise BadNetwork(f"{owner}: the tokens of one item hold data of different items ({names})")
    item = forms[0].space
    if not isinstance(item, Item) or not any(item is own for own in items.values()):
        raise BadNetwork(
            f"{owner}: a token reads an item that the record does not declare; use the data that prompt receives"
        )
    made = []
    for token in tokens:
        for name in token.registers:
            if name not in registers:
                raise UnknownName(f"{owner}: a token fills the register {name!r}; {offer(name, registers)}")
        made.append({name: item_form(value, registers[name], item, name) for name, value in token.registers.items()})
    return Segment(item, size_value(item.axis, sizes), tuple(made))


def item_form(value: Any, width: Any, item: Item, register: str) -> Form:
    """The entry of a `Token` as a form on its item."""
    form = value if isinstance(value, Form) else item["1"].__rmatmul__(exact(value))
    if form.space is not item:
        raise BadNetwork(
            f"the token's register {register} reads {form.reads}, which belongs to another item: a token may hold data of its own "
            f"{item.name} only"
        )
    if not equal(form.width, width):
        raise ShapeMismatch(
            f"the token's register {register} has width {width}, but gets a value of width {form.width}"
        )
    return form
