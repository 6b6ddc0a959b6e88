"""With a causal mask every position has weights of its own, moved by the residuals of the positions before it.

**Statement.** For all sizes d_x, d_y, n, every number of steps K and every η there is one linear attention layer such
that for all examples and every query the network that applies it K times leaves y_j − w_j x_j at example j and −w_n
x_q at a query, where from w_j = 0, K times and for all j at once, w_j ← w_j + (η/n) Σ_{i ≤ j} (y_i − w_i x_i) x_iᵀ.

**Proof.** Example j sees the keys i ≤ j, a query sees all n examples. The score is ⟨x_i, x_j⟩ and the value −(η/n)
times the register y, which holds y_i − w_i x_i: so the layer takes (η/n) Σ_{i ≤ j} (y_i − w_i x_i) x_iᵀ x_j from y_j.
That is w_j moved as stated.

**Remarks.** Example i contributes the residual of *its own* w_i, not of w_j. So from the second step on this is no
gradient step on the first j examples, and the answer at a query is not that of batch gradient descent. With the mask
lifted within the context (prefix language model) all w_j are equal, and this is `gd-looped`. 1/n is the same at every
position.
"""

from constructions.algorithms import gradient_descent as gd
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Readout, Repeat
from constructions.language import Source, Stream, Transformer, functions, supervised
from constructions.matrix import below


def weights(d_x, d_y, n, steps, eta, *, mask="causal context"):
    x, y = stream = Stream(x=d_x, y=d_y)
    layer = Attention((Head(query=x, key=x, value=-eta / n * y, into=y),), kernel="linear", mask=mask)
    return Transformer(stream, layers=(Repeat(layer, steps),))


def algorithm(X, Y, X_q, eta, steps):
    W = gd.causal_steps(X, Y, eta, steps)
    return below(gd.causal_residuals(W, X, Y), -X_q @ W[-1].T)


def batch_at_the_query(X, Y, X_q, eta, steps):
    W, W_batch = gd.causal_steps(X, Y, eta, steps), gd.causal_start(X, Y)[0]
    for _ in range(steps):
        W_batch = gd.step(W_batch, X, Y, eta)
    return below(gd.causal_residuals(W, X, Y), -X_q @ W_batch.T)


CAUSAL_LM = Construction(
    name="causal-lm",
    tag="ICL-0009",
    title="With a causal mask every position has weights of its own, moved by the residuals before it",
    sources=(Source("ding2023causallm", "Proposition 2"),),
    uses=("gd-looped",),
    sizes={"d_x": 5, "d_y": 3, "n": 7, "m": 11, "steps": 2},
    parameters={"eta": Parameter(default="1/10", meaning="step size, for the sum of residuals over n")},
    data={"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("m", "d_x")},
    **functions(weights, supervised, lambda y: Readout(y, at="everything"), algorithm),
    invariant=Invariant(
        start=gd.causal_start,
        step=lambda W, X, Y, eta: gd.causal_step(W, X, Y, eta),
        holds={
            ("x", "everything"): lambda X, X_q: below(X, X_q),
            ("y", "context"): lambda W, X, Y: gd.causal_residuals(W, X, Y),
            ("y", "query"): lambda W, X_q: -X_q @ W[-1].T,
        },
    ),
    near_misses={
        "prefix-lm": NearMiss("examples see later examples", mask="context"),
        "strictly-earlier": NearMiss("an example does not see itself", mask="strict context"),
        "query-is-a-key": NearMiss("the query attends to itself", mask="causal"),
        "batch-at-the-query": NearMiss(
            "the query sees every example, but their residuals lag", algorithm=batch_at_the_query
        ),
    },
    dead={},
    resources=dict(layers="steps", heads="1", width="d_x + d_y", tokens="n + 1", nonzeros="2*d_x + 2*d_y"),
)
