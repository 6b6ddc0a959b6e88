"""One layer of attention copies rows of one column into another column, and nowhere else.

**Statement.** For all T and d there is one layer of attention with two heads such that for all columns (x_t; y_t),
x_t and y_t in ℝ^d, it replaces y_T by x_1 and leaves every other entry of the stream as it was.

**Proof.** Positions are one-hot codes. The score of column i for column j is 1 where j ∈ K(i), else −1, and every
column has a sink of score 0 and value 0. So at infinite scale a column with K(i) = ∅ reads 0. One head has K(T) = {1}
and adds x_1, the other K(T) = {T} and subtracts y_T; in all other columns both add 0.

**Remarks.** As written in the paper an MLP subtracts the old value, and an MLP is the same in every column: it erases
y everywhere. The sink (*“imaginary” timestep*) is a change of its architecture. By Lemma 2 mov is RAW with + and W =
0; both layers are judged, and the paper's own: softmax heads gather x_1 − y_T in scratch rows of column T, and an MLP
of GeLU units behind LayerNorm adds it to y (`aff` says how).
"""

from dataclasses import replace
from functools import partial

from constructions.instructions import PAD, SIDE, compiled, in_a_box_of_the_paper, in_the_paper, mov, paper_bound, raw
from constructions.language import Attention, Construction, Equal, Limit, NearMiss, Prompt, Readout, Source, Stream
from constructions.language import Token, Transformer, functions, stack
from constructions.matrix import below, beside

LEMMAS = Source("akyurek2023learning", "Lemmas 1 and 2, mov")
AS_WRITTEN = Source("akyurek2023learning", "Appendix C.4.3, the update written for every position")


def program(T, d, *, own=False, gated=True):
    x, y = stream = Stream(x=d, y=d)
    return stream, (mov(x, source=T - 1 if own else 0, target=T - 1, into=y, gated=gated),)


def weights(T, d, *, own=False, gated=True):
    return compiled(*program(T, d, own=own, gated=gated), length=T)


def as_in_the_paper(T, d, N, *, gated=True):
    return compiled(*program(T, d, gated=gated), length=T, fidelity="paper", N=N)


def bound(T, d, N, B):
    return paper_bound(lambda stream: stream["y"], program(T, d), [{"x": B, "y": B}] * T, at=None, length=T, N=N)


def as_raw(T, d):
    x, y = stream = Stream(x=d, y=d)
    return compiled(stream, (raw("+", x, 0 * x, into=y, columns={T - 1: (0,)}),), length=T)


def without_sink(T, d):
    network = weights(T, d)
    return Transformer(
        network.stream, tuple(replace(layer, sink=False) for layer in network.layers if isinstance(layer, Attention))
    )


def prompt(X, Y):
    return Prompt(context=(Token(x=X, y=Y),), positions=(("column", "one-hot"),))


def readout(x, y):
    return Readout(stack(x, y), at="context")


def algorithm(X, Y, T):
    return beside(X, below(Y[: T - 1], X[0]))


MOV = Construction(
    name="mov",
    tag="ICL-0017",
    title="One layer of attention copies rows of one column into another column, and nowhere else",
    sources=(LEMMAS,),
    gadget=True,
    sizes={"T": 3, "d": 2},
    parameters={
        "N": PAD,
        "B": SIDE,
    },
    data={"X": ("T", "d"), "Y": ("T", "d")},
    **functions(weights, prompt, readout, algorithm),
    claims=(
        Equal(),
        Equal("as RAW (Lemma 2), network = algorithm", {"weights": as_raw}),
        in_the_paper(as_in_the_paper, {"N": -2}),
        in_a_box_of_the_paper(as_in_the_paper, bound, "X", "Y"),
    ),
    near_misses={
        "without-a-gate": NearMiss(
            "what is the same in every column erases y in every column",
            source=AS_WRITTEN,
            weights=partial(weights, gated=False),
        ),
        "without-a-gate-in-the-papers-layer": NearMiss(
            "the MLP overwrites in every column",
            source=AS_WRITTEN,
            weights=partial(as_in_the_paper, gated=False),
            claims=(Limit({"N": -2}),),
        ),
        "without-a-sink": NearMiss("a column that has nothing to read reads all columns", weights=without_sink),
        "from-its-own-column": NearMiss("the last column reads x_1, not x_T", weights=partial(weights, own=True)),
        "added": NearMiss(
            "the old value is overwritten", algorithm=lambda X, Y, T: beside(X, below(Y[: T - 1], X[0] + Y[T - 1]))
        ),
    },
    resources=dict(layers="1", heads="2", width="2*d + T", tokens="T"),
)
