"""With a second head that takes running means, linear attention layers are steps of average-reward TD.

**Statement.** For all sizes d, n, every number of steps K, all step sizes α_l and every matrix C there are weights of K
layers of two linear attention heads, normalised by 1/n, such that for all transitions (φ_i, r_i, φ'_i) and every query
φ_q the network answers ⟨w_K, φ_q⟩, where from w = 0: w ← w + (α/n) C Σ_i δ_i φ_i with δ_i = r_i − r̄_i + ⟨w, φ'_i⟩ −
⟨w, φ_i⟩ and the running means r̄_i = (r_1 + … + r_i)/i.

**Proof.** Register a holds ⟨w, φ_j − φ'_j⟩ in the context and ⟨w, φ_q⟩ in a query, whose φ' is 0. Both heads score
⟨φ_k, Cᵀ (φ'_j − φ_j)⟩. The values of the first are α r, mixed so that key k fetches α (r̄_k − r_k); those of the second
are α a_k. So a_j gains (α/n) Σ_k −δ_k ⟨C φ_k, φ'_j − φ_j⟩, which is what ⟨w, φ_j − φ'_j⟩ gains.

**Remarks.** The answer is read with a plus sign, unlike that of `td-zero`: rewards and values stand in two registers,
and r keeps the rewards. Differential values are known up to a constant only. Convergence is not claimed.
"""

from fractions import Fraction

from constructions.algorithms import temporal_difference as td
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Prompt, Readout
from constructions.language import Source, Stack, Stream, Token, Transformer, functions
from constructions.matrix import exact, identity, ones, zeros


def running(n):
    """The matrix of running means: 1/k in row k, columns 1, …, k."""
    return exact([[Fraction(int(i <= k), k + 1) for i in range(n)] for k in range(n)])


def weights(d, n, steps, alpha, C, *, means=running, transpose=True):
    phi, phi_next, r, a = stream = Stream(phi=d, phi_next=d, r=1, a=1)
    query = (C.T if transpose else C) @ (phi_next - phi)

    def layer(l):
        rewards = Head(query=query, key=phi, value=alpha[l] * r, into=a, mixing=means(n) - identity(n))
        values = Head(query=query, key=phi, value=alpha[l] * a, into=a)
        return Attention((rewards, values), "linear", "context", normaliser="1/n")

    return Transformer(stream, layers=(Stack(layer, steps),))


def prompt(Phi, Phi_next, r, Phi_q):
    return Prompt(context=(Token(phi=Phi, phi_next=Phi_next, r=r),), query=(Token(phi=Phi_q),))


def readout(a):
    return Readout(a, at="query")


def algorithm(Phi, Phi_next, r, Phi_q, alpha, C):
    return Phi_q @ td.average_reward_steps(Phi, Phi_next, r, td.running_means(r), alpha, C).T


TD_AVERAGE = Construction(
    name="td-average",
    tag="ICL-0034",
    sources=(Source("wang2025transformers", "the construction for average-reward TD, with the masks of its code"),),
    uses=("td-zero",),
    sizes={"d": 5, "n": 7, "m": 11, "steps": 2},
    parameters={
        "alpha": Parameter(("steps",), default="1/10", meaning="step sizes, one a layer"),
        "C": Parameter(("d", "d"), default=1, meaning="preconditioner, the same in every layer"),
    },
    data={"Phi": ("n", "d"), "Phi_next": ("n", "d"), "r": ("n", 1), "Phi_q": ("m", "d")},
    **functions(weights, prompt, readout, algorithm),
    invariant=Invariant(
        start=lambda d: zeros(1, d),
        step=lambda W, l, Phi, Phi_next, r, alpha, C: td.average_reward_step(
            W, Phi, Phi_next, r, td.running_means(r), alpha[l], C
        ),
        holds={
            ("a", "context"): lambda W, Phi, Phi_next: (Phi - Phi_next) @ W.T,
            ("a", "query"): lambda W, Phi_q: Phi_q @ W.T,
        },
    ),
    near_misses={
        "one-mean-for-all": NearMiss("transition i knows the rewards up to its own", means=lambda n: ones(n, n) / n),
        "minus-at-the-end": NearMiss("here values stand with a plus", readout=lambda a: Readout(-a, at="query")),
        "means-not-subtracted": NearMiss(
            "with r in place of r − r̄ the values are those of discount 1",
            algorithm=lambda Phi, Phi_next, r, Phi_q, alpha, C: (
                Phi_q @ td.average_reward_steps(Phi, Phi_next, r, 0 * r, alpha, C).T
            ),
        ),
        "C-transposed": NearMiss("the query takes Cᵀ", transpose=False),
    },
    dead={"layer 1 head 2 * row * *": "first layer", "layer last head * query row * phi_next *": "last layer"},
    resources=dict(layers="steps", heads="2", width="2*d + 2", tokens="n + 1", nonzeros="steps*2*(2*d**2 + d + 2)"),
)
