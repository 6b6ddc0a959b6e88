"""Bounds, steps and weights that are right in the part that was looked at: another head's kernel, one query, one prompt, one
parameter, one point without a pole."""

from dataclasses import replace
from fractions import Fraction

from constructions.language import (
    MLP,
    Attention,
    Box,
    Construction,
    Equal,
    Head,
    Limit,
    Parameter,
    Prompt,
    Reading,
    Readout,
    Step,
    Stream,
    Token,
    Transformer,
    Units,
    Within,
)
from constructions.matrix import exact, exp, identity, reciprocal, relu
from tests.controls.base import TRUE, Control, algorithm, broken
from tests.controls.base import weights as step_weights
from tests.controls.bounds import COUNTS

SMALL = {"s": Parameter(default="1/10", positive=True), "B": Parameter(default=1, positive=True)}


def bound(s, B):
    """Of one product of GeLU units."""
    return Fraction(7, 6) * s * s * B * B * B * B


def product(x, y, z, s):
    """z gains xy, in a limit."""
    parts = ((x + y, 1), (x, -1), (y, -1))
    return MLP(tuple(Units(s * read, sign / exact(s * s) * z, factor="√(π/2)") for read, sign in parts), "gelu")


def carried(name, head, answer):
    """A product, and a layer of hard attention that brings it to another register."""

    def weights(T, s):
        x, y, z, o, p = stream = Stream(x=1, y=1, z=1, o=1, p=T)
        return Transformer(stream, (product(x, y, z, s), Attention((head(z, o, p, T),), kernel="hard", mask="self")))

    return Construction(
        name=name,
        title=name,
        gadget=True,
        sizes={"T": 2},
        parameters=SMALL,
        data={"X": ("T", 1), "Y": ("T", 1)},
        domain={"X": Box("B"), "Y": Box("B")},
        weights=weights,
        prompt=lambda X, Y: Prompt((Token(x=X, y=Y),), positions=(("p", "one-hot"),)),
        readout=lambda o: Readout(o, at="context"),
        algorithm=answer,
        claims=(Within(bound),),
    )


def of_queries(name, **fields):
    """A product in every query, beside a context of ones."""

    def weights(s):
        x, y, z = stream = Stream(x=1, y=1, z=1)
        return Transformer(stream, (product(x, y, z, s),))

    given = {
        "sizes": {"n": 2, "m": 3},
        "parameters": SMALL,
        "data": {"U": ("n", 1), "X": ("m", 1), "Y": ("m", 1)},
        "domain": {"U": Box("B"), "X": Box("B"), "Y": Box("B")},
        "prompt": lambda U, X, Y: Prompt((Token(x=U),), (Token(x=X, y=Y),)),
        "readout": lambda z: Readout(z, at="query"),
        "algorithm": lambda X, Y: X * Y,
        "claims": (Within(bound),),
    }
    return Construction(name=name, title=name, gadget=True, weights=weights, **(given | fields))


def nowhere(s, B):
    """Larger than any number: s − 1 − s² is negative, and relu of it is 0."""
    return bound(s, B) + reciprocal(relu(exact(s) - 1 - s * s))


def two_parts(d_x, d_y, n, eta):
    x, y, u = stream = Stream(x=d_x, y=d_y, u=d_y)
    head = Head(query=x, key=x, value=-eta / n * y + u, into=y)
    return Transformer(stream, (Attention((head,), kernel="linear", mask="context"),))


def both_used(X, Y, X_q, n, eta):
    return Prompt((Token(x=X, y=Y / 2, u=-eta / n * Y / 2),), (Token(x=X_q),))


def pole_of_order_65(X, Y, X_q, eta):
    """e^{65 z} is the 65th power of e^z, and nothing but a number divided by zero is added."""
    power = each = exp(X[[0], [0]])
    for _ in range(64):
        power = power * each
    hidden = reciprocal(exp(65 * X[[0], [0]]) - power)
    return algorithm(X, Y, X_q, eta) * (1 + hidden - hidden)


SHRINKING = Construction(
    name="a-knob-that-bounds-its-box",
    title="x + t x², and x is at most t",
    gadget=True,
    sizes={"n": 2},
    parameters={"t": Parameter(default="1/10", positive=True)},
    data={"X": ("n", 1)},
    domain={"X": Box("t")},
    weights=lambda t: Transformer(
        (stream := Stream(x=1)), (MLP((Units(stream["x"], t * stream["x"], gate=stream["x"]),), "identity"),)
    ),
    prompt=lambda X: Prompt((Token(x=X),)),
    readout=lambda x: Readout(x, "context"),
    algorithm=lambda X: X,
    claims=(Limit({"t": 1}),),
)

COMPOSED = (
    carried(
        "a-linear-head-in-a-hard-layer",
        lambda z, o, p, T: Head(query=100 * p, key=p, value=z, into=o, kernel="linear"),
        lambda X, Y: 100 * (X * Y),
    ),
    carried(
        "a-mixing-in-a-hard-layer",
        lambda z, o, p, T: Head(query=p, key=p, value=z, into=o, mixing=100 * identity(T)),
        lambda X, Y: 100 * (X * Y),
    ),
    of_queries(
        "a-readout-that-counts-the-queries",
        readout=lambda z, m: Readout(m * z, at="query"),
        algorithm=lambda X, Y, m: m * (X * Y),
    ),
    of_queries(
        "a-prompt-that-counts-the-queries",
        prompt=lambda U, X, Y, m: Prompt((Token(x=U),), (Token(x=m * X, y=Y),)),
        algorithm=lambda X, Y, m: m * (X * Y),
    ),
)
CONTROLS = (
    *(Control(record, by=("composition",)) for record in COMPOSED),
    Control(of_queries("a-bound-without-a-value", claims=(Within(lambda s, B: bound(s, B) / (s - s)),)), ()),
    Control(of_queries("a-bound-that-is-infinite", claims=(Within(nowhere),), accept="tested"), ()),
    Control(
        replace(
            COUNTS,
            name="a-step-at-the-default",
            parameters={"c": Parameter(default=1)},
            steps=(Step("the count", Reading("o", -1, "last"), lambda E, c: c * E[-1] @ E.T @ E),),
        ),
        ("step",),
    ),
    broken(
        "dead-weights-behind-another-prompt",
        ("necessity",),
        weights=two_parts,
        dead={},
        claims=(Equal(), Equal("with both parts", replaces={"prompt": both_used})),
    ),
    broken("a-pole-of-order-65", (), algorithm=pole_of_order_65),
    Control(SHRINKING, ()),
)
TRUE_RECORDS = (
    carried("a-hard-head", lambda z, o, p, T: Head(query=p, key=p, value=z, into=o), lambda X, Y: X * Y),
    of_queries("one-query-at-a-time"),
    replace(
        TRUE,
        name="a-prompt-that-knows-how-many",
        sizes={**TRUE.sizes, "N": 7},
        at_most={"n": "N"},
        weights=lambda d_x, d_y, N, eta: step_weights(d_x, d_y, 1, eta),
        prompt=lambda X, Y, X_q, n: Prompt((Token(x=X, y=Y / n),), (Token(x=X_q),)),
    ),
)
