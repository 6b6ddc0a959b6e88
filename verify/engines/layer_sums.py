"""A sublayer, read off its weights: a linear map of the tokens, plus products, plus quotients, and nothing else.

    h_i ← Σ_j M_ij h_j + constant + Σ out·(u(h_i) v(h_i)) + Σ out·(value(h_i)/c(h_i))

A product is a gated linear unit, exactly; or three GeLU units of one output, √(π/2)(g(u + v) − g(u) − g(v)), which are found by
their rows and columns. Two GeLU units r, −r with outputs o, −o add o·r. A quotient is linear attention to oneself and a sink,
normalised: with the score c − 1, v(c − 1)/c = v − v/c. Whatever does not consist of these is `Unsupported`.
"""

from __future__ import annotations

from typing import Any

from constructions.language import MLP, Attention
from constructions.language.forward import KERNELS, column, scores
from constructions.language.layout import Layout
from constructions.language.sublayers import DeltaLayer, MesaLayer
from constructions.matrix import Matrix, Unsupported, below, beside, exact, identity, zeros
from constructions.matrix.rational import RATIONAL, fractions_of
from verify.arithmetic.magnitudes import MagnitudeArithmetic
from verify.engines.gelu_units import ROOT, Unit, key_of, pairs, rows_of, triples
from verify.engines.norm_sums import behind_norm, plain_norm, softened_sum
from verify.engines.sum_parts import LayerSum, Product, Quotient, added, skipped

GELUS = {"gelu": False, "gelu tanh": True}  # name → whether it is the tanh form
NAMES = {MesaLayer: "a mesa layer", DeltaLayer: "a delta layer"}


def layer_sum(sublayer: Any, layout: Layout, width: int, arithmetic: MagnitudeArithmetic) -> LayerSum:
    """The sublayer as a sum. Raises `Unsupported` where it is none."""
    if isinstance(sublayer, MLP) and sublayer.norm is not None and plain_norm(sublayer.norm):
        return behind_norm(sublayer, layout, width, arithmetic)
    if not isinstance(sublayer, (MLP, Attention)) or sublayer.norm is not None:
        name = NAMES.get(type(sublayer), "LayerNorm")
        raise Unsupported(f"{name} has no composed bound")
    if isinstance(sublayer, MLP):
        return _mlp(sublayer, layout, width, arithmetic)
    if sublayer.kernel == "softmax" and sublayer.sink and sublayer.normaliser == "none":
        return softened_sum(sublayer, layout, width, arithmetic)
    return attention_sum(sublayer, layout, width)


def attention_sum(layer: Attention, layout: Layout, width: int) -> LayerSum:
    if any(head.kernel not in (None, layer.kernel) for head in layer.heads):
        raise Unsupported("attention has a composed bound only where all heads have the kernel of their layer")
    if layer.kernel == "hard" and layer.normaliser == "none":
        return LayerSum(_moved(layer, layout, width), zeros(width, 1))
    if (
        layer.kernel == "linear"
        and isinstance(layer.mask, str)
        and layer.mask == "self"
        and layer.normaliser == "sum"
        and layer.sink
    ):
        return _divided(layer, layout, width)
    raise Unsupported(
        "attention has a composed bound where it is hard and looks at positions, or divides by a score and a sink"
    )


def _moved(layer: Attention, layout: Layout, width: int) -> list[list[Matrix | None]]:
    """Hard attention to positions: the weights are numbers."""
    codes, view = layout.codes, layout.view(layer.mask)
    linear = skipped(layer, width, layout.tokens)
    for head in layer.heads:
        if not {*head.query.blocks, *head.key.blocks} <= layout.fixed:
            raise Unsupported("hard attention has a composed bound only where it looks at positions alone")
        weights = view.weighted(KERNELS["hard"](scores(head, layer, codes, view, layout), view, layer.sink))
        weights = weights if head.mixing is None else weights @ head.mixing
        moved = head.into.dense.T @ head.value.dense
        for i in range(layout.tokens):
            for number, j in enumerate(view.keys):
                if not _is_zero(share := weights[i, number]):
                    linear[i][j] = added(linear[i][j], share * moved)
    return linear


def _divided(layer: Attention, layout: Layout, width: int) -> LayerSum:
    linear, quotients = skipped(layer, width, layout.tokens), {}
    for i in range(layout.tokens):
        quotients[i] = []
        for head in layer.heads:
            if head.mixing is not None or not {*head.key.blocks} <= layout.fixed:
                raise Unsupported("a division has a composed bound only where its keys are constants")
            score = (layout.codes[i] @ head.key.dense.T) @ head.query.dense
            value, out = head.value.dense, head.into.dense.T
            linear[i][i] = added(linear[i][i], out @ value)
            quotients[i].append(Quotient(-value, score, out))
    return LayerSum(linear, zeros(width, 1), (), quotients)


def _mlp(layer: MLP, layout: Layout, width: int, arithmetic: MagnitudeArithmetic) -> LayerSum:
    constant, linear, products = zeros(width, 1), identity(width), []
    for more in layer.constants:
        constant = constant + more.into.dense.T @ column(more.value, more.into.width)
    pool: dict[str, list[Unit]] = {"1": [], ROOT: []}
    for units in layer.units:
        if not _is_zero(exact(units.bias)):
            raise Unsupported("hidden units with a bias have no composed bound")
        if layer.activation == "identity" and units.factor == "1":
            if units.gate is None:
                linear = linear + units.into.dense.T @ units.read.dense
            else:
                products.append(Product(units.read.dense, units.gate.dense, units.into.dense.T))
        elif layer.activation in GELUS and units.gate is None and units.factor in pool:
            for read, out in rows_of(units.read, units.into):
                pool[units.factor].append(Unit(read, out, key_of(read, arithmetic), key_of(out, arithmetic)))
        else:
            raise Unsupported(f"hidden units of the kind “{layer.activation}” have no composed bound")
    for unit, _ in pairs(pool["1"]):
        linear = linear + unit.out @ unit.read
    if found := list(triples(pool[ROOT], arithmetic)):
        outs, us, vs = zip(*found, strict=True)
        rows = below(*(u.read for u in us)), below(*(v.read for v in vs)), beside(*(both.out for both in outs))
        products.append(Product(*rows, layer.activation))
    map_ = [[linear if i == j else None for j in range(layout.tokens)] for i in range(layout.tokens)]
    return LayerSum(map_, constant, tuple(products))


def _is_zero(a: Matrix) -> bool:
    """Whether an exact matrix is zero; others are taken for nonzero."""
    return a._arithmetic is RATIONAL and not any(entry for row in fractions_of(a) for entry in row)
