"""One linear attention head a layer is Newton's iteration for an inverse.

**Statement.** For all sizes n, d, every number of steps K and every ε there are weights of K linear attention layers such that
for every n × d matrix A, given row by row, token i ends with column i of X_K, where X_0 = ε Aᵀ and
X_k = X_{k−1} (2I − A X_{k−1}).

**Proof.** Token i holds row a_i of A and column x_i of X. The head scores token j against token i by ⟨a_j, x_i⟩ = (AX)_ji with
value −x_j, so it adds −Σ_j x_j (AX)_ji, column i of −XAX; the skip doubles x_i. Column i of X_0 is ε a_i, which the prompt holds.

**Remarks.** I − A X_k = (I − A X_{k−1})², so the residual is (I − εAAᵀ)^(2^K). For 0 < ε < 2/|A|² the iterates tend to the
pseudo-inverse A⁺, quadratically; if A is invertible, to A⁻¹. The published blocks [X; A; I; 0] take two layers of two heads a
step and 4d rows, since there a token holds a column of A as well as of X. A X_k is symmetric for this X_0, so that query and key
may be exchanged.
"""

from constructions.algorithms import newton
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Prompt, Readout
from constructions.language import Repeat, Source, Stream, Token, Transformer, Write, one_step


def weights(d, steps, *, double=True, sign=-1, normaliser="none"):
    a, x = stream = Stream(a=d, x=d)
    head = Head(query=x, key=a, value=sign * x, into=x)
    skip = (Write(value=x, into=x),) if double else ()
    layer = Attention((head,), kernel="linear", mask="everything", normaliser=normaliser, skip=skip)
    return Transformer(stream, layers=(Repeat(layer, steps),))


def algorithm(A, eps, steps):
    return newton.pseudo_inverse(A, eps, steps).T


NEWTON_INVERSE = Construction(
    name="newton-inverse",
    tag="ICL-0025",
    sources=(Source("giannou2024newton", "Lemma 4.1, with blocks of our own"),),
    sizes={"d": 3, "n": 5, "steps": 2},
    parameters={"eps": Parameter(default="1/10", meaning="the start is ε Aᵀ")},
    data={"A": ("n", "d")},
    weights=weights,
    prompt=lambda A, eps: Prompt(context=(Token(a=A, x=eps * A),)),
    readout=lambda x: Readout(x, at="context"),
    algorithm=algorithm,
    invariant=Invariant(
        start=lambda A, eps: eps * A.T,
        step=lambda W, A: newton.step(W, A),
        holds={("a", "context"): lambda A: A, ("x", "context"): lambda W: W.T},
    ),
    steps=one_step(
        "the residual is squared in every step",
        left=lambda A, eps, steps: newton.residual(A, newton.pseudo_inverse(A, eps, steps)),
        right=lambda A, eps, steps: newton.squared(newton.residual(A, eps * A.T), steps),
    ),
    near_misses={
        "without-doubling": NearMiss("X − XAX", double=False),
        "wrong-sign": NearMiss("2X + XAX", sign=1),
        "mean": NearMiss("the layer is a sum, not a mean", normaliser="1/n"),
        "one-step-short": NearMiss("K − 1 steps", algorithm={"steps": lambda steps: steps - 1}),
    },
    dead={},
    resources=dict(layers="steps", heads="1", width="2*d", tokens="n", nonzeros="6*d"),
)
