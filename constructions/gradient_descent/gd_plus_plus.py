"""A linear attention head that also moves the inputs is GD++.

**Statement.** For all sizes d_x, d_y, n, every number of steps K and all η, γ, one of each a layer, there are weights
of K linear attention layers such that for all examples and every query the network answers W_K x_q, where, from
W_0 = 0 and C_0 = I, W_{l+1} = W_l − η ∇R(W_l) C_l C_lᵀ and C_{l+1} = C_l − γ C_l (X C_l)ᵀ (X C_l), the rows of X
being examples.

**Proof.** One head scores ⟨x_i, x_j⟩ on the inputs as they stand, and writes −γ x_i into x and −(η/n) y_i into y.
After l layers token j holds C_lᵀ x_j and the residual y_j − W_l x_j. So x_j loses γ Σ_i C_lᵀ x_i
⟨C_lᵀ x_i, C_lᵀ x_j⟩, that is C_{l+1}ᵀ x_j is left, and y_j loses
(η/n) Σ_i (y_i − W_l x_i) ⟨C_lᵀ x_i, C_lᵀ x_j⟩ = (W_{l+1} − W_l) x_j. The query goes the same way from y = 0.

**Remarks.** In the space of weights, GD++ is gradient descent with the preconditioner C_l C_lᵀ, which the forward
pass finds from the data: a layer maps an eigenvalue λ of XᵀX to λ (1 − γλ)². Weights and inputs move at once, from
the same old inputs. γ multiplies the sum XᵀX, η the mean. The query's input moves too, or its answer would be for the
wrong coordinates.
"""

from constructions.algorithms import gradient_descent as gd
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Prompt, Readout
from constructions.language import Source, Stack, Stream, Token, Transformer, functions, last_layer, stack


def weights(d_x, d_y, n, steps, eta, gamma, *, mask="context", sign=1):
    x, y = stream = Stream(x=d_x, y=d_y)

    def layer(l):
        head = Head(query=x, key=x, value=stack(-sign * gamma[l] * x, -eta[l] / n * y), into=stack(x, y))
        return Attention((head,), kernel="linear", mask=mask)

    return Transformer(stream, layers=(Stack(layer, steps),))


def prompt(X, Y, X_q):
    return Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),))


def readout(y):
    return Readout(-y, at="query")


def algorithm(X, Y, X_q, eta, gamma):
    W, _ = gd.plus_plus_steps(X, Y, eta, gamma)
    return X_q @ W.T


def inputs_first(X, Y, X_q, eta, gamma):
    W, C = gd.plus_plus_start(X, Y)
    for l in range(eta.shape[0]):
        _, C = gd.plus_plus_step(W, C, X, Y, eta[l], gamma[l])
        W, _ = gd.plus_plus_step(W, C, X, Y, eta[l], gamma[l])
    return X_q @ W.T


GD_PLUS_PLUS = Construction(
    name="gd-plus-plus",
    tag="ICL-0004",
    sources=(Source("vonoswald2023transformers", "Appendix A.10"),),
    uses=("gd-steps",),
    sizes={"d_x": 5, "d_y": 3, "n": 7, "m": 11, "steps": 2},
    parameters={
        "eta": Parameter(("steps",), default="1/10", meaning="step sizes for the ½·mean loss, one a layer"),
        "gamma": Parameter(("steps",), default="1/100", meaning="how far the inputs move, one a layer"),
    },
    data={"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("m", "d_x")},
    **functions(weights, prompt, readout, algorithm),
    invariant=Invariant(
        start=gd.plus_plus_start,
        step=lambda W, l, X, Y, eta, gamma: gd.plus_plus_step(W[0], W[1], X, Y, eta[l], gamma[l]),
        holds={
            ("x", "context"): lambda W, X: X @ W[1],
            ("y", "context"): lambda W, X, Y: Y - X @ W[0].T,
            ("x", "query"): lambda W, X_q: X_q @ W[1],
            ("y", "query"): lambda W, X_q: -X_q @ W[0].T,
        },
    ),
    near_misses={
        "query-is-a-key": NearMiss("the query attends to itself", mask="everything"),
        "inputs-grow": NearMiss("the sign of γ", sign=-1),
        "inputs-move-first": NearMiss("the weights step on inputs that have moved already", algorithm=inputs_first),
        "plain-gradient-descent": NearMiss(
            "from the second layer on the moved inputs count",
            algorithm=lambda X, Y, X_q, eta: X_q @ gd.steps(gd.plus_plus_start(X, Y)[0], X, Y, eta).T,
        ),
    },
    dead=last_layer("head 1 value row * x *", "head 1 into row * x *"),
    resources=dict(layers="steps", heads="1", width="d_x + d_y", tokens="n + 1", nonzeros="steps*(4*d_x + 2*d_y)"),
)
