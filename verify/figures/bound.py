"""F9: the error of a bound against a positive parameter that it falls with, at several prompts, and the bound itself."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from constructions.language import Construction, Within, at
from constructions.language.quantifier import call, names_of
from constructions.matrix import Matrix, Pole, Unsupported
from constructions.matrix.floating import array_of, floats
from constructions.views.trace.sample import small_sizes
from verify.figures.knob import SEEDS, error
from verify.figures.style import NETWORK, TEXTBOOK, Drawing, figure
from verify.figures.subject import NotShown, Subject

FACTORS = [Fraction(2) ** k for k in range(-4, 11)]
LEAST = 1e-17  # below it there is rounding only
FALLS = 0.9  # a bound that falls by less over the whole range is none of that parameter


def bound(subject: Subject) -> Drawing:
    """The first bound that the record claims, in float64, from a sixteenth of the default of a parameter to 2¹⁰ times it."""
    claim = next((claim for claim in subject.construction.claims if isinstance(claim, Within)), None)
    if claim is None:
        raise NotShown("no claim is a bound")
    record = subject.construction.claiming(claim)
    name = falling(record, claim)
    scale = Fraction(str(record.parameters[name].default))
    known = {scale * factor: bound_at(record, claim, name, scale * factor) for factor in FACTORS}
    values, limits = zip(*((v, b) for v, b in known.items() if LEAST < b < math.inf), strict=True)
    errors = np.array([errors_at(record, name, value) for value in values])
    if not np.nanmax(errors) > 0:
        raise NotShown("the error is 0 at every prompt that was drawn")
    x, worst = [float(value) for value in values], np.nanmax(errors, axis=1)
    made = figure(3.0, 4.4)
    axes = made.subplots()
    _ = axes.plot(x, limits, "--", color=TEXTBOOK, label="bound")
    shown = np.where(errors > 0, errors, np.nan)  # a logarithm has no 0
    _ = axes.plot(x, shown, "o", color=NETWORK, markersize=3.5, alpha=0.6, label=["error", *[None] * (SEEDS - 1)])
    _ = axes.set(
        xscale="log", yscale="log", xlabel=name, ylabel="largest |network − algorithm|", title="error and bound"
    )
    _ = made.legend(loc="outside lower center", ncols=2)
    share = float(np.max(worst / np.array(limits)))
    alt = (
        f"Error of {record.name} at {SEEDS} prompts in float64 and its bound, against {name} from {x[0]:g} to {x[-1]:g}: the "
        f"largest error is {share:.2g} of the bound."
    )
    rows = [(repr(v), repr(b), *map(repr, row)) for v, b, row in zip(x, limits, errors.tolist(), strict=True)]
    columns = (name, "bound", *(f"error at prompt {seed + 1}" for seed in range(SEEDS)))
    return Drawing("bound", f"The error of {record.name} and its bound", alt, columns, rows, made)


def falling(record: Construction, claim: Within) -> str:
    """The positive number among the parameters with which the bound falls."""
    for name in names_of(claim.bound):
        parameter = record.parameters.get(name)
        if parameter is None or not parameter.positive or parameter.shape or parameter.default is None:
            continue
        default = Fraction(str(parameter.default))
        first, last = (bound_at(record, claim, name, default * factor) for factor in (FACTORS[0], FACTORS[-1]))
        if 0 <= last < FALLS * first < math.inf:
            return name
    raise NotShown("the bound falls with no positive parameter that has a default")


def bound_at(record: Construction, claim: Within, name: str, value: Fraction) -> float:
    """The bound in float64; infinite where it has no value."""
    instance = at(record, small_sizes(record, {}), {name: value})
    given = {key: floats(array_of(v)) if isinstance(v, Matrix) else v for key, v in instance.parameters.items()}
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is not drawn
            found = call(claim.bound, {**instance.sizes, **given})
        return float(array_of(found)[0, 0]) if isinstance(found, Matrix) else float(found)
    except Pole:
        return math.inf


def errors_at(record: Construction, name: str, value: Fraction) -> list[float]:
    instance = at(record, small_sizes(record, {}), {name: value})
    try:
        return [error(instance, seed) for seed in range(SEEDS)]
    except Unsupported as reason:
        raise NotShown(str(reason)) from reason
