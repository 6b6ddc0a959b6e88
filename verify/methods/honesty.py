"""Whether the network computes the answer at all: the ways in which a true equation can be an empty theorem.

* The builders run before any data exist, and again after the algorithm has seen data: the weights must be the same.
* Without its layers the network must be wrong, so the prompt does not carry the answer.
* With other examples in the context the answer must be another, so something is learned from them.
* No function of the record looks into a matrix, catches exceptions or looks around in the program (`verify/source.py`).
* While the algorithm runs, `forward` raises. Tokens are linear in their own item and the readout is linear, by construction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from constructions.language import Construction, ForwardClosed, Instance, Transformer, build
from constructions.language.transformer import Attention, forms_of
from constructions.matrix import Matrix, Pole, Unsupported
from constructions.matrix.rational import fractions_of
from verify.arithmetic.ball import ball_entries, balls, precision, surely_above, surely_nonzero
from verify.domains import EmptyDomain, small_data
from verify.methods.enclosure import bound_of
from verify.plan import Plan, sizes_in_words, stream_of_integers
from verify.sides import claim_sides
from verify.source import digging
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict

ATTEMPTS = 20


def honesty(construction: Construction, plan: Plan) -> Verdict:
    """All checks of the page above, at the first sizes of the plan."""
    sizes = plan.sizes[0]
    if found := digging(construction):
        return Verdict("honesty", "honesty", "honesty", Standing.REFUTED, "in the source of the record", found)
    where = f"at the sizes {sizes_in_words(sizes)}"
    for parameters in list(parameter_choices(construction, sizes))[-1:] or [{}]:
        try:
            because = _dishonest(construction, sizes, parameters)
        except ForwardClosed as reason:
            because = str(reason)
        except (Unsupported, Pole, EmptyDomain) as reason:
            return Verdict("honesty", "honesty", "honesty", Standing.UNDECIDED, where, str(reason))
        if because:
            return Verdict("honesty", "honesty", "honesty", Standing.REFUTED, where, because)
    passed = "same weights before and after data, wrong without its layers, prompt linear in its own item"
    return Verdict("honesty", "honesty", "honesty", Standing.TESTED, where, evidence={"passed": passed})


def _dishonest(construction: Construction, sizes: Mapping[str, int], parameters: Mapping[str, Any]) -> str:
    numbers = stream_of_integers(32, "honesty", construction.name)
    first = build(construction, sizes, parameters)
    before = fingerprint(first)
    if fingerprint(build(construction, sizes, parameters)) != before:
        return "the builders gave two different networks for the same sizes and parameters"
    shapes = {name: first.shape_of(name) for name in construction.data}
    points = [small_data(construction, shapes, numbers) for _ in range(ATTEMPTS)]
    for data in points:
        _run_both(first, data)
    if fingerprint(build(construction, sizes, parameters)) != before:
        return "the builders gave another network after the algorithm had seen data: the weights remember data"
    if not _learns(first, points):
        return "the answer does not depend on the context: nothing is learned from it"
    without = replace(first, network=Transformer(first.network.stream, ()))
    if not any(_violates(without, data) for data in points):
        return "without its layers the network still satisfies the claim: the prompt carries the answer"
    return ""


def _run_both(instance: Instance, data: Mapping[str, Matrix]) -> None:
    """Let the algorithm see data: exact ones where both sides have exact values, else balls."""
    try:
        _ = claim_sides(instance, data)
    except Unsupported:
        _ = claim_sides(instance, {name: balls(value) for name, value in data.items()})


def _learns(instance: Instance, points: list[dict[str, Matrix]]) -> bool:
    """Whether some other context surely gives the same queries another answer."""
    context = set(instance.context.item.registers) - {"1"} if instance.context else set()
    with precision(256):
        base = instance.run({name: balls(value) for name, value in points[0].items()}).answer
        for other in points[1:]:
            mixed = {name: balls((other if name in context else points[0])[name]) for name in points[0]}
            if any(surely_nonzero(change) for change in ball_entries(instance.run(mixed).answer - base)):
                return True
    return False


def _violates(instance: Instance, data: Mapping[str, Matrix]) -> bool:
    """Whether the claim surely fails at a point."""
    claim = instance.construction.claims[0]
    with precision(256):
        left, right = claim_sides(instance, {name: balls(value) for name, value in data.items()})
        bound = ball_entries(bound_of(claim, instance))[0]
        return any(surely_above(abs(defect), bound) for defect in ball_entries(left - right))


def fingerprint(instance: Instance) -> Any:
    """Everything that the builders fixed, as plain values: weights, architecture, prompt, readout."""
    layers = [
        (type(layer).__name__, *_words(layer), [fractions_of(form.dense) for form in forms_of(layer)])
        for layer in instance.network.unrolled
    ]
    registers = instance.network.stream.registers
    tokens = [
        [fractions_of(e) for e in part.embeddings(registers)] for part in (instance.context, instance.query) if part
    ]
    readout = (fractions_of(instance.readout.form.dense), instance.readout.at)
    return dict(registers), layers, tokens, dict(instance.positions), readout


def _words(layer: Any) -> tuple[Any, ...]:
    mask = fractions_of(layer.mask) if isinstance(layer.mask, Matrix) else layer.mask
    if isinstance(layer, Attention):
        return layer.kernel, mask, layer.normaliser
    return mask, fractions_of(layer.ridge) if isinstance(layer.ridge, Matrix) else layer.ridge
