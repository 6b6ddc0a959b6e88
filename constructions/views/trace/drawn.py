"""The trace of a drawn prompt: one at which nothing is divided by zero."""

from __future__ import annotations

from constructions.language import Instance
from constructions.matrix import Pole
from constructions.views.trace.run import Trace, trace
from constructions.views.trace.sample import Table, sample

ATTEMPTS = 20  # prompts that are drawn until nothing is divided by zero


def traced(instance: Instance, seed: int) -> tuple[dict[str, Table], Trace]:
    """Drawn data and their trace; where the network or the algorithm divides by zero, other data are drawn."""
    reason = ""
    for attempt in range(ATTEMPTS):
        data = sample(instance, seed + 1000 * attempt)
        try:
            return data, trace(instance, data)
        except Pole as pole:
            reason = str(pole)
    raise Pole(
        f"{instance.construction.name} has no value at any of {ATTEMPTS} drawn prompts ({reason}); give another --seed"
    )
