"""True theorems in unusual dress. Each must stand."""

from dataclasses import replace
from fractions import Fraction

from constructions import get
from constructions.language import (
    Attention,
    Construction,
    Head,
    MesaLayer,
    Parameter,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
)
from constructions.matrix import below, beside, identity, ones, solve, zeros
from tests.controls.base import CAUSAL, TRUE, algorithm, prompt, weights
from tests.controls.smuggling import relu_pair


def reversed_registers(d_x, d_y, n, eta):
    y, _, x = stream = Stream(y=d_y, pad=4, x=d_x)
    return Transformer(stream, [Attention([Head(x, x, -eta / n * y, y)], "linear", "context")])


def two_half_heads(d_x, d_y, n, eta):
    x, y = stream = Stream(x=d_x, y=d_y)
    half = Head(x, x, -eta / (2 * n) * y, y)
    return Transformer(stream, (Attention((half, half), "linear", "context"),))


def normalised(d_x, d_y, eta):
    x, y = stream = Stream(x=d_x, y=d_y)
    return Transformer(stream, (Attention((Head(x, x, -eta * y, y),), "linear", "context", normaliser="1/n"),))


def normalised_by_tokens(d_x, d_y, n, eta):
    x, y = stream = Stream(x=d_x, y=d_y)
    head = Head(x, x, -eta * Fraction(n + 1, n) * y, y)
    return Transformer(stream, (Attention((head,), "linear", "context", normaliser="1/T"),))


def weighted_mask(d_x, d_y, n, c):
    x, y = stream = Stream(x=d_x, y=d_y)
    mask = below(zeros(n, n + 1), beside(c.T, zeros(1, 1)))
    return Transformer(stream, (Attention((Head(x, x, y, y),), "linear", mask),))


def weighted(X, Y, X_q, c):
    return X_q @ X.T @ ((c @ ones(1, Y.shape[1])) * Y)


def ridge(d_x, d_y, lam):
    x, y, o = stream = Stream(x=d_x, y=d_y, o=d_y)
    return Transformer(stream, (MesaLayer(x, x, y, o, lam, "context"),))


def own(name, **fields):
    return Construction(name=name, title=name, **({"sizes": TRUE.sizes, "data": TRUE.data, "prompt": prompt} | fields))


RECORDS = (
    TRUE,
    CAUSAL,
    replace(TRUE, name="reversed-registers", weights=reversed_registers),
    replace(TRUE, name="two-half-heads", weights=two_half_heads),
    replace(TRUE, name="normaliser-one-over-n", weights=normalised),
    replace(TRUE, name="normaliser-one-over-tokens", weights=normalised_by_tokens),
    own(
        "a-mask-weighted-by-a-parameter",
        weights=weighted_mask,
        parameters={"c": Parameter(("n",), default=1)},
        readout=lambda y: Readout(y, "query"),
        algorithm=weighted,
    ),
    own(
        "ridge-by-a-parameter",
        weights=ridge,
        parameters={"lam": Parameter(default=1, positive=True)},
        readout=lambda o: Readout(o, "query"),
        algorithm=lambda X, Y, X_q, lam: X_q @ solve(X.T @ X + lam * identity(X.shape[1]), X.T @ Y),
    ),
    replace(
        TRUE,
        name="division-by-a-parameter",
        weights=lambda d_x, d_y, n, eta: weights(d_x, d_y, n, 1 / eta),
        algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, 1 / eta),
    ),
    replace(get("gd-interleaved"), name="interleaved", near_misses={}),
    replace(TRUE, name="several-queries", sizes={**TRUE.sizes, "m": 7}),
    replace(TRUE, name="a-relu-pair", weights=relu_pair, accept="tested"),
    replace(
        TRUE,
        name="a-token-that-is-padded",
        prompt=lambda X, Y, X_q: Prompt((Token(x=X, y=Y),), (Token(x=X_q, y=zeros(Y.width, 1)),)),
    ),
)
NAMED = tuple(replace(TRUE, name=f"t{k}") for k in range(20))
