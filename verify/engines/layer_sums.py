"""A sublayer, read off its weights: a linear map of the tokens, plus products, plus quotients, and nothing else.

    h_i ← Σ_j M_ij h_j + constant + Σ out·(u(h_i) v(h_i)) + Σ out·(value(h_i)/c(h_i))

A product is a gated linear unit, exactly; or three GeLU units of one output, √(π/2)(g(u + v) − g(u) − g(v)), which are found by
their rows and columns. Two GeLU units r, −r with outputs o, −o add o·r. A quotient is linear attention to oneself and a sink,
normalised: with the score c − 1, v(c − 1)/c = v − v/c. Whatever does not consist of these is `Unsupported`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from constructions.language import MLP, Attention, Form
from constructions.language.forward import KERNELS, column, scores
from constructions.language.layout import Layout
from constructions.language.sublayers import DeltaLayer, MesaLayer
from constructions.matrix import Matrix, Unsupported, below, beside, exact, identity, zeros
from constructions.matrix.rational import RATIONAL, fractions_of
from verify.arithmetic.magnitudes import MagnitudeArithmetic

GELUS = {"gelu": False, "gelu tanh": True}  # name → whether it is the tanh form
ROOT = "√(π/2)"
NAMES = {MesaLayer: "a mesa layer", DeltaLayer: "a delta layer"}


@dataclass(frozen=True, eq=False)
class Product:
    """out (width × k) times u(h) ∘ v(h), for k × width matrices u and v."""

    u: Matrix
    v: Matrix
    out: Matrix
    gelu: str = ""  # the units that make it, or "" where it is exact


@dataclass(frozen=True, eq=False)
class Quotient:
    """out (width × k) times value(h)/(score(h) + 1)."""

    value: Matrix
    score: Matrix
    out: Matrix


@dataclass(frozen=True, eq=False)
class LayerSum:
    """`linear[i][j]` is the width × width matrix from token j to token i (None: zero); the rest is the same for every token,
    but for quotients, which are numbered by token."""

    linear: list[list[Matrix | None]]
    constant: Matrix
    products: tuple[Product, ...] = ()
    quotients: dict[int, list[Quotient]] = field(default_factory=dict)


def layer_sum(sublayer: Any, layout: Layout, width: int, arithmetic: MagnitudeArithmetic) -> LayerSum:
    """The sublayer as a sum. Raises `Unsupported` where it is none."""
    if not isinstance(sublayer, (MLP, Attention)) or sublayer.norm is not None:
        name = NAMES.get(type(sublayer), "LayerNorm")
        raise Unsupported(f"{name} has no composed bound")
    if isinstance(sublayer, MLP):
        return _mlp(sublayer, layout, width, arithmetic)
    return attention_sum(sublayer, layout, width)


def attention_sum(layer: Attention, layout: Layout, width: int) -> LayerSum:
    if any(head.kernel not in (None, layer.kernel) for head in layer.heads):
        raise Unsupported("attention has a composed bound only where all heads have the kernel of their layer")
    if layer.kernel == "hard" and layer.normaliser == "none":
        return LayerSum(_moved(layer, layout, width), zeros(width, 1))
    if layer.kernel == "linear" and layer.mask == "self" and layer.normaliser == "sum" and layer.sink:
        return _divided(layer, layout, width)
    raise Unsupported(
        "attention has a composed bound where it is hard and looks at positions, or divides by a score and a sink"
    )


def _moved(layer: Attention, layout: Layout, width: int) -> list[list[Matrix | None]]:
    """Hard attention to positions: the weights are numbers."""
    codes, view = layout.codes, layout.view(layer.mask)
    linear = _skipped(layer, layout, width)
    for head in layer.heads:
        if not {*head.query.blocks, *head.key.blocks} <= layout.fixed:
            raise Unsupported("hard attention has a composed bound only where it looks at positions alone")
        weights = view.weighted(KERNELS["hard"](scores(head, layer, codes, view, layout), view, layer.sink))
        weights = weights if head.mixing is None else weights @ head.mixing
        moved = head.into.dense.T @ head.value.dense
        for i in range(layout.tokens):
            for number, j in enumerate(view.keys):
                if not _is_zero(share := weights[i, number]):
                    linear[i][j] = _plus(linear[i][j], share * moved)
    return linear


def _divided(layer: Attention, layout: Layout, width: int) -> LayerSum:
    linear, quotients = _skipped(layer, layout, width), {}
    for i in range(layout.tokens):
        quotients[i] = []
        for head in layer.heads:
            if head.mixing is not None or not {*head.key.blocks} <= layout.fixed:
                raise Unsupported("a division has a composed bound only where its keys are constants")
            score = (layout.codes[i] @ head.key.dense.T) @ head.query.dense
            value, out = head.value.dense, head.into.dense.T
            linear[i][i] = _plus(linear[i][i], out @ value)
            quotients[i].append(Quotient(-value, score, out))
    return LayerSum(linear, zeros(width, 1), (), quotients)


def _skipped(layer: Attention, layout: Layout, width: int) -> list[list[Matrix | None]]:
    """The residual stream and the linear skips."""
    stay = identity(width)
    for write in layer.skip:
        stay = stay + write.into.dense.T @ write.value.dense
    return [[stay if i == j else None for j in range(layout.tokens)] for i in range(layout.tokens)]


@dataclass(frozen=True, eq=False)
class _Unit:
    """One hidden unit: its row, its column, and both in a form that can be compared."""

    read: Matrix
    out: Matrix
    read_key: Any
    out_key: Any


def _mlp(layer: MLP, layout: Layout, width: int, arithmetic: MagnitudeArithmetic) -> LayerSum:
    constant, linear, products = zeros(width, 1), identity(width), []
    for added in layer.constants:
        constant = constant + added.into.dense.T @ column(added.value, added.into.width)
    pool: dict[str, list[_Unit]] = {"1": [], ROOT: []}
    for units in layer.units:
        if not _is_zero(exact(units.bias)):
            raise Unsupported("hidden units with a bias have no composed bound")
        if layer.activation == "identity" and units.factor == "1":
            if units.gate is None:
                linear = linear + units.into.dense.T @ units.read.dense
            else:
                products.append(Product(units.read.dense, units.gate.dense, units.into.dense.T))
        elif layer.activation in GELUS and units.gate is None and units.factor in pool:
            for read, out in _rows(units.read, units.into):
                pool[units.factor].append(_Unit(read, out, _key(read, arithmetic), _key(out, arithmetic)))
        else:
            raise Unsupported(f"hidden units of the kind “{layer.activation}” have no composed bound")
    for unit, _ in _pairs(pool["1"]):
        linear = linear + unit.out @ unit.read
    if triples := list(_triples(pool[ROOT], arithmetic)):
        outs, us, vs = zip(*triples, strict=True)
        rows = below(*(u.read for u in us)), below(*(v.read for v in vs)), beside(*(both.out for both in outs))
        products.append(Product(*rows, layer.activation))
    map_ = [[linear if i == j else None for j in range(layout.tokens)] for i in range(layout.tokens)]
    return LayerSum(map_, constant, tuple(products))


def _rows(read: Form, into: Form) -> Iterator[tuple[Matrix, Matrix]]:
    for k in range(into.width):
        yield read.dense[k], into.dense[k].T


def _pairs(units: list[_Unit]) -> Iterator[tuple[_Unit, _Unit]]:
    """Units r, −r with outputs o, −o."""
    left = list(units)
    while left:
        unit = left.pop(0)
        wanted = (_negated(unit.read_key), _negated(unit.out_key))
        other = next((u for u in left if (u.read_key, u.out_key) == wanted), None)
        if other is None:
            raise Unsupported("a GeLU unit that is neither one of a pair nor of a product has no composed bound")
        left.remove(other)
        yield unit, other


def _triples(units: list[_Unit], arithmetic: MagnitudeArithmetic) -> Iterator[tuple[_Unit, _Unit, _Unit]]:
    """Units u + v with the output o, and u, v with −o."""
    left, by_out = dict(enumerate(units)), {}
    for number, unit in left.items():
        by_out.setdefault(unit.out_key, []).append(number)
    for number, unit in enumerate(units):
        rivals = [k for k in by_out.get(_negated(unit.out_key), ()) if k in left] if number in left else []
        by_read: dict[Any, list[int]] = {}
        for k in rivals:
            by_read.setdefault(left[k].read_key, []).append(k)
        for first in rivals:
            rest = _key(unit.read - left[first].read, arithmetic)
            second = next((k for k in by_read.get(rest, ()) if k != first), None)
            if second is not None:
                found = left.pop(number), left.pop(first), left.pop(second)
                yield found
                break
    if left:
        raise Unsupported("a GeLU unit that is not one of the three of a product has no composed bound")


def _key(a: Matrix, arithmetic: MagnitudeArithmetic) -> tuple[Any, ...]:
    return tuple(frozenset(entry.terms.items()) for entry in arithmetic.table(a).entries)


def _negated(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(frozenset((term, -c) for term, c in entry) for entry in key)


def _is_zero(a: Matrix) -> bool:
    """Whether an exact matrix is zero; others are taken for nonzero."""
    return a._arithmetic is RATIONAL and not any(entry for row in fractions_of(a) for entry in row)


def _plus(a: Matrix | None, b: Matrix) -> Matrix:
    return b if a is None else a + b
