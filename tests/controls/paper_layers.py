"""The paper's layers changed where a composed bound might not look: skips, masks with weights, rows that are pads no longer; and a
bound for one query that is none for two."""

from dataclasses import replace
from fractions import Fraction

from constructions.gadgets.aff import AFF
from constructions.gadgets.aff import weights as chain
from constructions.gradient_descent.raw_sgd_step import RAW_SGD_STEP
from constructions.gradient_descent.raw_sgd_step import weights as sgd
from constructions.instructions import aff, compiled, paper_bound
from constructions.instructions.chains import Deviation
from constructions.instructions.scales import in_a_box_of_the_paper
from constructions.language import Constant, Stream, Transformer, Within, Write
from constructions.language.transformer import Block
from constructions.matrix import exact
from tests.controls.base import Control

PLAIN = {"near_misses": {}, "steps": (), "resources": {}, "dead": None}
BOXES = ("X", "Y", "Z")


def changed(change):
    """The paper's aff with one sublayer changed."""

    def weights(T, d, W_1, W_2, b, N):
        network = chain.paper(T=T, d=d, W_1=W_1, W_2=W_2, b=b, N=N)
        (block,) = network.layers
        return Transformer(network.stream, (Block(change(network.stream, *block.sublayers)),))

    return weights


of_all_columns = Deviation(chain.paper)


def of_aff(name, weights, bound=of_all_columns):
    claim = in_a_box_of_the_paper(weights, *BOXES, bound=bound)
    return replace(AFF.claiming(claim), name=name, weights=weights, **PLAIN)


def skipping(stream, attention, mlp):
    return replace(attention, skip=(Write(stream["x"], stream["x"]),)), mlp


def weighing(stream, attention, mlp):
    T = stream.registers["column"]
    return replace(attention, mask=exact([[2 * int(i == j) for j in range(T)] for i in range(T)])), mlp


def twice(d, W_1, W_2, b):
    x, y, z = stream = Stream(x=d, y=d, z=d)
    return stream, 2 * (aff(W_1 @ x + W_2 @ y, into=z, constant=b),)


def two_layers(T, d, W_1, W_2, b, N, *, added=0):
    """The first MLP adds a number to a pad, which the second attention has to take off: e^−N of it leaks."""
    network = compiled(*twice(d, W_1, W_2, b), length=T, fidelity="paper", N=N)
    first, second = network.layers
    attention, mlp = first.sublayers
    more = Constant(exact(added), network.stream["plus"])
    return Transformer(network.stream, (Block((attention, replace(mlp, constants=(*mlp.constants, more)))), second))


def bound_of_two(T, d, W_1, W_2, b, N, B):
    rows = [{"x": B, "y": B, "z": B}] * T
    return paper_bound(lambda stream: stream["z"], twice(d, W_1, W_2, b), rows, at=None, length=T, N=N)


def for_one_query(d, w, alpha, lam, s, N, B, m):
    """Composed for one query, and a millionth of it for every other one."""
    return Deviation(sgd.paper)(d=d, w=w, alpha=alpha, lam=lam, s=s, N=N, B=B) / Fraction(10) ** (6 * (m - 1))


def by_queries():
    claim = next(c for c in RAW_SGD_STEP.claims if isinstance(c, Within) and "paper" in c.text)
    return replace(RAW_SGD_STEP.claiming(replace(claim, bound=for_one_query)), name="a-bound-that-counts", **PLAIN)


REFUTED = (
    Control(of_aff("a-skip-beside-softmax", changed(skipping)), by=("composition",)),
    Control(of_aff("a-mask-that-weighs", changed(weighing)), by=("composition",)),
    Control(by_queries(), by=("composition",)),
)
TWO_LAYERS = of_aff("two-layers", two_layers, bound_of_two)
NOT_PROVED = replace(
    TWO_LAYERS,
    name="a-pad-that-is-none",
    weights=lambda T, d, W_1, W_2, b, N: two_layers(T, d, W_1, W_2, b, N, added=10**500),
)
