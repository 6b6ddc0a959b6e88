"""One layer reads other columns, adds or multiplies, and writes: the operator RAW.

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

from constructions.instructions import KNOBS, Chain, columns, error_bound, fidelities, raw
from constructions.language import Attention, Block, Construction, NearMiss, Parameter, Readout, Source, Stream, Token
from constructions.language import Transformer, stack
from constructions.matrix import below, beside, ones


def K(T):
    return {0: (0,), T - 1: tuple(range(T))}


def program(T, d, W_a, W, W_o, *, first="+", second="×", more=False):
    x, y, z, u = stream = Stream(x=d, y=d, z=d, u=d)
    named = {**({t: (t,) for t in range(T)} if more else {}), **K(T)}
    sums = raw(first, W_a @ x, W @ y, out=W_o, into=z, columns=named)
    return stream, (sums, raw(second, W_a @ x, W @ y, out=W_o, into=u, columns=named))


weights = Chain(program, "T")


def bound(T, d, W_a, W, W_o, s, B):
    return error_bound(lambda stream: stream["u"], program(T, d, W_a, W, W_o), [{"x": B, "y": B}] * T, s=s)


def strictly_earlier(T, d, W_a, W, W_o):
    network = weights(T=T, d=d, W_a=W_a, W=W, W_o=W_o)
    blocks = [block.sublayers for block in network.layers if isinstance(block, Block)]
    layers = [Block((replace(first, mask="strict"), mlp)) for first, mlp in blocks if isinstance(first, Attention)]
    return Transformer(network.stream, tuple(layers))


def written(star, X, Y, old, W_a, W, W_o, T, share):
    """`old` with its rows in the columns that K names replaced."""
    rows = [old[t] for t in range(T)]
    for t, sources in K(T).items():
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
    sources=(Source("akyurek2023learning", "Lemma 3 and Appendix C.4.3"),),
    gadget=True,
    sizes={"T": 3, "d": 2},
    parameters={
        "W_a": Parameter(("d", "d"), default="1/2", meaning="matrix of what is read"),
        "W": Parameter(("d", "d"), default="1/3", meaning="matrix of the column's own rows"),
        "W_o": Parameter(("d", "d"), default=1, meaning="how results are combined"),
        **KNOBS,
    },
    data={"X": ("T", "d"), "Y": ("T", "d"), "Z": ("T", "d"), "U": ("T", "d")},
    weights=weights,
    prompt=lambda X, Y, Z, U: columns(Token(x=X, y=Y, z=Z, u=U)),
    readout=lambda x, y, z, u: Readout(stack(x, y, z, u), at="context"),
    algorithm=algorithm,
    claims=fidelities(weights, "X", "Y", "Z", "U", order=False, paper=True, bound=bound),
    near_misses={
        "strictly-earlier-columns": NearMiss(
            "a column that cannot read itself cannot fetch its own rows",
            source="Definition of RAW in Appendix C: k < i for all k in K(i)",
            weights=strictly_earlier,
        ),
        "every-column": NearMiss("columns that K does not name stay", more=True),
        "times-for-plus": NearMiss("the first layer adds", first="×"),
        "plus-for-times": NearMiss("the second layer multiplies", second="+"),
        "sum-for-mean": NearMiss("attention averages", algorithm={"share": lambda count: 1}),
    },
    resources=dict(layers="2", width="7*d + T", tokens="T"),
)
