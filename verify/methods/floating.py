"""What a user runs: float64, float32 and bfloat16, in numpy and torch. No tolerance is chosen; every allowance is derived.

Three questions, each answered at finitely many points. Is each side exact, bit for bit, where a majorant run shows that
nothing is rounded? Does each layer stay within a rigorous bound of the exact layer on its own float input? And do network
and algorithm, end to end in float64, differ by no more than their two running error bounds (and the bound of the claim)?

torch takes seconds to load, so it runs only where VERIFY_TORCH names a device ("cpu", "cuda:0").
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from constructions.language import Construction, Equal, Instance, Within
from constructions.matrix import Matrix, Pole, Unsupported, exact
from verify.arithmetic.ball import precision
from verify.arithmetic.formats import BFLOAT16, BINARY32, BINARY64, Floats, NumpyBfloat16, NumpyFloats
from verify.arithmetic.rounding import bounded, values_and_errors
from verify.arithmetic.torch_floats import TorchFloats
from verify.built import built
from verify.domains import EmptyDomain, member
from verify.engines.bit_exact import Tally, bit_exact
from verify.engines.bounds import bound_of
from verify.engines.local_defect import local_defects
from verify.plan import Plan, stream_of_integers
from verify.sides import claim_sides
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict, undecided


@dataclass
class Layers:
    """The largest share of its bound that each layer used, by arithmetic; end-to-end differences; what broke or could not run."""

    of_bound: dict[str, list[float]] = field(default_factory=dict)
    points: int = 0
    difference: float = 0.0
    end_to_end: float = 0.0
    broken: str = ""
    reason: str = ""


def floating(construction: Construction, plan: Plan, models: Sequence[Floats] | None = None) -> Verdict:
    """The claim in floats: bit-exact where licensed, layer by layer and end to end within derived bounds elsewhere."""
    claim = construction.claims[0]
    if not isinstance(claim, (Equal, Within)):
        return undecided("float", claim.text, plan.where, "it judges what holds at points, and the claim is a limit")
    try:
        models = default_models() if models is None else models
    except Unsupported as reason:
        return undecided("float", claim.text, plan.where, str(reason))
    with np.errstate(all="ignore"):  # what overflows is found by its value
        tally = bit_exact(construction, plan, models)
        layers = _layers(construction, plan, models)
    evidence = {"bits": tally.bits, "bit-exact points": tally.points, "layers, of their bound": layers.of_bound}
    evidence |= {"difference": layers.difference, "of_bound": layers.end_to_end}
    if broken := tally.broken or layers.broken:
        return Verdict("claim", claim.text, "float", Standing.REFUTED, plan.where, broken, evidence)
    if not layers.points and (
        isinstance(claim, Within) or not tally.points
    ):  # bit-exact runs are not held against a bound
        return undecided("float", claim.text, plan.where, layers.reason or tally.reason)
    scope = f"{_exactly(tally)}; {_within(layers)}; sizes {plan.in_words}"
    return Verdict("claim", claim.text, "float", Standing.TESTED, scope, layers.reason, evidence)


def default_models() -> list[Floats]:
    """numpy in three formats (bfloat16 emulated), and torch where VERIFY_TORCH asks for it."""
    models: list[Floats] = [NumpyFloats(BINARY64), NumpyFloats(BINARY32), NumpyBfloat16()]
    device = os.environ.get("VERIFY_TORCH", "")
    return [*models, *torch_models(device)] if device else models


def torch_models(device: str = "cpu") -> list[Floats]:
    """torch in three formats on a device. Raises `Unsupported` where torch is not installed."""
    return [TorchFloats(format, device) for format in (BINARY64, BINARY32, BFLOAT16)]


def _layers(construction: Construction, plan: Plan, models: Sequence[Floats]) -> Layers:
    """Every point end to end; the layers at one choice of parameters for each size assignment."""
    found, numbers = Layers(), stream_of_integers(60, "float", construction.name, plan.seed)
    for row, sizes in enumerate(plan.sizes):
        for column, parameters in enumerate(parameter_choices(construction, sizes)):
            try:
                instance = built(construction, sizes, parameters)
                data = {name: _rich(construction, instance, name, numbers) for name in construction.data}
                for model in models if column == row % 3 or not construction.parameters else ():
                    _judge_layers(instance, data, model, found)
                _end_to_end(construction, instance, data, found)
            except (Unsupported, Pole, EmptyDomain) as reason:
                found.reason = str(reason)
    return found


def _judge_layers(instance: Instance, data: Mapping[str, Matrix], model: Floats, found: Layers) -> None:
    shares = found.of_bound.setdefault(model.name, [])
    try:
        for number, defect in enumerate(local_defects(instance, data, model)):
            shares += [0.0] * (number + 1 - len(shares))
            shares[number] = max(shares[number], defect.of_bound)
            if defect.broken and not found.broken:
                found.broken = (
                    f"layer {number + 1} in {model.name} is off by {defect.observed:.3g}, "
                    f"{defect.of_bound:.3g} times what rounding explains"
                )
    except (Unsupported, Pole) as reason:
        found.reason = f"{model.name}: {reason}"


def _rich(construction: Construction, instance: Instance, name: str, numbers: Iterator[int]) -> Matrix:
    rows, columns = instance.shape_of(name)
    if construction.domain.get(name, "real") != "real":
        return member(construction, name, (rows, columns), numbers, instance.parameters)
    return exact([[next(numbers) - 2**59 for _ in range(columns)] for _ in range(rows)]) / 2**58


def _end_to_end(construction: Construction, instance: Instance, data: Mapping[str, Matrix], found: Layers) -> None:
    """|network − algorithm| ≤ the two running bounds together, and the bound of the claim."""
    claim = construction.claims[0]
    sides = claim_sides(instance, {name: bounded(value) for name, value in data.items()})
    (left, left_error), (right, right_error) = map(values_and_errors, sides)
    with precision(64):
        bound = np.nextafter(float(bound_of(claim, instance).upper()), np.inf)  # nothing keeps one that is negative
    allowed, difference = left_error + right_error + bound, np.abs(left - right) * (1 - 2.0**-50)
    if not (difference <= allowed).all():
        found.broken = f"they differ by {difference.max():.3g}, rounding explains at most {allowed.max():.3g}"
    found.points += 1
    found.difference = max(found.difference, float(difference.max(initial=0.0)))
    share = np.divide(difference, allowed, where=allowed > 0, out=np.zeros_like(allowed))
    found.end_to_end = max(found.end_to_end, float(share.max(initial=0.0)))


def _exactly(tally: Tally) -> str:
    if not tally.points:
        return f"bit-exact nowhere ({tally.reason})"
    words = [f"{name} {count} (up to {tally.bits[name]} bits)" for name, count in tally.points.items()]
    return "points bit-exact: " + ", ".join(words)


def _within(layers: Layers) -> str:
    words = [f"{name} {max(shares, default=0.0):.2g}" for name, shares in layers.of_bound.items() if shares]
    return (
        f"each layer at most this share of its rounding bound: {', '.join(words) or 'none'}; "
        f"end to end {layers.difference:.1e}, {layers.end_to_end:.2g} of the bound at {layers.points} points"
    )
