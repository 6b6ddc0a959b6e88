"""With one more register, linear attention layers are gradient descent with momentum.

**Statement.** For all sizes d_x, d_y, n, every number of steps K, all step sizes η_l and momenta β_l and every initial
W_0 there are weights of K linear attention layers with a token-wise linear skip such that for all examples and every
query x_q the network answers W_K x_q, where from V_0 = 0: V_l = β_l V_{l−1} − η_l ∇R(W_{l−1}), W_l = W_{l−1} + V_l
and R(W) = 1/(2n) Σ_i |W x_i − y_i|².

**Proof.** The register p of a token holds −V_l x, the others what they hold in `gd-steps`. The head adds
η ∇R(W_l) x_j to p_j and to y_j, and the skip adds (β − 1) p_j to p_j and β p_j to y_j. So p_j becomes
−(β V_l − η ∇R(W_l)) x_j = −V_{l+1} x_j, and y_j gains what p_j then holds, −(W_{l+1} − W_l) x_j.

**Remarks.** The weights are ours. The velocity is one vector a token, −V x_j, and V itself stands nowhere. Without
the skip there is no momentum: a token would have to attend to itself. `chebyshev` chooses η_l and β_l; coefficients
that depend on the data, as those of conjugate gradients, are no weights.
"""

from constructions.algorithms import gradient_descent as gd
from constructions.algorithms.conjugate_gradients import conjugate_gradient_steps
from constructions.algorithms.step_size import caution_step_size
from constructions.gradient_descent.gd_step import prompt, readout
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Source, Stack, Stream
from constructions.language import Transformer, Write, functions, last_layer


def weights(d_x, d_y, n, steps, eta, beta, W_0, *, mask="context", decay=1, late=False):
    x, y, p = stream = Stream(x=d_x, y=d_y, p=d_y)

    def layer(l):
        head = Head(query=x, key=x, value=eta[l] / n * (W_0 @ x - y), into=p if late else y + p)
        skip = Write(value=p, into=beta[l] * y + (beta[l] - decay) * p)
        return Attention((head,), kernel="linear", mask=mask, skip=(skip,))

    return Transformer(stream, layers=(Stack(layer, steps),))


def algorithm(X, Y, X_q, W_0, eta, beta):
    W, _ = gd.heavy_ball_steps(W_0, X, Y, eta, beta)
    return X_q @ W.T


def nesterov(X, Y, X_q, W_0, eta, beta):
    W, V = W_0, 0 * W_0
    for l in range(eta.shape[0]):
        ahead = W + beta[l] * V
        V = beta[l] * V - eta[l] * gd.gradient(ahead, X, Y)
        W = W + V
    return X_q @ W.T


HEAVY_BALL = Construction(
    name="heavy-ball",
    tag="ICL-0030",
    sources=(
        Source("polyak1964methods", "the heavy-ball method"),
        Source("dutta2024memory", "Proposition 1, the same method with a memory outside the stream"),
    ),
    uses=("gd-steps",),
    sizes={"d_x": 5, "d_y": 3, "n": 7, "m": 11, "steps": 3},
    parameters={
        "eta": Parameter(("steps",), default="1/10", meaning="step sizes for the ½·mean loss, one a layer"),
        "beta": Parameter(("steps",), default="1/2", meaning="momenta, one a layer; the first meets no velocity"),
        "W_0": Parameter(("d_y", "d_x"), default=0, meaning="initial weights"),
    },
    data={"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("m", "d_x")},
    **functions(weights, prompt, readout, algorithm),
    invariant=Invariant(
        start=lambda W_0: (W_0, 0 * W_0),
        step=lambda W, l, X, Y, eta, beta: gd.heavy_ball_step(W[0], W[1], X, Y, eta[l], beta[l]),
        holds={
            ("y", "context"): lambda W, X, Y, W_0: Y - X @ (W[0] - W_0).T,
            ("y", "query"): lambda W, X_q: -X_q @ W[0].T,
            ("p", "context"): lambda W, X: -X @ W[1].T,
            ("p", "query"): lambda W, X_q: -X_q @ W[1].T,
        },
    ),
    near_misses={
        "query-is-a-key": NearMiss("the query attends to itself", mask="everything"),
        "velocity-kept": NearMiss("the skip adds β p to p, which is there already", decay=0),
        "gradient-a-layer-late": NearMiss("y must gain the new velocity", late=True),
        "nesterov": NearMiss("the gradient is taken where the weights are, not ahead of them", algorithm=nesterov),
        "conjugate-gradients": NearMiss(
            "their coefficients are rational functions of the data, and no weights",
            source=Source(
                "dutta2024memory", "Proposition 1: a memory of past gradients implements conjugate gradients"
            ),
            algorithm=lambda X, Y, X_q, W_0, steps: X_q @ conjugate_gradient_steps(W_0, X, Y, steps).T,
        ),
        "no-momentum": NearMiss(
            "from the second layer on the velocity counts",
            algorithm=lambda X, Y, X_q, W_0, eta: X_q @ gd.steps(W_0, X, Y, eta).T,
        ),
    },
    dead={"layer 1 skip 1 * row * *": "first layer"} | last_layer("head 1 into row * p *", "skip 1 into row * p *"),
    resources=dict(
        layers="steps", heads="1", width="d_x + 2*d_y", tokens="n + 1", nonzeros="steps*(2*d_x + d_x*d_y + 6*d_y)"
    ),
    cautions=(caution_step_size,),
)
