"""Attention with any kernel is gradient descent in function space.

**Statement.** For all sizes d_x, d_y, every number of steps K, all step sizes η_l and all c there are weights of K
attention layers of four heads such that for every n, all examples and every query the network answers f_K(x_q), where
from f_0 = 0: f_{l+1} = f_l + η_{l+1} Σ_i (y_i − f_l(x_i)) K(·, x_i) and K(x, x_i) = c_1 ⟨x, x_i⟩ + c_2 max(⟨x, x_i⟩, 0)
+ c_3 e^⟨x, x_i⟩ + c_4 e^⟨x, x_i⟩ / Σ_k e^⟨x, x_k⟩: linear, ReLU, exponential and softmax attention, alone or together.

**Proof.** After l layers example j holds x_j and y_j − f_l(x_j), a query −f_l(x_q). Head h has the values −η c_h times
these residuals and as its weights the h-th kernel at (x_j, x_i). So every token's y loses η Σ_i (y_i − f_l(x_i))
K(x_j, x_i), which is what f gains at x_j. Nothing was used of K but that it is a function of the token and the examples.

**Remarks.** The proof runs with letters for the kernels: any function of a score may stand for e^s in it, and any function of
a row of scores for softmax. For a symmetric positive definite K these are steps on ½ Σ |f(x_i) − y_i|², and for η < 2/λ_max
tend to the mean of the Gaussian process with that kernel. The softmax kernel is not symmetric: the equation holds, but there
is no loss whose gradient it is.
"""

from constructions.algorithms import kernels
from constructions.algorithms.step_size import caution_kernel
from constructions.gradient_descent.gd_plus_plus import prompt, readout
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Source, Stack, Stream
from constructions.language import Transformer, functions
from constructions.matrix import softmax, zeros

KERNELS = ("linear", "relu", "exp", "softmax")


def weights(d_x, d_y, steps, eta, c, *, mask="context", words=KERNELS):
    x, y = stream = Stream(x=d_x, y=d_y)

    def layer(l):
        heads = (Head(x, x, -eta[l] * c[h] * y, into=y, kernel=word) for h, word in enumerate(words))
        return Attention(tuple(heads), "linear", mask)

    return Transformer(stream, layers=(Stack(layer, steps),))


def algorithm(X, Y, X_q, eta, c):
    return kernels.composite(X_q, X, c) @ kernels.functional_steps(kernels.composite(X, X, c), Y, eta)


def square_without_one_half(X, Y, X_q, eta, c):
    return kernels.composite(X_q, X, c) @ kernels.functional_steps(kernels.composite(X, X, c), Y, 2 * eta)


def normalised_over_readers(X, Y, X_q, eta, c):
    def K(A):
        return kernels.composite(A, X, c) + c[3] * (softmax(X @ A.T).T - softmax(A @ X.T))

    return K(X_q) @ kernels.functional_steps(K(X), Y, eta)


FUNCTIONAL_GD = Construction(
    name="functional-gd",
    tag="ICL-0035",
    sources=(Source("cheng2023transformers", "Propositions 1 and 3"),),
    uses=("gd-steps",),
    sizes={"d_x": 3, "d_y": 2, "n": 5, "m": 7, "steps": 2},
    parameters={
        "eta": Parameter(("steps",), default="1/10", meaning="step sizes, one a layer"),
        "c": Parameter((4,), default="1/4", meaning="weights of the linear, ReLU, exponential and softmax kernel"),
    },
    data={"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("m", "d_x")},
    **functions(weights, prompt, readout, algorithm),
    invariant=Invariant(
        start=lambda Y: zeros(*Y.shape),
        step=lambda W, l, X, Y, eta, c: kernels.functional_step(W, kernels.composite(X, X, c), Y, eta[l]),
        holds={
            ("y", "context"): lambda W, X, Y, c: Y - kernels.composite(X, X, c) @ W,
            ("y", "query"): lambda W, X, X_q, c: -kernels.composite(X_q, X, c) @ W,
        },
    ),
    near_misses={
        "query-is-a-key": NearMiss("the query attends to itself", mask="everything"),
        "loss-without-one-half": NearMiss(
            "the gradient of Σ |f(x_i) − y_i|² is twice this", algorithm=square_without_one_half
        ),
        "softmax-over-readers": NearMiss("softmax divides by the sum over examples", algorithm=normalised_over_readers),
        "exponential-for-softmax": NearMiss(
            "without the division it is another kernel", words=("linear", "relu", "exp", "exp")
        ),
    },
    dead={},
    resources=dict(layers="steps", heads="4", width="d_x + d_y", tokens="n + 1", nonzeros="steps*4*(2*d_x + 2*d_y)"),
    cautions=(caution_kernel,),
)
