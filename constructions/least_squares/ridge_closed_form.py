"""One layer that divides is ridge regression, exactly.

**Statement.** For all sizes d, d_y and every λ > 0 there is one layer out_j = YᵀX (XᵀX + λI)⁻¹ x_j over the examples such
that for every n, all examples (x_i, y_i) and every query x_q the network answers Wx_q, where
W = YᵀX (XᵀX + λI)⁻¹ minimises Σ_i |W x_i − y_i|² + λ|W|².

**Proof.** The gradient 2(WXᵀ − Yᵀ)X + 2λW vanishes where W (XᵀX + λI) = YᵀX, and the matrix in brackets is positive definite
for λ > 0. The layer solves that system, with query x_j: keys and values are those of the examples alone.

**Remarks.** One layer serves every n. No stack of linear attention does this, however deep: its answers are polynomials in
the examples, and this one is not (`ridge-newton` comes close instead). λ = 0 is not constructible this way where n < d, since
XᵀX is singular then; as λ → 0 the answer tends to that of the shortest W that fits.
"""

from constructions.algorithms import least_squares
from constructions.language import Construction, MesaLayer, NearMiss, Parameter, Prompt, Readout, Source, Stream, Token
from constructions.language import Transformer, functions


def weights(d, d_y, lam, *, mask="context"):
    x, y, out = stream = Stream(x=d, y=d_y, out=d_y)
    return Transformer(stream, layers=(MesaLayer(query=x, key=x, value=y, into=out, ridge=lam, mask=mask),))


def prompt(X, Y, X_q):
    return Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),))


def readout(out):
    return Readout(out, at="query")


def algorithm(X, Y, X_q, lam):
    return X_q @ least_squares.ridge(X, Y, lam).T


RIDGE_CLOSED_FORM = Construction(
    name="ridge-closed-form",
    tag="ICL-0023",
    sources=(
        Source("akyurek2023learning", "equation (10)"),
        Source("vonoswald2023mesa", "equations (4)–(8), with one set of keys"),
    ),
    uses=("mesa-layer",),
    sizes={"d": 3, "d_y": 2, "n": 5, "m": 7},
    parameters={"lam": Parameter(default=1, positive=True, meaning="the ridge λ of Σ |W x − y|² + λ|W|²")},
    data={"X": ("n", "d"), "Y": ("n", "d_y"), "X_q": ("m", "d")},
    **functions(weights, prompt, readout, algorithm),
    near_misses={
        "mean-loss": NearMiss(
            "λ belongs to the sum of squares, not to their mean",
            algorithm={"lam": lambda lam, n: n * lam},
        ),
        "inverse-penalty": NearMiss("the penalty is λ, not 1/λ", lam=lambda lam: 1 / lam),
        "query-is-a-key": NearMiss("the query is no example", mask="everything"),
        "halved-loss": NearMiss("for ½ Σ |W x − y|² + λ|W|² the layer would have 2λ", lam=lambda lam: 2 * lam),
    },
    dead={},
    resources=dict(layers="1", heads="1", width="d + 2*d_y", tokens="n + 1", nonzeros="2*d + 2*d_y"),
)
