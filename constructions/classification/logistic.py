"""Sums of ReLUs in attention are gradient descent on a piecewise quadratic loss, such as one close to the logistic loss.

**Statement.** For every number M of pieces, all knots, bends and start there are weights of K + 1 layers of ReLU
attention of M + 3 heads such that for all examples and every query x_q the answer is ⟨w_K, x_q⟩, where w_0 = 0 and
w_{l+1} = w_l − η/n Σ_i (g(⟨w_l, x_i⟩) − y_i) x_i with g(s) = start + Σ_m bends_m relu(s − knots_m).

**Proof.** Head m scores relu(⟨w_i, x_j⟩ − knots_m) with value −η (n+1)/n bends_m x_j; one head scores relu(1) for the
start, and two score relu(±y_j), as in `bai-ridge`; so does the last layer.

**Remarks.** g is the derivative of a convex, piecewise quadratic loss if all bends are ≥ 0. The logistic loss has σ for
g, and chords of σ are within ε of it with M of the order of ε^{−1/2} (16 chords: `sigmoid-pieces`); the paper has
ε^{−2} heads, as it takes g(s) − y for a function of two variables. A step of size η that uses g in place of σ moves w
by at most η ε max|x| away, and a step on the logistic loss is not expansive for η ≤ 8/max|x|², so after K steps the
weights are within K η ε max|x| of those of logistic regression as long as all logits stay where the chords are. That
sum is not judged here. The weights are ours.
"""

from functools import partial

from constructions.algorithms import classification
from constructions.gadgets.sigmoid_pieces import SIGMOID
from constructions.language import Attention, Construction, Head, NearMiss, Parameter, Reading, Repeat, Source, Stream
from constructions.language import Transformer, functions, one_step, stack
from constructions.least_squares.bai_ridge import predict, prompt, readout
from constructions.matrix import identity, ones


def weights(d, n, steps, M, eta, knots, bends, start, *, tokens=1, label=1, first=0):
    x, y, w, one = stream = Stream(x=d, y=1, w=d, one=1)
    share = (n + tokens) * ones(1, 1) / n
    logit = stack(w, -one), stack(x, one)
    bent = [
        Head(query=stack(w, -knots[m] * one), key=logit[1], value=-share * eta * bends[m] * x, into=w)
        for m in range(first, M)
    ]
    offset = Head(query=one, key=one, value=-share * eta * start * x, into=w)
    labels = [Head(query=s * one, key=y, value=s * label * share * eta * x, into=w) for s in (1, -1)]
    step = Attention((*bent, offset, *labels), "relu", "context", normaliser="1/T")
    return Transformer(stream, layers=(Repeat(step, steps), predict(stream, share)))


def algorithm(X, Y, X_q, steps, eta, knots, bends, start):
    link = partial(classification.pieces, knots=knots, bends=bends, start=start)
    return X_q @ classification.descent(X, Y, eta, steps, link)


def logistic(X, Y, X_q, steps, eta):
    return X_q @ classification.descent(X, Y, eta, steps, classification.sigmoid)


def sixteen(d, n, steps, eta):
    return weights(d, n, steps, SIGMOID[0].shape[0], eta, *SIGMOID)


LOGISTIC = Construction(
    name="logistic",
    tag="ICL-0051",
    title="Sums of ReLUs in attention: gradient descent on a piecewise quadratic loss, near the logistic one",
    sources=(Source("bai2023statisticians", "Theorem 7, with other weights"),),
    uses=("bai-ridge", "sigmoid-pieces"),
    sizes={"d": 2, "n": 3, "m": 1, "steps": 2, "M": 2},
    parameters={
        "eta": Parameter(default="1/4", positive=True, meaning="step size for the mean loss"),
        "knots": Parameter(
            ("M",),
            default=0,
            meaning="where the slope of g changes; 16 chords of σ: M=17 and SIGMOID of sigmoid_pieces",
        ),
        "bends": Parameter(("M",), default="1/4", meaning="by how much"),
        "start": Parameter(default="1/2", meaning="value of g left of all knots"),
    },
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
    **functions(weights, prompt, readout, algorithm),
    mean=classification.pieces,
    steps=one_step(
        "before the last layer every query carries the iterate",
        left=Reading("w", layer=-2, at="query"),
        right=lambda X, Y, d, m, steps, eta, knots, bends, start: (
            ones(m, 1) @ algorithm(X, Y, identity(d), steps, eta, knots, bends, start).T
        ),
    ),
    near_misses={
        "n-tokens": NearMiss("a layer divides by n + 1 tokens", tokens=0),
        "labels-twice": NearMiss("relu(y) and relu(−y) count once", label=2),
        "one-piece-short": NearMiss("M pieces, M heads", first=1),
        "logistic-exactly": NearMiss("chords are not the logistic function", weights=sixteen, algorithm=logistic),
    },
    resources=dict(layers="steps + 1", heads="M + 3", width="2*d + 2", tokens="n + 1"),
)
