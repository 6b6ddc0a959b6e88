"""Momenta from the interval of the eigenvalues: linear attention layers are Chebyshev's iteration.

**Statement.** For all sizes d_x, d_y, n, every number of steps K, all 0 < μ < L and every initial W_0 there are weights
of K linear attention layers with a token-wise skip such that for all examples and every query x_q the network answers
W_K x_q, where W_1 = W_0 − ∇R(W_0)/c, W_{l+1} = ω_{l+1} (W_l − W_{l−1} − ∇R(W_l)/c) + W_{l−1}, c = (L+μ)/2,
h = (L−μ)/2 and ω_{l+1} = 2 (c/h) T_l(c/h)/T_{l+1}(c/h), T_l being Chebyshev's polynomials.

**Proof.** The recurrence of T_l gives ω_2 = 1/(1 − ρ²/2) and ω_{l+1} = 1/(1 − ρ² ω_l/4), ρ = h/c. The iteration reads
W_{l+1} = W_l + (ω_{l+1} − 1) (W_l − W_{l−1}) − (ω_{l+1}/c) ∇R(W_l): `heavy-ball` with η_l = ω_l/c and β_l = ω_l − 1.

**Remarks.** The weights are ours. They contain μ and L and no data: the steps converge if the eigenvalues of XᵀX/n lie
in [μ, L], and are Chebyshev's iteration in any case. What is left of the error is T_K((c − S)/h)/T_K(c/h) times it,
S = XᵀX/n: at most 1/T_K(c/h) in [μ, L], the least that any polynomial of degree K with value 1 at 0 can do.
"""

from constructions.algorithms import chebyshev
from constructions.algorithms import gradient_descent as gd
from constructions.gradient_descent import heavy_ball
from constructions.gradient_descent.gd_step import prompt, readout
from constructions.language import Construction, NearMiss, Parameter, Source, functions, last_layer, one_step


def omegas(mu, L, steps, *, second=2):
    """ω_1, …, ω_K."""
    rho = (L - mu) / (L + mu)
    found = [1 + 0 * rho]
    for l in range(1, steps):
        found.append(1 / (1 - rho * rho * found[-1] / (second if l == 1 else 4)))
    return found


def weights(d_x, d_y, n, steps, mu, L, W_0, *, mask="context", second=2, momentum=1):
    omega = omegas(mu, L, steps, second=second)
    eta, beta = [2 * one / (L + mu) for one in omega], [momentum * (one - 1) for one in omega]
    return heavy_ball.weights(d_x, d_y, n, steps, eta, beta, W_0, mask=mask)


def algorithm(X, Y, X_q, W_0, mu, L, steps):
    return X_q @ chebyshev.chebyshev_steps(W_0, X, Y, mu, L, steps).T


CHEBYSHEV = Construction(
    name="chebyshev",
    tag="ICL-0031",
    sources=(Source("golub1961chebyshev", "the Chebyshev semi-iterative method"),),
    uses=("heavy-ball",),
    sizes={"d_x": 5, "d_y": 3, "n": 7, "m": 11, "steps": 3},
    parameters={
        "mu": Parameter(default="1/10", positive=True, meaning="lower end of the interval of eigenvalues of XᵀX/n"),
        "L": Parameter(default=2, positive=True, meaning="upper end of that interval"),
        "W_0": Parameter(("d_y", "d_x"), default=0, meaning="initial weights"),
    },
    data={"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("m", "d_x")},
    **functions(weights, prompt, readout, algorithm),
    steps=one_step(
        "the gradient is damped by the polynomial: ∇R(W_K) = ∇R(W_0) T_K((c − S)/h)/T_K(c/h)",
        left=lambda X, Y, W_0, mu, L, steps: gd.gradient(chebyshev.chebyshev_steps(W_0, X, Y, mu, L, steps), X, Y),
        right=lambda X, Y, W_0, mu, L, steps: gd.gradient(W_0, X, Y) @ chebyshev.damping(X, mu, L, steps),
    ),
    near_misses={
        "query-is-a-key": NearMiss("the query attends to itself", mask="everything"),
        "second-step-like-the-rest": NearMiss(
            "ω_2 = 1/(1 − ρ²/2): the recursion with ρ²/4 holds from ω_3 on", second=4
        ),
        "no-momentum": NearMiss("steps of sizes ω_l/c without momentum are other steps", momentum=0),
        "forgotten-1/n": NearMiss("the interval is that of XᵀX/n", n=1),
    },
    dead=last_layer("head 1 into row * p *", "skip 1 into row * p *") | {"layer 1 skip 1 * row * *": "first layer"},
    resources=dict(
        layers="steps", heads="1", width="d_x + 2*d_y", tokens="n + 1", nonzeros="steps*(2*d_x + d_x*d_y + 6*d_y) - d_y"
    ),
)
