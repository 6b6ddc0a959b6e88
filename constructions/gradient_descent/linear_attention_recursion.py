"""Whatever its weights, linear attention knows four matrices of the data: the recursion of (M, u, a, w).

**Statement.** For all sizes d_x, n, every number of layers and heads and *all* matrices P_lk, Q_lk of order d_x + 1,
the network of layers z_j ← z_j + Σ_k P_k (Σ_i z_i z_iᵀ) Q_k z_j, z = (x; y), i over the examples, answers ⟨w, x_q⟩ and
leaves (M x_j + y_j u; a y_j − ⟨w, x_j⟩) at example j, where M, u, a, w follow the recursion at the end of the proof.

**Proof.** A layer multiplies every token by the same matrix I + B, B = Σ_k P_k G Q_k with G = Σ_i z_i z_iᵀ. So after l
layers every token is T times what it was, and G = T G_0 Tᵀ: the data count through their second moments G_0 alone.
Write T = [[M, u], [−wᵀ, a]] and B = [[A, b], [cᵀ, s]]. The blocks of T ← (I + B) T are
M ← (I+A) M − b wᵀ,  u ← (I+A) u + a b,  a ← (1+s) a + ⟨c, u⟩,  w ← (1+s) w − Mᵀ c.
A query starts as (x_q; 0), so its y ends at −⟨w, x_q⟩.

**Remarks.** In the form of heads: key z, query Q z, value P z. The answer is linear in x_q for every choice of weights,
so no such stack answers a nonlinear function of the query. Gradient descent and GD++ are special cases.
"""

from constructions.algorithms import linear_recursion as recursion
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Readout, Source
from constructions.language import Stream, Transformer, functions, last_layer, stack, supervised


def weights(d_x, P, Q, *, mask="context"):
    x, y = stream = Stream(x=d_x, y=1)
    z = stack(x, y)
    layers = [
        tuple(Head(query=Q_k @ z, key=z, value=P_k @ z, into=z) for P_k, Q_k in zip(*l, strict=True))
        for l in zip(P, Q, strict=True)
    ]
    return Transformer(stream, layers=tuple(Attention(heads, kernel="linear", mask=mask) for heads in layers))


def readout(y):
    return Readout(-y, at="query")


def algorithm(X, Y, X_q, P, Q):
    _, _, _, w = recursion.final(X, Y, P, Q)
    return X_q @ w


def heads_in_turn(d_x, P, Q):
    return weights(d_x, [(P_k,) for P_l in P for P_k in P_l], [(Q_k,) for Q_l in Q for Q_k in Q_l])


ORDER = ("steps", "heads", "d_x + 1", "d_x + 1")

LINEAR_ATTENTION_RECURSION = Construction(
    name="linear-attention-recursion",
    tag="ICL-0008",
    title="Whatever its weights, linear attention knows four matrices of the data",
    sources=(Source("vladymyrov2024linear", "Theorem 4.1 and Lemma 4.3"),),
    sizes={"d_x": 5, "n": 7, "m": 11, "steps": 2, "heads": 3},
    parameters={
        "P": Parameter(ORDER, meaning="value matrices (output times value), one a layer and head"),
        "Q": Parameter(ORDER, meaning="score matrices (key transposed times query), one a layer and head"),
    },
    data={"X": ("n", "d_x"), "Y": ("n", 1), "X_q": ("m", "d_x")},
    **functions(weights, supervised, readout, algorithm),
    invariant=Invariant(
        start=lambda X: recursion.start(X),
        step=lambda W, l, X, Y, P, Q: recursion.step(W, X, Y, tuple(zip(P[l], Q[l], strict=True))),
        holds={
            ("x", "context"): lambda W, X, Y: X @ W[0].T + Y @ W[1].T,
            ("y", "context"): lambda W, X, Y: Y @ W[2] - X @ W[3],
            ("x", "query"): lambda W, X_q: X_q @ W[0].T,
            ("y", "query"): lambda W, X_q: -X_q @ W[3],
        },
    ),
    near_misses={
        "query-is-a-key": NearMiss("the query adds its own z zᵀ to G", mask="everything"),
        "heads-in-turn": NearMiss("the heads of a layer read the same stream", weights=heads_in_turn),
        "Q-transposed": NearMiss(
            "Q acts on the reader, Qᵀ would on the example",
            weights=lambda d_x, P, Q: weights(d_x, P, [[Q_k.T for Q_k in Q_l] for Q_l in Q]),
        ),
        "plus-the-register": NearMiss("the answer is minus y", readout=lambda y: Readout(y, at="query")),
    },
    dead=last_layer("head * value row * *", "head * into row * x *", "head * query row * y *"),
    resources=dict(
        layers="steps",
        heads="heads",
        width="d_x + 1",
        tokens="n + 1",
        nonzeros="steps*heads*(2*(d_x + 1)**2 + 2*(d_x + 1))",
    ),
)
