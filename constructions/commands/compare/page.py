"""A comparison as text and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructions.commands.compare.learners import Learner
from constructions.commands.compare.measure import Mean, Row, mean, under_determined
from constructions.commands.compare.tasks import Setting
from constructions.views.text import grid, indent

FORMULAS = (
    "SPD/d = mean over tasks and queries of (A1(x′) − A2(x′))²/d",
    "ILWD/d = mean over tasks of |ŵ_A1 − ŵ_A2|²/d, where ŵ fits a learner's answers to the queries by least squares",
)


def page(setting: Setting, found: Sequence[Learner], rows: Sequence[Row]) -> str:
    """What was drawn, what is compared, and one line for every number of examples."""
    head = [
        f"{setting.tasks} tasks: w ~ N(0, {setting.tau:g}²·I), x ~ N(0, I), y = wᵀx{_noise(setting.sigma)}; "
        f"d = {setting.d}; {setting.queries} queries each; seed {setting.seed}",
        *FORMULAS,
        *(f"A{k} = {learner.told}" for k, learner in enumerate(found, start=1)),
    ]
    body = [[str(n), *_cells([row for row in rows if row.n == n])] for n in range(1, setting.n + 1)]
    below = under_determined(rows, setting.d)
    body += [["n < d", *_cells(below)]] if below else []
    titles = ["n", *(f"{word} A{k}" for k in range(2, len(found) + 1) for word in ("SPD/d", "ILWD/d"))]
    return "\n".join([*head, "", indent(grid([titles, *body], left=0))])


def _noise(sigma: float) -> str:
    return f" + N(0, {sigma:g}²)" if sigma else ", without noise"


def _cells(rows: Sequence[Row]) -> list[str]:
    return [_shown(mean(values)) for row in rows for values in (row.spd, row.ilwd)]


def _shown(found: Mean) -> str:
    """A mean with its standard error."""
    return f"{found.value:.3g}" + (f" ± {found.error:.1g}" if found.error is not None else "")


def record(setting: Setting, found: Sequence[Learner], rows: Sequence[Row]) -> dict[str, Any]:
    """The same as one JSON object; `n` is null in the means over n < d."""
    first, *others = found
    drawn = {name: getattr(setting, name) for name in ("d", "sigma", "tau", "tasks", "queries", "seed")}
    return {
        **drawn,
        "first": {"name": first.label, "settings": first.told},
        "others": [{"name": other.label, "settings": other.told} for other in others],
        "rows": [_plain(row) for row in rows],
        "under-determined": [_plain(row) for row in under_determined(rows, setting.d)],
    }


def _plain(row: Row) -> dict[str, Any]:
    spd, ilwd = mean(row.spd), mean(row.ilwd)
    return {
        "n": row.n or None,
        "name": row.other,
        "spd": spd.value,
        "spd error": spd.error,
        "ilwd": ilwd.value,
        "ilwd error": ilwd.error,
    }
