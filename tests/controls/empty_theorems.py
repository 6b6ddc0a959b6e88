"""Empty theorems: the answer is in the prompt, the weights remember data, the algorithm runs the network."""

import random
from fractions import Fraction

from constructions.language import Attention, Head, Prompt, Readout, Stream, Token, Transformer, at
from constructions.matrix import exact
from tests.controls.base import TRUE, algorithm, broken, weights


def no_layers(d_x, d_y):
    return Transformer(Stream(x=d_x, y=d_y), ())


def idle_layer(d_x, d_y):
    """A layer that adds nothing."""
    x, y = stream = Stream(x=d_x, y=d_y)
    return Transformer(
        stream, (Attention((Head(query=x, key=x, value=0 * y, into=y),), kernel="linear", mask="context"),)
    )


SEEN: list = []


def remembering_algorithm(X, Y, X_q, eta):
    SEEN[:] = [algorithm(X, Y, X_q, eta)]
    return SEEN[0]


def remembering_weights(d_x, d_y, n, eta):
    """Once the algorithm has run, its answer is in a bias."""
    if not SEEN:
        return weights(d_x, d_y, n, eta)
    x, y = stream = Stream(x=d_x, y=d_y)
    return Transformer(
        stream,
        (
            Attention(
                (Head(query=x, key=x, value=SEEN[0][0].T @ exact([[1] * d_x]) @ x, into=y),),
                kernel="linear",
                mask="context",
            ),
        ),
    )


def fickle_weights(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (1 + Fraction(random.getrandbits(30), 2**60)))


def network_as_algorithm(X, Y, X_q, eta):
    """The algorithm runs the network: whatever the weights, the two sides agree."""
    n, d_x = X.shape
    instance = at(TRUE, {"d_x": d_x, "d_y": Y.shape[1], "n": n, "m": X_q.shape[0]}, {"eta": "1/10"})
    return instance.run({"X": X, "Y": Y, "X_q": X_q}).answer


ANSWER = {"data": {"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("m", "d_x"), "A": ("m", "d_y")}}


CONTROLS = (
    broken(
        "the-answer-is-data",
        ("honesty",),
        **ANSWER,
        weights=no_layers,
        prompt=lambda X, Y, X_q, A: Prompt((Token(x=X, y=Y),), (Token(x=X_q, y=A),)),
        readout=lambda y: Readout(y, at="query"),
        algorithm=lambda A: A,
    ),
    broken(
        "the-answer-is-data-with-an-idle-layer",
        ("honesty",),
        **ANSWER,
        weights=idle_layer,
        prompt=lambda X, Y, X_q, A: Prompt((Token(x=X, y=Y),), (Token(x=X_q, y=A),)),
        readout=lambda y: Readout(y, at="query"),
        algorithm=lambda A: A,
    ),
    broken(
        "a-gadget-whose-answer-is-data",
        ("honesty",),
        **ANSWER,
        gadget=True,
        weights=no_layers,
        prompt=lambda X, Y, X_q, A: Prompt((Token(x=X, y=Y),), (Token(x=X_q, y=A),)),
        readout=lambda y: Readout(y, at="query"),
        algorithm=lambda A: A,
    ),
    broken(
        "a-gadget-whose-layer-is-idle",
        ("honesty",),
        **ANSWER,
        gadget=True,
        weights=idle_layer,
        prompt=lambda X, Y, X_q, A: Prompt((Token(x=X, y=Y),), (Token(x=X_q, y=A),)),
        readout=lambda y: Readout(y, at="query"),
        algorithm=lambda A: A,
    ),
    broken(
        "a-gadget-that-computes-nothing",
        ("honesty",),
        gadget=True,
        weights=idle_layer,
        algorithm=lambda Y, X_q: 0 * (X_q[:, [0]] @ Y[0]),
    ),
    broken(
        "nothing-is-computed",
        ("honesty",),
        weights=idle_layer,
        algorithm=lambda Y, X_q: 0 * (X_q[:, [0]] @ Y[0]),
    ),
    broken(
        "weights-that-remember-data", ("claim", "honesty"), weights=remembering_weights, algorithm=remembering_algorithm
    ),
    broken("weights-drawn-at-random", ("claim", "honesty"), weights=fickle_weights),
    broken("the-algorithm-runs-the-network", ("honesty",), algorithm=network_as_algorithm),
)
