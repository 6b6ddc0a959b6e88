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

from constructions.instructions import PAD, SIDE, Chain, columns, compiled, in_a_box_of_the_paper, in_the_paper, mov
from constructions.instructions import raw
from constructions.language import Construction, Equal, NearMiss, Readout, Source, Stream, Token, Transformer, stack
from constructions.matrix import below, beside

AS_WRITTEN = "Appendix C.4.3, the update written for every position"


def program(T, d, *, own=False, gated=True):
    x, y = stream = Stream(x=d, y=d)
    return stream, (mov(x, source=T - 1 if own else 0, target=T - 1, into=y, gated=gated),)


weights = Chain(program, "T", products=False)
PAPER = in_the_paper(weights.paper, {"N": -2})


def as_raw(T, d):
    x, y = stream = Stream(x=d, y=d)
    return compiled(stream, (raw("+", x, 0 * x, into=y, columns={T - 1: (0,)}),), length=T)


def without_sink(T, d):
    network = weights(T=T, d=d)
    return Transformer(network.stream, tuple(replace(layer, sink=False) for layer in network.layers))


def algorithm(X, Y, T):
    return beside(X, below(Y[: T - 1], X[0]))


MOV = Construction(
    name="mov",
    tag="ICL-0017",
    sources=(Source("akyurek2023learning", "Lemmas 1 and 2, mov"),),
    gadget=True,
    sizes={"T": 3, "d": 2},
    parameters={"N": PAD, "B": SIDE},
    data={"X": ("T", "d"), "Y": ("T", "d")},
    weights=weights,
    prompt=lambda X, Y: columns(Token(x=X, y=Y)),
    readout=lambda x, y: Readout(stack(x, y), at="context"),
    algorithm=algorithm,
    claims=(
        Equal(),
        Equal("as RAW (Lemma 2), network = algorithm", {"weights": as_raw}),
        PAPER,
        in_a_box_of_the_paper(weights.paper, "X", "Y"),
    ),
    near_misses={
        "without-a-gate": NearMiss(
            "what is the same in every column erases y in every column", source=AS_WRITTEN, gated=False
        ),
        "without-a-gate-in-the-papers-layer": NearMiss(
            "the MLP overwrites in every column", source=AS_WRITTEN, of=PAPER, gated=False
        ),
        "without-a-sink": NearMiss("a column that has nothing to read reads all columns", weights=without_sink),
        "from-its-own-column": NearMiss("the last column reads x_1, not x_T", own=True),
        "added": NearMiss(
            "the old value is overwritten", algorithm=lambda X, Y, T: beside(X, below(Y[: T - 1], X[0] + Y[T - 1]))
        ),
    },
    resources=dict(layers="1", heads="2", width="2*d + T", tokens="T"),
)
