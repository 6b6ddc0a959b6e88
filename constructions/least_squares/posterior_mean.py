"""The same layer with λ = σ²/τ² is the Gaussian posterior mean.

**Statement.** For every d, prior deviation τ > 0 and noise σ > 0 there is one layer such that for every n, all examples and
every query the network answers E[wᵀx_q | y_1, …, y_n], where w ~ N(0, τ²I) and y_i = wᵀx_i + ε_i with ε_i ~ N(0, σ²).

**Proof.** (wᵀx_q, Y) is jointly Gaussian with mean 0, cov(wᵀx_q, Y) = τ² x_qᵀXᵀ and cov(Y, Y) = τ² XXᵀ + σ²I, so that its
conditional mean is τ² x_qᵀXᵀ (τ² XXᵀ + σ²I)⁻¹ Y. From (XᵀX + λI) Xᵀ = Xᵀ (XXᵀ + λI) follows
(XᵀX + λI)⁻¹ Xᵀ = Xᵀ (XXᵀ + λI)⁻¹; with λ = σ²/τ² the former is `ridge-closed-form`, the latter the conditional mean.

**Remarks.** Mean and mode agree here, and no predictor has a smaller mean squared error on such tasks. The network knows the
ratio σ/τ only. As σ → 0 it tends to the shortest w that fits, as σ → ∞ to 0.
"""

from constructions.algorithms import least_squares
from constructions.language import Construction, NearMiss, Parameter, Source, functions
from constructions.least_squares import ridge_closed_form
from constructions.least_squares.ridge_closed_form import prompt, readout


def weights(d, sigma, tau):
    return ridge_closed_form.weights(d, 1, sigma * sigma / (tau * tau))


def algorithm(X, Y, X_q, sigma, tau):
    return least_squares.posterior_mean(X, Y, X_q, sigma, tau)


POSTERIOR_MEAN = Construction(
    name="posterior-mean",
    tag="ICL-0024",
    sources=(Source("akyurek2023learning", "equations (18) and (19)"),),
    uses=("ridge-closed-form",),
    sizes={"d": 3, "n": 5, "m": 7},
    parameters={
        "sigma": Parameter(default="1/2", positive=True, meaning="standard deviation of the noise"),
        "tau": Parameter(default=1, positive=True, meaning="standard deviation of each weight"),
    },
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
    **functions(weights, prompt, readout, algorithm),
    near_misses={
        "deviations-for-variances": NearMiss(
            "λ = σ/τ", weights=lambda d, sigma, tau: ridge_closed_form.weights(d, 1, sigma / tau)
        ),
        "upside-down": NearMiss("λ = τ²/σ²", weights=lambda d, sigma, tau: weights(d, tau, sigma)),
        "unit-prior": NearMiss("λ = σ², whatever the prior", tau=lambda tau: tau / tau),
    },
    dead={},
    resources=dict(layers="1", heads="1", width="d + 2", tokens="n + 1", nonzeros="2*d + 2"),
)
