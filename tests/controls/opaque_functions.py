"""GeLU, LayerNorm and hard attention in equalities: the same function of the same thing, and very nearly so."""

from dataclasses import replace
from fractions import Fraction

from constructions.language import (
    MLP,
    Attention,
    Construction,
    Head,
    LayerNorm,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    Units,
)
from constructions.matrix import beside, exact, gelu, gelu_tanh, hardmax, ones, reciprocal, reciprocal_sqrt, relu
from tests.controls.base import TRUE, Control

TINY = Fraction(1, 10**30)
D = 4  # width of what is normalised, beside a one


def units(*, activation="gelu", odd=False):
    x, out = stream = Stream(x=1, out=1)
    both = (Units(x, out), Units(-x, -1 * out))
    return Transformer(stream, (MLP(both if odd else both[:1], activation),))


def normalised(*, epsilon=0, gain=1):
    return Transformer(Stream(x=D, one=1), (LayerNorm(gain=gain, epsilon=epsilon),))


def by_hand(X, epsilon):
    row, rows = ones(1, D + 1), X.shape[0]
    H = beside(X, ones(rows, 1))
    centred = H - H @ row.T @ row / (D + 1)
    scale = reciprocal_sqrt((centred * centred) @ row.T / (D + 1) + epsilon * ones(rows, 1))
    return (centred * (scale @ row))[:, :D]


def token_wise(name, network, formula, width=1, register="out"):
    return Construction(
        name=name,
        title=name,
        sizes={"n": 2},
        data={"X": ("n", width)},
        weights=network,
        prompt=(lambda X: Prompt((Token(x=X, one=1),))) if width > 1 else (lambda X: Prompt((Token(x=X),))),
        readout=(lambda x: Readout(x, "context")) if register == "x" else (lambda out: Readout(out, "context")),
        algorithm=formula,
        gadget=True,
    )


def layer_norm(name, network, formula):
    return token_wise(name, network, formula, D, "x")


def hard(d_x, d_y):
    x, y, out = stream = Stream(x=d_x, y=d_y, out=d_y)
    return Transformer(stream, (Attention((Head(x, x, y, out),), "hard", "context"),))


def looked_up(name, formula):
    return replace(
        TRUE, name=name, parameters={}, weights=hard, readout=lambda out: Readout(out, "query"), algorithm=formula
    )


def divided(X, Y, X_q):
    """h/h beside it, which has no value where the other key is chosen; and one of the two is chosen everywhere."""
    s = X[[0]] @ X[[1]].T
    h = hardmax(beside(s, s + 1 - s * s))[:, [0]]
    return (h * reciprocal(h)) * (hardmax(X_q @ X.T) @ Y)


RECORDS = (
    token_wise("gelu-is-gelu", lambda: units(), lambda X: gelu(X)),
    token_wise("the-odd-part-of-gelu", lambda: units(odd=True), lambda X: X),
    token_wise("the-odd-part-of-gelu-tanh", lambda: units(odd=True, activation="gelu tanh"), lambda X: X),
    token_wise("gelu-of-minus", lambda: units(), lambda X: X + gelu(-X)),
    layer_norm("layer-norm", lambda: normalised(epsilon="1/10"), lambda X: by_hand(X, exact("1/10"))),
    layer_norm("layer-norm-without-epsilon", lambda: normalised(), lambda X: by_hand(X, exact(0))),
    looked_up("hard-attention", lambda X, Y, X_q: hardmax(X_q @ X.T) @ Y),
    looked_up(
        "hard-attention-scaled-and-shifted",
        lambda X, Y, X_q: hardmax(3 * X_q @ X.T + X_q[:, [0]] @ ones(1, X.shape[0])) @ Y,
    ),
)
CONTROLS = (
    Control(token_wise("gelu-for-its-tanh", lambda: units(), lambda X: gelu_tanh(X))),
    Control(token_wise("gelu-of-nearly-the-same", lambda: units(), lambda X: gelu((1 + TINY) * X))),
    Control(token_wise("gelu-that-is-nearly-even", lambda: units(), lambda X: gelu(-X) + X * (1 + TINY))),
    Control(layer_norm("layer-norm-with-a-tiny-epsilon", lambda: normalised(), lambda X: by_hand(X, exact(TINY)))),
    Control(
        layer_norm("layer-norm-with-nearly-no-gain", lambda: normalised(gain=1 + TINY), lambda X: by_hand(X, exact(0)))
    ),
    Control(
        token_wise("gelu-and-a-root-of-nothing", lambda: units(), lambda X: gelu(X) + 0 * reciprocal_sqrt(-1 * X * X)),
        (),
    ),
    Control(looked_up("divided-by-a-weight-of-hard-attention", divided), ()),
    Control(looked_up("hard-attention-to-the-least", lambda X, Y, X_q: hardmax(-X_q @ X.T) @ Y)),
    Control(looked_up("hard-attention-to-squares", lambda X, Y, X_q: hardmax((X_q @ X.T) * (X_q @ X.T)) @ Y)),
    Control(looked_up("hard-attention-to-what-is-positive", lambda X, Y, X_q: hardmax(relu(X_q @ X.T)) @ Y)),
)
