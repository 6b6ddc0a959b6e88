"""Linear attention layers are steps of TD(0).

**Statement.** For every number of features d, every number of steps K, all step sizes α_l and every matrix C there
are weights of K linear attention layers, normalised by 1/n, such that for every n and γ, all transitions
(φ_i, r_i, φ'_i) and every query φ_q the network answers ⟨w_K, φ_q⟩, where from w = 0: w ← w + (α/n) C Σ_i δ_i φ_i
with δ_i = r_i + γ ⟨w, φ'_i⟩ − ⟨w, φ_i⟩.

**Proof.** The tokens are (φ, γ φ', r), a query's (φ_q, 0, 0). The head scores ⟨φ_i, Cᵀ (γ φ'_j − φ_j)⟩ and has value
α r_i. If r_i holds δ_i, then r_j gains ⟨(α/n) C Σ_i δ_i φ_i, γ φ'_j − φ_j⟩, which is what δ_j gains when w moves by
(α/n) C Σ_i δ_i φ_i. In the query r goes from 0 to −⟨w, φ_q⟩ in the same way, as γ φ' is 0 there.

**Remarks.** The key is φ_i alone: the target r + γ ⟨w, φ'⟩ is not differentiated, which sets TD apart from gradient
descent on a loss. The key φ_i − γ φ'_i gives the residual gradient. γ stands in the prompt and not in the weights.
Convergence is not claimed.
"""

from constructions.algorithms import temporal_difference as td
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Prompt, Readout
from constructions.language import Source, Stack, Stream, Token, Transformer, functions
from constructions.matrix import zeros


def weights(d, steps, alpha, C, *, mask="context", transpose=True, semi_gradient=True, sign=1):
    phi, phi_next, r = stream = Stream(phi=d, phi_next=d, r=1)
    query, key = (C.T if transpose else C) @ (phi_next - phi), phi if semi_gradient else phi - phi_next

    def layer(l):
        head = Head(query=query, key=key, value=sign * alpha[l] * r, into=r)
        return Attention((head,), "linear", mask, normaliser="1/n")

    return Transformer(stream, layers=(Stack(layer, steps),))


def prompt(Phi, Phi_next, r, Phi_q, gamma, *, discounted=True):
    context = Token(phi=Phi, phi_next=gamma * Phi_next if discounted else Phi_next, r=r)
    return Prompt(context=(context,), query=(Token(phi=Phi_q),))


def readout(r):
    return Readout(-r, at="query")


def algorithm(Phi, Phi_next, r, Phi_q, gamma, alpha, C):
    return Phi_q @ td.td_steps(Phi, Phi_next, r, gamma, alpha, C).T


TD_ZERO = Construction(
    name="td-zero",
    tag="ICL-0011",
    sources=(Source("wang2025transformers", "the construction for TD(0)"),),
    sizes={"d": 5, "n": 7, "m": 11, "steps": 2},
    parameters={
        "alpha": Parameter(("steps",), default="1/10", meaning="step sizes, one a layer"),
        "gamma": Parameter(default="9/10", meaning="discount factor"),
        "C": Parameter(("d", "d"), default=1, meaning="preconditioner, the same in every layer"),
    },
    data={"Phi": ("n", "d"), "Phi_next": ("n", "d"), "r": ("n", 1), "Phi_q": ("m", "d")},
    **functions(weights, prompt, readout, algorithm),
    invariant=Invariant(
        start=lambda d: zeros(1, d),
        step=lambda W, l, Phi, Phi_next, r, gamma, alpha, C: td.td_step(W, Phi, Phi_next, r, gamma, alpha[l], C),
        holds={
            ("r", "context"): lambda W, Phi, Phi_next, r, gamma: td.errors(W, Phi, Phi_next, r, gamma),
            ("r", "query"): lambda W, Phi_q: -Phi_q @ W.T,
            ("phi", "context"): lambda Phi: Phi,
            ("phi_next", "context"): lambda Phi_next, gamma: gamma * Phi_next,
        },
    ),
    near_misses={
        "C-transposed": NearMiss("the query takes Cᵀ", transpose=False),
        "gamma-forgotten": NearMiss("the prompt carries γ φ'", prompt={"discounted": False}),
        "residual-gradient": NearMiss("TD does not differentiate its target", semi_gradient=False),
        "query-is-a-key": NearMiss("the query attends to itself", mask="everything"),
        "wrong-sign": NearMiss("steps away from the target", sign=-1),
    },
    dead={"layer last head 1 query row * phi_next *": "last layer"},
    resources=dict(layers="steps", heads="1", width="2*d + 1", tokens="n + 1", nonzeros="steps*(2*d**2 + d + 2)"),
)
