"""Networks with a knob, for the tests of `rate`: GeLU products, softmax temperatures, two knobs."""

from dataclasses import replace

from constructions.language import (
    Attention,
    Construction,
    Exponential,
    Head,
    Limit,
    Parameter,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
)
from constructions.language.sublayers import MLP, Units
from constructions.matrix import exact, identity
from constructions.sequences.induction_head import INDUCTION_HEAD


def gelu_product(t, *, activation="gelu", factor=1):
    """[g(t(x+y)) + g(−t(x+y)) − g(t(x−y)) − g(−t(x−y))] √(π/2)/(4t²) → xy."""
    x, y, out = stream = Stream(x=1, y=1, out=1)
    units = tuple(
        Units(read=s * t * (x + r * y), into=out * (r * exact(factor) / (4 * t * t)), factor="√(π/2)")
        for s in (1, -1)
        for r in (1, -1)
    )
    return Transformer(stream, (MLP(units, activation),))


def product_limit(order=2, weights=gelu_product, **fields):
    return Construction(
        **{
            "name": "gelu-product",
            "title": "Four GeLUs multiply",
            "weights": weights,
            "prompt": lambda X, Y: Prompt(context=(Token(x=X, y=Y),)),
            "readout": lambda out: Readout(out, at="context"),
            "algorithm": lambda X, Y: X * Y,
            "sizes": {"n": 2},
            "parameters": {"t": Parameter(default="1/4", positive=True)},
            "data": {"X": ("n", 1), "Y": ("n", 1)},
            "claims": (Limit({"t": order}),),
            **fields,
        }
    )


def induction_limit(order, **fields):
    """The softmax induction head as a limit in its temperature."""
    return replace(INDUCTION_HEAD, claims=(Limit({"beta": order}),), near_misses={}, steps=(), dead=None, **fields)


def temperature(n, beta):
    """softmax(β x) of the last token's view of all, read off one-hot positions."""
    x, one, p, out = stream = Stream(x=1, one=1, p=n, out=n)
    return Transformer(stream, (Attention((Head(query=beta * one, key=x, value=p, into=out),), "softmax", "context"),))


def softmax_limit(order):
    """softmax(β x) → the last position, for x whose greatest entry is the last."""
    return Construction(
        name="softmax-limit",
        title="Softmax at low temperature",
        weights=temperature,
        prompt=lambda X: Prompt(context=(Token(x=X, one=1),), positions=(("p", "one-hot"),)),
        readout=lambda out: Readout(out, at="last"),
        algorithm=lambda n, X: 0 * X.T + identity(n)[n - 1],
        sizes={"n": 3},
        parameters={"beta": Parameter(default=10, positive=True)},
        data={"X": ("n", 1)},
        claims=(Limit({"beta": order}),),
    )


def two_knobs(s, N, *, mixed=0):
    """x y (1 + s² + 1/N + mixed s⁴ N), from one head of linear attention."""
    x, y, out = stream = Stream(x=1, y=1, out=1)
    factor = 1 + s * s + 1 / N + mixed * s * s * s * s * N
    return Transformer(stream, (Attention((Head(query=factor * x, key=x, value=y, into=out),), "linear", "context"),))


def two_knob_limit(knobs, weights=two_knobs, path=None):
    return Construction(
        name="two-knobs",
        title="Two knobs",
        weights=weights,
        prompt=lambda X, Y, X_q: Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),)),
        readout=lambda out: Readout(out, at="query"),
        algorithm=lambda X, Y, X_q: X_q @ X.T @ Y,
        sizes={"n": 3, "m": 2},
        parameters={"s": Parameter(default="1/10", positive=True), "N": Parameter(default=100, positive=True)},
        data={"X": ("n", 1), "Y": ("n", 1), "X_q": ("m", 1)},
        claims=(Limit(knobs, path=path or {}),),
    )


def shifted_gelus(t):
    """[g(1 + tx) − g(1 − tx)]/(2t) − g'(1) x is of order t², and Φ(1) is no number with an exact value."""
    x, out = stream = Stream(x=1, out=1)
    made = [(1, t, 1), (1, -t, -1), (1, 2 * t, exact("-1/2")), (1, -2 * t, exact("1/2"))]
    units = tuple(Units(read=c * x, bias=bias, into=out * (w / t)) for bias, c, w in made)
    return Transformer(stream, (MLP(units, "gelu"),))


def normalised_limit(order):
    """The odd parts at t and 2t: their linear terms cancel, and x³ t² is left."""
    return Construction(
        name="shifted-gelus",
        title="GeLUs at 1",
        weights=shifted_gelus,
        prompt=lambda X: Prompt(context=(Token(x=X),)),
        readout=lambda out: Readout(out, at="context"),
        algorithm=lambda X: 0 * X,
        sizes={"n": 2},
        parameters={"t": Parameter(default="1/4", positive=True)},
        data={"X": ("n", 1)},
        claims=(Limit({"t": order}),),
    )


def by_position(n, beta):
    """softmax of the scores (0, …, 0, β) of the positions."""
    x, one, p, out = stream = Stream(x=1, one=1, p=n, out=1)
    head = Head(query=beta * one, key=identity(n)[n - 1] @ p, value=x, into=out)
    return Transformer(stream, (Attention((head,), "softmax", "context"),))


# → x_n with the error e^{−β} Σ (x_i − x_n) + …, for all real data
POSITION_LIMIT = Construction(
    name="position-limit",
    title="Softmax over positions reads the last token",
    weights=by_position,
    prompt=lambda X: Prompt(context=(Token(x=X, one=1),), positions=(("p", "one-hot"),)),
    readout=lambda out: Readout(out, at="last"),
    algorithm=lambda X: X[-1],
    sizes={"n": 2},
    parameters={"beta": Parameter(default=1, positive=True)},
    data={"X": ("n", 1)},
    claims=(Limit({"beta": Exponential(1)}),),
)
