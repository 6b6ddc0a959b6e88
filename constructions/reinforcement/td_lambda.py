"""A mask with decaying weights adds eligibility traces: linear attention layers are steps of TD(λ).

**Statement.** For all sizes d, n, every number of steps K, all step sizes α_l, every λ and every matrix C there are
weights of K linear attention layers, normalised by 1/n, such that for every γ, all transitions (φ_i, r_i, φ'_i) and
every query φ_q the network answers ⟨w_K, φ_q⟩, where from w = 0: w ← w + (α/n) C Σ_i δ_i e_i with e_i = λ e_{i−1} + φ_i
and δ_i = r_i + γ ⟨w, φ'_i⟩ − ⟨w, φ_i⟩.

**Proof.** As for `td-zero`, but between values and keys stands M_ki = λ^{i−k} for i ≥ k, so that key φ_k fetches
Σ_{i ≥ k} λ^{i−k} δ_i. Summed over the keys that is Σ_i δ_i Σ_{k ≤ i} λ^{i−k} φ_k = Σ_i δ_i e_i.

**Remarks.** The traces stand nowhere in the stream: they are a matrix of positions. Sutton's trace decays by γλ. A mask
cannot know γ, which stands in the prompt here, so λ is that product. λ = 0 is `td-zero`.
"""

from constructions.algorithms import temporal_difference as td
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Source, Stack, Stream
from constructions.language import Transformer, functions
from constructions.matrix import below, beside, exact, zeros
from constructions.reinforcement.td_zero import prompt, readout


def decaying(n, lam):
    """λ^{i−k} in row k and column i ≥ k."""
    powers = [exact(1)]
    for _ in range(1, n):
        powers.append(lam * powers[-1])
    return below(*(beside(*(powers[i - k] if i >= k else exact(0) for i in range(n))) for k in range(n)))


def weights(d, n, steps, alpha, lam, C, *, mix=decaying, transpose=True):
    phi, phi_next, r = stream = Stream(phi=d, phi_next=d, r=1)
    query, mixing = (C.T if transpose else C) @ (phi_next - phi), mix(n, lam)

    def layer(l):
        head = Head(query=query, key=phi, value=alpha[l] * r, into=r, mixing=mixing)
        return Attention((head,), "linear", "context", normaliser="1/n")

    return Transformer(stream, layers=(Stack(layer, steps),))


def algorithm(Phi, Phi_next, r, Phi_q, gamma, alpha, lam, C):
    return Phi_q @ td.td_lambda_steps(Phi, Phi_next, r, gamma, alpha, C, lam).T


TD_LAMBDA = Construction(
    name="td-lambda",
    tag="ICL-0033",
    sources=(Source("wang2025transformers", "the construction for TD(λ), with the mask of its code"),),
    uses=("td-zero",),
    sizes={"d": 5, "n": 7, "m": 11, "steps": 2},
    parameters={
        "alpha": Parameter(("steps",), default="1/10", meaning="step sizes, one a layer"),
        "gamma": Parameter(default="9/10", meaning="discount factor"),
        "lam": Parameter(default="1/2", meaning="decay of the traces, Sutton's γλ"),
        "C": Parameter(("d", "d"), default=1, meaning="preconditioner, the same in every layer"),
    },
    data={"Phi": ("n", "d"), "Phi_next": ("n", "d"), "r": ("n", 1), "Phi_q": ("m", "d")},
    **functions(weights, prompt, readout, algorithm),
    invariant=Invariant(
        start=lambda d: zeros(1, d),
        step=lambda W, l, Phi, Phi_next, r, gamma, alpha, C, lam: td.td_lambda_step(
            W, Phi, Phi_next, r, gamma, alpha[l], C, lam
        ),
        holds={
            ("r", "context"): lambda W, Phi, Phi_next, r, gamma: td.errors(W, Phi, Phi_next, r, gamma),
            ("r", "query"): lambda W, Phi_q: -Phi_q @ W.T,
        },
    ),
    near_misses={
        "traces-of-the-future": NearMiss(
            "a transition credits the features before it", mix=lambda n, lam: decaying(n, lam).T
        ),
        "no-traces": NearMiss(
            "TD(0) credits the current features only",
            algorithm=lambda Phi, Phi_next, r, Phi_q, gamma, alpha, C: (
                Phi_q @ td.td_steps(Phi, Phi_next, r, gamma, alpha, C).T
            ),
        ),
        "decay-gamma-lambda": NearMiss(
            "the mask decays by λ, where Sutton's traces decay by γλ", algorithm={"lam": lambda lam, gamma: gamma * lam}
        ),
        "C-transposed": NearMiss("the query takes Cᵀ", transpose=False),
    },
    dead={"layer last head 1 query row * phi_next *": "last layer"},
    resources=dict(layers="steps", heads="1", width="2*d + 1", tokens="n + 1", nonzeros="steps*(2*d**2 + d + 2)"),
)
