"""The block tables of a sublayer, part by part: heads, skips, hidden units, constants, the columns of a norm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from constructions.language import MLP, Attention, Constant, DeltaLayer, Form, Head, LayerNorm, MesaLayer, Units
from constructions.language.stream import Space
from constructions.language.sublayers import Sublayer
from constructions.matrix import Matrix, exact
from constructions.matrix.formula import formula_of, formula_text
from constructions.matrix.sizes import equal
from constructions.views.text import counted_from_one, size_text
from constructions.views.theorem.blocks import Block, block, selected

CORNER = 3  # rows and columns of a mixing that are printed
ONE = Space("constants", {"1": 1})
Make = Callable[[str, Form, Sequence[str]], Block]


@dataclass(frozen=True)
class Part:
    """A part of a sublayer: its name, what its tables do not say, and its tables."""

    name: str
    note: str
    blocks: list[Block]

    @property
    def title(self) -> str:
        return ", ".join(filter(None, (self.name, self.note)))


def tables(sublayer: Sublayer, registers: Sequence[str], make: Make = block) -> list[Part]:
    """Every weight matrix and every column of a sublayer."""
    norm = sublayer if isinstance(sublayer, LayerNorm) else getattr(sublayer, "norm", None)
    return [*_normed(norm, registers, make), *(part for named in _groups(sublayer) for part in _group(*named, make))]


def _groups(sublayer: Sublayer) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The parts of a sublayer with linear forms, by the word that they are called by."""
    if isinstance(sublayer, Attention):
        yield from (("head", sublayer.heads), ("skip", sublayer.skip))
    elif isinstance(sublayer, MLP):
        yield from (("units", sublayer.units), ("constant", sublayer.constants))
    elif isinstance(sublayer, (MesaLayer, DeltaLayer)):
        yield "head", (sublayer,)


def _group(word: str, parts: tuple[Any, ...], make: Make) -> Iterator[Part]:
    for number, part in enumerate(parts, start=1):
        name = f"{word} {number}" if len(parts) > 1 else word
        if isinstance(part, Units):
            yield Part(name, f"times {part.factor}" if part.factor != "1" else "", _units(part, make))
        elif isinstance(part, Constant):
            rows = row_names(part)["into"]
            values = _column("value", part.value, part.into.width, rows, make, always=True)
            yield Part(name, "", [*values, make("into", part.into, rows)])
        else:
            labels = row_names(part)
            made = [make(form_name, form, labels[form_name]) for form_name, form in part.forms.items()]
            yield Part(name, _note(part), made)


def _note(part: Any) -> str:
    """What the tables of a head do not say: a kernel of its own, and what is mixed."""
    if not isinstance(part, Head):
        return ""
    mixed = "" if part.mixing is None else f"values mixed by M[key, value] = {_corner(part.mixing)}"
    return ", ".join(filter(None, (f"kernel {part.kernel}" if part.kernel else "", mixed)))


def _corner(a: Matrix) -> str:
    """A matrix in one line; of one of many numbers the first rows and columns."""
    if "numbers]" not in (whole := counted_from_one(formula_text(a))):
        return whole
    rows = [", ".join(formula_text(a[i, j]) for j in range(CORNER)) for i in range(CORNER)]
    return f"[{', …; '.join(rows)}, …; …] ({a.shape[0]} × {a.shape[1]})"


def row_names(part: Any) -> Mapping[str, Sequence[str]]:
    """What the block rows of the forms of a part are called: of a head, a skip, hidden units or a constant."""
    if isinstance(part, Units):
        return dict.fromkeys(part.forms, selected(part.into) or selected(part.read) or _stacked(part.read))
    into = selected(part.into) or ["v"]
    if not isinstance(part, (Head, MesaLayer, DeltaLayer)):
        return {"value": into, "into": into}
    keys = selected(part.key) or selected(part.query) or ["k"]
    return {"query": keys, "key": keys, "value": into, "rate": ["β"], "into": into}


def _units(units: Units, make: Make) -> list[Block]:
    names = row_names(units)
    rows = names["read"]
    made = {name: make(name, form, names[name]) for name, form in units.forms.items()}
    bias = _column("bias", units.bias, units.read.width, rows, make)
    return [made.pop("read"), *bias, *made.values()]


def _stacked(form: Form) -> list[str]:
    """u, or u1, u2, … where a form was stacked from several."""
    count = max((len(formula_of(matrix).row_blocks() or ()) for matrix in form.blocks.values()), default=0)
    return [f"u{k + 1}" for k in range(count)] if count > 1 else ["u"]


def _normed(norm: LayerNorm | None, registers: Sequence[str], make: Make) -> list[Part]:
    """Gain and bias of a norm, where they are columns; where they are numbers, the line of words says them."""
    if norm is None:
        return []
    columns = {name: exact(getattr(norm, name)) for name in ("gain", "bias")}
    forms = {name: Form(ONE, a.shape[0], {"1": a}) for name, a in columns.items() if not equal(a.shape[0], 1)}
    made = [make(name, form, registers) for name, form in forms.items()]
    return [Part("norm", "", made)] if made else []


def _column(name: str, value: Any, height: Any, rows: Sequence[str], make: Make, always: bool = False) -> list[Block]:
    """A column as a table, nothing where it is zero; of a number that is repeated it is said that each entry is it."""
    value = exact(value)
    if not formula_of(value).terms and not always:
        return []
    if equal(value.shape[0], height):
        return [make(name, Form(ONE, height, {"1": value}), rows)]
    single = make(name, Form(ONE, 1, {"1": value}), ["+".join(rows)])
    entry = single.entries[0][0]
    return [replace(single, shape=f"{size_text(height)} × 1", entries=((f"each {entry}",),))]
