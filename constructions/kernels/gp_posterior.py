"""One stack of kernel attention solves for mean and variance of a Gaussian process at once.

**Statement.** For all sizes d_x, d_y, every number of steps K, all step sizes η_l and every noise σ² there are weights
of one layer that looks at the query and K layers of kernel attention such that for every n, all examples and every query
x_q the network answers k_qᵀ a_K and κ(x_q, x_q) − k_qᵀ b_K, where κ(x, x') = e^(−|x − x'|²/2), G = κ(X, X),
k_q = κ(X, x_q), and a_l, b_l are Richardson's iterates for (G + σ²I) a = Y and (G + σ²I) b = k_q from 0.

**Proof.** A token carries x, s = −|x|²/2 and 1, so that ⟨(x_j, 1, s_j), (x_i, s_i, 1)⟩ = −|x_i − x_j|²/2. The first layer
attends to the query alone, with value 1: register k of token j holds κ(x_j, x_q). After l more layers u and v hold
κ(x_j, X) a_l and κ(x_j, X) b_l. The head adds η κ(x_j, X) (Y − u) and η κ(x_j, X) (k − v), the skip takes η σ² u_j and
η σ² v_j away; as κ(x_j, X) (Y − G a − σ² a) is what κ(x_j, X) a gains in a step, that is right for u, and so for v.

**Remarks.** For 0 < η < 2/(λ_max(G) + σ²) the answers tend to mean and variance of the posterior of f(x_q); the variance of
a new label is σ² larger. Context tokens must see the query here: its kernel is a right-hand side. So there is one query a
prompt. u is kept beside y and not subtracted from it: otherwise the skip could not tell them apart.
"""

from constructions.algorithms import kernels
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Prompt, Readout
from constructions.language import Source, Stack, Stream, Token, Transformer, Write, functions, stack
from constructions.matrix import beside, ones, zeros


def weights(d_x, d_y, steps, eta, noise, *, mask="context", kept=1, damped=1):
    x, s, one, y, u, k, v = stream = Stream(x=d_x, s=1, one=1, y=d_y, u=d_y, k=1, v=1)
    query, key = stack(x, one, kept * s), stack(x, kept * s, one)
    look = Attention((Head(query, key, value=one, into=k),), kernel="exp", mask="query")

    def layer(l):
        head = Head(query, key, value=eta[l] * stack(y - u, k - v), into=stack(u, v))
        skip = Write(value=-damped * eta[l] * noise * stack(u, v), into=stack(u, v))
        return Attention((head,), kernel="exp", mask=mask, skip=(skip,))

    return Transformer(stream, layers=(look, Stack(layer, steps)))


def prompt(X, Y, X_q, d_x):
    example = Token(x=X, s=-ones(1, d_x) @ (X * X) / 2, one=1, y=Y)
    return Prompt(context=(example,), query=(Token(x=X_q, s=-ones(1, d_x) @ (X_q * X_q) / 2, one=1),))


def algorithm(X, Y, X_q, eta, noise, *, label=0):
    k = kernels.gaussian(X, X_q)
    a, b = kernels.posterior_steps(kernels.gaussian(X, X), Y, k, eta, noise)
    return beside(k.T @ a, kernels.gaussian(X_q, X_q) - k.T @ b + label * noise)


GP_POSTERIOR = Construction(
    name="gp-posterior",
    tag="ICL-0036",
    sources=(Source("kang2026transformers", "Theorem 3.1; the matrices are ours"),),
    uses=("functional-gd",),
    sizes={"d_x": 3, "d_y": 2, "n": 5, "steps": 2},
    parameters={
        "eta": Parameter(("steps",), default="1/10", meaning="step sizes, one a layer"),
        "noise": Parameter(default="1/10", positive=True, meaning="variance of the noise, σ²"),
    },
    data={"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("1", "d_x")},
    degree=2,
    **functions(weights, prompt, lambda u, k, v: Readout(stack(u, k - v), at="query"), algorithm),
    invariant=Invariant(
        start=lambda n, d_y: (zeros(n, d_y), zeros(n, 1)),
        step=lambda W, l, X, Y, X_q, eta, noise: (
            kernels.richardson_step(W[0], kernels.gaussian(X, X), Y, eta[l], noise),
            kernels.richardson_step(W[1], kernels.gaussian(X, X), kernels.gaussian(X, X_q), eta[l], noise),
        ),
        holds={
            ("u", "context"): lambda W, X: kernels.gaussian(X, X) @ W[0],
            ("v", "context"): lambda W, X: kernels.gaussian(X, X) @ W[1],
            ("k", "context"): lambda X, X_q: kernels.gaussian(X, X_q),
            ("u", "query"): lambda W, X, X_q: kernels.gaussian(X_q, X) @ W[0],
            ("v", "query"): lambda W, X, X_q: kernels.gaussian(X_q, X) @ W[1],
            ("k", "query"): lambda X_q: kernels.gaussian(X_q, X_q),
        },
        first=1,
    ),
    near_misses={
        "query-is-a-key": NearMiss("the query has no label", mask="everything"),
        "kernel-of-inner-products": NearMiss("e^⟨x, x'⟩ is another kernel", kept=0),
        "noise-forgotten": NearMiss("without the skip the noise is 0", damped=0),
        "variance-of-a-label": NearMiss("a new label varies by σ² more than f", algorithm={"label": 1}),
    },
    dead={
        "layer 2 skip 1 * row * *": "first layer",
        "layer 2 head 1 value row * u *": "first layer",
        "layer 2 head 1 value row * v *": "first layer",
    },
    resources=dict(
        layers="steps + 1",
        heads="1",
        width="d_x + 2*d_y + 4",
        tokens="n + 1",
        nonzeros="2*d_x + 6 + steps*(2*d_x + 5*d_y + 9)",
    ),
)
