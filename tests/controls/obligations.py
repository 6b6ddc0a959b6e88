"""What a proof by induction over the depth owes, each owed by a record that has all the rest: forget one, and it is believed."""

from dataclasses import replace

from constructions import get
from constructions.algorithms import gradient_descent as gd
from constructions.language import (
    Attention,
    Construction,
    Head,
    Invariant,
    Parameter,
    Prompt,
    Readout,
    Repeat,
    Stream,
    Token,
    Transformer,
)
from constructions.matrix import iterate
from tests.controls.base import Control

BARE = {"near_misses": {}, "dead": None, "tag": "", "steps": (), "resources": {}}
SIZES = {"d_x": 2, "d_y": 1, "n": 3, "m": 1, "steps": 2}
STEPS, BALL = (replace(get(name), sizes=SIZES, **BARE) for name in ("gd-steps", "heavy-ball"))
BOTH = ("blockwise", "invariant")


def changed(name, record=STEPS, by=BOTH, **fields):
    return Control(replace(record, name=name, **fields), by=by)


def descended(X, Y, X_q, W, eta, steps, times=1):
    return X_q @ iterate(lambda W, l: gd.step(W, X, Y, times * eta[l]), W, steps).T


def ball(X, Y, X_q, eta, beta, state):
    step = lambda W, l: gd.heavy_ball_step(W[0], W[1], X, Y, eta[l], beta[l])  # noqa: E731
    return X_q @ iterate(step, state, eta.shape[0])[0].T


def summing(d, steps):
    """Every layer adds X_q XᵀX to z."""
    x, z = stream = Stream(x=d, z=d)
    return Transformer(stream, (Repeat(Attention((Head(x, x, x, z),), "linear", "context"), steps),))


# z starts at X_q C, and the algorithm answers with the transpose of C + steps XᵀX: the same if C is symmetric.
TURNED_START = Construction(
    name="a-start-that-is-not-symmetric",
    title="A sum from C, which the invariant declares symmetric",
    sizes={"d": 3, "n": 5, "m": 2, "steps": 2},
    parameters={"C": Parameter(("d", "d"), default=0)},
    data={"X": ("n", "d"), "X_q": ("m", "d")},
    weights=summing,
    prompt=lambda X, X_q, C: Prompt((Token(x=X, z=C.T @ X),), (Token(x=X_q, z=C.T @ X_q),)),
    readout=lambda z: Readout(z, "query"),
    algorithm=lambda X, X_q, C, steps: X_q @ iterate(lambda W, _: W + X.T @ X, C, steps).T,
    invariant=Invariant(
        start=lambda C: C,
        step=lambda W, X: W + X.T @ X,
        holds={("z", "query"): lambda W, X_q: X_q @ W, ("z", "context"): lambda W, X: X @ W},
        symmetric=True,
    ),
)


def one_layer_more(d_x, d_y, n, steps, eta, W_0):
    """A layer behind the stack, with a step size of its own."""
    network = STEPS.weights(d_x, d_y, n, steps, eta, W_0)
    x, y = network.stream
    last = Attention((Head(x, x, W_0 @ x - y, y),), "linear", "context")
    return Transformer(network.stream, (*network.layers, last))


CONTROLS = (
    changed(
        "a-start-that-the-prompt-does-not-hold",
        algorithm=lambda X, Y, X_q, W_0, eta, steps: descended(X, Y, X_q, 2 * W_0, eta, steps),
        invariant=replace(STEPS.invariant, start=lambda W_0: 2 * W_0),
    ),
    changed(
        "an-algorithm-that-starts-elsewhere",
        algorithm=lambda X, Y, X_q, W_0, eta, steps: descended(X, Y, X_q, 2 * W_0, eta, steps),
    ),
    changed(
        "an-algorithm-with-another-step",
        algorithm=lambda X, Y, X_q, W_0, eta, steps: descended(X, Y, X_q, W_0, eta, steps, 2),
    ),
    changed(
        "an-algorithm-with-fewer-steps",
        by=("identity",),
        algorithm=lambda X, Y, X_q, W_0, eta, steps: descended(X, Y, X_q, W_0, eta, steps - 1),
    ),
    changed(
        "a-second-state-that-starts-elsewhere",
        BALL,
        algorithm=lambda X, Y, X_q, W_0, eta, beta: ball(X, Y, X_q, eta, beta, (W_0, W_0)),
    ),
    changed(
        "a-second-state-that-the-prompt-does-not-hold",
        BALL,
        algorithm=lambda X, Y, X_q, W_0, eta, beta: ball(X, Y, X_q, eta, beta, (W_0, W_0)),
        invariant=replace(BALL.invariant, start=lambda W_0: (W_0, W_0)),
    ),
    changed(
        "a-layer-behind-the-stack-that-counts-as-preparation",
        by=("identity",),
        weights=one_layer_more,
        invariant=replace(STEPS.invariant, first=1),
    ),
    Control(TURNED_START, by=BOTH),
)
