"""A record with nothing in it, to be filled in by tests: examples (x_i, y_i), queries x_q, no layer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from constructions.language import Attention, Construction, Head, Prompt, Readout, Stream, Token, Transformer, at
from constructions.matrix import Matrix, exact
from constructions.matrix.rational import fractions_of


def nothing(d_x: int, d_y: int) -> Transformer:
    return Transformer(Stream(x=d_x, y=d_y), layers=())


BARE = Construction(
    name="bare",
    title="Nothing at all",
    weights=nothing,
    prompt=lambda X, Y, X_q: Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),)),
    readout=lambda y: Readout(y, at="query"),
    algorithm=lambda X_q, Y: 0 * (X_q[:, 0] @ Y[0]),
    sizes={"d_x": 2, "d_y": 1, "n": 3, "m": 2},
    data={"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("m", "d_x")},
)


def bare(**fields: Any) -> Construction:
    """The bare record with some fields replaced."""
    return replace(BARE, **fields)


def layer_of(
    head: Callable[[Any, Any], Head], kernel: str = "linear", mask: Any = "everything", **more: Any
) -> Callable[..., Any]:
    """Builders of weights of one attention layer, from a head as a function of the registers x and y."""

    def weights(d_x: int, d_y: int) -> Transformer:
        x, y = stream = Stream(x=d_x, y=d_y)
        fields = {name: value(x, y) if callable(value) else value for name, value in more.items()}
        return Transformer(stream, layers=(Attention((head(x, y),), kernel=kernel, mask=mask, **fields),))

    return weights


def data_of(X: Any, Y: Any, X_q: Any, arithmetic: Callable[[Any], Matrix] = exact) -> dict[str, Matrix]:
    return {"X": arithmetic(X), "Y": arithmetic(Y), "X_q": arithmetic(X_q)}


def labels(
    weights: Callable[..., Any], X: Any, Y: Any, X_q: Any, place: str = "everything", **fields: Any
) -> list[Any]:
    """The y-register of every token after the last layer, for scalar examples and labels, as exact numbers."""
    record = bare(weights=weights, readout=lambda y: Readout(y, at=place), **fields)
    instance = at(record, {"d_x": len(X[0]), "d_y": len(Y[0]), "n": len(X), "m": len(X_q)})
    return [row[0] for row in fractions_of(instance.run(data_of(X, Y, X_q)).answer)]


__all__ = ["BARE", "bare", "data_of", "labels", "layer_of", "nothing"]
