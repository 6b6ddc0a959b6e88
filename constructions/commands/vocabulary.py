"""The words that a theorem file may use, read from the tables that give them a meaning."""

from __future__ import annotations

import inspect
import re
from types import FunctionType

from constructions import matrix
from constructions.language.forward import ACTIVATIONS, KERNELS, NORMALISERS, SUBLAYERS
from constructions.language.layout import MASKS, POSITIONS
from constructions.language.statement import DOMAINS
from constructions.matrix.arithmetic import FACTORS
from constructions.views.text import grid, indent

TABLES = {
    "sublayers": [kind.__name__ for kind in SUBLAYERS],
    "kernels": KERNELS,
    "mask words": [*MASKS, "window:4 (of four tokens)"],
    "normalisers": NORMALISERS,
    "activations": ACTIVATIONS,
    "factors": FACTORS,
    "position codes": POSITIONS,
    "domains": [*DOMAINS, "Box(1) (entries in [−1, 1])"],
    "claims": [
        "Equal()",
        "Within(lambda eta: eta / 80) (a bound)",
        'Limit({"eta": 2}) (error of order eta² as eta → 0)',
    ],
}
WIDEST = 116


def words_of_the_language() -> str:
    """The words of every table, and the functions on matrices, one a line."""
    words = [(name, "; ".join(table) if name == "domains" else ", ".join(table)) for name, table in TABLES.items()]
    return "\n".join(
        [
            "words of the language (several words of a mask must all hold):",
            indent(grid(words, left=2)),
            "functions on matrices (from constructions.matrix import …):",
            indent(functions()),
        ]
    )


def functions() -> str:
    """Every function of `constructions.matrix`, with the first line of its docstring."""
    found = [(name, getattr(matrix, name)) for name in matrix.__all__]
    lines = [f"{_called(name, f)}   {_about(f)}" for name, f in found if isinstance(f, FunctionType)]
    return "\n".join(line if len(line) <= WIDEST else line[: WIDEST - 1].rstrip() + "…" for line in lines)


def _called(name: str, function: FunctionType) -> str:
    """softmax(A, visible), in a column of its own."""
    parameters = inspect.signature(function).parameters.values()
    return f"{name}({', '.join(str(p.replace(annotation=p.empty)) for p in parameters)})".ljust(28)


def _about(function: FunctionType) -> str:
    return re.split(r"\. |; |\n", inspect.getdoc(function) or "")[0].rstrip(".")
