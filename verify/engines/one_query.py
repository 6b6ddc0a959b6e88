"""Whether one query says everything of a network: queries do not see each other, and often their number is all they share."""

from __future__ import annotations

import re

from constructions.language import Instance, Within
from constructions.language.quantifier import names_of


def one_query(instance: Instance) -> dict[str, int]:
    """The sizes with one query. Queries do not see each other, so what bounds the network's answer to one bounds all answers,
    unless their number is used for something else: by what builds the network, by other shapes, or by the bound itself."""
    context, query = instance.context, instance.query
    if query is None or query.item.axis not in instance.sizes or (context and context.item.axis == query.item.axis):
        return dict(instance.sizes)
    axis, record = query.item.axis, instance.construction
    bounds = [claim.bound for claim in record.claims if isinstance(claim, Within)]
    functions = (record.weights, record.prompt, record.readout, *bounds)
    shapes = [*(shape[1:] for shape in record.data.values()), *(p.shape for p in record.parameters.values())]
    words = {word for shape in shapes for entry in shape for word in re.findall(r"\w+", str(entry))}
    used = {*words, *record.at_most, *record.at_most.values(), *(name for f in functions for name in names_of(f))}
    return dict(instance.sizes) if axis in used else {**instance.sizes, axis: 1}
