"""Gated MLPs and linear attention train a two-layer network in context, both layers at once.

**Statement.** For all d, n, numbers K of hidden units and L of steps, all η and all initial weights u, v_1, …, v_K
there are weights of L + 1 layers (four gated MLPs and one linear attention layer each, the last without attention) such
that for all examples and every query the answer is f(x_q), where f(x) = Σ_k u_k max(⟨v_k, x⟩, 0)² after L steps of
gradient descent on 1/(2n) Σ_i (f(x_i) − y_i)², in all weights of both layers.

**Proof.** Every token carries the same u and v. Bilinear units make z_k = ⟨v_k, x⟩; units max(z_k, 0)² gated by u add
up to e = f(x) − y; units gated by e make a_k = max(z_k, 0) e and b_k = max(z_k, 0)² e. The gradient in u_k is the mean
of b_k, a head of score 1; that in v_k is the mean of 2 u_k a_k x: the head k scores u_k of the reader times a_k of the
key, with value x. The skip clears z, a, b and puts −y into e, which a last forward pass makes f(x_q) in a query, where
y = 0.

**Remarks.** An exact identity, since gates multiply two numbers of one token. The paper has ReLU attention and plain
ReLU MLPs, which cannot: they approximate every product by sums of ReLUs, and as the loss is not convex an error of ε a
step may grow to ε ((1 + ηc)^L − 1)/(ηc), c a bound on the curvature. So compare long runs of an approximation with
nothing, point by point. The activation must have a derivative that is continuous, or a score could not be it; max(s,
0)² does, max(s, 0) does not. The weights are ours.
"""

from constructions.algorithms import two_layer
from constructions.language import MLP, Attention, Block, Construction, Head, NearMiss, Parameter, Prompt, Readout
from constructions.language import Repeat, Source, Stream, Token, Transformer, Units, Write, functions
from constructions.matrix import below, identity, ones


def weights(d, n, K, steps, eta, *, mask="context", derivative=2, layers=("u", "v")):
    x, y, one, u, v, z, e, a, b = stream = Stream(x=d, y=1, one=1, u=K, v=K * d, z=K, e=1, a=K, b=K)
    each, unit = ones(K, 1), identity(K)
    into_z = identity(K)[[k for k in range(K) for _ in range(d)]] @ z
    scores = MLP((Units(v, into_z, gate=identity(d)[[c for _ in range(K) for c in range(d)]] @ x),), "identity")
    errors = MLP((Units(z, each @ e, gate=u),), "squared relu")
    slopes, values = MLP((Units(z, a, gate=each @ e),), "relu"), MLP((Units(z, b, gate=each @ e),), "squared relu")
    rows = [identity(K * d)[[k * d + c for c in range(d)]] @ v for k in range(K)]
    first = [Head(query=unit[k] @ u, key=unit[k] @ a, value=-derivative * eta * x, into=rows[k]) for k in range(K)]
    second = [Head(query=one, key=one, value=-eta * b, into=u)]
    heads = [*(first if "v" in layers else ()), *(second if "u" in layers else ())]
    clear = (*(Write(-form, form) for form in (z, a, b)), Write(-e - y, e))
    update = Attention(tuple(heads), "linear", mask, normaliser="1/n", skip=clear)
    return Transformer(
        stream, (Repeat(Block((scores, errors, slopes, values, update)), steps), Block((scores, errors)))
    )


def prompt(X, Y, X_q, u_0, v_0):
    start = {"one": 1, "u": u_0, "v": v_0}
    return Prompt(context=(Token(x=X, y=Y, e=-Y, **start),), query=(Token(x=X_q, **start),))


def algorithm(X, Y, X_q, d, K, u_0, v_0, eta, steps):
    V = below(*(v_0[[k * d + c for c in range(d)]].T for k in range(K)))
    return two_layer.predicted(two_layer.trained((u_0, V), X, Y, eta, steps), X_q)


def one_after_the_other(X, Y, X_q, d, K, u_0, v_0, eta, steps):
    u, V = u_0, below(*(v_0[[k * d + c for c in range(d)]].T for k in range(K)))
    for _ in range(steps):
        u = two_layer.step((u, V), X, Y, eta)[0]
        V = two_layer.step((u, V), X, Y, eta)[1]
    return two_layer.predicted((u, V), X_q)


TWO_LAYER_NETWORK = Construction(
    name="two-layer-network",
    tag="ICL-0055",
    sources=(Source("bai2023statisticians", "Theorem G.1, with gates and other weights"),),
    sizes={"d": 2, "n": 3, "m": 1, "K": 2, "steps": 1},
    parameters={
        "eta": Parameter(default="1/10", meaning="step size for the ½·mean loss"),
        "u_0": Parameter(("K",), default=1, meaning="initial weights of the second layer"),
        "v_0": Parameter(("K*d",), default="1/2", meaning="initial weights of the first layer, unit after unit"),
    },
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
    **functions(weights, prompt, lambda e: Readout(e, at="query"), algorithm),
    near_misses={
        "last-layer-only": NearMiss("features learn, too", layers=("u",)),
        "one-after-the-other": NearMiss("both layers move at once", algorithm=one_after_the_other),
        "factor-2-forgotten": NearMiss("the derivative of s² is 2s", derivative=1),
        "query-is-a-key": NearMiss("the query has no label", mask="everything"),
    },
    resources=dict(layers="steps + 1", heads="K + 1", hidden="K*d", width="d + 3 + 4*K + K*d", tokens="n + 1"),
)
