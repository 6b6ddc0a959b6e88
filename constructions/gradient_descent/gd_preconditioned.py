"""A linear attention head with queries A x is a step of preconditioned gradient descent.

**Statement.** For all sizes d_x, d_y, every number of steps K, all matrices A_1, …, A_K and every initial W_0 there
are weights of K linear attention layers, normalised by 1/n, such that for every n, all examples and every query x_q
the network answers W_K x_q, where each row w of W moves by w ← w − A_lᵀ ∇R(w) and R(W) = 1/(2n) Σ_i |W x_i − y_i|².

**Proof.** The head scores ⟨x_i, A x_j⟩ with value W_0 x_i − y_i, and y_i is short of W_0 x_i as in `gd-steps`. So the
layer adds 1/n Σ_i (W x_i − y_i) x_iᵀ A x_j = ∇R(W) A x_j to y_j, and W ← W − ∇R(W) A, whose rows are w − Aᵀ ∇R(w).

**Remarks.** A need not be symmetric, and then the transpose matters: the lemma as printed has w − A ∇R(w). With
A = η I this is `gd-steps`. The division by n belongs to the layer here, so one network serves every context length.
"""

from constructions.algorithms import gradient_descent as gd
from constructions.algorithms.step_size import caution_preconditioner
from constructions.gradient_descent.gd_step import HOLDS, prompt, readout
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Source, Stack, Stream
from constructions.language import Transformer, functions


def weights(d_x, d_y, steps, A, W_0, *, mask="context", normaliser="1/n"):
    x, y = stream = Stream(x=d_x, y=d_y)

    def layer(l):
        head = Head(query=A[l] @ x, key=x, value=W_0 @ x - y, into=y)
        return Attention((head,), "linear", mask, normaliser)

    return Transformer(stream, layers=(Stack(layer, steps),))


def algorithm(X, Y, X_q, steps, A, W_0):
    return X_q @ gd.preconditioned_steps(W_0, X, Y, A, steps).T


GD_PRECONDITIONED = Construction(
    name="gd-preconditioned",
    tag="ICL-0005",
    sources=(Source("ahn2023preconditioned", "Lemma 1, with the transpose put right"),),
    uses=("gd-steps",),
    sizes={"d_x": 5, "d_y": 3, "n": 7, "m": 11, "steps": 2},
    parameters={
        "A": Parameter(("steps", "d_x", "d_x"), default="1/10", meaning="preconditioners, one a layer"),
        "W_0": Parameter(("d_y", "d_x"), default=0, meaning="initial weights"),
    },
    data={"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("m", "d_x")},
    **functions(weights, prompt, readout, algorithm),
    invariant=Invariant(
        start=lambda W_0: W_0,
        step=lambda W, l, X, Y, A: gd.preconditioned_step(W, X, Y, A[l]),
        holds=HOLDS,
    ),
    near_misses={
        "as-printed": NearMiss(
            "w − A ∇R(w), without the transpose",
            source="Lemma 1",
            algorithm={"A": lambda A: [A_l.T for A_l in A]},
        ),
        "query-is-a-key": NearMiss("the query attends to itself", mask="everything"),
        "divided-by-tokens": NearMiss("the query's token is counted as an example", normaliser="1/T"),
        "layers-in-reverse": NearMiss("steps with different preconditioners do not commute", A=lambda A: A[::-1]),
    },
    dead={},
    resources=dict(
        layers="steps", heads="1", width="d_x + d_y", tokens="n + 1", nonzeros="steps*(d_x**2 + d_x + d_x*d_y + 2*d_y)"
    ),
    cautions=(caution_preconditioner,),
)
