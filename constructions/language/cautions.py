"""What a record's cautions say about data, e.g. that a step size diverges on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from constructions.language.construction import Construction
from constructions.language.instance import Instance
from constructions.language.quantifier import call
from constructions.matrix.floating import array_of


def cautions(construction: Construction, instance: Instance, data: Mapping[str, np.ndarray]) -> list[str]:
    """What the record's cautions say; they get sizes, parameters and data as float64 arrays."""
    parameters = {name: _float(value) for name, value in instance.parameters.items()}
    values = {**instance.sizes, **parameters, **data}
    return [text for caution in construction.cautions if (text := _said(caution, values))]


def _said(caution: Callable[..., str | None], values: Mapping[str, Any]) -> str | None:
    try:
        with np.errstate(all="ignore"):
            return call(caution, values)
    except np.linalg.LinAlgError as error:
        return f"no check of the step size was possible on these data ({error}); scale the inputs down"


def _float(value: Any) -> Any:
    return tuple(map(_float, value)) if isinstance(value, tuple) else array_of(value)
