"""One MLP multiplies two matrices whose entries are rows of the column, in every column.

**Statement.** For all a, b, c there is one MLP such that for all columns that hold an a × b matrix A, a b × c matrix B
and an a × c matrix C, each row after row, it replaces C by A B and leaves A and B as they were.

**Proof.** A B has the entries Σ_k A_ik B_kj: abc products of two numbers, one bilinear unit each, which the output adds
up. For every entry of C one more unit subtracts the old value.

**Remarks.** `mul` is not one RAW but a `dot` for every entry, in parallel (Lemma 7). With GeLU units each of them is a
limit of order s² (see there); at any one scale s none is the product, and where no entry exceeds r the error is at most
(7/6) b s² r⁴.
"""

from fractions import Fraction

from constructions.instructions import PAD, SCALE, SIDE, Chain, columns, fidelities, mul
from constructions.language import Construction, NearMiss, Readout, Source, Stream, Token, stack
from constructions.matrix import beside, ones


def program(a, b, c):
    A, B, C = stream = Stream(A=a * b, B=b * c, C=a * c)
    return stream, (mul(A, B, into=C, sizes=(a, b, c)),)


weights = Chain(program, "T", side="r")


def bound(b, s, r):
    return Fraction(7, 6) * b * s * s * r * r * r * r


def entry(A, B, i, j, b, c):
    return A[:, [i * b + k for k in range(b)]] * B[:, [k * c + j for k in range(b)]] @ ones(b, 1)


def product(A_t, B_t, a, b, c):
    return beside(*(entry(A_t, B_t, i, j, b, c) for i in range(a) for j in range(c)))


def algorithm(A_t, B_t, a, b, c):
    return beside(A_t, B_t, product(A_t, B_t, a, b, c))


def columns_first(B_t, b, c):
    """B read column after column."""
    return B_t[:, [j * b + k for k in range(b) for j in range(c)]]


def first_row(A_t, B_t, a, b, c):
    """The products of the first column of A and the first row of B."""
    return beside(*(A_t[:, i * b] * B_t[:, j] for i in range(a) for j in range(c)))


MUL = Construction(
    name="mul",
    tag="ICL-0019",
    sources=(Source("akyurek2023learning", "Lemmas 1, 4 and 7, mul"),),
    gadget=True,
    sizes={"T": 3, "a": 2, "b": 3, "c": 2},
    parameters={"s": SCALE, "r": SIDE, "N": PAD},
    data={"A_t": ("T", "a*b"), "B_t": ("T", "b*c"), "C_t": ("T", "a*c")},
    weights=weights,
    prompt=lambda A_t, B_t, C_t: columns(Token(A=A_t, B=B_t, C=C_t)),
    readout=lambda A, B, C: Readout(stack(A, B, C), at="context"),
    algorithm=algorithm,
    claims=fidelities(
        weights, "A_t", "B_t", "C_t", order=False, paper=True, bound=bound, side="r", words="(7/6) b s² r⁴"
    ),
    near_misses={
        "column-after-column": NearMiss(
            "entries of B are stored row after row",
            algorithm=lambda A_t, B_t, a, b, c: beside(A_t, B_t, product(A_t, columns_first(B_t, b, c), a, b, c)),
        ),
        "added": NearMiss(
            "the old value is overwritten",
            algorithm=lambda A_t, B_t, C_t, a, b, c: beside(A_t, B_t, C_t + product(A_t, B_t, a, b, c)),
        ),
        "one-product-alone": NearMiss(
            "an entry is a sum over k",
            algorithm=lambda A_t, B_t, a, b, c: beside(A_t, B_t, first_row(A_t, B_t, a, b, c)),
        ),
    },
    resources=dict(layers="1", hidden="a*b*c + a*c", width="a*b + b*c + a*c + T", tokens="T"),
)
