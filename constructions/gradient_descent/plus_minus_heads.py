"""Two softmax heads of opposite sign are a step of gradient descent on centred data, in a limit.

**Statement.** For all d and b > 0 there is one layer of two softmax heads such that for all n and all examples, as b →
0, the answer to every query x_q tends to ⟨w, x_q⟩ with w = 1/n Σ_i (y_i − ȳ) x_i, with an error of the exact order b².

**Proof.** With s_j = ⟨x_j, x_q⟩ the heads have the scores ±b s_j and the values ±y_j/2b, so the answer is (m(b) −
m(−b))/2b with m(b) = Σ_j y_j e^{b s_j} / Σ_j e^{b s_j}. Its limit is the derivative m'(0), the covariance of y and s,
and the next term is b²/6 times the third derivative E ỹs̃³ − 3 E ỹs̃ E s̃², where ỹ, s̃ are y, s less their means.

**Remarks.** This is gradient descent from w = 0, η = 1, on *centred* labels: softmax weights sum to 1, so a constant in
y drops out, and plain gradient descent is a near miss. On a prompt that holds (−x_i, −y_i) with every (x_i, y_i) it is
plain, and one head will do. At every b the third derivative is at most 4 r R³, r and R being the ranges of the y_j and
the s_j, so the error is at most 2/3 b² r R³ (not judged here). In float64 take b above 10⁻⁴: the difference of the
heads is divided by b.
"""

from constructions.algorithms import gradient_descent as gd
from constructions.language import Attention, Construction, Equal, Head, Limit, NearMiss, Parameter, Readout, Source
from constructions.language import Stream, Transformer, functions, supervised
from constructions.matrix import exact, ones, zeros


def weights(d, b, *, mask="context", signs=(1, -1)):
    x, y, out = stream = Stream(x=d, y=1, out=1)
    heads = tuple(Head(query=s * b * x, key=x, value=s * y / (2 * b), into=out) for s in signs)
    return Transformer(stream, layers=(Attention(heads, "softmax", mask),))


def plain(X, Y, X_q, d):
    return X_q @ gd.step(zeros(1, d), X, Y, exact(1)).T


def algorithm(X, Y, X_q, d, n):
    return plain(X, Y - ones(n, n) @ Y / n, X_q, d)


PLUS_MINUS_HEADS = Construction(
    name="plus-minus-heads",
    tag="ICL-0047",
    sources=(
        Source("he2025softmax", "the pattern found in trained heads"),
        Source("chen2024training", "multi-head softmax attention"),
    ),
    sizes={"d": 2, "n": 3, "m": 1},
    parameters={"b": Parameter(default="1/10", positive=True, meaning="scale of the scores, to be small")},
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
    **functions(weights, supervised, lambda out: Readout(out, at="query"), algorithm),
    claims=(Limit({"b": 2}, "network → centred gradient descent, with an error of order b²"),),
    near_misses={
        "plain-gradient-descent": NearMiss("a constant in y drops out", algorithm=plain),
        "exactly": NearMiss("at no b > 0 is it equal", claims=(Equal(),)),
        "order-3": NearMiss("the term of b² does not vanish", claims=(Limit({"b": 3}),)),
        "order-1": NearMiss("the term of b vanishes", claims=(Limit({"b": 1}),)),
        "one-head": NearMiss("the mean of y, divided by b, is left", signs=(1,)),
        "query-is-a-key": NearMiss("the query has a share of the weights", mask="everything"),
    },
    resources=dict(layers="1", heads="2", width="d + 2", tokens="n + 1"),
)
