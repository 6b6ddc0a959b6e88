"""One layer reads other columns, adds or multiplies, and writes: the operator RAW (Lemma 3 of Akyürek et al.).

**Statement.** For all T, d, all d × d matrices W_a, W, W_o and a map K from columns to sets of earlier or own columns, one layer
(attention, then an MLP) replaces z_i by W_o (W_a (mean of x_k over k in K(i)) ⋆ W y_i) in the columns i that K names,
and leaves everything else as it was, for ⋆ = + and for ⋆ = ×. Judged: K(1) = {1}, K(T) = {1, …, T}, and two layers, +
into z and then × into u.

**Proof.** Hard attention with a sink (`mov`) gathers three things in scratch registers of the columns that K names:
the read operand, the own operand and the old value; in all other columns these registers hold 0. Heads that read
every column's own scratch take out what stood there before. The MLP adds W_o (read ⋆ own) − old, and of zeros it
makes 0.

**Remarks.** The paper's definition asks for k < i in K(i), which excludes its own head 2 (every column reads itself)
and its aff and dot. Scratch is 0 at the start. Reductions (Lemma 2): `mov` and `dot` are judged as RAW in their own
files.
"""

from dataclasses import replace
from fractions import Fraction
from functools import partial

from constructions.instructions import compiled, error_bound, paper_bound, raw
from constructions.instructions.scales import KNOBS, in_a_box, in_a_box_of_the_paper, in_the_paper
from constructions.language import Attention, Block, Construction, Equal, NearMiss, Parameter, Source, Stream
from constructions.language import functions, stack
from constructions.language.prompt import Prompt, Readout, Token
from constructions.language.transformer import Transformer
from constructions.matrix import below, beside, ones

LEMMA_3 = Source("akyurek2023learning", "Lemma 3 and Appendix C.4.3")
AS_DEFINED = Source("akyurek2023learning", "Definition of RAW in Appendix C: k < i for all k in K(i)")


def columns(T):
    return {0: (0,), T - 1: tuple(range(T))}


def program(T, d, W_a, W, W_o, *, first="+", second="×", more=False):
    x, y, z, u = stream = Stream(x=d, y=d, z=d, u=d)
    K = {**({t: (t,) for t in range(T)} if more else {}), **columns(T)}
    sums = raw(first, W_a @ x, W @ y, out=W_o, into=z, columns=K)
    return stream, (sums, raw(second, W_a @ x, W @ y, out=W_o, into=u, columns=K))


def weights(T, d, W_a, W, W_o, *, first="+", second="×", more=False):
    return compiled(*program(T, d, W_a, W, W_o, first=first, second=second, more=more), length=T)


def with_gelu(T, d, W_a, W, W_o, s):
    return compiled(*program(T, d, W_a, W, W_o), length=T, fidelity="limit", s=s)


def bound(T, d, W_a, W, W_o, s, B):
    return error_bound(lambda stream: stream["u"], program(T, d, W_a, W, W_o), [{"x": B, "y": B}] * T, s=s)


def as_in_the_paper(T, d, W_a, W, W_o, s, N):
    return compiled(*program(T, d, W_a, W, W_o), length=T, fidelity="paper", s=s, N=N)


def bound_in_the_paper(T, d, W_a, W, W_o, s, N, B):
    rows, answer = [{"x": B, "y": B, "z": B, "u": B}] * T, lambda stream: stack(stream["z"], stream["u"])
    return paper_bound(answer, program(T, d, W_a, W, W_o), rows, at=None, length=T, s=s, N=N)


def strictly_earlier(T, d, W_a, W, W_o):
    network = weights(T, d, W_a, W, W_o)
    blocks = [block.sublayers for block in network.layers if isinstance(block, Block)]
    layers = [Block((replace(first, mask="strict"), mlp)) for first, mlp in blocks if isinstance(first, Attention)]
    return Transformer(network.stream, tuple(layers))


def prompt(X, Y, Z, U):
    return Prompt(context=(Token(x=X, y=Y, z=Z, u=U),), positions=(("column", "one-hot"),))


def readout(x, y, z, u):
    return Readout(stack(x, y, z, u), at="context")


def written(star, X, Y, old, W_a, W, W_o, T, share):
    """`old` with its rows in the columns that K names replaced."""
    rows = [old[t] for t in range(T)]
    for t, sources in columns(T).items():
        count = len(sources)
        read, own = share(count) * ones(1, count) @ X[list(sources)] @ W_a.T, Y[t] @ W.T
        rows[t] = (read + own if star == "+" else read * own) @ W_o.T
    return below(*rows)


def algorithm(X, Y, Z, U, W_a, W, W_o, T, *, share=lambda count: Fraction(1, count)):
    z, u = (written(star, X, Y, old, W_a, W, W_o, T, share) for star, old in (("+", Z), ("×", U)))
    return beside(X, Y, z, u)


RAW = Construction(
    name="raw",
    tag="ICL-0022",
    title="One layer reads other columns, adds or multiplies, and writes",
    sources=(LEMMA_3,),
    gadget=True,
    sizes={"T": 3, "d": 2},
    parameters={
        "W_a": Parameter(("d", "d"), default="1/2", meaning="matrix of what is read"),
        "W": Parameter(("d", "d"), default="1/3", meaning="matrix of the column's own rows"),
        "W_o": Parameter(("d", "d"), default=1, meaning="how results are combined"),
        **KNOBS,
    },
    data={"X": ("T", "d"), "Y": ("T", "d"), "Z": ("T", "d"), "U": ("T", "d")},
    **functions(weights, prompt, readout, algorithm),
    claims=(
        Equal("with bilinear products, network = algorithm"),
        in_a_box(with_gelu, bound, "X", "Y", "Z", "U"),
        in_the_paper(as_in_the_paper, path={"s": 1, "N": -1}),
        in_a_box_of_the_paper(as_in_the_paper, bound_in_the_paper, "X", "Y", "Z", "U"),
    ),
    near_misses={
        "strictly-earlier-columns": NearMiss(
            "a column that cannot read itself cannot fetch its own rows", source=AS_DEFINED, weights=strictly_earlier
        ),
        "every-column": NearMiss("columns that K does not name stay", weights=partial(weights, more=True)),
        "times-for-plus": NearMiss("the first layer adds", weights=partial(weights, first="×")),
        "plus-for-times": NearMiss("the second layer multiplies", weights=partial(weights, second="+")),
        "sum-for-mean": NearMiss("attention averages", algorithm=partial(algorithm, share=lambda count: 1)),
    },
    resources=dict(layers="2", width="7*d + T", tokens="T"),
)
