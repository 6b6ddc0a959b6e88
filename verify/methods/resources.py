"""What the construction costs: every declared formula is recomputed from the network at the sizes of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sympy

from constructions.language import (
    MLP,
    Attention,
    Constant,
    Construction,
    DeltaLayer,
    Instance,
    LayerNorm,
    MesaLayer,
    Units,
)
from constructions.language.forward import column
from constructions.language.quantifier import offer
from constructions.language.sublayers import Sublayer, parts_of
from constructions.matrix import Matrix, exact
from constructions.matrix.rational import fractions_of
from verify.plan import Plan
from verify.points import generic_instance
from verify.verdict import Standing, Verdict


def counted(instance: Instance) -> dict[str, int]:
    """What a network costs, by name.

    layers    sublayers that stand alone, and blocks
    heads     the most in an attention sublayer; a mesa layer and a delta layer have one
    hidden    the most hidden units in an MLP
    width     of the residual stream
    tokens    in the prompt of one query, without those that the network writes
    passes    how often the network runs
    nonzeros  nonzero entries of all weight matrices, biases, gates and output constants, and what in a LayerNorm differs
              from gain 1, bias 0, epsilon 0; a sublayer that is used several times counts once
    """
    sublayers = instance.network.sublayers
    tied = {id(sublayer): sublayer for sublayer in sublayers}
    weights = [matrix for sublayer in tied.values() for matrix in stored(sublayer, instance.network.stream.width)]
    return {
        "layers": len(instance.network.unrolled),
        "heads": max(map(_heads, sublayers), default=0),
        "hidden": max((s.hidden for s in sublayers if isinstance(s, MLP)), default=0),
        "width": instance.network.stream.width,
        "tokens": instance.layout.length,
        "passes": instance.network.passes,
        "nonzeros": sum(bool(entry) for matrix in weights for row in fractions_of(matrix) for entry in row),
    }


def _heads(sublayer: Sublayer) -> int:
    return (
        len(sublayer.heads) if isinstance(sublayer, Attention) else int(isinstance(sublayer, (MesaLayer, DeltaLayer)))
    )


def stored(sublayer: Sublayer, width: int) -> Iterator[Matrix]:
    """Every matrix and column of a sublayer, a LayerNorm's as the difference from the plain one."""
    for _, part in parts_of(sublayer):
        yield from (form.dense for form in part.forms.values())
        if isinstance(part, Units):
            yield column(part.bias, part.read.width)
        if isinstance(part, Constant):
            yield column(part.value, part.into.width)
    norm = sublayer if isinstance(sublayer, LayerNorm) else _norm_of(sublayer)
    if norm is not None:
        yield from (column(norm.gain, width) - column(1, width), column(norm.bias, width), exact(norm.epsilon))


def _norm_of(sublayer: Any) -> LayerNorm | None:
    return sublayer.norm if isinstance(sublayer, (Attention, MLP)) else None


def resources(construction: Construction, plan: Plan) -> Verdict:
    """The declared formulas against the network, at every size assignment of the plan."""
    where = plan.where
    if not construction.resources:
        return Verdict("resources", "resources", "resources", Standing.TESTED, "none declared")
    for sizes in plan.sizes:
        found = counted(generic_instance(construction, sizes))
        for name, formula in construction.resources.items():
            if name not in found:
                because = f"{name!r} cannot be counted; {offer(name, found)}"
                return Verdict("resources", name, "resources", Standing.UNDECIDED, where, because)
            declared = evaluated(formula, sizes)
            if declared != found[name]:
                because = f"{name} = {formula} gives {declared}, the network has {found[name]}"
                return Verdict("resources", name, "resources", Standing.REFUTED, where, because)
    text = ", ".join(f"{name} {formula}" for name, formula in construction.resources.items())
    return Verdict("resources", "resources", "resources", Standing.TESTED, where, evidence={"formulas": text})


def evaluated(formula: str, sizes: Mapping[str, int]) -> sympy.Expr:
    """A formula in the sizes as a number."""
    return sympy.parse_expr(formula, local_dict={name: sympy.Integer(value) for name, value in sizes.items()})
