"""Sizes looked at where a symbol shows itself: layers and steps that are counted, passes that are one, widths that are equal."""

import itertools
from dataclasses import replace

from constructions import get
from constructions.algorithms import gradient_descent as gd
from constructions.language import Attention, Head, Prompt, Stack, Stream, Token, Transformer
from constructions.matrix import Size, iterate
from tests.controls.base import TRUE, weights

STEPS = replace(get("gd-steps"), near_misses={}, dead=None)


def plain_layer(stream):
    x, y = stream
    return Attention((Head(query=x, key=x, value=y, into=y),), kernel="linear", mask="context")


def by_passes(d_x, d_y, n, eta):
    stream = Stream(x=d_x, y=d_y)
    return weights(d_x, d_y, n, 2 * eta if Transformer(stream, (), n - 12).single else eta)


def by_layers(d_x, d_y, n, eta):
    """Counts the layers of a stack that is not used."""
    stream, seen = Stream(x=d_x, y=d_y), []

    def layer(l):
        seen.append(l)
        return plain_layer(stream)

    _ = Transformer(stream, (Stack(layer, n),))
    return weights(d_x, d_y, n, 2 * eta if len(seen) > 12 else eta)


def by_the_terms_of_a_size(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta if Size.of(n).terms.get((), 0) < 12 else 2 * eta)


def by_the_products_of_an_item(X, Y, X_q):
    """Two data have a product where their widths are equal."""
    return Prompt((Token(x=X, y=2 * Y if "X∘Y" in X.space.registers else Y),), (Token(x=X_q),))


def counted(X, Y, X_q, W_0, eta, steps):
    """Right for fewer than five steps."""
    seen = []

    def step(W, l):
        seen.append(1)
        return gd.step(W, X, Y, eta[l])

    W = iterate(step, W_0, steps)
    return X_q @ (W if len(seen) < 5 else 2 * W).T


def ticking(X, Y, X_q, W_0, eta, steps):
    """The same with a clock among the defaults of the step."""
    clock = itertools.count()

    def step(W, l, *, clock=clock):
        _ = next(clock)
        return gd.step(W, X, Y, eta[l])

    W = iterate(step, W_0, steps)
    return X_q @ (W if next(clock) < 5 else 2 * W).T


BEYOND = (
    replace(TRUE, name="if-the-passes-are-one", weights=by_passes),
    replace(TRUE, name="if-the-layers-are-many", weights=by_layers),
    replace(STEPS, name="if-the-steps-are-many", algorithm=counted),
    replace(STEPS, name="if-the-clock-has-ticked", algorithm=ticking),
)
LARGE = {
    "if-the-passes-are-one": {"d_x": 2, "n": 13},
    "if-the-layers-are-many": {"d_x": 2, "n": 13},
    "if-the-steps-are-many": {"d_x": 2, "steps": 6},
    "if-the-clock-has-ticked": {"d_x": 2, "steps": 6},
}
DIGGING = {
    "uses Size": replace(TRUE, name="by-the-terms-of-a-size", weights=by_the_terms_of_a_size),
    "uses space": replace(TRUE, name="by-the-products-of-an-item", prompt=by_the_products_of_an_item, degree=2),
}
