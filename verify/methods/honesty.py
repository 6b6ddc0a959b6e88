"""Whether the network computes the answer at all: the ways in which a true equation can be an empty theorem.

* The builders give the same network twice before any data exist, again after the algorithm has seen data, and once in a
  fresh process (`verify/scrutiny/fresh.py`), where nothing has happened yet and little is inherited. There the formulas are
  the same too.
* Without its layers the network must be wrong, so the prompt does not carry the answer; without its heads too, so a
  token-wise map of it does not.
* An item's own answer must change when only the *other* items change, the network's and the algorithm's, so something is
  learned from the context.
* A record that says `gadget=True` is a lemma about layers: it is judged without its layers, but neither without its heads nor
  by whether others' data matter, and the verdict says so.
* No function of the record digs (`verify/scrutiny/digging.py`), and while the algorithm runs, `forward` raises. Tokens are
  linear in their own item and the readout is linear, by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from constructions.language import Construction, ForwardClosed, Instance, Transformer, Within, build
from constructions.matrix import Matrix, Pole, Unsupported
from verify.arithmetic.ball import ball_entries, in_balls, precision, surely_above
from verify.built import keep
from verify.domains import EmptyDomain, small_data
from verify.engines.bounds import bound_of
from verify.engines.cautions import cautions
from verify.engines.learning import learns, of_algorithm
from verify.engines.places import headless
from verify.engines.sharper import knobs, sharper
from verify.methods.exhaustive import few_members
from verify.plan import Plan, sizes_in_words, stream_of_integers
from verify.scrutiny.digest import fingerprint
from verify.scrutiny.digging import digging
from verify.scrutiny.elsewhere import another_formula, another_network
from verify.scrutiny.fresh import Fresh, fresh
from verify.sides import claim_sides
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict, undecided

BITS = 256  # of balls: deep networks with LayerNorm lose dozens of bits a layer
ATTEMPTS, MEMBERS = 8, 32  # points drawn; members of a finite domain, where there are no more
GADGET = "a lemma about layers: whether heads are needed, and whether others' data matter, was not asked"
Data = Mapping[str, Matrix]
Case = tuple[Instance, Iterable[Data]]  # a network that was built, and points at which both sides have values
STRIPPED = ((lambda network: Transformer(network.stream, ()), "layers"), (headless, "heads"))


def honesty(construction: Construction, plan: Plan) -> Verdict:
    """All checks of the page above, at every size assignment of the plan."""
    if found := digging(construction):
        return Verdict("honesty", "honesty", "honesty", Standing.REFUTED, "in the source of the record", found)
    elsewhere = fresh(construction, plan.sizes)
    if elsewhere.failed:
        return undecided("honesty", "honesty", plan.where, elsewhere.failed, "honesty")
    cases: list[Case] = []
    for number, sizes in enumerate(plan.sizes):
        where = f"at the sizes {sizes_in_words(sizes)}"
        choices = list(parameter_choices(construction, sizes)) or [{}]
        expected = elsewhere.digests[number] if elsewhere.digests else None
        try:
            because = next(_complaints(construction, sizes, choices, expected, cases), "")
        except ForwardClosed as reason:
            because = str(reason)
        except (Unsupported, Pole, EmptyDomain) as reason:
            return undecided("honesty", "honesty", where, str(reason), "honesty")
        if not because and elsewhere.formulas:
            because = another_formula(elsewhere.formulas[number], construction, sizes)
        if because:
            return Verdict("honesty", "honesty", "honesty", Standing.REFUTED, where, because)
    if not construction.gadget and not any(learns(*case, of_algorithm) for case in cases):
        # at very small sizes the textbook's answer need not depend on other items: at some it must
        because = "the algorithm's answer never depends on the data of other items: it learns nothing from the context"
        return Verdict("honesty", "honesty", "honesty", Standing.REFUTED, plan.where, because)
    return _passed(construction, plan, elsewhere)


def _passed(construction: Construction, plan: Plan, elsewhere: Fresh) -> Verdict:
    """What was seen, and what the reader should be told nevertheless."""
    sizes = plan.sizes[0]
    instance = build(construction, sizes, next(iter(parameter_choices(construction, sizes)), {}))
    more = "" if construction.gadget else " or heads, others' data matter"
    evidence = {
        "passed": f"same weights before and after data, wrong without its layers{more}",
        **({"gadget": GADGET} if construction.gadget else {}),
        "fresh process": f"not asked: {elsewhere.missing}" if elsewhere.missing else "same weights and formulas",
        "cautions": list(cautions(construction, instance)),
    }
    scope = f"{plan.where}; a gadget, so nothing has to be learned" if construction.gadget else plan.where
    scope = f"{scope}; builders and formulas ran in this process only" if elsewhere.missing else scope
    return Verdict("honesty", "honesty", "honesty", Standing.TESTED, scope, evidence=evidence)


def _complaints(
    construction: Construction,
    sizes: Mapping[str, int],
    choices: list[dict[str, Any]],
    elsewhere: Sequence[str] | None,
    judged: list[Case],
) -> Iterator[str]:
    """What is wrong, at some choice of parameters; what must fail may fail at any of them. What was built is added to `judged`."""

    def made() -> list[Instance]:
        return [build(construction, sizes, parameters) for parameters in choices]

    instances = made()
    before = [fingerprint(instance) for instance in instances]
    if [fingerprint(instance) for instance in made()] != before:
        yield "the builders gave two different networks for the same sizes and parameters"
    if elsewhere is not None and (found := another_network(elsewhere, before)):
        yield found
    cases = [(instance, _points(instance)) for instance in instances]
    judged += cases
    if [fingerprint(instance) for instance in made()] != before:
        yield "the builders gave another network after the algorithm had seen data: the weights remember data"
    keep(instances)
    if not construction.gadget and not any(learns(instance, points) for instance, points in cases):
        yield "no answer depends on the data of other items: nothing is learned from the context"
    for strip, what in STRIPPED[:1] if construction.gadget else STRIPPED:
        if _still_holds(strip, cases) and _still_holds(strip, _where_it_is_sharper(construction, sizes, choices[0])):
            wide = "the bound is too wide to say anything, or " if isinstance(construction.claims[0], Within) else ""
            yield f"without its {what} the network still satisfies the claim: {wide}the prompt carries the answer"


def _still_holds(strip: Callable[[Transformer], Transformer], cases: Sequence[Case]) -> bool:
    stripped = ((replace(instance, network=strip(instance.network)), points) for instance, points in cases)
    return not any(_violates(instance, data) for instance, points in stripped for data in points)


def _where_it_is_sharper(construction: Construction, sizes: Mapping[str, int], choice: dict[str, Any]) -> list[Case]:
    """The claim where its bound is tight. At the defaults a loose one may allow any answer, or say nothing."""
    if not knobs(construction):
        return []
    moved = sharper(construction, sizes, choice)
    if moved is None:
        raise Pole(
            "the bound has no value there, at any scale that was tried: whether the prompt carries the answer is open"
        )
    instance = build(construction, sizes, moved)
    return [(instance, _points(instance))]


class Points:
    """Data at which both sides have values, each looked for when somebody asks for it: the network is the dear one."""

    def __init__(self, found: Iterator[Data]) -> None:
        self._coming, self._known = found, list[Data]()

    def __iter__(self) -> Iterator[Data]:
        yield from self._known
        for data in self._coming:
            self._known.append(data)
            yield data


def _points(instance: Instance) -> Points:
    """Small data at which both sides have values, and all members of a small finite domain; at least two. The algorithm has seen
    them all, whoever asks."""
    construction = instance.construction
    numbers = stream_of_integers(32, "honesty", construction.name)
    shapes = {name: instance.shape_of(name) for name in construction.data}
    drawn = [small_data(construction, shapes, numbers, instance.parameters) for _ in range(ATTEMPTS)]
    drawn += few_members(construction, instance.sizes, MEMBERS)
    for data in drawn:
        with suppress(Pole):
            _ = _exactly_or_in_balls(instance.algorithm, data)
    poles = [Pole("no point without a pole")]
    points = Points(_without_poles(instance, drawn, poles))
    if len(list(islice(points, 2))) < 2:
        raise poles[-1]
    return points


def _without_poles(instance: Instance, drawn: Sequence[Data], poles: list[Pole]) -> Iterator[Data]:
    for data in drawn:
        try:
            _ = _exactly_or_in_balls(partial(claim_sides, instance), data)
        except Pole as reason:
            poles.append(reason)
        else:
            yield data


def _exactly_or_in_balls(value: Callable[[Data], Any], data: Data) -> Any:
    with suppress(Unsupported):
        return value(data)
    with precision(BITS):
        return value(in_balls(data))


def _violates(instance: Instance, data: Data) -> bool:
    """Whether the claim surely fails at a point. Where the bound has a pole, nothing is claimed."""
    claim = instance.construction.claims[0]
    with precision(BITS):
        try:
            bound = bound_of(claim, instance)
        except Pole:
            return False
        left, right = claim_sides(instance, in_balls(data))
        return any(surely_above(abs(defect), bound) for defect in ball_entries(left - right))
