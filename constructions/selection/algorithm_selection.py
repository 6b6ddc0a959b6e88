"""ReLU attention validates K learners and answers with a convex mixture of those within γ of the best.

**Statement.** For all K, n and γ > 0 there are weights of two layers of ReLU attention (of 2K and of 2 heads), three
MLPs between them, such that for all validation examples with predictions f_1, …, f_K and labels the answer to a query
is Σ_k λ_k f_k(x_q), where λ_k ≥ 0, Σ_k λ_k = 1, and λ_k = 0 for every learner whose mean squared error L_k exceeds the
least one by γ or more.

**Proof.** For e = f_k − y the heads add relu(e) e + relu(−e)(−e) = e², so every token holds L. The MLPs compute c_k =
Σ_l relu(L_k − L_l) ≥ L_k − min L, with equality to 0 for a best learner; u_k = relu(1 − c_k/γ); and A_k = relu(1 − u_1
− … − u_k), A_0 = 1, λ_k = A_{k−1} − A_k. The A_k decrease to 0, since u = 1 for a best learner. The last layer adds
relu(⟨f, λ⟩) − relu(−⟨f, λ⟩) = ⟨f, λ⟩.

**Remarks.** Not an argmin: learners within γ share, and the earlier ones in the list take first. The squared loss is
exact because attention multiplies a score by a value. The paper forms ⟨f, λ⟩ by homogeneity, relu((f + R) A) = (f + R)
A for |f| ≤ R; here two heads do it for all f. The learners themselves, earlier layers such as those of `bai-ridge`,
have put f into the tokens.
"""

import numpy as np

from constructions.algorithms import selection
from constructions.language import MLP, Attention, Block, Constant, Construction, Head, NearMiss, Parameter, Prompt
from constructions.language import Reading, Readout, Source, Stream, Token, Transformer, Units, one_step
from constructions.matrix import exact, hardmax, identity, ones


def weights(n, K, gamma, *, mask="context", share_out=True):
    f, y, one, L, c, u, lam, out = stream = Stream(f=K, y=1, one=1, L=K, c=K, u=K, lam=K, out=1)
    each, share, learner = ones(K, 1), (n + 1) * ones(1, 1) / n, identity(K)
    errors = [(sign, k, learner[k] @ f - y) for sign in (1, -1) for k in range(K)]
    losses = tuple(Head(query=one, key=s * e, value=s * share * e, into=learner[k] @ L) for s, k, e in errors)
    excess = tuple(Units(each @ learner[k] @ L - L, each @ learner[k] @ c) for k in range(K))
    near = Units(-c / gamma, u, bias=1)
    until = exact([[int(l <= k) for l in range(K)] for k in range(K)])
    after = exact([[int(k == l + 1) for k in range(K)] for l in range(K)])
    left = Units(-until @ u, (after - learner) @ lam, bias=1)
    shares = MLP((left,), "relu", constants=(Constant(1, learner[0] @ lam),))
    plain = MLP((Units(u, lam),), "relu")
    mix = tuple(Head(query=s * f, key=lam, value=s * share * one, into=out) for s in (1, -1))
    mlps = MLP(excess, "relu"), MLP((near,), "relu"), shares if share_out else plain
    validate = Block((Attention(losses, "relu", mask, normaliser="1/T"), *mlps))
    return Transformer(stream, layers=(validate, Attention(mix, "relu", "context", normaliser="1/T")))


def algorithm(F, Y, F_q, gamma):
    return selection.selected(F, Y, F_q, gamma)


def argmin(F, Y, F_q, K):
    return F_q @ hardmax(-selection.losses(F, Y), np.ones((1, K), dtype=bool)).T


ALGORITHM_SELECTION = Construction(
    name="algorithm-selection",
    tag="ICL-0054",
    sources=(Source("bai2023statisticians", "Proposition 15 and Appendix H, post-ICL validation"),),
    sizes={"K": 3, "n": 5, "m": 7},
    parameters={
        "gamma": Parameter(default="1/10", positive=True, meaning="loss by which a learner may exceed the best one")
    },
    data={"F": ("n", "K"), "Y": ("n", 1), "F_q": ("m", "K")},
    weights=weights,
    prompt=lambda F, Y, F_q: Prompt(context=(Token(f=F, y=Y, one=1),), query=(Token(f=F_q, one=1),)),
    readout=lambda out: Readout(out, at="query"),
    algorithm=algorithm,
    steps=one_step(
        "after the first layer every query knows all shares",
        left=Reading("lam", layer=1, at="query"),
        right=lambda F, Y, m, gamma: ones(m, 1) @ selection.shares(selection.losses(F, Y), gamma),
    ),
    near_misses={
        "argmin": NearMiss("learners that are nearly best share", algorithm=argmin),
        "query-validates": NearMiss("the query has no label", mask="everything"),
        "shares-not-bounded": NearMiss("u does not sum to 1", share_out=False),
        "other-order": NearMiss(
            "the earlier learners take first",
            algorithm={
                "F": lambda F, K: F[:, list(range(K))[::-1]],
                "F_q": lambda F_q, K: F_q[:, list(range(K))[::-1]],
            },
        ),
    },
    resources=dict(layers="2", heads="2*K", hidden="K*K", width="5*K + 3", tokens="n + 1"),
)
