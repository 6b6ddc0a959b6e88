"""A looped attention layer finds a principal component in context: power iteration.

**Statement.** For every size d and every number Λ > 0 there is one linear attention layer with a token-wise skip, normalised
by 1/n, such that for every number K of loops, every n, all x_1, …, x_n and every start v_0 the network answers (S/Λ)^K v_0,
S = XᵀX/n. So does a layer of two ReLU heads.

**Proof.** The tokens are (x_i, 0) and (0, v). The head scores example i by ⟨v, x_i⟩, its value is x_i/Λ: it adds S v/Λ to v,
and the skip takes v away. Context tokens have v = 0 and stay as they are. Two ReLU heads with scores ±⟨v, x_i⟩ and values
±x_i/Λ add max(s, 0) − max(−s, 0) = s.

**Remarks.** Weights of the ReLU heads as in the paper, without its normalisation by 1/|v|, which no ReLU computes exactly: if
Λ ≥ λ_max nothing grows, and the direction is what counts. Where v_0 is not orthogonal to it and λ_1 > λ_2, the direction tends
to the first eigenvector of S like (λ_2/λ_1)^K. S is not centred: for principal components in the sense of statistics the
examples must be.
"""

from constructions.algorithms import power_iteration as power
from constructions.language import Attention, Construction, Equal, Head, Invariant, NearMiss, Parameter, Prompt, Readout
from constructions.language import Repeat, Source, Stream, Token, Transformer, Write
from constructions.matrix import ones


def weights(d, steps, bound, *, kernel="linear", signs=(1,), kept=1, normaliser="1/n"):
    x, v = stream = Stream(x=d, v=d)
    heads = tuple(Head(query=sign * v, key=x, value=sign * x / bound, into=v) for sign in signs)
    layer = Attention(heads, kernel, "context", normaliser, skip=(Write(-kept * v, into=v),))
    return Transformer(stream, layers=(Repeat(layer, steps),))


def algorithm(X, v_0, bound, steps):
    return power.power_steps(v_0, X, bound, steps)


def centred(X, v_0, bound, steps, n):
    return power.power_steps(v_0, X - ones(n, 1) @ ones(1, n) @ X / n, bound, steps)


POWER_ITERATION = Construction(
    name="power-iteration",
    tag="ICL-0038",
    sources=(Source("he2025learning", "power iteration by ReLU attention, without its normalisation"),),
    sizes={"d": 3, "n": 5, "steps": 2},
    parameters={"bound": Parameter(default=1, positive=True, meaning="Λ, a bound of the eigenvalues of XᵀX/n")},
    data={"X": ("n", "d"), "v_0": ("1", "d")},
    weights=weights,
    prompt=lambda X, v_0: Prompt(context=(Token(x=X),), query=(Token(v=v_0),)),
    readout=lambda v: Readout(v, at="query"),
    algorithm=algorithm,
    claims=(
        Equal("one linear head, network = algorithm"),
        Equal(
            "two ReLU heads, network = algorithm", {"kernel": "relu", "signs": (1, -1), "invariant": ..., "dead": None}
        ),
    ),
    invariant=Invariant(
        start=lambda v_0: v_0,
        step=lambda W, X, bound: power.power_step(W, X, bound),
        holds={("v", "context"): lambda X: 0 * X, ("v", "query"): lambda W: W},
    ),
    near_misses={
        "without-the-skip": NearMiss("that is (I + S/Λ)^K", kept=0),
        "one-relu-head": NearMiss("negative scores count too", kernel="relu"),
        "forgotten-1/n": NearMiss("S is a mean", normaliser="none"),
        "centred-moments": NearMiss("S is not centred", algorithm=centred),
    },
    dead={},
    resources=dict(layers="steps", heads="1", width="2*d", tokens="n + 1", nonzeros="6*d"),
)
