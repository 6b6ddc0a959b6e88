"""Ridge regression over a whole prompt, by Sherman–Morrison updates in gain form, exact at every prefix.

**Statement.** For all sizes d, N and every λ > 0 there is a transformer of 15N + 1 layers on 3d² + 5d + 5 rows of data such
that for every n ≤ N and every prompt x_1, y_1, …, x_n, y_n, x_q the column of x_q is answered with wᵀx_q, where
w = (XᵀX + λI)⁻¹Xᵀy. Every other column of an x_{i+1} is answered with the ridge solution of the first i examples. With products
of GeLU units the error has a bound for data in a box, as long as the errors of the divisors stay below 1.

**Proof.** P = (X_iᵀX_i + λI)⁻¹ and w = P X_iᵀy are carried from the column of y_i to that of y_{i+1}. With u = P x and
c = 1 + xᵀu, Sherman and Morrison give P ← P − u uᵀ/c, and then P_new x = u/c, so that w ← w + (u/c)(y − wᵀx).

**Remarks.** The printed chain is one update from I/λ, and ends with the new inverse times x_1 y_1: wrong from the second
example on. With λ = σ²/τ² the answer is the posterior mean for w ~ N(0, τ²I) and noise N(0, σ²). The order of
the examples does not matter. The bound soon has no value: at d = 2, s = 1/100, λ = B = 1 it is 0.0016, 0.26, ∞ for n = 1, 2, 3.
"""

from constructions.algorithms.least_squares import inverse
from constructions.gradient_descent.raw_sgd_step import prompt
from constructions.instructions import SCALE, SIDE, Chain, aff, div, dot, fidelities, mov, mul, pairs_in_a_box
from constructions.language import Construction, NearMiss, Parameter, Reading, Readout, Source, Step, Stream, functions
from constructions.least_squares.raw_ridge_step import flat_identity, ridge
from constructions.matrix import below, identity, zeros


def program(d, N, lam, *, carried=True, gain=True):
    y, x, P, w, u, q, c, a, r, k, o, S, v = stream = Stream(
        y=1, x=d, P=d * d, w=d, u=d, q=1, c=1, a=1, r=1, k=d, o=d * d, S=d * d, v=d
    )
    start = [aff(constant=flat_identity(d) / lam, into=P), aff(constant=0, into=w)]
    operations = []
    for i in range(N):
        arrives, label = 2 * i, 2 * i + 1
        carry = [mov(state, source=label - 2, target=label, into=state) for state in (P, w)] if i and carried else start
        operations += [
            *carry,
            mov(x, source=arrives, target=label, into=x),
            mul(P, x, into=u, sizes=(d, d, 1)),
            dot(u, x, into=q),
            aff(q, constant=1, into=c),
            dot(w, x, into=a),
            aff(y - a, into=r),
            mul(u, r, into=k, sizes=(d, 1, 1)),
            *([div(k, c, into=k)] if gain else []),
            aff(w + k, into=w),
            mul(u, u, into=o, sizes=(d, 1, d)),
            div(o, c, into=S),
            aff(P - S, into=P),
            mov(w, source=label, target=label + 1, into=v),
        ]
    return stream, (*operations, dot(v, x, into=a))


weights = Chain(program, "2*N + 1", lambda a: Readout(a, at="query"), rows=pairs_in_a_box)


def algorithm(X, Y, X_q, lam, d):
    return X_q @ ridge(X, Y, lam, d)


def prefixes(X, Y, lam, d, n):
    """The answer at x_1 is 0, that at x_{i+1} is the ridge solution of i examples."""
    answers = (X[i] @ ridge(first(i, X), first(i, Y), lam, d) for i in range(1, n))
    return below(0 * Y[0], *answers)


def first(i, rows):
    return rows[list(range(i))]


RAW_RIDGE = Construction(
    name="raw-ridge",
    tag="ICL-0016",
    sources=(Source("akyurek2023learning", "Section 3, discussion of Theorem 2, and Appendix B"),),
    uses=("raw-ridge-step", "dot"),
    sizes={"d": 2, "n": 2, "N": 2, "m": 2},
    at_most={"n": "N"},
    parameters={
        "lam": Parameter(default=1, positive=True, meaning="the ridge λ of Σ (wᵀx − y)² + λ|w|²"),
        "s": SCALE,
        "B": SIDE,
    },
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
    **functions(weights, prompt, weights.readout, algorithm),
    claims=fidelities(weights, "X", "Y", "X_q"),
    steps=(Step("every prefix has its own ridge solution", Reading("a", -1, "context[0]"), prefixes),),
    quantities={
        "w": lambda X, Y, lam, d, n: [zeros(d, 1), *(ridge(first(i, X), first(i, Y), lam, d) for i in range(1, n + 1))],
        "A⁻¹": lambda X, Y, lam, d, n: [identity(d) / lam, *(inverse(first(i, X), lam) for i in range(1, n + 1))],
    },
    near_misses={
        "one-update-only": NearMiss(
            "each example starts from I/λ again", source="Appendix B, the chain for one example", carried=False
        ),
        "no-gain": NearMiss("w moves by u, not by u/c", gain=False),
        "mean-loss": NearMiss(
            "λ belongs to the sum of squares, not to their mean", algorithm={"lam": lambda lam, n: n * lam}
        ),
    },
    resources=dict(layers="15*N + 1", heads="2", width="3*d*d + 5*d + 6 + 2*N", tokens="2*n + 1"),
)
