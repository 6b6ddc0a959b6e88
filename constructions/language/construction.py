"""The record of a theorem: for all sizes and parameters there are weights such that for all data, network = algorithm."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from constructions.language.capacity import check_capacity
from constructions.language.quantifier import UnknownName, check_names, offer
from constructions.language.shapes import size_value
from constructions.language.statement import (
    DOMAINS,
    BadConstruction,
    Box,
    Claim,
    Equal,
    Invariant,
    Limit,
    NearMiss,
    Parameter,
    Reading,
    Source,
    Step,
    Within,
)
from constructions.language.variants import settled
from constructions.matrix import Matrix
from constructions.matrix.opaque import fraction

# Why a nonzero weight may not matter.
DEAD_REASONS = ("gauge freedom", "gate", "pad", "first layer", "last layer", "kept from the paper")


@dataclass(frozen=True, eq=False)
class Construction:
    """One theorem. See `docs/trusted.md` for what the verifier makes of it.

    name         what users type, e.g. "gd-step";  tag  its permanent number, e.g. "ICL-0001" (docs/tags.txt)
    title        one line; if it is not given, the first one of the file
    sizes        name → default: the integers that fix shapes and depth
    parameters   name → Parameter
    data         name → shape; the first size is the axis of items, so rows of one axis belong together
    weights      (sizes, parameters) → Transformer
    prompt       (sizes, parameters, data) → Prompt, where each data name stands for the row of one item, as a linear form
    readout      (registers, sizes, parameters) → Readout
    algorithm    (sizes, parameters, data) → Matrix, the textbook formula
    domain       data name → a word of `DOMAINS`, or a `Box` (default: real matrices)
    near_misses  name → NearMiss, each of which must be refuted
    resources    what the construction costs: name → formula in the sizes
    accept       "tested" where the author declares that no stronger evidence is claimed
    dead         claims that every other nonzero weight matters: place → reason (a word of `DEAD_REASONS`), e.g.
                 {"layer last head 1 value row *": "last layer"}; {} claims it of all, None claims nothing
    degree       of a token as a polynomial in its own item: 1, or 2 where tokens carry products of two of its data, as |x|²
    cautions     functions of float data and parameters that return a warning or None; they are no part of the claim
    at_most      size → size that bounds it: {"n": "N"} where one network, built for N examples, serves every prompt of n ≤ N
    quantities   name → function(sizes, parameters, data) → Matrix or a sequence of them, the last being the final one: what
                 `trace` looks for in the stream, the model first, e.g. {"w": …} with w_0, w_1, …; no part of the claim
    mean         (s, sizes, parameters) → Matrix, the mean of a label in [0, 1] whose answer is the logit s; no part of the claim
    gadget       a lemma about layers: nothing has to be learned from other items, and no head is needed
    """

    name: str
    weights: Callable[..., Any]
    prompt: Callable[..., Any]
    readout: Callable[..., Any]
    algorithm: Callable[..., Matrix]
    sizes: Mapping[str, int]
    data: Mapping[str, tuple[str, str | int]]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    claims: tuple[Claim, ...] = (Equal(),)
    near_misses: Mapping[str, NearMiss] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)
    domain: Mapping[str, str | Box] = field(default_factory=dict)
    invariant: Invariant | None = None
    steps: tuple[Step, ...] = ()
    sources: tuple[Source, ...] = ()
    uses: tuple[str, ...] = ()
    tag: str = ""
    title: str = ""
    accept: str = ""
    dead: Mapping[str, str] | None = None
    degree: int = 1
    cautions: tuple[Callable[..., str | None], ...] = ()
    gadget: bool = False
    at_most: Mapping[str, str] = field(default_factory=dict)
    quantities: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    mean: Callable[..., Matrix] | None = None

    def __post_init__(self) -> None:
        """Check every name in every signature once, when the record is made."""
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise BadConstruction(f"{self.name!r} is no name: use lower case words joined by hyphens, e.g. gd-step")
        if not self.claims:
            raise BadConstruction(f"{self.name} claims nothing; give it claims=(Equal(),)")
        for claim in self.claims:
            if type(claim) not in (Equal, Within, Limit):  # a subclass could claim less than it shows
                raise BadConstruction(
                    f"{self.name} claims a {type(claim).__name__}; a claim is an Equal, Within or Limit"
                )
        if len({claim.text for claim in self.claims}) < len(self.claims):
            raise BadConstruction(f"{self.name} makes two claims in the same words; give each claim a text of its own")
        if not self.data:
            raise BadConstruction(
                f"{self.name} has no data, so nothing is learned in context; name the data and their shapes"
            )
        groups = (self.sizes, self.parameters, self.data)
        twice = {name for a in groups for b in groups if a is not b for name in a if name in b}
        if twice:
            raise BadConstruction(f"{', '.join(sorted(twice))} is declared twice, as size, parameter or data")
        for shape in (*self.data.values(), *(p.shape for p in self.parameters.values())):
            for size in shape:
                try:
                    size_value(size, self.sizes)
                except UnknownName as unknown:
                    raise UnknownName(f"{self.name}: shape {shape} names {unknown}") from None
        self._check_bounds()
        _ = self.with_sizes(self.sizes)
        for domain in (self.domain, *(claim.domain for claim in self.claims)):
            self._check_domain(domain)
        if self.degree not in (1, 2) or isinstance(self.degree, bool):
            raise BadConstruction(f"the degree of {self.name}'s tokens is 1 or 2, not {self.degree!r}")
        if self.accept not in ("", "tested"):
            raise BadConstruction(f"accept is '' or 'tested', not {self.accept!r}")
        if not isinstance(self.gadget, bool):
            raise BadConstruction(f"gadget is True or False, not {self.gadget!r}")
        for place, reason in (self.dead or {}).items():
            if reason not in DEAD_REASONS:
                raise UnknownName(f"{self.name}: {place!r} is dead by {reason!r}; {offer(reason, DEAD_REASONS)}")
        self._settle()
        self._check_signatures()
        if all(claim.replaces or claim.algorithm for claim in self.claims):
            raise BadConstruction(
                f"every claim of {self.name} is about another network; claim something of the record's own"
            )
        for claim in self.claims:
            if extra := {*claim.replaces} & {"algorithm", "data", "domain", "sizes", "parameters", "claims", "gadget"}:
                raise BadConstruction(f"a claim of {self.name} replaces {min(extra)}: it may name another network only")

    def __deepcopy__(self, memo: object) -> Construction:
        """Itself: a frozen theorem has no copies, so an estimator that holds it can be cloned."""
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        """By the module and name that hold it, if any: its formulas are often lambdas, which cannot be pickled."""
        for module, held in list(sys.modules.items()):
            for name, value in list(getattr(held, "__dict__", {}).items()) if module != "__main__" else ():
                if value is self:
                    return _held, (module, name)
        return vars(self).get("made_by") or super().__reduce_ex__(protocol)

    def _check_domain(self, domain: Mapping[str, str | Box]) -> None:
        """Every name is that of data, and every word one of `DOMAINS`."""
        for name, word in domain.items():
            if name not in self.data:
                raise UnknownName(
                    f"{self.name}: the domain is given for {name!r}, which is no data; {offer(name, self.data)}"
                )
            if isinstance(word, Box):
                self._check_box(word)
            elif word not in DOMAINS:
                raise UnknownName(f"{self.name}: {word!r} is no domain; {offer(word, DOMAINS)}")
            elif word == "symmetric" and self.data[name][0] != self.data[name][1]:
                raise BadConstruction(
                    f"{self.name}: {name} of shape {self.data[name]} cannot be symmetric: name the same size twice"
                )

    def _check_bounds(self) -> None:
        """A size is bounded by another size, which nothing bounds."""
        for name in (*self.at_most, *self.at_most.values()):
            if name not in self.sizes:
                raise UnknownName(f"{self.name}: at_most names {name!r}; {offer(name, self.sizes)}")
        for name, bound in self.at_most.items():
            if bound in self.at_most:
                raise BadConstruction(
                    f"{self.name}: {name} is at most {bound}, which is itself bounded; name one bound"
                )
            check_capacity(self.name, self.weights, self.parameters, name, bound)

    def _check_box(self, box: Box) -> None:
        """The bound of a box is a positive number, one number for all entries."""
        if isinstance(box.bound, str):
            if box.bound not in self.parameters:
                raise UnknownName(
                    f"{self.name}: the bound of a box is {box.bound!r}; {offer(box.bound, self.parameters)}"
                )
            if self.parameters[box.bound].shape or not self.parameters[box.bound].positive:
                raise BadConstruction(
                    f"{self.name}: {box.bound} bounds a box, so it must be a number and positive=True"
                )
        elif fraction(box.bound) <= 0:
            raise BadConstruction(f"{self.name}: the bound of a box must be positive, got {box.bound}")

    def _settle(self) -> None:
        """What near misses and claims change becomes functions, once; what is not said stands in the file."""
        object.__setattr__(self, "claims", tuple(settled(self, claim) for claim in self.claims))
        misses = {name: settled(self, miss, name) for name, miss in self.near_misses.items()}
        object.__setattr__(self, "near_misses", misses)
        object.__setattr__(self, "title", self.title or self.statement.partition("\n")[0].rstrip("."))
        if not self.title:
            raise BadConstruction(f"{self.name} has no title: begin its file with one, or give it title=…")

    def _check_signatures(self) -> None:
        fixed, everything = (*self.sizes, *self.parameters), (*self.sizes, *self.parameters, *self.data)
        check_names(f"weights of {self.name}", self.weights, fixed, self.data)
        check_names(f"prompt of {self.name}", self.prompt, everything)
        check_names(f"algorithm of {self.name}", self.algorithm, everything)
        for claim in self.claims:
            check_names(f"second formula of {self.name}", claim.algorithm or self.algorithm, everything)
            if isinstance(claim, Within):
                check_names(f"bound of {self.name}", claim.bound, fixed, self.data)
            for name in getattr(claim, "knobs", {}):
                if name not in self.parameters:
                    raise UnknownName(f"{self.name}: the limit names the knob {name!r}; {offer(name, self.parameters)}")
        for variant in (*self.near_misses.values(), *self.claims):
            _ = self.variant(variant)
        if self.invariant:
            check_names(f"invariant of {self.name}", self.invariant.start, everything)
            check_names(f"invariant of {self.name}", self.invariant.step, ("W", "l", *everything))
            for formula in self.invariant.holds.values():
                check_names(f"invariant of {self.name}", formula, ("W", *everything))
        for name, formula in self.quantities.items():
            check_names(f"quantity {name} of {self.name}", formula, everything)
        if self.mean:
            check_names(f"mean of {self.name}", self.mean, ("s", *fixed))
        for step in self.steps:
            for side in (step.left, step.right):
                if not isinstance(side, Reading):
                    check_names(f"proof step of {self.name}", side, everything)

    def variant(self, change: NearMiss | Claim) -> Construction:
        """The record with the fields of a near miss or of a claim's network put in, and nothing else of the kind."""
        change = settled(self, change)
        if not change.replaces:
            return self
        plain = tuple(c for c in self.claims if not (c.replaces or c.algorithm)) or (Equal(),)
        bare = {"near_misses": {}, "claims": plain, "steps": (), "invariant": None, "resources": {}}
        return replace(self, **bare | dict(change.replaces))

    def claiming(self, claim: Claim) -> Construction:
        """The record reduced to one of its claims, with that claim's network put in."""
        record, single = self.variant(claim), (replace(claim, replaces={}, domain={}, algorithm=None),)
        if claim.algorithm:  # the invariant says how the record's own formula is reached
            record = replace(record, algorithm=claim.algorithm, claims=single, invariant=None)
        return replace(record, claims=single, domain={**record.domain, **claim.domain})

    @property
    def statement(self) -> str:
        """The text at the top of the theorem's file."""
        weights = getattr(self.weights, "func", self.weights)
        return (getattr(sys.modules.get(weights.__module__), "__doc__", None) or self.title).strip()

    def with_sizes(self, sizes: Mapping[str, Any]) -> dict[str, int]:
        """The declared sizes with the given ones put in; refuses unknown names, sizes below 1 and beyond their bound.
        Where one of a size and its bound is given, the default of the other one makes room."""
        for name, value in sizes.items():
            if name not in self.sizes:
                raise UnknownName(f"{self.name} has no size {name!r}; {offer(name, self.sizes)}")
            if type(value) is not int or value < 1:
                raise BadConstruction(f"the size {name} must be a whole number ≥ 1, got {value!r}")
        full = {**self.sizes, **sizes}
        for name, bound in self.at_most.items():
            if name not in sizes:
                full[name] = min(full[name], full[bound])
            elif bound not in sizes:
                full[bound] = max(full[name], full[bound])
        self.check_fit(full)
        return full

    def check_fit(self, sizes: Mapping[str, Any]) -> None:
        """Refuse sizes beyond their bound; symbols may stand for any size."""
        for name, bound in self.at_most.items():
            if isinstance(sizes[name], int) and isinstance(sizes[bound], int) and sizes[name] > sizes[bound]:
                raise BadConstruction(
                    f"{self.name} at {bound} = {sizes[bound]} serves {name} ≤ {sizes[bound]}, and {name} = {sizes[name]}; give a "
                    f"larger {bound}"
                )

    def fitted(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """The sizes, with bounds raised to what they bound."""
        return {**sizes, **{bound: max(sizes[name], sizes[bound]) for name, bound in self.at_most.items()}}


def _held(module: str, name: str) -> Construction:
    return getattr(import_module(module), name)
