"""True theorems in unusual dress. Each must stand."""

from dataclasses import replace
from fractions import Fraction

from constructions import get
from constructions.language import (
    Attention,
    Construction,
    Equal,
    Head,
    Invariant,
    MesaLayer,
    Parameter,
    Prompt,
    Readout,
    Stack,
    Stream,
    Token,
    Transformer,
)
from constructions.matrix import below, beside, identity, iterate, ones, relu, solve, zeros
from tests.controls.base import CAUSAL, TRUE, algorithm, prompt, weights
from tests.controls.bounds import COUNTS
from tests.controls.smuggling import relu_pair
from tests.verify.limits import product_limit


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


def family(d_x, d_y, n, steps, P):
    x, y = stream = Stream(x=d_x, y=d_y)
    layer = lambda l: Attention((Head(P[l] @ x, x, y / n, y),), "linear", "context")  # noqa: E731
    return Transformer(stream, (Stack(layer, steps),))


def family_step(W, l, X, Y, P, n):
    return W + P[l].T @ X.T @ (Y + X @ W) / n


SYMMETRIC_FAMILY = own(
    "a-symmetric-matrix-a-layer",
    sizes={**TRUE.sizes, "steps": 2},
    parameters={"P": Parameter(("steps", "d_x", "d_x"), default=1, symmetric=True)},
    weights=family,
    readout=lambda y: Readout(y, "query"),
    algorithm=lambda X, Y, X_q, P, n, steps: (
        X_q @ iterate(lambda W, l: family_step(W, l, X, Y, P, n), 0 * (X.T @ Y), steps)
    ),
    invariant=Invariant(
        start=lambda X, Y: 0 * (X.T @ Y),
        step=family_step,
        holds={("y", "context"): lambda W, X, Y: Y + X @ W, ("y", "query"): lambda W, X_q: X_q @ W},
    ),
)


def zero_heads(d_x, d_y, n, eta):
    x, y = stream = Stream(x=d_x, y=d_y)
    heads = [Head(x, x, c * y, y) for c in (-eta / n, 0, Fraction(1, 3), Fraction(-1, 3))]
    return Transformer(stream, (Attention(heads, "linear", "context"),))


def both_sides(z):
    """|z| (z⁺ − z⁻) = z |z|, and relu(z²) = z²."""
    size = relu(z) + relu(-z)
    return (relu(z) - relu(-z)) * size - z * size + relu(z * z) - z * z


UNUSUAL = (
    SYMMETRIC_FAMILY,
    replace(TRUE, name="zero-heads", weights=zero_heads),
    replace(
        TRUE,
        name="greek-names",
        parameters={"η": Parameter(default="1/10")},
        weights=lambda d_x, d_y, n, η: weights(d_x, d_y, n, η),
        algorithm=lambda X, Y, X_q, η: algorithm(X, Y, X_q, relu(η) - relu(-η)),
    ),
    replace(
        TRUE,
        name="numbers-of-5000-digits",
        weights=lambda d_x, d_y, n, eta: weights(d_x, d_y, n, eta * 10**5000 / 10**5000),
        algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta / 7**6000) * 7**6000,
    ),
    replace(
        TRUE,
        name="kinks-that-cancel",
        algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta) + both_sides(X[0][:, [0]]) * (X_q[:, [0]] @ Y[0]),
    ),
    replace(
        TRUE,
        name="a-symmetric-parameter-inverted",
        parameters={**TRUE.parameters, "A": Parameter(("d_x", "d_x"), default=1, symmetric=True)},
        algorithm=lambda X, Y, X_q, eta, A: algorithm(X, Y, X_q @ A.T @ solve(A, identity(A.shape[0])), eta),
    ),
    replace(
        COUNTS,
        name="a-claim-of-its-own-domain",
        domain={},
        algorithm=lambda E: (E * E)[-1] @ E.T @ E,
        claims=(Equal(domain={"E": "one-hot rows"}),),
    ),
    product_limit(1, name="a-limit-of-order-one", algorithm=lambda X, Y, t: X * Y + t * X, gadget=True),
)

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
    replace(TRUE, name="a-relu-pair", weights=relu_pair),
    replace(
        TRUE,
        name="a-token-that-is-padded",
        prompt=lambda X, Y, X_q: Prompt((Token(x=X, y=Y),), (Token(x=X_q, y=zeros(Y.width, 1)),)),
    ),
)
RECORDS = (*RECORDS, *UNUSUAL)
NAMED = tuple(replace(TRUE, name=f"t{k}") for k in range(20))
