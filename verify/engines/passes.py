"""One pass of a network that writes tokens, at any state, and a bound of what softmax mixes in, by its entropy.

All tokens from the query on are alike: each holds a state x, an item of what arrives, and in all other registers what the first
one held. So the context, one such token and the last one say what a pass writes into the last one, whatever their number:

* by linear attention every other token adds the same function of itself; it is shown that this is 0;
* by softmax the written state is Σ_j p_j a_j + r, a_j being the same function of token j, for all tokens j that are seen.

That the written token is again of this kind is shown, not assumed; both states are free letters.

**Lemma.** Let p be the softmax of scores s over at most n keys, c one of them, and s_c − s_j = κ |a_j − a_c|² for all j, κ > 0.
Then |Σ_j p_j a_j − a_c|² ≤ log(n)/κ. *Proof.* Σ_j p_j (s_c − s_j) = H(p) − (log Σ_j e^{s_j} − s_c), where the entropy H(p) is at
most log n, and the sum has the term e^{s_c}. Jensen's inequality for |·|² does the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from constructions.language import Construction, Instance
from constructions.language.arriving import kept
from constructions.language.forward import forward
from constructions.matrix import Matrix, Size, Unsupported, below, beside
from constructions.matrix.formula import FORMULA
from constructions.matrix.inverses import inverted
from constructions.matrix.normal import powers
from constructions.matrix.opaque import entries_in
from constructions.matrix.sizes import Index
from constructions.matrix.symbols import Inclusion
from constructions.matrix.vanishing import left_over
from constructions.matrix.words import Formula, product
from verify.arithmetic.row_parts import linear_in
from verify.arithmetic.rows import RowArithmetic, Softened
from verify.engines.writers import Crowd, Mixing, WritesNothing, lettered_writer, mixing, prompted

STATE, OTHER = "x′", "z′"  # no record can use these names


@dataclass(frozen=True, eq=False)
class Soft:
    """|e|² ≤ log(keys)/scale for the error e of a softmax mean; the scale is one positive term."""

    scale: Formula
    keys: int


@dataclass(frozen=True, eq=False)
class Passed:
    """What a pass makes of the state in its register: `moved` + e. `start` is the state in the prompt; without `soft`, e = 0."""

    arithmetic: RowArithmetic
    instance: Instance
    data: Mapping[str, Matrix]
    register: str
    start: Matrix
    state: Matrix
    moved: Matrix
    soft: Soft | None

    def differs(self, left: Matrix, right: Matrix) -> bool:
        """Whether two matrices are not seen to be equal."""
        return differs(self.arithmetic, left, right)


def one_pass(construction: Construction, numbers: Mapping[str, int], arithmetic: RowArithmetic) -> Passed:
    """A pass of the network, in letters but for the sizes in `numbers`. Raises `Unsupported` where it is of another kind."""
    instance = lettered_writer(construction, numbers, arithmetic)
    if not isinstance(instance.network.passes, Size):
        raise (Unsupported if numbers else WritesNothing)(
            "the number of passes is no size, so there is nothing to induct over"
        )
    register, how = _only_register(instance), mixing(instance)
    data = {name: arithmetic.symbol(name, *instance.shape_of(name), "data") for name in construction.data}
    stream = instance.network.stream
    first = prompted(instance, instance.query, data)  # type: ignore[arg-type]
    held = {name: first @ stream[name].dense.T for name in stream.registers}
    width = stream.registers[register]
    x, z = (arithmetic.symbol(name, 1, width, kind) for name, kind in ((STATE, "state"), (OTHER, "other")))
    other, last = _tokens(instance, arithmetic, data, ({**held, register: z}, {**held, register: x}))
    written = _written(instance, data, [last] if how.keys == 1 else [other, last])
    if not how.soft and differs(arithmetic, written, _written(instance, data, [last])):
        raise Unsupported("tokens that were written before add something to the last one by linear attention")
    arrives = instance.arriving.tokens[0] if instance.arriving else {}
    for name, value in held.items():
        changed = name != register and name not in arrives
        if changed and differs(arithmetic, written @ stream[name].dense.T, value):
            raise Unsupported(f"a token is written with another {name} than the first token holds")
    row = entries_in(written @ stream[register].dense.T, arithmetic)
    moved, soft = _moved(arithmetic, construction, row, how)
    return Passed(arithmetic, instance, data, register, held[register], x, Matrix(arithmetic, moved), soft)


def differs(arithmetic: RowArithmetic, left: Matrix, right: Matrix) -> bool:
    return bool(left_over(entries_in(left - right, arithmetic)).terms)


def _only_register(instance: Instance) -> str:
    """The register that the answer is read from at the last token."""
    names = list(instance.readout.form.blocks)
    if instance.readout.at != "last" or len(names) != 1:
        raise Unsupported("the answer is not one register of the last token")
    return names[0]


def _tokens(
    instance: Instance, arithmetic: RowArithmetic, data: Mapping[str, Matrix], held: tuple[dict[str, Matrix], ...]
) -> list[Matrix]:
    """The two tokens with what they hold, and with what arrived in the one and arrives in the other, item l."""
    rows, part = [beside(*one.values()) for one in held], instance.arriving
    if part is None:
        return rows
    keep = kept(part, instance.network.stream.registers)
    free = {name: arithmetic.symbol(f"{OTHER}{name}", 1, data[name].shape[1], "other") for name in part.item.data}
    item = {name: data[name][[Index()]] for name in part.item.data}
    return [row @ keep + prompted(instance, part, it) for row, it in zip(rows, (free, item), strict=True)]


def _written(instance: Instance, data: Mapping[str, Matrix], tokens: list[Matrix]) -> Matrix:
    """What the last token holds after a pass that saw the context and these tokens."""
    context = instance.context
    parts = [*([prompted(instance, context, data)] if context else []), *tokens]
    layout: Any = Crowd(context.count if context else 0)
    last = Inclusion(len(parts) - 1, tuple(part.shape[0] for part in parts)) if context else [len(parts) - 1]
    return forward(instance.network, below(*parts), layout)[-1][last]


def _moved(
    arithmetic: RowArithmetic, construction: Construction, row: Formula, how: Mixing
) -> tuple[Formula, Soft | None]:
    used = [one for one in arithmetic.softened if {*one.weights.values()} & arithmetic.letters_in(row)]
    if len(used) > 1:
        raise Unsupported("several softmax heads write the state")
    if used and how.keys is None:
        raise Unsupported("the softmax sees ever more tokens; a window of the mask would limit them")
    moved, soft = _mean(arithmetic, construction, row, used[0], how.keys or 0) if used else (row, None)
    if arithmetic.kinds_in(moved) & {"weight", "other"}:
        raise Unsupported("other tokens have a part in the state, beside what softmax mixes in")
    return moved, soft


def _mean(
    arithmetic: RowArithmetic, construction: Construction, row: Formula, found: Softened, keys: int
) -> tuple[Formula, Soft]:
    """The state without what other tokens mix in, and the bound of that by the lemma; the last token is key 1 of two."""
    parts, rest = linear_in(row, found.weights.values())
    other, own = (parts[found.weights[key]] for key in (0, 1))
    apart, gap = _minus(other, own), _minus(found.scores[1], found.scores[0])
    square = product(apart, apart.flipped, 1, 1)
    for scale in _quotients(gap, square):
        if positive(scale, construction) and not left_over(_minus(gap, product(scale, square, 1, 1))).terms:
            return arithmetic.add(rest, own), Soft(scale, keys)
    raise Unsupported(
        "the scores of softmax are not seen to be −κ|a_j − a|², κ > 0, around the value a of its own token"
    )


def _minus(a: Formula, b: Formula) -> Formula:
    return FORMULA.add(a, FORMULA.negate(b))


def _quotients(gap: Formula, square: Formula) -> Iterator[Formula]:
    """What a term of one may be of the first term of the other."""
    if square.terms:
        (first, _), e = min(square.terms.items())
        for (monomial, _), c in gap.terms.items():
            yield Formula(1, 1, {(powers(monomial, inverted(first)), ()): c / e})


def positive(scale: Formula, construction: Construction) -> bool:
    """Whether one term is a product of positive numbers."""
    (((monomial, word), c),) = scale.terms.items()
    return not word and c > 0 and all(name in known_positive(construction) for name, _ in monomial)


def known_positive(construction: Construction) -> set[str]:
    """The sizes, and the parameters that are positive numbers."""
    return {name for name, one in construction.parameters.items() if one.positive and not one.shape} | {
        *construction.sizes
    }
