"""Fourteen operations, one a layer, are a Sherman–Morrison update of ridge regression (Theorem 2 of Akyürek et al.).

**Statement.** For every d and λ > 0 there is a transformer of 14 layers on 3d² + 5d + 3 rows of data such that for every
example (x_1, y_1) and every x_2 the prompt x_1, y_1, x_2 is answered, in the column of x_2, with w′ᵀx_2, where
w′ = (λI + x_1 x_1ᵀ)⁻¹ x_1 y_1. With bilinear products, and division by normalised attention to oneself and a sink, this is
an identity. With products of GeLU units at the scale s it is a limit of order s², and where no entry of the data exceeds B the
error has a bound, as long as the error of the divisor stays below 1. In the paper's own layers, where LayerNorm divides, it is
a limit of order s² + 1/N², and the error has a bound in s and N.

**Proof.** With A = I/λ and u = x_1, Sherman and Morrison give (λI + u uᵀ)⁻¹ = A − A u uᵀA/(1 + uᵀA u). The program below
computes the right side line by line; its divisor is 1 + |x|²/λ ≥ 1 in every column.

**Remarks.** One update, from A = I/λ only: the chain ends with the new inverse times x_1 y_1, which is wrong from the second
example on (`raw-ridge` carries what is missing). λ = 0 is not constructible this way: the error grows like s²/λ³ as λ → 0.
The bound for the paper's layers is loose: at d = 2, s = 1/100, λ = B = 1 it is 1.04 for N = 100 and 0.02 for N = 1000. The
second operation of the printed chain, x_1 y_1, is never used; it is kept, and its weights are dead.
"""

from constructions.algorithms.least_squares import inverse
from constructions.gradient_descent.raw_sgd_step import prompt
from constructions.instructions import KNOBS, Chain, aff, div, fidelities, mov, mul, pairs_in_a_box
from constructions.language import Construction, NearMiss, Parameter, Reading, Readout, Source, Step, Stream, functions
from constructions.matrix import below, identity, solve, zeros

LAM = Parameter(default=1, positive=True, meaning="the ridge λ of Σ (wᵀx − y)² + λ|w|²")


def program(d, lam, *, gated=True, plus=1, sign=-1, scale=1):
    y, x, b, A, u, v, o, q, c, S, w = stream = Stream(y=1, x=d, b=d, A=d * d, u=d, v=d, o=d * d, q=1, c=1, S=d * d, w=d)
    return stream, (
        mov(x, source=0, target=1, into=x, gated=gated),  # x_1 beside y_1
        mul(x, y, into=b, sizes=(d, 1, 1)),  # x_1 y_1, never used
        aff(constant=flat_identity(d) * scale / lam, into=A),  # A = I/λ
        mul(A, x, into=u, sizes=(d, d, 1)),  # A x
        mul(x, A, into=v, sizes=(1, d, d)),  # xᵀA
        mul(u, v, into=o, sizes=(d, 1, d)),  # A x xᵀA
        mul(v, x, into=q, sizes=(1, d, 1)),  # xᵀA x
        aff(q, constant=plus, into=c),  # 1 + xᵀA x
        div(o, c, into=S),
        aff(A + sign * S, into=S),  # (λI + x xᵀ)⁻¹
        mul(S, x, into=w, sizes=(d, d, 1)),
        mul(w, y, into=w, sizes=(d, 1, 1)),  # w′
        mov(w, source=1, target=2, into=w),
        mul(w, x, into=readout(u, d).form, sizes=(1, d, 1)),  # w′ᵀx
    )


def flat_identity(d):
    return below(*(identity(d)[:, i] for i in range(d)))


def readout(u, d):
    return Readout(identity(d)[0] @ u, at="query")


weights = Chain(program, 3, readout, rows=lambda B: pairs_in_a_box(1, B))


def ridge(X, Y, lam, d):
    return solve(X.T @ X + lam * identity(d), X.T @ Y)


def algorithm(X, Y, X_q, lam, d):
    return X_q @ ridge(X, Y, lam, d)


RAW_RIDGE_STEP = Construction(
    name="raw-ridge-step",
    tag="ICL-0014",
    title="Fourteen operations, one a layer, are a Sherman–Morrison update of ridge regression",
    sources=(Source("akyurek2023learning", "Theorem 2, equations (13) and (14) and Appendix B"),),
    uses=("mov", "aff", "mul", "div"),
    sizes={"d": 2, "m": 3},
    parameters={"lam": LAM} | KNOBS,
    data={"X": ("1", "d"), "Y": ("1", 1), "X_q": ("m", "d")},
    **functions(weights, prompt, readout, algorithm),
    claims=fidelities(weights, "X", "Y", "X_q", paper=True),
    steps=(
        Step("the divisor is 1 + |x_1|²/λ", Reading("c", 8, "context[1]"), lambda X, lam: identity(1) + X @ X.T / lam),
        Step("w′ stands beside y_1", Reading("w", 12, "context[1]"), lambda X, Y, lam, d: ridge(X, Y, lam, d).T),
    ),
    quantities={
        "w": lambda X, Y, lam, d: (zeros(d, 1), ridge(X, Y, lam, d)),
        "A⁻¹": lambda X, lam, d: (identity(d) / lam, inverse(X, lam)),
    },
    near_misses={
        "mov-without-a-gate": NearMiss(
            "x_2 is erased", source="Appendix C.4.3, the update written for every position", gated=False
        ),
        "one-forgotten": NearMiss("the divisor is xᵀA x without the 1", plus=0),
        "sign": NearMiss("the correction is subtracted", sign=1),
        "identity-for-its-inverse": NearMiss(
            "A is I/λ, not I", weights=lambda d, lam: weights(d=d, lam=lam, scale=lam)
        ),
    },
    resources=dict(layers="14", heads="2", width="3*d*d + 5*d + 6", tokens="3"),
)
