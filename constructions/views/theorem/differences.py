"""Two networks for the same task, block by block: which layer, head, matrix and register differ."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from constructions.language import Block, Form, Transformer
from constructions.language.sublayers import parts_of
from constructions.language.transformer import sublayers_of
from constructions.matrix.formula import formula_of
from constructions.matrix.notation import letter
from constructions.matrix.sizes import equal
from constructions.views.theorem.blocks import ZERO, block
from constructions.views.theorem.sublayers import described

WORDS = ("kind", "mask", "normaliser", "sink", "norm", "activation")  # what a sublayer is besides its matrices
WHOLE = "*"


@dataclass(frozen=True)
class Difference:
    """One block (or word) that two networks do not share: yours and the other one, as text."""

    layer: int
    sublayer: int
    part: str
    form: str
    register: str
    mine: str
    theirs: str

    @property
    def place(self) -> str:
        """layer 1, head 1, value, register y."""
        parts = [f"layer {self.layer}" if self.layer else "", self.part, self.form]
        parts += [f"register {letter(self.register)}"] if self.register not in ("", WHOLE) else []
        return ", ".join(filter(None, parts))

    def __str__(self) -> str:
        return f"{self.place}: yours is {self.mine}, the construction has {self.theirs}"


def differences(mine: Transformer, theirs: Transformer) -> list[Difference]:
    """Every difference between two networks that were built on the same letters or numbers, in reading order.

    Networks whose registers or layers do not correspond have one difference, which says so.
    """
    told = [", ".join(network.stream.registers) for network in (mine, theirs)]
    if {*mine.stream.registers} != {*theirs.stream.registers}:
        return [Difference(0, 0, "the registers of the stream", "", "", *told)]
    depths = [str(len(network.layers)) for network in (mine, theirs)]
    if depths[0] != depths[1]:
        return [Difference(0, 0, "the number of layers", "", "", *depths)]
    layers = [[sublayers_of(layer) for layer in network.layers] for network in (mine, theirs)]
    if [len(layer) for layer in layers[0]] != [len(layer) for layer in layers[1]]:
        counts = [" + ".join(str(len(layer)) for layer in network) for network in layers]
        return [Difference(0, 0, "the number of sublayers, layer by layer", "", "", *counts)]
    return [
        found
        for number, (a, b) in enumerate(zip(*layers, strict=True), start=1)
        for inner, (p, q) in enumerate(zip(a, b, strict=True))
        for found in _sublayer(number, inner, p, q)
    ]


def _sublayer(layer: int, inner: int, mine: Any, theirs: Any) -> Iterator[Difference]:
    words, others = described(mine), described(theirs)
    for word in WORDS:
        if words.get(word) != others.get(word):
            yield Difference(layer, inner, "", word, "", str(words.get(word)), str(others.get(word)))
    parts, against = dict(parts_of(mine)), dict(parts_of(theirs))
    if {*parts} != {*against}:
        yield Difference(layer, inner, "heads or units", "", "", ", ".join(parts), ", ".join(against))
        return
    for name, part in parts.items():
        forms, known = part.forms, against[name].forms
        for form in sorted({*forms, *known}, key=[*known, *forms].index):
            if form not in forms or form not in known:
                yield Difference(layer, inner, name, form, WHOLE, _there(form in forms), _there(form in known))
            else:
                yield from (replace(d, layer=layer, sublayer=inner, part=name) for d in _form(form, forms, known))


def _form(name: str, forms: Any, known: Any) -> Iterator[Difference]:
    a, b = forms[name], known[name]
    if not equal(a.width, b.width):
        yield Difference(0, 0, "", name, WHOLE, f"{a.width} wide", f"{b.width} wide")
        return
    for register in b.space.registers:
        p, q = a.blocks.get(register), b.blocks.get(register)
        gap = p if q is None else q if p is None else p - q
        if gap is not None and formula_of(gap).terms:
            yield Difference(0, 0, "", name, register, _cell(a, register), _cell(b, register))


def _cell(form: Form, register: str) -> str:
    """A block as `show` prints it; 0 in words, since · in a sentence says nothing."""
    entry = block("", form, ["v"]).entries[0][list(form.space.registers).index(register)]
    return "0" if entry == ZERO else entry


def _there(is_there: bool) -> str:
    return "there" if is_there else "not there"


def repaired(mine: Transformer, theirs: Transformer, chosen: Collection[Difference]) -> Transformer:
    """Mine with the chosen differences put right: blocks and words of the others in their places.

    Both consist of sublayers and blocks, without repeated layers, and correspond but for differences that name a block or word.
    """
    layers = []
    for number, layer in enumerate(mine.layers, start=1):
        pairs = zip(sublayers_of(layer), sublayers_of(theirs.layers[number - 1]), strict=True)
        made = [
            _mended(mine, a, b, [d for d in chosen if (d.layer, d.sublayer) == (number, inner)])
            for inner, (a, b) in enumerate(pairs)
        ]
        layers.append(Block(tuple(made)) if isinstance(layer, Block) else made[0])
    return Transformer(mine.stream, tuple(layers), mine.passes)


def _mended(network: Transformer, mine: Any, theirs: Any, chosen: Collection[Difference]) -> Any:
    fields = {("kernel" if d.form == "kind" else d.form): None for d in chosen if not d.part}
    made = replace(mine, **{field: getattr(theirs, field) for field in fields})
    parts, others = dict(parts_of(mine)), dict(parts_of(theirs))
    for d in chosen:
        if d.part:
            parts[d.part] = replace(parts[d.part], **{d.form: _put(network, parts[d.part], others[d.part], d)})
    groups = [field for field in ("heads", "skip", "units", "constants") if hasattr(made, field)]
    words = {"heads": "head", "skip": "skip", "units": "units", "constants": "constant"}
    return replace(
        made, **{g: tuple(part for name, part in parts.items() if name.split()[0] == words[g]) for g in groups}
    )


def _put(network: Transformer, part: Any, other: Any, d: Difference) -> Form:
    form, right = getattr(part, d.form), getattr(other, d.form)
    blocks = {name: matrix for name, matrix in form.blocks.items() if name != d.register}
    blocks |= {d.register: right.blocks[d.register]} if d.register in right.blocks else {}
    return Form(network.stream, form.width, blocks)
