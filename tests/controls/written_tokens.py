"""A recurrence x ← A x + y that is written token by token: wrong records, and bounds with a value for some parameters only."""

from dataclasses import replace
from typing import Any

from constructions.language import (
    Attention,
    Construction,
    Head,
    Parameter,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    Within,
    Write,
)
from constructions.matrix import iterate, reciprocal, reciprocal_sqrt


def weights(d: Any, T: Any, A: Any) -> Transformer:
    x, y, _ = stream = Stream(x=d, y=d, one=1)
    head = Head(query=x, key=x, value=A @ x + y, into=x)
    return Transformer(stream, (Attention((head,), "softmax", "self", skip=(Write(-x, x),)),), T)


def algorithm(x_0: Any, Y: Any, T: Any, A: Any) -> Any:
    return iterate(lambda x, t: x @ A.T + Y[[t]], x_0, T)


RECURRENCE = Construction(
    name="a-recurrence",
    title="A recurrence that is written token by token",
    sizes={"d": 2, "T": 3},
    parameters={"A": Parameter(("d", "d"), default="1/2"), "c": Parameter(default=1)},
    data={"x_0": ("1", "d"), "Y": ("T", "d")},
    weights=weights,
    prompt=lambda x_0, Y: Prompt(query=(Token(x=x_0, one=1),), arriving=Token(y=Y)),
    readout=lambda x: Readout(x, at="last"),
    algorithm=algorithm,
)


def bounded(bound: Any) -> Construction:
    return replace(RECURRENCE, claims=(Within(bound),))


WHEREVER = {  # bounds without a value at c = 0, or nowhere below
    "a root in a bound": bounded(lambda c: 1 + reciprocal_sqrt(c * c) - reciprocal_sqrt(c * c)),
    "a root times 0": bounded(lambda c: 1 + 0 * reciprocal_sqrt(c * c)),
    "a quotient in a bound": bounded(lambda c: 1 + 0 * reciprocal(c * c)),
}
EVERYWHERE = {"an equality": RECURRENCE, "no error": bounded(lambda c: 0 * c)}
WRONG = {
    "an item late": replace(
        RECURRENCE, algorithm=lambda x_0, Y, T, A: iterate(lambda x, t: (x + Y[[t]]) @ A.T, x_0, T)
    ),
    "transposed": replace(RECURRENCE, algorithm=lambda x_0, Y, T, A: iterate(lambda x, t: x @ A + Y[[t]], x_0, T)),
    "right at three numbers of passes": replace(
        RECURRENCE, weights=lambda d, T, A: weights(d, T, (1 + (T - 2) * (T - 3) * (T - 5)) * A)
    ),
    "below no error": bounded(lambda c: -c * c),
}
