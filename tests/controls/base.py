"""The smallest true theorem, and how controls are made from it."""

from dataclasses import dataclass, replace
from typing import Any

from constructions.algorithms import gradient_descent as gd
from constructions.language import Attention, Construction, Head, Parameter, Prompt, Readout, Stream, Token, Transformer
from constructions.matrix import below


def weights(d_x, d_y, n, eta):
    x, y = stream = Stream(x=d_x, y=d_y)
    return Transformer(
        stream, (Attention((Head(query=x, key=x, value=-eta / n * y, into=y),), kernel="linear", mask="context"),)
    )


def prompt(X, Y, X_q):
    return Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),))


def readout(y):
    return Readout(-y, at="query")


def algorithm(X, Y, X_q, eta):
    return X_q @ gd.step(0 * (Y.T @ X), X, Y, eta).T


TRUE = Construction(
    name="one-step",
    title="One step of gradient descent from zero",
    sizes={"d_x": 3, "d_y": 2, "n": 5, "m": 2},
    parameters={"eta": Parameter(default="1/10")},
    data={"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("m", "d_x")},
    weights=weights,
    prompt=prompt,
    readout=readout,
    algorithm=algorithm,
)


def causal_weights(d_x, d_y, *, mask="causal"):
    x, y = stream = Stream(x=d_x, y=d_y)
    return Transformer(stream, (Attention((Head(query=x, key=x, value=y, into=y),), kernel="linear", mask=mask),))


def causal_algorithm(X, Y):
    """Row j: y_j + Σ_{i ≤ j} y_i ⟨x_i, x_j⟩."""
    return below(*(Y[j] + X[j] @ X[: j + 1].T @ Y[: j + 1] for j in range(X.shape[0])))


CAUSAL = Construction(
    name="causal-sum",
    title="Every token adds up the labels before it, weighted by similarity",
    sizes={"d_x": 3, "d_y": 2, "n": 5},
    data={"X": ("n", "d_x"), "Y": ("n", "d_y")},
    weights=causal_weights,
    prompt=lambda X, Y: Prompt(context=(Token(x=X, y=Y),)),
    readout=lambda y: Readout(y, at="context"),
    algorithm=causal_algorithm,
)


@dataclass(frozen=True)
class Control:
    """A wrong record, and the kinds of verdict ("claim", "honesty", …) of which at least one must be refuted.

    With no kinds it is enough that the record does not stand: it cannot be built, or no method may decide it.
    `by` names methods, each of which must refute the claim on its own. `at_sizes` marks a record that is wrong at some
    sizes only: a method may prove it at others, if its scope names them as numbers.
    """

    record: Construction
    refuted: tuple[str, ...] = ("claim",)
    by: tuple[str, ...] = ()
    at_sizes: bool = False


def broken(
    name: str,
    refuted: tuple[str, ...] = ("claim",),
    by: tuple[str, ...] = (),
    at_sizes: bool = False,
    **fields: Any,
) -> Control:
    """The true theorem with some fields of its record made wrong."""
    return Control(replace(TRUE, name=name, **fields), refuted, by, at_sizes)
