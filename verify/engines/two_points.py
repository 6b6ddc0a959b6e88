"""Compare both sides of a recorded program at two points, and say what that proves.

**Why nobody can aim at the points.** The first is a hash (SHAKE-256) of the recorded program: every operation and every exact
constant of both sides. To change the sides is to change the hash, so an author who wants a false identity to pass has to
try about 2⁸⁰ records. The second point, with its prime, is a hash of the program *and* of the values that both sides took at
the first: it cannot even be computed before both sides are fixed as functions and have been evaluated, so that what was
overlooked in one hash (an operation whose record says too little) would have to survive in the other too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from constructions.matrix import Pole
from verify.arithmetic.program import Program
from verify.engines.trials import Bound, Trial, bound_of, mersenne, random_field, rational
from verify.plan import stream_of_integers

REDRAWS = 20  # how often a pole may be hit before the method gives up
SMALL = 20_000  # products of entries up to which ℚ is as fast as a prime field
ROUTES = {
    "rational": lambda bound: (rational(bound),) * 2,
    "prime": lambda bound: (mersenne(bound), random_field(bound)),
}


def compare(program: Program, words: tuple[Any, ...] = (), route: str = "") -> tuple[dict[str, Any], bool]:
    """Evidence, and whether the two sides of a program differ."""
    bound = bound_of(program)
    chosen = route or ("prime" if program.divides or program.products > SMALL else "rational")
    commitment, poles, trials = (*words, program.digest.hex()), 0, ROUTES[chosen](bound)
    fields: list[str] = []
    for trial in trials:
        values, field, drawn_again = evaluated(program, trial, commitment)
        poles += drawn_again
        fields.append(field)
        if differ := values[0] != values[1]:
            break
        commitment = (*commitment, *values[0])
    else:
        differ = False
    used = trials[: len(fields)]
    return _evidence(program, bound, used, fields, poles, differ), differ


def _evidence(
    program: Program, bound: Bound, trials: Sequence[Trial], fields: list[str], poles: int, differ: bool
) -> dict[str, Any]:
    failures = [trial.log2_failure for trial in trials if trial.over_the_rationals]
    return {
        "degree": bound.degree,
        "height": bound.height,
        "bits": trials[-1].bits,
        "fields": fields,
        "trials": len(fields),
        "poles": poles,
        "points": "SHAKE-256 of the recorded program, the sizes, the seed and the values before",
        "program": program.digest.hex(),
        "log2_failure": 0 if differ else min(failures),
    }


def evaluated(program: Program, trial: Trial, commitment: tuple[Any, ...]) -> tuple[tuple[list, list], str, int]:
    """The values of both sides at a point, the field that they are in, and how many poles were met before."""
    reason = Pole("no point was drawn")
    for attempt in range(REDRAWS):
        numbers = stream_of_integers(trial.bits, *commitment, attempt)
        arithmetic = trial.arithmetic(numbers)
        field = f"{trial.field} = {arithmetic.p}" if "random" in trial.field else trial.field
        try:
            left, right = program.run(arithmetic, partial(_drawn, arithmetic, numbers))
            return (arithmetic.residues(left), arithmetic.residues(right)), field, attempt
        except Pole as pole:
            reason = pole
    raise Pole(f"{reason} at every one of {REDRAWS} points")


def _drawn(arithmetic: Any, numbers: Iterator[int], rows: int, columns: int, positive: bool) -> Any:
    return arithmetic.of(rows, columns, [next(numbers) + positive for _ in range(rows * columns)])
