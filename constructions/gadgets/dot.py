"""One MLP writes the inner product of two blocks of rows, in every column; with GeLU units, in a limit.

**Statement.** For every d there is one MLP such that for all columns (x; y; z), x and y in ℝ^d, it replaces the number z
by xᵀy and leaves x and y as they were. With bilinear units this is an identity. With GeLU units at the scale s, as in the
paper, it is a limit of order s².

**Proof.** One unit (or three, Lemma 4) for every product x_k y_k; the output adds them up, and takes z away. For GeLU g,
√(π/2) (g(u + v) − g(u) − g(v)) = u v − u v (2u² + 3u v + 2v²)/6 + … ; put s u and s v in, and divide by s². The left side less
u v is at most |u v| (2u² + 3|u v| + 2v²)/6 for all u and v, hence the error at most (7/6) d s² B⁴ where no entry exceeds B.

**Remarks.** The paper gives the remainder as O(u³ + v³); it is of fourth order, so the limit is of order s², not s. By
Lemma 2 dot is RAW with ×, W = W_a = I, W_o = 1ᵀ and K(t) = {t}, although the paper's definition of RAW asks for K(t) < t.
"""

from fractions import Fraction

from constructions.instructions import PAD, SCALE, SIDE, Chain, columns, dot, fidelities
from constructions.language import Construction, Limit, NearMiss, Readout, Source, Stream, Token, stack
from constructions.matrix import beside, ones


def program(d):
    x, y, z = stream = Stream(x=d, y=d, z=1)
    return stream, (dot(x, y, into=z),)


weights = Chain(program, "T")


def bound(d, s, B):
    return Fraction(7, 6) * d * s * s * B * B * B * B


def algorithm(X, Y, d):
    return beside(X, Y, (X * Y) @ ones(d, 1))


DOT = Construction(
    name="dot",
    tag="ICL-0020",
    sources=(Source("akyurek2023learning", "Lemmas 1, 2 and 4, dot"),),
    gadget=True,
    sizes={"T": 3, "d": 2},
    parameters={"s": SCALE, "B": SIDE, "N": PAD},
    data={"X": ("T", "d"), "Y": ("T", "d"), "Z": ("T", 1)},
    weights=weights,
    prompt=lambda X, Y, Z: columns(Token(x=X, y=Y, z=Z)),
    readout=lambda x, y, z: Readout(stack(x, y, z), at="context"),
    algorithm=algorithm,
    claims=fidelities(weights, "X", "Y", "Z", paper=True, bound=bound, words="(7/6) d s² B⁴", path={}),
    near_misses={
        "one-sided-pads": NearMiss(
            "the pads N and −N − Σ leave an error of order 1/N",
            weights=weights.paper,
            pads="one-sided",
            claims=(Limit({"s": 2, "N": -2}, path={"s": 1, "N": -1}),),
        ),
        "sum-of-sums": NearMiss(
            "RAW with × multiplies what it reads", algorithm=lambda X, Y, d: beside(X, Y, (X + Y) @ ones(d, 1))
        ),
        "mean": NearMiss(
            "the products are added, not averaged", algorithm=lambda X, Y, d: beside(X, Y, (X * Y) @ ones(d, 1) / d)
        ),
        "added": NearMiss(
            "the old value is overwritten", algorithm=lambda X, Y, Z, d: algorithm(X, Y, d) + beside(0 * X, 0 * Y, Z)
        ),
    },
    resources=dict(layers="1", hidden="d + 1", width="2*d + 1 + T", tokens="T"),
)
