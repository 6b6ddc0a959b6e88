"""The two sublayers of the layer that Akyürek et al. assume, read off their weights: softmax attention to positions with a null
logit, and an MLP of GeLU units behind LayerNorm whose column is carried by two pads.

Attention is a linear map by hard attention, and a leak: Σ_j (softmax − hard)_ij v(h_j) for every row v of a head's values. Of an
MLP with the width L = 2k² the units read rows r λ(x); k r = ν v holds for a part ν of what all of them share, so that they read
v(x)/c where the pads hold ±ν c. A shifted unit g(b + u), with −b among the constants, is linear up to its tail.
"""

from __future__ import annotations

import math
from fractions import Fraction

from constructions.language import MLP, Attention
from constructions.language.forward import column, scores
from constructions.language.layout import Layout
from constructions.language.sublayers import LayerNorm
from constructions.matrix import Matrix, Unsupported, below, beside, exact, ones, zeros
from verify.arithmetic.factored_sums import Sum
from verify.arithmetic.magnitudes import MagnitudeArithmetic
from verify.arithmetic.terms_of_sums import Term, inverse, times
from verify.engines.gelu_units import ROOT, Unit, key_of, rows_of, triples
from verify.engines.sum_parts import LayerSum, Product, Shifted, Softened, added, skipped, stays


def softened(layer: Attention, layout: Layout, arithmetic: MagnitudeArithmetic) -> tuple[Softened, ...]:
    """The heads of softmax attention. Raises `Unsupported` where a score is not one of ± the same positive number."""
    view, found = layout.view(layer.mask), []
    if view.weights is not None:
        raise Unsupported("softmax attention whose mask has weights has no composed bound")
    for head in layer.heads:
        if head.mixing is not None or (head.kernel or layer.kernel) != "softmax":
            raise Unsupported("softmax attention beside other kernels has no composed bound")
        if not {*head.query.blocks, *head.key.blocks} <= layout.fixed:
            raise Unsupported("softmax attention has a composed bound only where it looks at positions alone")
        table = arithmetic.table(scores(head, layer, layout.codes, view, layout)).cells
        places = [(i, n) for i in range(layout.tokens) for n in range(len(view.keys)) if view.visible[i, n]]
        sharp = next((s for i, n in places for s in (table[i][n], -table[i][n]) if s.terms and s.signless), None)
        if sharp is None:
            raise Unsupported("softmax attention has a composed bound only where it knows the signs of its scores")
        read: dict[int, set[int]] = {i: set() for i in range(layout.tokens)}
        seen: dict[int, list[int]] = {i: [] for i in range(layout.tokens)}
        for i, n in places:
            seen[i].append(view.keys[n])
            if table[i][n].terms == sharp.terms:
                read[i].add(view.keys[n])
            elif (-table[i][n]).terms != sharp.terms:
                raise Unsupported("softmax attention has a composed bound only where its scores are ± one number")
        known = {i: frozenset(r) for i, r in read.items()}, {i: tuple(s) for i, s in seen.items()}
        found.append(Softened(head.value.dense, head.into.dense.T, *known, sharp))
    return tuple(found)


def plain_norm(norm: LayerNorm) -> bool:
    """Whether it has no gain, no bias and no epsilon."""
    return all(isinstance(v, (int, Fraction)) for v in (norm.gain, norm.bias, norm.epsilon)) and (
        norm.gain == 1 and norm.bias == 0 and norm.epsilon == 0
    )


def root_of_half(width: int) -> int:
    """k, the width being 2k²."""
    root = math.isqrt(width // 2)
    if 2 * root * root != width:
        raise Unsupported("LayerNorm has a composed bound only for widths of the form 2k²")
    return root


def shift_of(layer: MLP, arithmetic: MagnitudeArithmetic) -> Sum:
    """The one shift of all units without a factor."""
    shifts = {}
    for units in layer.units:
        entries = arithmetic.table(column(units.bias, units.read.width)).entries
        if units.factor == "1":
            shifts |= {frozenset(entry.terms.items()): entry for entry in entries}
        elif any(entry.terms for entry in entries):
            raise Unsupported("hidden units with a bias have no composed bound")
    if len(shifts) != 1 or not all(shift.terms for shift in shifts.values()):
        raise Unsupported(
            "GeLU units behind LayerNorm have a composed bound only where they are shifted, all by the same number"
        )
    return next(iter(shifts.values()))


def shared(matrices: list[Matrix], arithmetic: MagnitudeArithmetic) -> Term | None:
    """The positive factors that all terms of all entries have in common; None where there are no terms."""
    terms = [dict(term) for m in matrices for entry in arithmetic.table(m).entries for term in entry.terms]
    if not terms:
        return None
    atoms = set.intersection(*({a for a, power in term.items() if power > 0} for term in terms))
    sure = {atom for atom in atoms if arithmetic.atoms.positive[atom]}
    content: Term = tuple(sorted((a, min(term[a] for term in terms)) for a in sure))
    if not content:
        raise Unsupported(
            "LayerNorm has a composed bound only where all units undo the size of its pads, a positive parameter"
        )
    return content


def shifted(layer: MLP, width: int, arithmetic: MagnitudeArithmetic) -> tuple[Matrix, Matrix]:
    """k r for the rows r of the units without a factor, and where they are added."""
    units = [u for u in layer.units if u.factor == "1"]
    if layer.activation != "gelu" or any(u.gate is not None for u in layer.units):
        raise Unsupported(f"hidden units of the kind “{layer.activation}” have no composed bound behind LayerNorm")
    if len(units) != 1:
        raise Unsupported("GeLU units behind LayerNorm have a composed bound only where one group of them is shifted")
    return root_of_half(width) * units[0].read.dense, units[0].into.dense.T


def part_of_size(entry: Sum, size: Term) -> tuple[Sum, Sum]:
    """An entry divided by ν: the terms that had ν as a factor, and the others."""
    whole, rest = {}, {}
    for term, c in entry.terms.items():
        powers = dict(term)
        divided = times(term, inverse(size))
        (whole if all(powers.get(a, 0) >= p for a, p in size) else rest)[divided] = c
    return Sum(entry.atoms, whole), Sum(entry.atoms, rest)


def softened_sum(layer: Attention, layout: Layout, width: int, arithmetic: MagnitudeArithmetic) -> LayerSum:
    """The mean of what is read, and what the softmax lets in besides."""
    heads, linear = softened(layer, layout, arithmetic), skipped(layer, width, layout.tokens)
    for head in heads:
        moved = head.out @ head.value
        for i, read in head.read.items():
            for j in sorted(read):
                linear[i][j] = added(linear[i][j], exact(1) / len(read) * moved)
    return LayerSum(linear, zeros(width, 1), softened=heads)


def behind_norm(layer: MLP, layout: Layout, width: int, arithmetic: MagnitudeArithmetic) -> LayerSum:
    """Units that read λ(x); the shift is taken off the constants."""
    shift, (value, out), root = shift_of(layer, arithmetic), shifted(layer, width, arithmetic), root_of_half(width)
    pool = [
        Unit(root * read, made, key_of(root * read, arithmetic), key_of(made, arithmetic))
        for units in layer.units
        if units.factor == ROOT
        for read, made in rows_of(units.read, units.into)
    ]
    found = list(triples(pool, arithmetic))
    common = shared([value, *(unit.read for _, u, v in found for unit in (u, v))], arithmetic)
    constant = out @ ones(out.shape[1], 1) * arithmetic.matrix([[shift]], 1)
    for more in layer.constants:
        constant = constant + more.into.dense.T @ column(more.value, more.into.width)
    products = (
        [
            Product(
                below(*(u.read for _, u, _ in found)),
                below(*(v.read for *_, v in found)),
                beside(*(both.out for both, *_ in found)),
                layer.activation,
            )
        ]
        if found
        else []
    )
    units = Shifted(value, out, shift, common, width)
    return LayerSum(stays(width, layout.tokens), constant, tuple(products), shifted=units)
