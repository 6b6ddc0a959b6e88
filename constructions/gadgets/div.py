"""One layer of normalised attention divides rows of a column by a number of that column.

**Statement.** For every d there is one layer of linear attention, normalised by the sum of its weights, such that for
all columns (v; c; q) with v, q in ℝ^d and c ≠ 0 it replaces q by v/c and leaves v and c as they were.

**Proof.** A column attends to itself with the weight c − 1 and to a sink of value 0 with the weight 1. The weights
sum to c, so the head takes v (c − 1)/c from v, which is v/c; the old q is subtracted at the same time, by a linear
skip.

**Remarks.** Negative divisors divide, too. The paper divides by LayerNorm (Lemma 8), which gives v/|c|, in a limit
only: a near miss here. Its weights may be negative as well, so this is no softmax; with c > 1 the weights are those
of an average.
"""

from constructions.instructions import compiled, div
from constructions.language import Construction, NearMiss, Prompt, Readout, Source, Stream, Token, stack
from constructions.matrix import beside, ones, reciprocal, relu

LEMMAS = Source("akyurek2023learning", "Lemmas 1 and 8, div, by attention in place of LayerNorm")
AS_DEFINED = Source("akyurek2023learning", "Section 3.1 and Lemma 8: rows divided by |c|")


def weights(T, d):
    v, c, q = stream = Stream(v=d, c=1, q=d)
    return compiled(stream, (div(v, c, into=q),), length=T)


def algorithm(V, C, d):
    return beside(V, C, V * (reciprocal(C) @ ones(1, d)))


def by_modulus(V, C, d):
    return beside(V, C, V * (reciprocal(relu(C) + relu(-C)) @ ones(1, d)))


DIV = Construction(
    name="div",
    tag="ICL-0021",
    sources=(LEMMAS,),
    gadget=True,
    sizes={"T": 3, "d": 2},
    data={"V": ("T", "d"), "C": ("T", 1), "Q": ("T", "d")},
    weights=weights,
    prompt=lambda V, C, Q: Prompt(context=(Token(v=V, c=C, q=Q),), positions=(("column", "one-hot"),)),
    readout=lambda v, c, q: Readout(stack(v, c, q), at="context"),
    algorithm=algorithm,
    near_misses={
        "by-modulus": NearMiss("a negative divisor changes the sign", source=AS_DEFINED, algorithm=by_modulus),
        "what-the-head-takes": NearMiss(
            "the head gives v (c − 1)/c, which is taken from v",
            algorithm=lambda V, C, d: beside(V, C, V - V * (reciprocal(C) @ ones(1, d))),
        ),
        "added": NearMiss(
            "the old value is overwritten", algorithm=lambda V, C, Q, d: algorithm(V, C, d) + beside(0 * V, 0 * C, Q)
        ),
    },
    resources=dict(layers="1", heads="1", width="2*d + 1 + T", tokens="T"),
)
