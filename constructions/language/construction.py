"""The record of a theorem: for all sizes and parameters there are weights such that for all data, network = algorithm."""

from __future__ import annotations

import ast
import operator
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from constructions.language.quantifier import UnknownName, check_names, offer
from constructions.matrix import Matrix


class BadConstruction(ValueError):
    """A record that does not state a theorem."""


@dataclass(frozen=True)
class Source:
    """Where a statement comes from: a key of docs/refs.bib and the place in it."""

    key: str
    where: str


@dataclass(frozen=True)
class Parameter:
    """An exact parameter of a theorem, universally quantified.

    shape    () for a number, ("d_y", "d_x") for a matrix; an entry is a size by name, an integer, or an expression in them
             such as "d_x + 1" (see `size_value`). A shape of more than two sizes is a nested tuple of matrices. A number
             given for a larger shape means the same number (times I for a square matrix)
    default  what is used when nobody sets it: an exact number (or a string such as "1/10"), or None if it must be given
    positive whether the theorem needs it > 0
    meaning  one phrase for the help texts
    """

    shape: tuple[str | int, ...] = ()
    default: Any = None
    positive: bool = False
    meaning: str = ""


@dataclass(frozen=True)
class Equal:
    """Network = algorithm, entry by entry, for all data in the domain. `replaces` may name a variant of the network."""

    text: str = "network = algorithm"
    replaces: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Within:
    """|network − algorithm| ≤ bound(sizes, parameters) for every entry of the answer and all data in the domain."""

    bound: Callable[..., Any]
    text: str = "|network − algorithm| ≤ bound"
    replaces: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Limit:
    """network → algorithm as the knobs go to their limits; `knobs` maps a parameter to the order of the error in it.

    A limit needs its own method; without one a claim of this kind stays undecided.
    """

    knobs: Mapping[str, int]
    text: str = "network → algorithm"
    replaces: Mapping[str, Any] = field(default_factory=dict)


Claim = Equal | Within | Limit


class NearMiss:
    """A false neighbour of the theorem: some fields of the record replaced. The verifier must refute it.

    `because` says which hypothesis was dropped; `source` marks a published erratum: the statement as printed there.
    """

    def __init__(self, because: str, *, source: Source | None = None, **replaces: Any) -> None:
        if not replaces:
            raise BadConstruction(f"the near miss {because!r} replaces nothing; give it a field, e.g. weights=…")
        self.because, self.source, self.replaces = because, source, replaces


@dataclass(frozen=True)
class Reading:
    """What stands in a register: after `layer` layers (0 is the prompt), at the declared tokens."""

    register: str
    layer: int
    at: str


@dataclass(frozen=True)
class Step:
    """One step of the proof, with two sides: a `Reading` of the stream (or a function), and the formula that it equals."""

    text: str
    left: Reading | Callable[..., Any]
    right: Callable[..., Any]


@dataclass(frozen=True)
class Invariant:
    """What the stream holds after ℓ layers, as a function of the iterate W.

    start  W before the first step;  step(W, l, …)  one step of the algorithm, l = 0, 1, …
    holds  (register, tokens) → the value there as a function of W (and data, parameters)
    first  the number of layers that prepare the stream before the iteration starts
    """

    start: Callable[..., Any]
    step: Callable[..., Any]
    holds: Mapping[tuple[str, str], Callable[..., Any]]
    first: int = 0


@dataclass(frozen=True, eq=False)
class Construction:
    """One theorem. See `docs/trusted.md` for what the verifier makes of it.

    name         what users type, e.g. "gd-step";  tag  its permanent number, e.g. "ICL-0001" (docs/tags.txt);  title  one line
    sizes        name → default: the integers that fix shapes and depth
    parameters   name → Parameter
    data         name → shape; the first size is the axis of items, so rows of one axis belong together
    weights      (sizes, parameters) → Transformer
    prompt       (sizes, parameters, data) → Prompt, where each data name stands for the row of one item, as a linear form
    readout      (registers, sizes, parameters) → Readout
    algorithm    (sizes, parameters, data) → Matrix, the textbook formula
    domain       data name → a word of `DOMAINS` (default: real matrices)
    near_misses  name → NearMiss, each of which must be refuted
    resources    what the construction costs: name → formula in the sizes
    accept       "tested" where the author declares that no stronger evidence is claimed
    cautions     functions of float data and parameters that return a warning or None; they are no part of the claim
    """

    name: str
    title: str
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
    domain: Mapping[str, str] = field(default_factory=dict)
    invariant: Invariant | None = None
    steps: tuple[Step, ...] = ()
    sources: tuple[Source, ...] = ()
    uses: tuple[str, ...] = ()
    tag: str = ""
    accept: str = ""
    cautions: tuple[Callable[..., str | None], ...] = ()

    def __post_init__(self) -> None:
        """Check every name in every signature once, when the record is made."""
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise BadConstruction(f"{self.name!r} is no name: use lower case words joined by hyphens, e.g. gd-step")
        if not self.claims:
            raise BadConstruction(f"{self.name} claims nothing; give it claims=(Equal(),)")
        if not self.data:
            raise BadConstruction(f"{self.name} has no data, so nothing is learned in context; name the data and their shapes")
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
        _ = self.with_sizes(self.sizes)
        for name, word in self.domain.items():
            if name not in self.data:
                raise UnknownName(f"{self.name}: the domain is given for {name!r}, which is no data; {offer(name, self.data)}")
            if word not in DOMAINS:
                raise UnknownName(f"{self.name}: {word!r} is no domain; {offer(word, DOMAINS)}")
        if self.accept not in ("", "tested"):
            raise BadConstruction(f"accept is '' or 'tested', not {self.accept!r}")
        self._check_signatures()

    def _check_signatures(self) -> None:
        fixed, everything = (*self.sizes, *self.parameters), (*self.sizes, *self.parameters, *self.data)
        check_names(f"weights of {self.name}", self.weights, fixed, self.data)
        check_names(f"prompt of {self.name}", self.prompt, everything)
        check_names(f"algorithm of {self.name}", self.algorithm, everything)
        for claim in self.claims:
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
        for step in self.steps:
            for side in (step.left, step.right):
                if not isinstance(side, Reading):
                    check_names(f"proof step of {self.name}", side, everything)

    def variant(self, change: NearMiss | Claim) -> Construction:
        """The record with the fields of a near miss or of a claim's network put in, and nothing else of the kind."""
        unknown = [name for name in change.replaces if name not in self.__dataclass_fields__]
        if unknown:
            raise UnknownName(f"{self.name}: a variant replaces {unknown[0]!r}; {offer(unknown[0], self.__dataclass_fields__)}")
        if not change.replaces:
            return self
        plain = [claim for claim in self.claims if not claim.replaces] or [Equal()]
        fields = {"near_misses": {}, "claims": tuple(plain), "steps": (), "invariant": None, "resources": {}} | dict(change.replaces)
        return replace(self, **fields)

    def claiming(self, claim: Claim) -> Construction:
        """The record reduced to one of its claims, with that claim's network put in."""
        return replace(self.variant(claim), claims=(replace(claim, replaces={}),))

    @property
    def statement(self) -> str:
        """The text at the top of the theorem's file."""
        weights = getattr(self.weights, "func", self.weights)
        return (getattr(sys.modules.get(weights.__module__), "__doc__", None) or self.title).strip()

    def with_sizes(self, sizes: Mapping[str, Any]) -> dict[str, int]:
        """The declared sizes with the given ones put in; refuses unknown names and sizes below 1."""
        for name, value in sizes.items():
            if name not in self.sizes:
                raise UnknownName(f"{self.name} has no size {name!r}; {offer(name, self.sizes)}")
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise BadConstruction(f"the size {name} must be a whole number ≥ 1, got {value!r}")
        return {**self.sizes, **sizes}


DOMAINS = {
    "real": "every real matrix",
    "one-hot rows": "every matrix whose rows are unit vectors (symbols)",
    "one-hot rows, last one seen before": "every matrix whose rows are unit vectors (symbols), the last of which occurs earlier too",
}

SIZE_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}


def size_value(entry: str | int, sizes: Mapping[str, Any]) -> Any:
    """An entry of a shape as a size: an integer, the name of a size, or sums, differences, products of these: "d_x + 1"."""
    return _evaluate(ast.parse(entry, mode="eval").body, sizes) if isinstance(entry, str) else entry


def _evaluate(node: ast.expr, sizes: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in sizes:
            raise UnknownName(f"the size {node.id!r}; {offer(node.id, sizes)}")
        return sizes[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in SIZE_OPERATORS:
        return SIZE_OPERATORS[type(node.op)](_evaluate(node.left, sizes), _evaluate(node.right, sizes))
    raise BadConstruction(f"{ast.unparse(node)!r} is no size: use names of sizes, integers, +, - and *")


def whole_or_fraction(text: str) -> int | Fraction:
    """A number as typed on a command line: 3, 1/20 or 0.05, all exact."""
    value = Fraction(text)
    return value.numerator if value.denominator == 1 else value
