"""One linear attention head is one step of gradient descent.

**Statement.** For all sizes d_x, d_y, n, every step size η and every initial W_0 there are weights of one linear
attention layer such that for all examples (x_i, y_i) and every query x_q the network answers W_1 x_q, where
W_1 = W_0 − η ∇R(W_0) and R(W) = 1/(2n) Σ_i |W x_i − y_i|².

**Proof.** The head scores example i against token j by ⟨x_i, x_j⟩, and its value is (η/n)(W_0 x_i − y_i). So it adds
(η/n) Σ_i (W_0 x_i − y_i) ⟨x_i, x_j⟩ = η ∇R(W_0) x_j = −(W_1 − W_0) x_j to y_j. The query starts at −W_0 x_q and ends
at −W_1 x_q; the answer is minus its y-register.

**Remarks.** Every example ends at y_j − (W_1 − W_0) x_j, so the next layer sees the labels that remain to be
explained. The weights contain 1/n: this is one network for each context length. The query must not be a key, but for
W_0 = 0 it may: then its value is 0, in this one layer.
"""

from constructions.algorithms import gradient_descent as gd
from constructions.algorithms.step_size import caution_step_size
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Prompt, Readout
from constructions.language import Source, Stream, Token, Transformer, functions


def weights(d_x, d_y, n, eta, W_0, *, mask="context", sign=1):
    x, y = stream = Stream(x=d_x, y=d_y)
    head = Head(query=x, key=x, value=sign * eta / n * (W_0 @ x - y), into=y)
    return Transformer(stream, layers=(Attention((head,), kernel="linear", mask=mask),))


def prompt(X, Y, X_q, W_0):
    return Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q, y=-W_0 @ X_q),))


def readout(y):
    return Readout(-y, at="query")


def algorithm(X, Y, X_q, W_0, eta):
    return X_q @ gd.step(W_0, X, Y, eta).T


# What the stream holds at weights W: residual labels in the context, minus the predictions at the queries.
HOLDS = {
    ("x", "context"): lambda X: X,
    ("y", "context"): lambda W, X, Y, W_0: Y - X @ (W - W_0).T,
    ("x", "query"): lambda X_q: X_q,
    ("y", "query"): lambda W, X_q: -X_q @ W.T,
}


GD_STEP = Construction(
    name="gd-step",
    tag="ICL-0001",
    sources=(Source("vonoswald2023transformers", "Proposition 1 and Appendix A.1"),),
    sizes={"d_x": 3, "d_y": 2, "n": 5, "m": 7},
    parameters={
        "eta": Parameter(default="1/10", meaning="step size for the ½·mean loss"),
        "W_0": Parameter(("d_y", "d_x"), default=0, meaning="initial weights"),
    },
    data={"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("m", "d_x")},
    **functions(weights, prompt, readout, algorithm),
    invariant=Invariant(
        start=lambda W_0: W_0,
        step=lambda W, X, Y, eta: gd.step(W, X, Y, eta),
        holds=HOLDS,
    ),
    near_misses={
        "query-is-a-key": NearMiss("the query attends to itself", mask="everything"),
        "forgotten-1/n": NearMiss("the loss is a mean, the layer a sum", n=1),
        "wrong-sign": NearMiss("gradient ascent", sign=-1),
        "query-starts-at-0": NearMiss(
            "the query does not carry −W_0 x_q",
            prompt=lambda X, Y, X_q: Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),)),
        ),
    },
    dead={},
    resources=dict(layers="1", heads="1", width="d_x + d_y", tokens="n + 1", nonzeros="2*d_x + d_x*d_y + 2*d_y"),
    cautions=(caution_step_size,),
)
