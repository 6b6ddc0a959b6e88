"""LayerNorm divides rows of a column by the modulus of one of its numbers, in a limit (Lemma 8).

**Statement.** For every d there is one layer of the paper's form (softmax heads with a null logit, then an MLP of GeLU units that
read λ(x), λ being LayerNorm) such that for all columns (v; c; q) with v, q in ℝ^d and c ≠ 0 it replaces q by v/|c| up to
O(1/N²), and leaves v and c as they were.

**Proof.** Attention clears q and sets two pads to ±N c − Σ/2, Σ being the sum of all other rows of x. So the mean of x is 0,
the sum of squares is 2N²c² + |x|² + Σ²/2, and N √(2/L) λ(x) = x/√(c² + (|x|² + Σ²/2)/(2N²)), for a stream of the width L.
The units pass v on as g(N + u) − N, which is u up to e^{−N²/2}.

**Remarks.** λ divides *every* row. So an MLP cannot take the old q off, as it does elsewhere: it would take off q/|c|. A negative c
gives the other sign: the paper's `div` is v/|c| by definition, and v/c is a near miss (`div` has it, by attention). With pads
that do not scale with c nothing is divided.
"""

from functools import partial

from constructions.gadgets.div import AS_DEFINED, by_modulus, prompt, readout
from constructions.instructions import PAD, compiled, div
from constructions.language import Construction, Limit, NearMiss, Source, Stream, functions
from constructions.matrix import beside, ones, reciprocal, relu

LEMMA_8 = Source("akyurek2023learning", "Lemma 8")
AS_WRITTEN = Source("akyurek2023learning", "Appendix C.4.3: the MLP subtracts the old value, behind LayerNorm")


def weights(T, d, N, *, pads="half-sum", compensated=True, shift=None):
    v, c, q = stream = Stream(v=d, c=1, q=d)
    return compiled(
        stream, (div(v, c, into=q),), length=T, fidelity="paper", N=N, pads=pads if compensated else (0, 0), shift=shift
    )


def with_live_rows(V, C, Q, d):
    """The MLP takes q/|c| off, not q."""
    inverse = reciprocal(relu(C) + relu(-C)) @ ones(1, d)
    return beside(V, C, Q + (V - Q) * inverse)


def with_sign(V, C, d):
    return beside(V, C, V * (reciprocal(C) @ ones(1, d)))


DIV_BY_NORM = Construction(
    name="div-by-norm",
    tag="ICL-0090",
    title="LayerNorm divides rows of a column by the modulus of one of its numbers, in a limit",
    sources=(LEMMA_8, AS_DEFINED),
    gadget=True,
    accept="tested",  # the sign of c is known at points only
    sizes={"T": 3, "d": 2},
    parameters={"N": PAD},
    data={"V": ("T", "d"), "C": ("T", 1), "Q": ("T", "d")},
    **functions(weights, prompt, readout, by_modulus),
    claims=(Limit({"N": -2}, "network → algorithm as 1/N²"),),
    near_misses={
        "sign": NearMiss("a negative divisor changes the sign", algorithm=with_sign),
        "live-rows": NearMiss(
            "LayerNorm divides the old value, too: what stands in the block must be cleared before",
            source=AS_WRITTEN,
            algorithm=with_live_rows,
        ),
        "sum-left-in-the-mean": NearMiss("the pads take Σ off", weights=partial(weights, compensated=False)),
        "one-sided-pads": NearMiss("N c and −N c − Σ leave O(1/N)", weights=partial(weights, pads="one-sided")),
        "shift-too-small": NearMiss("Lemma 5 needs a shift beyond the data", weights=partial(weights, shift=1)),
    },
    resources=dict(layers="1", tokens="T"),
)
