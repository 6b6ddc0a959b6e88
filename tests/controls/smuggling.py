"""The answer comes in by another door: token-wise skips, one item that holds everything, kinks on one side, other networks."""

from dataclasses import replace

from constructions.language import (
    Attention,
    Construction,
    Head,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    Write,
)
from constructions.matrix import beside, identity, relu
from tests.controls.base import Control, algorithm, broken, prompt, weights
from tests.controls.weights_and_masks import layer


def skips(*writes):
    """A network of token-wise writes y → o only."""

    def builder(d_x, d_y):
        x, y, o = stream = Stream(x=d_x, y=d_y, o=d_y)
        made = {"y": y, "o": o, "x": x}
        layers = tuple(
            Attention((), "linear", "context", skip=(Write(scale * made[a], made[b]),)) for a, b, scale in writes
        )
        return Transformer(stream, layers)

    return builder


OWN = Construction(
    name="own",
    title="A token-wise map",
    sizes={"d_x": 3, "d_y": 2, "n": 5},
    data={"X": ("n", "d_x"), "Y": ("n", "d_y")},
    weights=skips(("y", "o", 1)),
    prompt=lambda X, Y: Prompt((Token(x=X, y=Y),)),
    readout=lambda o: Readout(o, "context"),
    algorithm=lambda Y: Y,
)


def mean_of_an_item(Z, n, d):
    total = Z[:, 0:d]
    for i in range(1, n):
        total = total + Z[:, i * d : (i + 1) * d]
    return total / n


def one_item(d):
    z, o = stream = Stream(z=d, o=d)
    return Transformer(stream, (Attention((), "linear", "context", skip=(Write(z, o),)),))


ONE_ITEM = Construction(
    name="one-item-holds-everything",
    title="The mean of n examples, taken by the prompt",
    sizes={"n": 5, "d": 3},
    data={"Z": (1, "n*d")},
    weights=one_item,
    prompt=lambda Z, n, d: Prompt((Token(z=(beside(*[identity(d)] * n) / n) @ Z),)),
    readout=lambda o: Readout(o, "context"),
    algorithm=mean_of_an_item,
)


def relu_pair(d_x, d_y, n, eta, *, left=1):
    """relu(s) − relu(−s) = s, if both sides have the same weight."""
    x, y = stream = Stream(x=d_x, y=d_y)
    heads = (Head(x, x, -eta / n * y, y), Head(-x, x, left * eta / n * y, y))
    return Transformer(stream, (Attention(heads, "relu", "context"),))


def kinked(sign):
    return lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta) + relu(sign * X[0][:, [0]]) * (X_q[:, [0]] @ Y[0])


def network_inside(X, Y, X_q, eta):
    """The network's own weights, multiplied by hand."""
    head = weights(X.shape[1], Y.shape[1], X.shape[0], eta).layers[0].heads[0]
    return -((X_q @ head.query.blocks["x"].T) @ (X @ head.key.blocks["x"].T).T) @ (Y @ head.value.blocks["y"].T)


CONTROLS = (
    Control(replace(OWN, name="a-write-from-y-to-o"), ("honesty",)),
    Control(
        replace(
            OWN, name="a-write-from-y-to-y", weights=skips(("y", "y", 1)), readout=lambda y: Readout(y / 2, "context")
        ),
        ("honesty",),
    ),
    Control(
        replace(
            OWN,
            name="a-write-that-is-undone",
            weights=skips(("y", "o", 1), ("o", "y", -1), ("o", "y", 1)),
        ),
        ("honesty",),
    ),
    Control(ONE_ITEM, ("honesty",)),
    broken("relu-on-the-left-only", weights=lambda d_x, d_y, n, eta: relu_pair(d_x, d_y, n, eta, left=0)),
    broken(
        "relu-unequal-by-a-hair", weights=lambda d_x, d_y, n, eta: relu_pair(d_x, d_y, n, eta, left=1 + eta / 10**30)
    ),
    broken("wrong-right-of-a-kink", by=("cells",), algorithm=kinked(1)),
    broken("wrong-left-of-a-kink", by=("cells",), algorithm=kinked(-1)),
    broken("the-algorithm-multiplies-the-weights", ("honesty",), algorithm=network_inside),
    broken(
        "wrong-for-large-n-only",
        at_sizes=True,
        by=("identity",),
        weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -eta / n if n < 6 else -eta / (n + 1)),
    ),
    broken(
        "wrong-for-three-labels-and-more",
        at_sizes=True,
        by=("identity",),
        weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -eta / n if d_y < 3 else eta / n),
    ),
    broken(
        "zero-at-two-of-the-sizes",
        by=("identity",),
        weights=lambda d_x, d_y, n, eta: weights(d_x, d_y, n, eta * (1 + (n - 5) * (n - 2))),
    ),
    broken(
        "sees-its-own-query",
        prompt=lambda X, Y, X_q: Prompt((Token(x=X, y=Y),), (Token(x=2 * X_q),)),
    ),
    broken("prompt-and-readout-by-another-hand", prompt=prompt, readout=lambda y: Readout(-2 * y, at="query")),
)
