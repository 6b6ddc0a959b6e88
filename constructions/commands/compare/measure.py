"""How far two learners are apart: in what they predict, and in the linear models that they implicitly use.

    SPD(A1, A2)/d = E (A1(D)(x′) − A2(D)(x′))²/d,   ILWD(A1, A2)/d = E |ŵ_A1 − ŵ_A2|²/d,   ŵ_A = argmin_w Σ_j (A(D)(x′_j) − wᵀx′_j)²

over tasks D and unlabelled x′. Akyürek et al. define both and plot them "dimension-normalised" without a formula; here both are
divided by d. For learners that are linear in x′ the two agree in expectation, since x′ ~ N(0, I).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from constructions.commands.compare.learners import Learner
from constructions.commands.compare.tasks import Setting, Task
from constructions.commands.misuse import Misuse


@dataclass(frozen=True)
class Mean:
    """A mean over tasks, and its standard error (None for one task)."""

    value: float
    error: float | None


@dataclass(frozen=True)
class Row:
    """Two learners after n examples: one number a task for each of the two distances."""

    n: int
    other: str
    spd: np.ndarray
    ilwd: np.ndarray


def mean(values: np.ndarray) -> Mean:
    count = len(values)
    return Mean(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(count) if count > 1 else None)


def under_determined(rows: Sequence[Row], d: int) -> list[Row]:
    """For every other learner the mean over n < d, task by task."""
    found = []
    for other in dict.fromkeys(row.other for row in rows):
        chosen = [row for row in rows if row.other == other and row.n < d]
        if chosen:
            spd, ilwd = (np.mean([getattr(row, name) for row in chosen], axis=0) for name in ("spd", "ilwd"))
            found.append(Row(0, other, spd, ilwd))
    return found


def measured(setting: Setting, found: Sequence[Learner], advance: Callable[[], object]) -> list[Row]:
    """The first learner against each of the others, for n = 1, 2, …, row by row."""
    tasks, rows = list(setting.draw()), []
    for n in range(1, setting.n + 1):
        answers = [_answers(learner, n, tasks, advance) for learner in found]
        for learner, answer in zip(found[1:], answers[1:], strict=True):
            rows.append(_row(n, learner.label, tasks, answers[0], answer))
    return rows


def _answers(learner: Learner, n: int, tasks: Sequence[Task], advance: Callable[[], object]) -> list[np.ndarray]:
    predict, found = learner.at(n), []
    for task in tasks:
        answer = np.asarray(predict(task.first(n))).reshape(-1)
        if not np.isfinite(answer).all():
            raise Misuse(
                f"{learner.label} overflows float64 on a task with n = {n}: its iteration diverges; take a smaller step size"
            )
        found.append(answer)
        advance()
    return found


def _row(n: int, other: str, tasks: Sequence[Task], first: list[np.ndarray], second: list[np.ndarray]) -> Row:
    spd, ilwd = [], []
    for task, a, b in zip(tasks, first, second, strict=True):
        d = task.Q.shape[1]
        gap = implicit(task.Q, a) - implicit(task.Q, b)
        spd.append(float(np.mean((a - b) ** 2)) / d)
        ilwd.append(float(gap @ gap) / d)
    return Row(n, other, np.array(spd), np.array(ilwd))


def implicit(Q: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """The linear model that answers the queries best, in squares."""
    return np.linalg.lstsq(Q, answers, rcond=None)[0]
