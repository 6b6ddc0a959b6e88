"""The record of a theorem: for all sizes and parameters there are weights such that for all data, network = algorithm."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from constructions.language.consistency import check_declared, check_functions
from constructions.language.quantifier import UnknownName, offer, written
from constructions.language.statement import (
    BadConstruction,
    Box,
    Claim,
    Equal,
    Invariant,
    NearMiss,
    Parameter,
    Source,
    Step,
)
from constructions.language.variants import settled
from constructions.matrix import Matrix


@dataclass(frozen=True, eq=False)
class Construction:
    """One theorem. See `docs/trusted.md` for what the verifier makes of it.

    name         what users type, e.g. "gd-step"
    tag          its permanent number, e.g. "ICL-0001" (docs/tags.txt)
    title        one line; if it is not given, the first one of the file
    sizes        name → default: the integers that fix shapes and depth
    parameters   name → Parameter
    data         name → shape; the first size is the axis of items, so rows of one axis belong together
    weights      (sizes, parameters) → Transformer
    prompt       (sizes, parameters, data) → Prompt, where each data name stands for the row of one item, as a linear form
    readout      (registers, sizes, parameters) → Readout
    algorithm    (sizes, parameters, data) → Matrix, the textbook formula
    claims       what is said of network and algorithm: `Equal()` (the default), `Within(bound)`, `Limit({knob: order})`
    invariant    an `Invariant`: what the stream holds after every layer, for proofs by induction over the depth
    steps        the proof, one `Step` for every sentence: what stands in the stream there = a formula; they are shown and judged
    sources      a `Source` each: a key of docs/refs.bib, and the place there
    uses         names of the theorems that the proof rests on; its page links to them
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
        check_declared(self)
        self._settle()
        check_functions(self)

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

    def _settle(self) -> None:
        """What near misses and claims change becomes functions, once; what is not said stands in the file."""
        object.__setattr__(self, "claims", tuple(settled(self, claim) for claim in self.claims))
        misses = {name: settled(self, miss, name) for name, miss in self.near_misses.items()}
        object.__setattr__(self, "near_misses", misses)
        object.__setattr__(self, "title", self.title or self.statement.partition("\n")[0].rstrip("."))
        if not self.title:
            raise BadConstruction(f"{self.name} has no title: begin its file with one, or give it title=…")

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
        weights = written(self.weights)
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
