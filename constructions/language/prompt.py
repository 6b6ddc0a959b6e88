"""Prompts: how the items of the data become tokens, and where the answer is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from constructions.language.quantifier import UnknownName, offer
from constructions.language.shapes import size_value
from constructions.language.stream import Form, Space
from constructions.language.sublayers import BadNetwork
from constructions.matrix import Matrix, ShapeMismatch, below, beside, exact, ones, zeros
from constructions.matrix.sizes import equal, text


class Token:
    """What one token holds at the start: for each register named, a linear form of the token's own item, or a constant."""

    def __init__(self, **registers: Any) -> None:
        self.registers = registers


@dataclass(frozen=True)
class Prompt:
    """How data become tokens. Each item (an example, a transition, a symbol) becomes the tokens of `context` in turn, for
    all items in order; then each query item becomes the tokens of `query`. Queries do not see each other.

    A token is linear in its own item by construction, so no prompt can carry an answer that was computed elsewhere. In a
    record that says `degree=2` it may also read entrywise products of two data of its own item, such as X * X.
    `positions` names registers that hold a code of the token's position, a word of `forward.POSITIONS`.
    `arriving` is for a network of several passes: before pass k the registers that it names are overwritten, in the last
    token of the prompt, by those of item k. So an observation meets the estimate that the network has just written.
    """

    context: tuple[Token, ...] = ()
    query: tuple[Token, ...] = ()
    positions: tuple[tuple[str, str], ...] = ()
    arriving: Token | None = None


@dataclass(frozen=True, eq=False)
class Readout:
    """The answer: a linear form of the final stream at the declared tokens ("query", "context", "everything", "last")."""

    form: Form
    at: str


def supervised(X: Any, Y: Any, X_q: Any) -> Prompt:
    """Tokens that hold an example each, in the registers x and y, and queries that hold an input: y is 0 there."""
    return Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),))


TIMES = "∘"  # joins the names of two data in the name of their product


@dataclass(frozen=True, eq=False)
class Item(Space):
    """The data of one item: the rows number i of all data whose first size is `axis`, and the constant 1.

    `products` maps a register to the two data of the item whose entrywise product it holds; only records of degree 2 have any.
    """

    axis: str = ""
    products: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Form:
        """Always the same form, so that `product` knows the data themselves from what was made of them."""
        return self._forms.setdefault(name, super().__getitem__(name))

    @cached_property
    def _forms(self) -> dict[str, Form]:
        return {}

    @property
    def data(self) -> list[str]:
        return [name for name in self.registers if name != "1" and name not in self.products]

    def product(self, a: Form, b: Form) -> Form:
        """X * Y for two data of this item."""
        if not self.products:
            raise ShapeMismatch(
                f"cannot multiply two forms ({a.reads} and {b.reads}): a form is linear; a record whose tokens carry products of "
                "two data of their own item says degree=2"
            )
        named = [next((name for name in self.data if self._forms.get(name) is form), "") for form in (a, b)]
        pair = tuple(sorted(named, key=[*self.registers, ""].index))
        if "" in pair:
            raise ShapeMismatch(
                f"cannot multiply {a.reads} and {b.reads}: degree 2 means products of two data of one item, such as X * X; "
                "apply matrices to the product, not to its factors"
            )
        name = TIMES.join(pair)
        if name not in self.products:
            widths = " and ".join(text(self.registers[part]) for part in pair)
            raise ShapeMismatch(f"cannot multiply {pair[0]} and {pair[1]} of widths {widths}: equal, or one of them 1")
        return self[name]

    def rows(self, data: Mapping[str, Matrix], chosen: list[int] | None = None) -> Matrix:
        """Items × width: the data of all items, or of those chosen, with their products and the constant 1."""
        given = {name: data[name] if chosen is None else data[name][chosen] for name in self.data}
        made = {name: _times(given[a], given[b]) for name, (a, b) in self.products.items()}
        count = next(iter(given.values())).shape[0]
        return beside(*(ones(count, 1) if name == "1" else (given | made)[name] for name in self.registers))

    def reading(self, used: Collection[str]) -> Item:
        """The same item with only those products that are used."""
        kept = {name: pair for name, pair in self.products.items() if name in used}
        registers = {name: w for name, w in self.registers.items() if name not in self.products or name in kept}
        return Item(self.name, registers, self.axis, kept)


def item_of(axis: str, widths: Mapping[str, Any], degree: int) -> Item:
    """The item of an axis; at degree 2 with the products of all data of equal widths, or of which one has width 1."""
    names, registers, products = list(widths), {**widths, "1": 1}, {}
    for i, first in enumerate(names if degree > 1 else ()):
        for second in names[i:]:
            a, b = widths[first], widths[second]
            if equal(a, b) or equal(a, 1) or equal(b, 1):
                products[TIMES.join((first, second))] = (first, second)
                registers[TIMES.join((first, second))] = b if equal(a, 1) else a
    return Item(f"item of {axis}", registers, axis, products)


def _times(a: Matrix, b: Matrix) -> Matrix:
    """Row by row: entrywise, or a number times a row."""
    width = a.shape[1] if equal(b.shape[1], 1) else b.shape[1]
    wide = [one if equal(one.shape[1], width) else one @ ones(1, width) for one in (a, b)]
    return wide[0] * wide[1]


@dataclass(frozen=True, eq=False)
class Segment:
    """Context, query or what arrives: the item whose data its tokens hold, and how many such items there are."""

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
    narrow = item.reading({name for token in made for form in token.values() for name in form.blocks})
    kept = tuple({name: Form(narrow, form.width, form.blocks) for name, form in token.items()} for token in made)
    return Segment(narrow, size_value(item.axis, sizes), kept)


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
