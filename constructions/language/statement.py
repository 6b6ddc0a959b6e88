"""The parts of a record: where a theorem comes from, what it claims, how it is proved, and its false neighbours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any


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
             given for a vector, or where every entry must be positive, is repeated; for another square matrix (the same size
             twice) it is multiplied by I, and 0 is the zero matrix; "I" has ones on its diagonal, whatever its shape
    default  what is used when nobody sets it: an exact number (or a string such as "1/10"), or None if it must be given
    positive whether the theorem needs it > 0, every entry of a vector or matrix
    meaning  one phrase for the help texts
    symmetric  whether the theorem needs it to be its own transpose (each matrix of a tuple); the shape must be square
    """

    shape: tuple[str | int, ...] = ()
    default: Any = None
    positive: bool = False
    meaning: str = ""
    symmetric: bool = False

    def __post_init__(self) -> None:
        if self.symmetric and (len(self.shape) < 2 or self.shape[-1] != self.shape[-2]):
            raise BadConstruction(
                f"a symmetric parameter needs a square shape such as ('d_x', 'd_x'), the same size twice, not {self.shape}"
            )


@dataclass(frozen=True)
class Equal:
    """Network = algorithm, entry by entry, for all data in the domain.

    `replaces` may name a variant of the network (fields, or arguments of the weights as for a near miss: {"mask": "causal"};
    {"invariant": ...} says that the record's invariant holds of it, too),
    `domain` a smaller domain of this claim alone (data name → domain), and `algorithm` a second formula that this claim compares
    with, such as the limit that the record's own formula approaches.
    """

    text: str = "network = algorithm"
    replaces: Mapping[str, Any] = field(default_factory=dict)
    domain: Mapping[str, Any] = field(default_factory=dict)
    algorithm: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Within:
    """|network − algorithm| ≤ bound(sizes, parameters) for every entry of the answer and all data in the domain."""

    bound: Callable[..., Any]
    text: str = "|network − algorithm| ≤ bound"
    replaces: Mapping[str, Any] = field(default_factory=dict)
    domain: Mapping[str, Any] = field(default_factory=dict)
    algorithm: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Exponential:
    """An order for a knob β → ∞: the error is of the exact size e^{−rate·β}. `rate` is a positive int, Fraction or "p/q"."""

    rate: int | Fraction | str

    def __post_init__(self) -> None:
        if not isinstance(self.rate, (int, Fraction, str)) or Fraction(self.rate) <= 0:
            raise BadConstruction(f"an exponential rate is a positive exact number, not {self.rate!r}")


@dataclass(frozen=True)
class Limit:
    """network → algorithm as the knobs go to their limits. `knobs` maps a parameter to the exact order of the error in it.

    One knob:  {"t": p} with p > 0 says error = C t^p + o(t^p) as t → 0; with p < 0, error = C t^p + o(t^p) as t → ∞;
               {"beta": Exponential(γ)} says error = C e^{−γβ} + o(e^{−γβ}) as β → ∞. C depends on data and parameters;
               it is 0 for some of them perhaps, not for all: a smaller and a larger order are both refuted.
    More:      {"s": 2, "N": -1} says error = O(s² + 1/N), no term being superfluous. Alone, no knob makes the error vanish;
               so the claim is judged along paths, with one variable t → 0: with L = lcm |p_k| and s = t^{L/2}, N = t^{−L}
               all terms are t^L; and for every knob a path on which all others converge twice as fast, so that this
               knob's own term must be there, of this order. (Along other paths nothing is judged.)
    path       {"s": 1, "N": -3} declares one path instead, s = t and N = t^{−3}; the order along it is that of the slowest
               term, here t². Its exponents are whole numbers with the signs of the orders.
    """

    knobs: Mapping[str, int | Exponential]
    text: str = "network → algorithm"
    replaces: Mapping[str, Any] = field(default_factory=dict)
    domain: Mapping[str, Any] = field(default_factory=dict)
    path: Mapping[str, int] = field(default_factory=dict)
    algorithm: Callable[..., Any] | None = None


Claim = Equal | Within | Limit


class NearMiss:
    """A false neighbour of the theorem: some fields of the record replaced. The verifier must refute it.

    because   which hypothesis was dropped
    source    marks a published erratum, the statement as printed there; a place alone is one in the record's own source
    of        the claim that it is a near miss of, where its network is not the record's own
    replaces  fields of the record, and arguments of its weights: `mask="everything"`. Of another function they are named with
              it, as in `algorithm={"lam": lambda lam, n: n * lam}`, and so is an argument with the name of a field, as `steps`;
              the value of a quantified argument may be a formula

    Arguments are those of the record that it is first given to: `dataclasses.replace` with other weights needs near misses anew.
    """

    def __init__(
        self, because: str, *, source: Source | str | None = None, of: Claim | None = None, **replaces: Any
    ) -> None:
        if not (replaces or of):
            raise BadConstruction(f"the near miss {because!r} replaces nothing; give it a field, e.g. weights=…")
        self.because, self.of, self.replaces = because, of, replaces
        self.source, self.place = (None, source) if isinstance(source, str) else (source, "")


@dataclass(frozen=True)
class Reading:
    """What stands in a register: after `layer` layers (0 is the prompt, −1 the end, −2 one before), at the declared tokens."""

    register: str
    layer: int
    at: str


@dataclass(frozen=True)
class Step:
    """One step of the proof, with two sides: a `Reading` of the stream (or a function), and the formula that it equals."""

    text: str
    left: Reading | Callable[..., Any]
    right: Callable[..., Any]


def one_step(text: str, left: Reading | Callable[..., Any], right: Callable[..., Any]) -> tuple[Step]:
    """The steps of a proof that has a single one: `steps=one_step("the residual is squared", left=…, right=…)`."""
    return (Step(text, left, right),)


def last_layer(*places: str) -> dict[str, str]:
    """Why weights of the last layer do not matter, for `dead`: nothing reads what they write. `head 1 into row * p *` is one."""
    return {f"layer last {place}": "last layer" for place in places}


def functions(
    weights: Callable[..., Any],
    prompt: Callable[..., Any],
    readout: Callable[..., Any],
    algorithm: Callable[..., Any],
) -> dict[str, Any]:
    """The four functions of a record by the names of its fields: `Construction(…, **functions(weights, prompt, …))`."""
    return {"weights": weights, "prompt": prompt, "readout": readout, "algorithm": algorithm}


@dataclass(frozen=True)
class Invariant:
    """What the stream holds after ℓ layers, as a function of the iterate W.

    start  W before the first step;  step(W, l, …)  one step of the algorithm, l = 0, 1, …
    holds  (register, tokens) → the value there as a function of W (and data, parameters)
    first  the number of layers that prepare the stream before the iteration starts
    symmetric  whether every W is its own transpose (a tuple says it part by part, where the state is a tuple): the proof
           for all depths may then use it at a free W, and owes that start and step(W) are symmetric
    """

    start: Callable[..., Any]
    step: Callable[..., Any]
    holds: Mapping[tuple[str, str], Callable[..., Any]]
    first: int = 0
    symmetric: bool | tuple[bool, ...] = False


@dataclass(frozen=True)
class Box:
    """The domain of all real matrices whose entries lie in [−bound, bound]; `bound` is an exact number or a parameter's name."""

    bound: Any

    def __str__(self) -> str:
        return f"all entries in [−{self.bound}, {self.bound}]"


DOMAINS = {
    "real": "every real matrix",
    "symmetric": "every real matrix that is its own transpose",
    "signs": "every matrix of entries 1 and −1 (bits)",
    "one-hot rows": "every matrix whose rows are unit vectors (symbols)",
    "one-hot rows, last one seen before": "every matrix of unit vectors (symbols), the last of which occurs earlier too",
}
