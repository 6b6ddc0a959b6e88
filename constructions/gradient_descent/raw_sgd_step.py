"""Nine operations, one a layer, are a step of stochastic gradient descent (Theorem 1 of Akyürek et al.).

**Statement.** For every d, every w in ℝ^d, step α and weight decay λ there is a transformer of 9 layers on 4d + 3 rows of
data such that for every example (x_1, y_1) and every x_2 the prompt x_1, y_1, x_2 is answered, in the column of x_2, with
w′ᵀx_2, where w′ = w − 2α (x_1 x_1ᵀw − y_1 x_1 + λw). With bilinear products this is an identity. With products of GeLU units
at the scale s it is a limit of order s², and where no entry of the data exceeds B the error has a bound. In the paper's own
layers (softmax, LayerNorm, GeLU everywhere, pads of the size N) it is a limit of order s² + 1/N², and the error has a bound in s
and N.

**Proof.** The program below, line by line: row 0 holds y, rows 1 … d hold x, and each operation overwrites the rows that the
paper names. After seven operations rows 3+2d … 2+3d of column 1 hold w′; the last two carry it to column 2 and multiply.

**Remarks.** The paper says that the output *contains an entry equal to* w′ᵀx_2; what its layers give is the limit. The initial
w is part of the weights. One step on one example: for one after the other see `raw-sgd`, for all at once, in two layers,
`batch-gd`. Positions are one-hot codes, one row a column.
"""

from constructions.instructions import KNOBS, Chain, aff, fidelities, mov, mul
from constructions.instructions import pairs as prompt
from constructions.instructions import pairs_in_a_box
from constructions.language import Construction, NearMiss, Parameter, Reading, Readout, Source, Step, Stream, functions
from constructions.matrix import identity


def program(d, w, alpha, lam, *, decay=1, gated=True):
    y, x, a, r, g, v, z = stream = Stream(y=1, x=d, a=1, r=1, g=d, w=d, z=d)
    return stream, (
        mov(x, source=0, target=1, into=x, gated=gated),  # x_1 beside y_1
        aff(w.T @ x, into=a),  # wᵀx
        aff(a - y, into=r),  # wᵀx − y
        mul(x, r, into=g, sizes=(d, 1, 1)),  # x (wᵀx − y)
        aff(constant=w, into=v),
        aff(g + decay * lam * v, into=z),  # half the gradient
        aff(v - 2 * alpha * z, into=v),  # w′
        mov(v, source=1, target=2, into=v),
        mul(v, x, into=readout(z, d).form, sizes=(1, d, 1)),  # w′ᵀx
    )


def readout(z, d):
    return Readout(identity(d)[0] @ z, at="query")


weights = Chain(program, 3, readout, rows=lambda B: pairs_in_a_box(1, B))


def gradient(X, Y, w, lam):
    return X.T @ (X @ w - Y) + lam * w


def trained(X, Y, w, alpha, lam):
    return w - 2 * alpha * gradient(X, Y, w, lam)


def algorithm(X, Y, X_q, w, alpha, lam):
    return X_q @ trained(X, Y, w, alpha, lam)


RAW_SGD_STEP = Construction(
    name="raw-sgd-step",
    tag="ICL-0013",
    title="Nine operations, one a layer, are a step of stochastic gradient descent",
    sources=(Source("akyurek2023learning", "Theorem 1, equation (11) and Appendix A"),),
    uses=("mov", "aff", "mul"),
    sizes={"d": 2, "m": 3},
    parameters={
        "w": Parameter(("d",), default="1/2", meaning="initial weights, a part of the network"),
        "alpha": Parameter(default="1/20", meaning="step size for the squared error of one example"),
        "lam": Parameter(default="1/10", meaning="weight decay"),
        **KNOBS,
    },
    data={"X": ("1", "d"), "Y": ("1", 1), "X_q": ("m", "d")},
    **functions(weights, prompt, readout, algorithm),
    claims=fidelities(weights, "X", "Y", "X_q", paper=True),
    steps=(
        Step("wᵀx_1 stands beside y_1", Reading("a", 2, "context[1]"), lambda X, w: X @ w),
        Step("half the gradient", Reading("z", 6, "context[1]"), lambda X, Y, w, lam: gradient(X, Y, w, lam).T),
        Step(
            "the trained weights stand in the column of y_1",
            Reading("w", 7, "context[1]"),
            lambda X, Y, w, alpha, lam: trained(X, Y, w, alpha, lam).T,
        ),
    ),
    quantities={"w": lambda X, Y, w, alpha, lam: (w, trained(X, Y, w, alpha, lam))},
    near_misses={
        "decay-as-listed": NearMiss("W_2 = −λ: the weights grow", source="Appendix A, step 6 of the list", decay=-1),
        "decay-as-traced": NearMiss("W_2 = −2λ: doubled next", source="Appendix A, step 6 of the trace", decay=-2),
        "mov-without-a-gate": NearMiss(
            "an MLP that overwrites everywhere erases x_2",
            source="Appendix C.4.3, the update written for every position",
            gated=False,
        ),
    },
    resources=dict(layers="9", heads="2", hidden="2*d", width="4*d + 6", tokens="3"),
)
