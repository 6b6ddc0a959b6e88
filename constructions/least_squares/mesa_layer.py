"""A mesa layer with a causal mask is recursive least squares.

**Statement.** For all sizes d_k, d_v, n and every λ > 0 there is one layer out_t = V_tᵀ K_t (K_tᵀ K_t + I/λ)⁻¹ q_t
over the tokens i ≤ t such that for all keys, values and queries it answers Φ_t q_t at every t, Φ_t being the t-th
iterate of recursive least squares: from Φ_0 = 0 and R_0 = λ I, g = R k / (1 + kᵀ R k), Φ ← Φ + (v − Φ k) gᵀ,
R ← R − g kᵀ R.

**Proof.** By Sherman and Morrison R_t = (Σ_{i ≤ t} k_i k_iᵀ + I/λ)⁻¹, and then g = R_t k_t. If
Φ_{t−1} = (Σ_{i<t} v_i k_iᵀ) R_{t−1}, then Φ_t = Φ_{t−1} (I − k_t gᵀ) + v_t gᵀ = (Σ_{i<t} v_i k_iᵀ) R_t + v_t
k_tᵀ R_t, because R_{t−1} (I − k_t gᵀ) = R_t. That is the layer.

**Remarks.** Φ_t minimises ½ Σ_{i ≤ t} |v_i − Φ k_i|² + |Φ|²/(2λ): ridge regression on every prefix in one layer,
exactly, because this layer divides; no finite stack of linear attention does, whose answers are polynomials. As
λ → 0, out/λ tends to linear attention.
"""

from constructions.algorithms import least_squares
from constructions.language import Attention, Construction, Head, MesaLayer, NearMiss, Parameter, Prompt, Readout
from constructions.language import Source, Stream, Token, Transformer, one_step
from constructions.matrix import below


def weights(d_k, d_v, lam, *, mask="causal"):
    k, v, q, out = stream = Stream(k=d_k, v=d_v, q=d_k, out=d_v)
    layer = MesaLayer(query=q, key=k, value=v, into=out, ridge=1 / lam, mask=mask)
    return Transformer(stream, layers=(layer,))


def algorithm(K, V, Q, lam):
    solutions = least_squares.recursive_least_squares(K, V, lam)
    return below(*(Q[t] @ Phi.T for t, Phi in enumerate(solutions)))


def linear_attention(d_k, d_v, lam):
    k, v, q, out = stream = Stream(k=d_k, v=d_v, q=d_k, out=d_v)
    head = Head(query=q, key=k, value=lam * v, into=out)
    return Transformer(stream, layers=(Attention((head,), kernel="linear", mask="causal"),))


MESA_LAYER = Construction(
    name="mesa-layer",
    tag="ICL-0010",
    sources=(Source("vonoswald2023mesa", "equations (4)–(8)"),),
    sizes={"d_k": 3, "d_v": 2, "n": 5},
    parameters={"lam": Parameter(default=1, positive=True, meaning="inverse of the ridge penalty")},
    data={"K": ("n", "d_k"), "V": ("n", "d_v"), "Q": ("n", "d_k")},
    weights=weights,
    prompt=lambda K, V, Q: Prompt(context=(Token(k=K, v=V, q=Q),)),
    readout=lambda out: Readout(out, at="context"),
    algorithm=algorithm,
    steps=one_step(
        "after all examples Φ_n = (Σ v kᵀ)(Σ k kᵀ + I/λ)⁻¹, ridge regression",
        left=lambda K, V, lam: least_squares.recursive_least_squares(K, V, lam)[-1],
        right=lambda K, V, lam: least_squares.ridge(K, V, 1 / lam),
    ),
    near_misses={
        "penalty-lambda": NearMiss("the penalty is 1/λ", lam=lambda lam: 1 / lam),
        "without-itself": NearMiss("token t is among its own keys", mask="strict"),
        "all-tokens": NearMiss("Φ_t knows the first t examples only", mask="everything"),
        "linear-attention": NearMiss(
            "without the inverse this holds to first order in λ only", weights=linear_attention
        ),
    },
    dead={},
    resources=dict(layers="1", heads="1", width="2*d_k + 2*d_v", tokens="n", nonzeros="2*d_k + 2*d_v"),
)
