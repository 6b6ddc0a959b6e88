"""One softmax head denoises: it answers the posterior mean over the tokens that it sees.

**Statement.** For all d, all σ² > 0 and all ρ there is one softmax head such that for all n and all tokens x_1, …, x_n
and every noisy query q the answer is E[x | x + N(0, σ² I) = q], where x has the prior Σ_t p_t δ(x_t), p_t ∝
e^{(1−ρ)|x_t|²/2σ²}. With ρ = 1 that prior is uniform. With ρ = 0, the head of the paper, it is uniform if and only if
all |x_t| are equal.

**Proof.** p_t e^{−|q − x_t|²/2σ²} = e^{−|q|²/2σ²} e^{⟨x_t, q⟩/σ² − ρ|x_t|²/2σ²}, and the first factor is the same for
all t. The head scores ⟨x_t, q⟩/σ² − ρ|x_t|²/2σ², with value x_t.

**Remarks.** An exact identity for every finite n. The paper states a limit: for n → ∞ tokens drawn on a sphere, the
posterior mean under their empirical distribution becomes that under the distribution they are drawn from. Off the
sphere its head is wrong (a near miss); the bias −|x_t|²/2σ² of the key, for which tokens carry |x_t|², puts it right.
The head is one step of a modern Hopfield network.
"""

from constructions.algorithms import bayes
from constructions.language import Attention, Construction, Head, NearMiss, Parameter, Prompt, Readout, Source, Stream
from constructions.language import Token, Transformer, stack
from constructions.matrix import ones


def weights(d, var, rho, *, mask="context", half=2):
    x, norm, one, out = stream = Stream(x=d, norm=1, one=1, out=d)
    head = Head(query=stack(x, one) / var, key=stack(x, -rho / half * norm), value=x, into=out)
    return Transformer(stream, layers=(Attention((head,), "softmax", mask),))


def algorithm(X, X_q, var, rho):
    return bayes.all_denoised(X, X_q, var, 1 - rho)


DENOISING = Construction(
    name="denoising",
    tag="ICL-0048",
    sources=(Source("smart2025denoising", "Theorem 3.1 and Proposition 2"),),
    sizes={"d": 3, "n": 5, "m": 2},
    parameters={
        "var": Parameter(default=1, positive=True, meaning="variance σ² of the noise"),
        "rho": Parameter(default=1, meaning="share of |x|²/2σ² that is taken from the score; 1 for a uniform prior"),
    },
    data={"X": ("n", "d"), "X_q": ("m", "d")},
    degree=2,
    weights=weights,
    prompt=lambda X, X_q, d: Prompt(context=(Token(x=X, norm=ones(1, d) @ (X * X)),), query=(Token(x=X_q, one=1),)),
    readout=lambda out: Readout(out, at="query"),
    algorithm=algorithm,
    near_misses={
        "unequal-norms": NearMiss(
            "without the bias long tokens are preferred: for a uniform prior all norms must be equal",
            source="Theorem 3.1, off the sphere",
            rho=lambda var: 0 * var,
            algorithm=lambda X, X_q, var: bayes.all_denoised(X, X_q, var, 0 * var),
        ),
        "the-noisy-token-too": NearMiss("the query is no sample", mask="everything"),
        "half-forgotten": NearMiss("the density has |x|²/2σ²", half=1),
        "deviation-for-variance": NearMiss("scores are divided by σ², not σ", var=1),
    },
    resources=dict(layers="1", heads="1", width="2*d + 2", tokens="n + 1"),
)
