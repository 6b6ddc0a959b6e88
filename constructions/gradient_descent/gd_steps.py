"""K linear attention layers are K steps of gradient descent.

**Statement.** For all sizes d_x, d_y, n, every number of steps K, all step sizes η_1, …, η_K and every initial W_0
there are weights of K linear attention layers such that for all examples and every query x_q the network answers W_K
x_q, where W_l = W_{l−1} − η_l ∇R(W_{l−1}) and R(W) = 1/(2n) Σ_i |W x_i − y_i|².

**Proof.** After l layers example j holds x_j and y_j − (W_l − W_0) x_j, and a query holds −W_l x_q. True for l = 0.
The value of layer l+1 is η/n times W_0 x_i − (y_i − (W_l − W_0) x_i) = W_l x_i − y_i, so, as in `gd-step`, every
token's y-register loses (W_{l+1} − W_l) x_j.

**Remarks.** The layers differ in their step sizes only; one step size for all is `gd-looped`. No layer stores W_l: it
stands nowhere in the stream, and each token holds what it predicts. The order of the step sizes does not matter on
this loss, since the factors I − η_l XᵀX/n commute.
"""

from constructions.algorithms import gradient_descent as gd
from constructions.algorithms.step_size import caution_step_size
from constructions.gradient_descent.gd_step import HOLDS, prompt, readout
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Source, Stack, Stream
from constructions.language import Transformer, functions


def weights(d_x, d_y, n, steps, eta, W_0, *, mask="context", start=lambda l, W_0: W_0):
    x, y = stream = Stream(x=d_x, y=d_y)

    def layer(l):
        head = Head(query=x, key=x, value=eta[l] / n * (start(l, W_0) @ x - y), into=y)
        return Attention((head,), kernel="linear", mask=mask)

    return Transformer(stream, layers=(Stack(layer, steps),))


def algorithm(X, Y, X_q, W_0, eta):
    return X_q @ gd.steps(W_0, X, Y, eta).T


GD_STEPS = Construction(
    name="gd-steps",
    tag="ICL-0002",
    sources=(Source("vonoswald2023transformers", "Section 3, multiple steps of gradient descent"),),
    uses=("gd-step",),
    sizes={"d_x": 5, "d_y": 3, "n": 7, "m": 11, "steps": 2},
    parameters={
        "eta": Parameter(("steps",), default="1/10", meaning="step sizes for the ½·mean loss, one a layer"),
        "W_0": Parameter(("d_y", "d_x"), default=0, meaning="initial weights"),
    },
    data={"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("m", "d_x")},
    **functions(weights, prompt, readout, algorithm),
    invariant=Invariant(
        start=lambda W_0: W_0,
        step=lambda W, l, X, Y, eta: gd.step(W, X, Y, eta[l]),
        holds=HOLDS,
    ),
    near_misses={
        "query-is-a-key": NearMiss("the query attends to itself", mask="everything"),
        "forgotten-1/n": NearMiss("the loss is a mean, each layer a sum", n=1),
        "W_0-in-the-first-layer-only": NearMiss(
            "later layers take y for a residual, but it is short of W_0 x",
            start=lambda l, W_0: W_0 if l == 0 else 0 * W_0,
        ),
        "one-layer-short": NearMiss("K − 1 layers", weights={"steps": lambda steps: steps - 1}),
    },
    dead={},
    resources=dict(
        layers="steps", heads="1", width="d_x + d_y", tokens="n + 1", nonzeros="steps*(2*d_x + d_x*d_y + 2*d_y)"
    ),
    cautions=(caution_step_size,),
)
