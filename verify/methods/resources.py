"""What the construction costs: every declared formula is recomputed from the network at the sizes of the plan."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from constructions.language import Construction, Instance
from constructions.language.quantifier import offer
from constructions.language.transformer import Attention, forms_of
from constructions.matrix.rational import fractions_of
from verify.plan import Plan
from verify.points import generic_instance
from verify.verdict import Standing, Verdict


def counted(instance: Instance) -> dict[str, int]:
    """Layers, heads (the most in a layer), stream width, tokens in one prompt, nonzero entries (a repeated layer counts once)."""
    layers = instance.network.unrolled
    tied = {id(layer): layer for layer in layers}
    weights = [form.dense for layer in tied.values() for form in forms_of(layer)]
    nonzeros = sum(bool(entry) for matrix in weights for row in fractions_of(matrix) for entry in row)
    return {
        "layers": len(layers),
        "heads": max((len(layer.heads) if isinstance(layer, Attention) else 1 for layer in layers), default=0),
        "width": instance.network.stream.width,
        "tokens": instance.layout.length,
        "nonzeros": nonzeros,
    }


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
