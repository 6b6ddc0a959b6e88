"""Records whose data are restricted to boxes: products by GeLU and ReLU, a LayerNorm that passes, normalised attention."""

from fractions import Fraction

from constructions.language import (
    MLP,
    Attention,
    Box,
    Construction,
    Head,
    LayerNorm,
    Parameter,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    Units,
    Within,
)
from constructions.matrix import exact, ones

SEVEN_SIXTHS = Fraction(7, 6)


def gelu_units(x, y, z, s):
    """z ← z + √(π/2) (g(s(x+y)) − g(sx) − g(sy))/s²."""
    forms = ((x + y, 1), (x, -1), (y, -1))
    return tuple(Units(s * form, sign / (s * s) * z, factor="√(π/2)") for form, sign in forms)


def gelu_product(bound, activation="gelu", box="B", s="1/10"):
    """x y by three GeLUs, at |x|, |y| ≤ B; the bound (7/6) s² B⁴ is tight for s → 0."""

    def weights(d, s):
        x, y, z = stream = Stream(x=d, y=d, z=d)
        return Transformer(stream, (MLP(gelu_units(x, y, z, s), activation),))

    numbers = {"s": Parameter(default=s, positive=True), "B": Parameter(default=1, positive=True)}
    return record(weights, {"X": box, "Y": box}, lambda X, Y: X * Y, bound, lambda z: Readout(z, at="context"), numbers)


def record(weights, boxes, algorithm, bound, readout, parameters=None, prompt=None, width="d"):
    """A record of tokens (x, y), read at every token."""
    return Construction(
        name="on-boxes",
        title="A record for tests",
        sizes={"n": 3, "d": 2} if width == "d" else {"n": 3},
        parameters=parameters or {},
        data={name: ("n", width) for name in boxes},
        domain={name: Box(bound) for name, bound in boxes.items()},
        weights=weights,
        prompt=prompt or (lambda X, Y: Prompt(context=(Token(x=X, y=Y),))),
        readout=readout,
        algorithm=algorithm,
        claims=(Within(bound),),
    )


def relu_product(bound):
    """x y = ((x+y)² − (x−y)²)/4 by four squared ReLUs: exact."""

    def weights(d):
        x, y, z = stream = Stream(x=d, y=d, z=d)
        forms = ((x + y, 1), (-x - y, 1), (x - y, -1), (y - x, -1))
        return Transformer(stream, (MLP(tuple(Units(f, Fraction(k, 4) * z) for f, k in forms), "squared relu"),))

    return record(weights, {"X": 1, "Y": 1}, lambda X, Y: X * Y, bound, lambda z: Readout(z, at="context"))


def one_variable(algorithm, bound, units=(1, -1), activation="relu"):
    """z = relu(x) − relu(−x) = x, or another combination, beside a formula in one variable."""

    def weights(d):
        x, _, z = stream = Stream(x=d, y=d, z=d)
        return Transformer(stream, (MLP((Units(x, units[0] * z), Units(-x, units[1] * z)), activation),))

    return record(weights, {"X": 1, "Y": 1}, lambda X, Y: algorithm(X), bound, lambda z: Readout(z, at="context"))


def layer_norm(bound):
    """√(2/L)·N·λ([x; N; −N − Σx; 0]) ≈ [x; …], L = 8, for |x| ≤ B."""

    def weights(N):
        stream = Stream(x=2, pads=2, rest=4)
        return Transformer(stream, (LayerNorm(gain=N / 2),))

    def prompt(X, N):
        total = ones(1, 2) @ X
        pads = exact([[1], [-1]]) @ total.constant(N) - exact([[0], [1]]) @ total
        return Prompt(context=(Token(x=X, pads=pads),))

    numbers = {"N": Parameter(default=10, positive=True), "B": Parameter(default=1, positive=True)}
    readout = lambda x: Readout(x, at="context")  # noqa: E731
    return record(weights, {"X": "B"}, lambda X: X, bound, readout, numbers, prompt, width=2)


def sink_attention(scale, bound):
    """Σ s_j v_j/(1 + Σ s_j), s_j = scale·x_j, beside the sum without the denominator."""

    def weights(d):
        x, v, one, z = stream = Stream(x=d, v=d, one=1, z=d)
        head = Head(query=scale * one, key=ones(1, d) @ x, value=v, into=z)
        return Transformer(stream, (Attention((head,), kernel="linear", mask="context", normaliser="sum", sink=True),))

    def algorithm(X, V, n, d):
        return ones(n, 1) @ (scale * (X @ ones(d, 1)).T @ V)

    return record(
        weights,
        {"X": 1, "V": 1},
        algorithm,
        bound,
        lambda z: Readout(z, at="context"),
        prompt=lambda X, V: Prompt(context=(Token(x=X, v=V, one=ones(1, 1)),)),
    )
