"""The network computes something else: a factor, a sign, a mask, a kernel, one part in 10¹²."""

from dataclasses import replace
from fractions import Fraction
from functools import partial

from constructions.language import Attention, Head, Prompt, Readout, Stream, Token, Transformer
from tests.controls.base import CAUSAL, Control, broken, causal_weights, weights


def layer(d_x, d_y, value, *, mask="context", kernel="linear", normaliser="none", times=1):
    x, y = stream = Stream(x=d_x, y=d_y)
    attention = Attention(
        (Head(query=x, key=x, value=value * y, into=y),), kernel=kernel, mask=mask, normaliser=normaliser
    )
    return Transformer(stream, (attention,) * times)


def with_mean_label(d_x, d_y, n, eta):
    """Right whenever the labels sum to zero: a second head adds their mean, scored by a constant register."""
    x, y, one = stream = Stream(x=d_x, y=d_y, one=1)
    heads = (Head(query=x, key=x, value=-eta / n * y, into=y), Head(query=one, key=one, value=y / n, into=y))
    return Transformer(stream, (Attention(heads, kernel="linear", mask="context"),))


def prompt_with_one(X, Y, X_q):
    return Prompt(context=(Token(x=X, y=Y, one=1),), query=(Token(x=X_q, one=1),))


CONTROLS = (
    broken("forgotten-n", weights=lambda d_x, d_y, eta: weights(d_x, d_y, 1, eta)),
    broken("a-factor-of-two", weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -2 * eta / n)),
    broken("wrong-sign", weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, eta / n)),
    broken(
        "one-part-in-10-to-the-12",
        weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -eta / n * (1 + Fraction(1, 10**12))),
    ),
    broken("n-minus-one", weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -eta / (n + 1))),
    *(
        Control(
            replace(
                CAUSAL, name=f"causal-with-mask-{mask.replace(' ', '-')}", weights=partial(causal_weights, mask=mask)
            )
        )
        for mask in ("strict", "context", "everything")
    ),
    broken(
        "query-is-a-key-twice", weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -eta / n, mask="everything", times=2)
    ),
    broken("one-layer-too-many", weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -eta / n, times=2)),
    broken("normalised-twice", weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -eta / n, normaliser="1/n")),
    broken("counts-tokens", weights=lambda d_x, d_y, eta: layer(d_x, d_y, -eta, normaliser="1/T")),
    broken("relu-attention", weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -eta / n, kernel="relu")),
    broken("softmax-attention", weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -eta / n, kernel="softmax")),
    broken("labels-that-sum-to-zero", weights=with_mean_label, prompt=prompt_with_one),
    broken(
        "wrong-only-for-many-examples",
        at_sizes=True,
        weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -eta / n if n < 8 else -eta),
    ),
    broken(
        "wrong-only-for-three-inputs-and-more",
        at_sizes=True,
        weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -eta / n if d_x < 3 else -eta),
    ),
    broken("readout-without-its-sign", readout=lambda y: Readout(y, at="query")),
)
