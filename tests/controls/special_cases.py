"""Identities that hold in a special case only: one example, square shapes, symmetric matrices, positive data, a lucky point."""

from constructions.algorithms import gradient_descent as gd
from constructions.instructions import columns, compiled, mov
from constructions.language import (
    Attention,
    Construction,
    Equal,
    Head,
    Parameter,
    Readout,
    Stream,
    Token,
    Transformer,
    Within,
)
from tests.controls.base import TRUE, Control, algorithm, broken
from tests.controls.weights_and_masks import layer

PRECONDITIONED = {**TRUE.parameters, "A": Parameter(("d_x", "d_x"), default=1)}


def preconditioned(d_x, d_y, n, eta, A, *, flip=False):
    x, y = stream = Stream(x=d_x, y=d_y)
    head = Head(query=(A.T if flip else A) @ x, key=x, value=-eta / n * y, into=y)
    return Transformer(stream, (Attention((head,), kernel="linear", mask="context"),))


def transposed_labels(d_x, d_y, n, eta):
    """Confuses inputs and labels; only square shapes can be built at all."""
    x, y = stream = Stream(x=d_x, y=d_y)
    return Transformer(
        stream, (Attention((Head(query=x, key=y, value=-eta / n * y, into=y),), kernel="linear", mask="context"),)
    )


def last_of_all(d, N):
    """What stands first is copied to the last column that there is room for, which shorter prompts lack."""
    x, y = stream = Stream(x=d, y=d)
    return compiled(stream, (mov(x, source=0, target=N - 1, into=y),), length=N)


LONGEST_ONLY = Construction(
    name="true-for-the-longest-prompt-only",
    title="The last column holds the first x",
    sizes={"d": 2, "n": 3, "N": 3},
    at_most={"n": "N"},
    data={"X": ("n", "d")},
    weights=last_of_all,
    prompt=lambda X: columns(Token(x=X)),
    readout=lambda y: Readout(y, at="last"),
    algorithm=lambda X: X[0],
)

CONTROLS = (
    Control(LONGEST_ONLY, by=("symbolic", "identity", "property"), at_sizes=True),
    broken("built-for-square-shapes-only", (), weights=transposed_labels, claims=(Equal(),)),
    broken("true-for-one-example-only", weights=lambda d_x, d_y, eta: layer(d_x, d_y, -eta)),
    broken(
        "true-for-symmetric-matrices-only",
        parameters=PRECONDITIONED,
        weights=preconditioned,
        algorithm=lambda X, Y, X_q, eta, A: X_q @ (gd.step(0 * (Y.T @ X), X, Y, eta) @ A.T).T,
    ),
    broken(
        "true-for-one-step-size-only",
        weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -eta * eta * 10 / n),
    ),
    broken(
        "bounded-by-too-little",
        claims=(Within(lambda eta: eta / 1000),),
        weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -eta / (n + 1)),
    ),
    broken(
        "true-for-positive-data-only",
        weights=lambda d_x, d_y, n, eta: layer(d_x, d_y, -eta / n, kernel="relu"),
        claims=(Equal(),),
    ),
    broken(
        "true-up-to-a-shift-by-the-query",
        algorithm=lambda X, Y, X_q, eta: (
            algorithm(X, Y, X_q, eta) + X_q[:, [0]] @ Y[0] * 0 + X_q[:, [0]] @ (Y[0] - Y[0] * 0)
        ),
    ),
)
