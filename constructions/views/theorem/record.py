"""Everything that the page of a theorem holds, as plain data."""

from __future__ import annotations

from typing import Any

from constructions.language import Construction, NearMiss, Parameter
from constructions.views.text import size_text
from constructions.views.theorem.layers import plain_layer
from constructions.views.theorem.letters import Shown
from constructions.views.theorem.listing import listing
from constructions.views.theorem.prompt import prompt_record
from constructions.views.theorem.quantifier import quantifier
from constructions.views.theorem.source import algorithm_source


def record(construction: Construction, shown: Shown, layers: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything that the page holds, as plain data."""
    line, uniform = quantifier(construction)
    return {
        **listing(construction),
        "statement": construction.statement,
        "quantifier": line,
        "uniformity": uniform,
        "claims": [claim.text for claim in construction.claims],
        "claim_quantifiers": [quantifier(construction.claiming(claim))[0] for claim in construction.claims],
        "sizes": dict(construction.sizes),
        "shown_at": dict(shown.numbers),
        "parameters": {name: _parameter(parameter) for name, parameter in construction.parameters.items()},
        "stream": {name: size_text(width) for name, width in shown.instance.network.stream.registers.items()},
        **prompt_record(shown.instance),
        "layers": [*map(plain_layer, layers)],
        "algorithm": algorithm_source(construction.algorithm),
        "near_misses": {name: _near_miss(miss) for name, miss in construction.near_misses.items()},
        "resources": dict(construction.resources),
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    default = None if parameter.default is None else str(parameter.default)
    return {"shape": list(parameter.shape), "default": default, "meaning": parameter.meaning}


def _near_miss(miss: NearMiss) -> dict[str, str]:
    return {"because": miss.because, "source": f"{miss.source.key}, {miss.source.where}" if miss.source else ""}
