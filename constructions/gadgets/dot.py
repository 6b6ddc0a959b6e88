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
from functools import partial

from constructions.instructions import PAD, SCALE, SIDE, compiled, dot, in_a_box, in_a_box_of_the_paper
from constructions.instructions import in_the_paper, paper_bound, second_order
from constructions.language import Construction, Equal, Limit, NearMiss, Prompt, Readout, Source, Stream, Token
from constructions.language import functions, stack
from constructions.matrix import beside, ones

LEMMAS = Source("akyurek2023learning", "Lemmas 1, 2 and 4, dot")


def program(d):
    x, y, z = stream = Stream(x=d, y=d, z=1)
    return stream, (dot(x, y, into=z),)


def weights(T, d):
    return compiled(*program(d), length=T)


def with_gelu(T, d, s):
    return compiled(*program(d), length=T, fidelity="limit", s=s)


def as_in_the_paper(T, d, s, N, *, pads="half-sum"):
    return compiled(*program(d), length=T, fidelity="paper", s=s, N=N, pads=pads)


def bound(d, s, B):
    return Fraction(7, 6) * d * s * s * B * B * B * B


def bound_in_the_paper(T, d, s, N, B):
    rows = [{"x": B, "y": B, "z": B}] * T
    return paper_bound(lambda stream: stream["z"], program(d), rows, at=None, length=T, s=s, N=N)


def prompt(X, Y, Z):
    return Prompt(context=(Token(x=X, y=Y, z=Z),), positions=(("column", "one-hot"),))


def readout(x, y, z):
    return Readout(stack(x, y, z), at="context")


def algorithm(X, Y, d):
    return beside(X, Y, (X * Y) @ ones(d, 1))


DOT = Construction(
    name="dot",
    tag="ICL-0020",
    title="One MLP writes the inner product of two blocks of rows, in every column; with GeLU units, in a limit",
    sources=(LEMMAS,),
    gadget=True,
    sizes={"T": 3, "d": 2},
    parameters={"s": SCALE, "B": SIDE, "N": PAD},
    data={"X": ("T", "d"), "Y": ("T", "d"), "Z": ("T", 1)},
    **functions(weights, prompt, readout, algorithm),
    claims=(
        Equal("with bilinear products, network = algorithm"),
        second_order(with_gelu),
        in_a_box(with_gelu, bound, "X", "Y", "Z", words="(7/6) d s² B⁴"),
        in_the_paper(as_in_the_paper),
        in_a_box_of_the_paper(as_in_the_paper, bound_in_the_paper, "X", "Y", "Z"),
    ),
    near_misses={
        "one-sided-pads": NearMiss(
            "the pads N and −N − Σ leave an error of order 1/N",
            weights=partial(as_in_the_paper, pads="one-sided"),
            claims=(Limit({"s": 2, "N": -2}, path={"s": 1, "N": -1}),),
        ),
        "sum-of-sums": NearMiss(
            "RAW with × multiplies what it reads", algorithm=lambda X, Y, d: beside(X, Y, (X + Y) @ ones(d, 1))
        ),
        "mean": NearMiss(
            "the products are added, not averaged", algorithm=lambda X, Y, d: beside(X, Y, (X * Y) @ ones(d, 1) / d)
        ),
        "added": NearMiss(
            "the old value is overwritten",
            algorithm=lambda X, Y, Z, d: algorithm(X, Y, d) + beside(0 * X, 0 * Y, Z),
        ),
    },
    resources=dict(layers="1", hidden="d + 1", width="2*d + 1 + T", tokens="T"),
)
