"""LayerNorm divides rows of a column by the modulus of one of its numbers, in a limit.

**Statement.** For every d there is one layer of the paper's form (softmax heads with a null logit, then an MLP of GeLU units that
read λ(x), λ being LayerNorm) such that for all columns (v; c; q) with v, q in ℝ^d and c ≠ 0 it replaces q by v/|c| up to
O(1/N²), and leaves v and c as they were.

**Proof.** Attention clears q and sets two pads to ±N c − Σ/2, Σ being the sum of all other rows of x. So the mean of x is 0,
the sum of squares is 2N²c² + |x|² + Σ²/2, and N √(2/L) λ(x) = x/√(c² + (|x|² + Σ²/2)/(2N²)), for a stream of the width L.
The units pass v on as g(N + u) − N, which is u up to e^{−N²/2}.

A number c ≠ 0 is γ + r² or −γ − r² for some γ > 0 and r: these are the two cases that are judged, and in both the root of c² is
known to be γ + r².

**Remarks.** λ divides *every* row. So an MLP cannot take the old q off, as it does elsewhere: it would take off q/|c|. A negative c
gives the other sign: the paper's `div` is v/|c| by definition, and v/c is a near miss (`div` has it, by attention). With pads
that do not scale with c nothing is divided. Where no entry of v, r and q exceeds B the error has a bound in N and γ.
"""

from constructions.gadgets.div import AS_DEFINED
from constructions.instructions import PAD, SIDE, Chain, div, paper_bound
from constructions.language import Box, Construction, Limit, NearMiss, Parameter, Prompt, Readout, Source, Stream, Token
from constructions.language import Within, functions, stack
from constructions.matrix import beside, ones, reciprocal


def program(d, *, at_least=1):
    v, c, q = stream = Stream(v=d, c=1, q=d)
    return stream, (div(v, c, into=q, at_least=at_least),)


weights = Chain(program, "T", products=False).paper


def bound(T, d, N, gamma, B):
    rows = [{"v": B, "c": gamma + B * B, "q": B}] * T
    return paper_bound(lambda stream: stream["q"], program(d, at_least=gamma), rows, at=None, length=T, N=N)


def modulus(R, gamma, T):
    return gamma * ones(T, 1) + R * R


def prompt(V, R, Q, gamma, *, sign=1):
    return Prompt(context=(Token(v=V, c=sign * (gamma + R * R), q=Q),), positions=(("column", "one-hot"),))


def readout(v, c, q, *, sign=1):
    return Readout(stack(v, sign * c, q), at="context")


def algorithm(V, R, gamma, T, d, *, divided=1):
    """v/|c|; `divided` is the sign of what is divided by |c|."""
    inverse = reciprocal(modulus(R, gamma, T)) @ ones(1, d)
    return beside(V, modulus(R, gamma, T), divided * V * inverse)


def with_live_rows(V, R, Q, gamma, T, d):
    """The MLP takes q/|c| off, not q."""
    inverse = reciprocal(modulus(R, gamma, T)) @ ones(1, d)
    return beside(V, modulus(R, gamma, T), Q + (V - Q) * inverse)


BOXES = {name: Box("B") for name in ("V", "R", "Q")}
NEGATIVE = {"prompt": {"sign": -1}, "readout": {"sign": -1}}

DIV_BY_NORM = Construction(
    name="div-by-norm",
    tag="ICL-0090",
    sources=(Source("akyurek2023learning", "Lemma 8"), AS_DEFINED),
    gadget=True,
    degree=2,
    sizes={"T": 3, "d": 2},
    parameters={
        "N": PAD,
        "B": SIDE,
        "gamma": Parameter(default="1/2", positive=True, meaning="a number below |c|, which is γ + r²"),
    },
    data={"V": ("T", "d"), "R": ("T", 1), "Q": ("T", "d")},
    **functions(weights, prompt, readout, algorithm),
    claims=(
        Limit({"N": -2}, "for c > 0, network → v/|c| as 1/N²"),
        Limit({"N": -2}, "for c < 0, network → v/|c| as 1/N²", NEGATIVE),
        Within(bound, "for c > 0, |network − v/|c|| ≤ its composed bound", {"weights": weights}, BOXES),
        Within(bound, "for c < 0, |network − v/|c|| ≤ its composed bound", NEGATIVE, BOXES),
    ),
    near_misses={
        "sign": NearMiss(
            "a negative divisor changes the sign", prompt={"sign": -1}, readout={"sign": -1}, algorithm={"divided": -1}
        ),
        "live-rows": NearMiss(
            "LayerNorm divides the old value, too: what stands in the block must be cleared before",
            source="Appendix C.4.3: the MLP subtracts the old value, behind LayerNorm",
            algorithm=with_live_rows,
        ),
        "sum-left-in-the-mean": NearMiss("the pads take Σ off", pads=(0, 0)),
        "one-sided-pads": NearMiss("N c and −N c − Σ leave O(1/N)", pads="one-sided"),
        "shift-too-small": NearMiss("Lemma 5 needs a shift beyond the data", shift=1),
    },
    resources=dict(layers="1", tokens="T"),
)
