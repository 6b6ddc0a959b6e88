"""Which constructions can predict: those whose data are examples X, Y and queries X_q; and the sizes that files give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructions.commands.misuse import Misuse
from constructions.commands.predict.data import TrainingData
from constructions.language import Construction, Instance
from constructions.language.regression import regression_sizes


def roles_of(construction: Construction, command: str = "predict") -> dict[str, Any]:
    """Which sizes of the construction are n, d_x, d_y and m (n and d_y may be numbers, n not for `compare`, which asks for every
    n); refuses a construction whose data are not X, Y, X_q."""
    if (sizes := regression_sizes(construction, fixed=command == "predict")) is not None:
        return sizes
    shapes = {name: tuple(shape) for name, shape in construction.data.items()}
    taken = ", ".join(f"{name} ({'×'.join(map(str, shape))})" for name, shape in shapes.items())
    domain = "".join(f"; {name}: {word}" for name, word in construction.domain.items())
    raise Misuse(
        f"{command} puts tables of numbers into prompts whose data are X (n×d_x), Y (n×d_y) and X_q (m×d_x); "
        f"{construction.name} takes {taken}{domain}. To watch it run: python -m constructions trace {construction.name}"
    )


def sizes_of(construction: Construction, roles: Mapping[str, Any], data: TrainingData) -> dict[str, int]:
    """The sizes that the files have, m excepted: queries may come in batches."""
    n, d_x, d_y = roles["n"], roles["d_x"], roles["d_y"]
    if isinstance(n, int) and len(data.X) != n:
        raise Misuse(
            f"{construction.name} takes {n} example, got {len(data.X)}; leave {n} row in the training file, or choose a "
            "construction for any number of them"
        )
    if isinstance(d_y, int) and len(data.targets) != d_y:
        raise Misuse(f"{construction.name} takes {d_y} target, got {len(data.targets)}; name {d_y} with --target")
    found = {n: len(data.X), d_x: data.X.shape[1], d_y: len(data.targets)}
    return {name: size for name, size in found.items() if not isinstance(name, int)}


def check_readout(instance: Instance) -> None:
    """Refuse a construction that answers elsewhere than at the queries."""
    if instance.readout.at != "query":
        name = instance.construction.name
        raise Misuse(
            f"{name} reads its answer at {instance.readout.at}, not at the queries, so it predicts "
            f"nothing for them. To watch it run: python -m constructions trace {name}"
        )
