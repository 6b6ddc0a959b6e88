"""Identities that hold in a special case only: one example, square shapes, symmetric matrices, positive data, a lucky point."""

from constructions.algorithms import gradient_descent as gd
from constructions.language import Attention, Equal, Head, Parameter, Stream, Transformer, Within
from tests.controls.base import TRUE, algorithm, broken
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


CONTROLS = (
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
