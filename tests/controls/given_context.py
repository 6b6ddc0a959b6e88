"""The context is given to the weights as parameters: what is true then is no learning in context."""

from dataclasses import replace

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
from constructions.matrix import below, beside, ones, zeros
from tests.controls.base import Control

EXAMPLES = {"A": Parameter(("n", "d_x")), "B": Parameter(("n", "d_y"))}


def answer_in_the_weights(n, d_x, d_y, A, B):
    """x ↦ Bᵀ A x / n, token by token, beside a head that adds nothing."""
    x, y, z = stream = Stream(x=d_x, y=d_y, z=1)
    idle = Head(query=z, key=z, value=0 * y, into=y)
    return Transformer(stream, (Attention((idle,), "linear", "context", skip=(Write(B.T @ A / n @ x, y),)),))


def with_a_dummy_sum(n, d_x, d_y, A, B):
    """x ↦ ⟨x, x⟩ Bᵀ A x / n, since a query sees itself, and what the dummies add is called noise."""
    x, y, z = stream = Stream(x=d_x, y=d_y, z=1)
    heads = (Head(query=x, key=x, value=B.T @ A / n @ x, into=y), Head(query=z, key=z, value=ones(d_y, 1) @ z, into=y))
    return Transformer(stream, (Attention(heads, "linear", "everything"),))


DUMMY = Construction(
    name="examples-are-parameters",
    title="Examples in the weights, dummies in the context",
    sizes={"n": 5, "d_x": 3, "d_y": 2, "m": 2},
    parameters=EXAMPLES,
    data={"Z": ("n", 1), "X_q": ("m", "d_x")},
    weights=answer_in_the_weights,
    prompt=lambda Z, X_q: Prompt((Token(z=Z),), (Token(x=X_q, z=1),)),
    readout=lambda y: Readout(y, "query"),
    algorithm=lambda X_q, A, B, n: X_q @ A.T @ B / n,
)
NO_CONTEXT = replace(
    DUMMY,
    name="examples-are-parameters-and-no-context",
    data={"X_q": ("m", "d_x")},
    prompt=lambda X_q: Prompt(query=(Token(x=X_q, z=1),)),
)
IGNORED = replace(
    DUMMY,
    name="examples-are-parameters-and-noise-is-allowed",
    weights=with_a_dummy_sum,
    algorithm=lambda X_q, A, B, n: below(*(X_q[k] @ X_q[k].T @ X_q[k] @ A.T @ B / n for k in range(X_q.shape[0]))),
    claims=(Within(lambda: 1),),
)


def labels_by_position(n, d_x, d_y, B):
    """Σ_i b_i ⟨x_i, x⟩, where a token's position says which label is its own."""
    x, p, y = stream = Stream(x=d_x, p=n + 1, y=d_y)
    labels = beside(B.T, zeros(d_y, 1)) @ p
    return Transformer(stream, (Attention((Head(x, x, labels, y),), "linear", "context"),))


HALF_GIVEN = Construction(
    name="labels-are-parameters",
    title="True, and yet the labels were not learned in context",
    sizes={"n": 5, "d_x": 3, "d_y": 2, "m": 2},
    parameters={"B": Parameter(("n", "d_y"))},
    data={"X": ("n", "d_x"), "X_q": ("m", "d_x")},
    weights=labels_by_position,
    prompt=lambda X, X_q: Prompt((Token(x=X),), (Token(x=X_q),), positions=(("p", "one-hot"),)),
    readout=lambda y: Readout(y, "query"),
    algorithm=lambda X, X_q, B: X_q @ X.T @ B,
)


CONTROLS = tuple(Control(record, ("honesty",)) for record in (DUMMY, NO_CONTEXT, IGNORED))
