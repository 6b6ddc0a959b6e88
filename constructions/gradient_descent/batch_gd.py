"""On a prompt x_1, y_1, …, x_n, y_n, x_q two layers of linear attention are one step of batch gradient descent on ridge's loss.

**Statement.** For all sizes d, N, every initial w_0, step α and weight decay λ there are weights of two linear attention layers
such that for every n ≤ N, all examples and every query, where the tokens (y; x) hold (0; x_i) and (y_i; 0) in turn and then
(0; x_q), the network answers w′ᵀx_q with w′ = w_0 − 2α (XᵀXw_0 − Xᵀy + λw_0), a step on Σ (wᵀx_i − y_i)² + λ|w|².

**Proof.** Layer 1 adds to every token the y of the next one (`copy-next`) and, token by token, −w_0ᵀx. So the token of x_i holds
r_i = y_i − w_0ᵀx_i, that of x_q holds −w_0ᵀx_q, and those of labels, with x = 0, score 0 with everything. Layer 2 adds
−2α Σ r_i x_iᵀx_q and, token by token, −2αλ y. What x_q holds then is −w′ᵀx_q.

**Remarks.** This is the step that Theorem 1 of the paper takes on one example in nine layers (`raw-sgd-step`), on all examples at
once. The loss is a sum, as in the paper, so n is not in the weights: one network serves every shorter prompt. With means and
more steps, without λ, it is `gd-interleaved`: from the second step on a residual would need its label again, to decay w alone.
"""

from constructions.gradient_descent.raw_sgd_step import trained
from constructions.language import Attention, Construction, Head, NearMiss, Parameter, Prompt, Reading, Readout, Source
from constructions.language import Step, Stream, Token, Transformer, Write, functions
from constructions.matrix import shift


def weights(d, N, w_0, alpha, lam, *, decay=1, mask="context", first=0):
    y, x, p = stream = Stream(y=1, x=d, p=2 * N + 1)
    copy = Head(query=shift(2 * N + 1, 1).T @ p, key=p, value=y, into=y)
    merge = Attention((copy,), kernel="linear", mask="context", skip=(Write(-w_0.T @ x, into=y),))
    head = Head(query=x, key=x, value=-2 * alpha * y, into=y)
    step = Attention((head,), kernel="linear", mask=mask, skip=(Write(-2 * alpha * lam * decay * y, into=y),))
    return Transformer(stream, layers=(merge, step)[first:])


def prompt(X, Y, X_q):
    return Prompt(context=(Token(x=X), Token(y=Y)), query=(Token(x=X_q),), positions=(("p", "one-hot"),))


def algorithm(X, Y, X_q, w_0, alpha, lam):
    return X_q @ trained(X, Y, w_0, alpha, lam)


BATCH_GD = Construction(
    name="batch-gd",
    tag="ICL-0080",
    title="Two linear attention layers are one step of batch gradient descent with weight decay, on x_1, y_1, …, x_q",
    sources=(
        Source("akyurek2023learning", "Section 2.3, the prompt, and Section 4, one-step batch gradient descent"),
        Source("vonoswald2023transformers", "Proposition 1, for merged tokens and without weight decay"),
    ),
    uses=("copy-next", "gd-interleaved", "raw-sgd-step"),
    sizes={"d": 3, "n": 3, "N": 3, "m": 2},
    at_most={"n": "N"},
    parameters={
        "w_0": Parameter(("d",), default="1/2", meaning="initial weights, a part of the network"),
        "alpha": Parameter(default="1/20", meaning="step size for the sum of squared errors"),
        "lam": Parameter(default="1/10", meaning="weight decay: the ridge λ"),
    },
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
    **functions(weights, prompt, lambda y: Readout(-y, at="query"), algorithm),
    steps=(
        Step("x_i's token holds its residual", Reading("y", 1, "context[0]"), lambda X, Y, w_0: Y - X @ w_0),
        Step("labels are left alone by layer 1", Reading("y", 1, "context[1]"), lambda Y: Y),
    ),
    quantities={"w": lambda X, Y, w_0, alpha, lam: (w_0, trained(X, Y, w_0, alpha, lam))},
    near_misses={
        "mean-for-sum": NearMiss("the loss is a sum", alpha=lambda alpha, N: alpha / N, lam=lambda lam, N: N * lam),
        "growth": NearMiss("weights decay by −2αλw", decay=-1),
        "no-decay": NearMiss("λ counts", decay=0),
        "one-layer": NearMiss("without the copy no token holds x_i and y_i", first=1),
        "query-is-a-key": NearMiss("the query attends to itself", mask="everything"),
    },
    dead={"layer 1 head 1 query row *[02468] p *": "pad", "layer 1 head 1 key row *[02468] p *": "pad"},
    resources=dict(layers="2", heads="1", width="d + 1 + 2*N + 1", tokens="2*n + 1"),
)
