"""Programs that are not in the paper, written as a reader would write them, each with one planted error."""

from functools import partial

from constructions.instructions import aff, columns, compiled, div, dot, mov, pairs, raw, times
from constructions.language import Construction, NearMiss, Parameter, Readout, Stream, Token
from constructions.matrix import ones, zeros


def averaging(d, n, beta, *, weight=1):
    x, e = stream = Stream(x=d, e=d)
    rounds = [
        (mov(e, source=i - 1, target=i, into=e), aff((1 - beta) * e + weight * beta * x, into=e)) for i in range(1, n)
    ]
    return compiled(stream, (aff(beta * x, into=e), *(op for pair in rounds for op in pair)), length=n)


def averaged(X, n, beta):
    e = 0 * X[0]
    for i in range(n):
        e = (1 - beta) * e + beta * X[i]
    return e


AVERAGE = Construction(
    name="exponentially-weighted-mean",
    title="e ← (1 − β) e + β x, from 0, over a sequence",
    sizes={"d": 2, "n": 4},
    parameters={"beta": Parameter(default="1/4")},
    data={"X": ("n", "d")},
    weights=averaging,
    prompt=lambda X: columns(Token(x=X)),
    readout=lambda e: Readout(e, at="last"),
    algorithm=averaged,
    near_misses={"sum": NearMiss("later x count in full", weights=partial(averaging, weight=2))},
)


def heavy_ball(d, eta, mu, *, kept=1):
    y, x, w, v, r, u = stream = Stream(y=1, x=d, w=d, v=d, r=1, u=d)
    chain = [aff(constant=0, into=w)]
    for i in range(2):
        chain += [mov(w, source=2 * i - 1, target=2 * i + 1, into=w), mov(v, source=1, target=3, into=v)] if i else []
        chain += [mov(x, source=2 * i, target=2 * i + 1, into=x), dot(w, x, into=r), aff(r - y, into=r)]
        chain += [times(x, r, into=u), aff(kept * mu * v + u, into=v), aff(w - eta * v, into=w)]
    return compiled(stream, (*chain, mov(w, source=3, target=4, into=u), dot(u, x, into=r)), length=5)


def heavy_ball_steps(X, Y, X_q, eta, mu):
    w = v = zeros(X.shape[1], 1)
    for i in range(2):
        v = mu * v + X[i].T @ (X[i] @ w - Y[i])
        w = w - eta * v
    return X_q @ w


LABELLED = {"X": ("1", "d"), "Y": ("1", 1), "X_q": ("m", "d")}

MOMENTUM = Construction(
    name="two-steps-with-momentum",
    title="v ← μv + (wᵀx − y) x and w ← w − ηv, twice, from 0",
    sizes={"d": 2, "m": 2},
    parameters={"eta": Parameter(default="1/10"), "mu": Parameter(default="9/10")},
    data={**LABELLED, "X": ("2", "d"), "Y": ("2", 1)},
    weights=heavy_ball,
    prompt=pairs,
    readout=lambda r: Readout(r, at="query"),
    algorithm=heavy_ball_steps,
    near_misses={"no-memory": NearMiss("the first step is forgotten", weights=partial(heavy_ball, kept=0))},
)


def normalised(d, w, mu, *, least=1):
    y, x, r, c, u = stream = Stream(y=1, x=d, r=1, c=1, u=d)
    chain = (
        mov(x, source=0, target=1, into=x),
        aff(y - w.T @ x, into=r),
        dot(x, x, into=c),
        aff(c, constant=least, into=c),
        times(r, x, into=u),
        div(u, c, into=u),
        aff(mu * u, constant=w, into=u),
        mov(u, source=1, target=2, into=u),
        dot(u, x, into=r),
    )
    return compiled(stream, chain, length=3)


NLMS = Construction(
    name="normalised-lms",
    title="w ← w + μ (y − wᵀx) x/(1 + |x|²)",
    sizes={"d": 2, "m": 2},
    parameters={"w": Parameter(("d",), default="1/2"), "mu": Parameter(default="1/3")},
    data=LABELLED,
    weights=normalised,
    prompt=pairs,
    readout=lambda r: Readout(r, at="query"),
    algorithm=lambda X, Y, X_q, w, mu: X_q @ (w + mu / (1 + X @ X.T) * X.T @ (Y - X @ w)),
    near_misses={"two-in-the-divisor": NearMiss("1 + |x|², not 2 + |x|²", weights=partial(normalised, least=2))},
)


def squares(d, w, alpha, *, at_query=True):
    y, x, f, r, g, u = stream = Stream(y=1, x=d, f=d, r=1, g=d, u=d)
    chain = (
        times(x, x, into=f),
        mov(f, source=0, target=1, into=f),
        aff(w.T @ f - y, into=r),
        times(f, r, into=g),
        aff(-2 * alpha * g, constant=w, into=g),
        mov(g, source=1, target=2, into=u),
        dot(u, f if at_query else x, into=r),
    )
    return compiled(stream, chain, length=3)


POLYNOMIAL = Construction(
    name="step-on-squares",
    title="One step of SGD on the features x ∘ x",
    sizes={"d": 2, "m": 2},
    parameters={"w": Parameter(("d",), default="1/2"), "alpha": Parameter(default="1/20")},
    data=LABELLED,
    weights=squares,
    prompt=pairs,
    readout=lambda r: Readout(r, at="query"),
    algorithm=lambda X, Y, X_q, w, alpha: (X_q * X_q) @ (w - 2 * alpha * (X * X).T @ ((X * X) @ w - Y)),
    near_misses={
        "raw-query": NearMiss("the query has features too", weights=partial(squares, at_query=False)),
    },
)


def projection(d, w, *, sign=1):
    """The divisor is |x|² in the column of y_1 and 1 elsewhere, since an x of 0 is nothing to divide by."""
    y, x, r, c, u = stream = Stream(y=1, x=d, r=1, c=1, u=d)
    chain = (
        mov(x, source=0, target=1, into=x),
        aff(constant=1, into=c),
        raw("×", x, x, out=ones(1, d), into=c, columns={1: (1,)}),
        aff(y - w.T @ x, into=r),
        times(r, x, into=u),
        div(u, c, into=u),
        aff(sign * u, constant=w, into=u),
        mov(u, source=1, target=2, into=u),
        dot(u, x, into=r),
    )
    return compiled(stream, chain, length=3)


KACZMARZ = Construction(
    name="kaczmarz-step",
    title="w ← w + (y − wᵀx) x/|x|², the projection onto the hyperplane of one example",
    sizes={"d": 2, "m": 2},
    parameters={"w": Parameter(("d",), default="1/2")},
    data=LABELLED,
    weights=projection,
    prompt=pairs,
    readout=lambda r: Readout(r, at="query"),
    algorithm=lambda X, Y, X_q, w: X_q @ (w + X.T @ (Y - X @ w) / (X @ X.T)),
    near_misses={"reflected": NearMiss("towards the hyperplane", weights=partial(projection, sign=-1))},
)

CHAINS = (AVERAGE, MOMENTUM, NLMS, POLYNOMIAL, KACZMARZ)
