"""One pass of stochastic gradient descent over a whole prompt, example by example, eight layers each.

**Statement.** For all sizes d, N, every initial w_0, step α and weight decay λ there is a transformer of 8N + 2 layers on
5d + 3 rows of data such that for every n ≤ N and every prompt x_1, y_1, …, x_n, y_n, x_q the column of x_q is answered with
w_nᵀx_q, where w_i = w_{i−1} − 2α (x_i x_iᵀw_{i−1} − y_i x_i + λw_{i−1}). Every other column of an x_{i+1} is
answered with w_iᵀx_{i+1}. With products of GeLU units the error has a bound for data in a box, which grows with n.

**Proof.** The round of `raw-sgd-step`, with w as an activation: it is moved from the column of y_{i−1} to that of y_i before
it is trained there. Every operation works in all columns at once, but a column's w is read only after it was moved there. A
copy of w_i goes to the column of x_{i+1}, into rows of its own that no later round changes. A shorter prompt lacks the columns
that later rounds read and write, and nothing else.

**Remarks.** The paper says "repeat this iteration"; its second step has w in the weights, so the very same layers do not
repeat. Rows are reused, so the width does not grow with N (the one-hot positions do). The order of examples matters.
"""

from constructions.gradient_descent.raw_sgd_step import gradient, prompt
from constructions.instructions import SCALE, SIDE, Chain, aff, fidelities, mov, mul, pairs_in_a_box
from constructions.language import Construction, NearMiss, Parameter, Reading, Readout, Source, Stream, functions
from constructions.language import one_step
from constructions.matrix import below, iterate


def program(d, N, w_0, alpha, lam, *, carried=True, copies=True):
    y, x, a, r, g, w, z, u = stream = Stream(y=1, x=d, a=1, r=1, g=d, w=d, z=d, u=d)
    operations = [aff(constant=w_0, into=w)]
    for i in range(N):
        arrives, label = 2 * i, 2 * i + 1
        if i:
            operations += [mov(w, source=label - 2, target=label, into=w)] if carried else [aff(constant=w_0, into=w)]
        else:
            operations += [mov(w, source=0, target=0, into=u)]  # the first x is answered with w_0
        operations += [
            mov(x, source=arrives, target=label, into=x),
            mul(w, x, into=a, sizes=(1, d, 1)),
            aff(a - y, into=r),
            mul(x, r, into=g, sizes=(d, 1, 1)),
            aff(g + lam * w, into=z),
            aff(w - 2 * alpha * z, into=w),
            *([mov(w, source=label, target=label + 1, into=u)] if copies or i == N - 1 else []),
        ]
    return stream, (*operations, mul(u, x, into=a, sizes=(1, d, 1)))


weights = Chain(program, "2*N + 1", lambda a: Readout(a, at="query"), rows=pairs_in_a_box)


def step(w, x, y, alpha, lam):
    return w - 2 * alpha * gradient(x, y, w, lam)


def trained(X, Y, w_0, alpha, lam, n):
    return iterate(lambda w, l: step(w, X[l], Y[l], alpha, lam), w_0, n)


def algorithm(X, Y, X_q, w_0, alpha, lam, n):
    return X_q @ trained(X, Y, w_0, alpha, lam, n)


RAW_SGD = Construction(
    name="raw-sgd",
    tag="ICL-0015",
    sources=(Source("akyurek2023learning", "Section 3, discussion of Theorem 1, and Appendix A"),),
    uses=("raw-sgd-step",),
    sizes={"d": 2, "n": 3, "N": 3, "m": 2},
    at_most={"n": "N"},
    parameters={
        "w_0": Parameter(("d",), default=0, meaning="initial weights"),
        "alpha": Parameter(default="1/20", meaning="step size for the squared error of one example"),
        "lam": Parameter(default="1/10", meaning="weight decay"),
        "s": SCALE,
        "B": SIDE,
    },
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
    **functions(weights, prompt, weights.readout, algorithm),
    claims=fidelities(weights, "X", "Y", "X_q"),
    steps=one_step(
        "every x_{i+1} is answered with w_i",
        Reading("a", -1, "context[0]"),
        lambda X, Y, w_0, alpha, lam, n: below(*(X[i] @ trained(X, Y, w_0, alpha, lam, i) for i in range(n))),
    ),
    quantities={"w": lambda X, Y, w_0, alpha, lam, n: [trained(X, Y, w_0, alpha, lam, i) for i in range(n + 1)]},
    near_misses={
        "the-same-layers-again": NearMiss(
            "w_0 in the weights of every round", source='Appendix A, "repeat this iteration"', carried=False
        ),
        "the-longest-prompt-only": NearMiss(
            "w goes to the column after the last example that there is room for", copies=False
        ),
        "other-order": NearMiss(
            "the order of the examples matters",
            algorithm={"X": lambda X, n: X[list(range(n))[::-1]], "Y": lambda Y, n: Y[list(range(n))[::-1]]},
        ),
        "batch": NearMiss(
            "n steps on one example each are no step on all of them",
            algorithm=lambda X, Y, X_q, w_0, alpha, lam: X_q @ step(w_0, X, Y, alpha, lam),
        ),
    },
    resources=dict(layers="8*N + 2", heads="2", width="5*d + 3 + 2*N + 1", tokens="2*n + 1"),
)
