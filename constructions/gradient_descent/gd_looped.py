"""One linear attention layer, looped, is gradient descent.

**Statement.** For all sizes d_x, d_y, n, every step size η and every initial W_0 there is one linear attention layer
such that for every number of steps K, all examples and every query x_q, the network that applies it K times answers
W_K x_q, where W_{l+1} = W_l − η ∇R(W_l) and R(W) = 1/(2n) Σ_i |W x_i − y_i|².

**Proof.** The layer of `gd-step` maps a stream that holds (x_j, y_j − (W − W_0) x_j) at the examples and
(x_q, −W x_q) at the query to the same stream with W − η ∇R(W) for W: its value is η/n times W_0
x_i − (y_i − (W − W_0) x_i) = W x_i − y_i, and the x-registers stay. Induction on the number of loops.

**Remarks.** The weights do not know K, so the number of loops may be chosen when the network runs. For
0 < η < 2/λ_max(XᵀX/n) the answer tends to that of the least-squares solution nearest to W_0; no finite K reaches it.
"""

from constructions.algorithms import gradient_descent as gd
from constructions.algorithms.step_size import caution_step_size
from constructions.gradient_descent.gd_step import HOLDS, prompt, readout
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Repeat, Source, Stream
from constructions.language import Transformer, functions
from constructions.matrix import iterate


def weights(d_x, d_y, n, steps, eta, W_0, *, mask="context"):
    x, y = stream = Stream(x=d_x, y=d_y)
    head = Head(query=x, key=x, value=eta / n * (W_0 @ x - y), into=y)
    layer = Attention((head,), kernel="linear", mask=mask)
    return Transformer(stream, layers=(Repeat(layer, steps),))


def algorithm(X, Y, X_q, W_0, eta, steps):
    return X_q @ iterate(lambda W, l: gd.step(W, X, Y, eta), W_0, steps).T


GD_LOOPED = Construction(
    name="gd-looped",
    tag="ICL-0003",
    sources=(Source("vonoswald2023transformers", "Section 3, multiple steps of gradient descent"),),
    uses=("gd-step",),
    sizes={"d_x": 5, "d_y": 3, "n": 7, "m": 11, "steps": 2},
    parameters={
        "eta": Parameter(default="1/10", meaning="step size for the ½·mean loss, the same in every loop"),
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
        "one-loop-short": NearMiss("K − 1 loops", weights={"steps": lambda steps: steps - 1}),
        "one-long-step": NearMiss(
            "K loops are not one step of size K η",
            algorithm=lambda X, Y, X_q, W_0, eta, steps: X_q @ gd.step(W_0, X, Y, steps * eta).T,
        ),
    },
    dead={},
    resources=dict(layers="steps", heads="1", width="d_x + d_y", tokens="n + 1", nonzeros="2*d_x + d_x*d_y + 2*d_y"),
    cautions=(caution_step_size,),
)
