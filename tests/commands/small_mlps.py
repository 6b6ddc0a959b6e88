"""Small records with MLPs, norms and blocks, in no catalogue: products by bilinear and by GeLU units, and a block.

They are read by name from this file, as a user's own theorem file would be.
"""

from constructions.language import (
    MLP,
    Attention,
    Block,
    Constant,
    Construction,
    Head,
    LayerNorm,
    Limit,
    NearMiss,
    Parameter,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    Units,
    stack,
)
from constructions.matrix import exact


def multiply(d):
    """z ← z + x ∘ y, by one gated unit a coordinate."""
    x, y, z = stream = Stream(x=d, y=d, z=d)
    return Transformer(stream, (MLP((Units(read=x, gate=y, into=z),), activation="identity"),))


def gelu_multiply(d, s):
    """xy ≈ √(π/2) (g(u) + g(−u) − g(v) − g(−v))/(4s²), u = s(x + y), v = s(x − y), g = GeLU."""
    x, y, z = stream = Stream(x=d, y=d, z=d)
    u, v, out = s * (x + y), s * (x - y), z / (4 * s * s)
    units = Units(read=stack(u, -u, v, -v), into=stack(out, out, -out, -out), factor="√(π/2)")
    return Transformer(stream, (MLP((units,), activation="gelu"),))


def forgotten_factor(d, s):
    x, y, z = stream = Stream(x=d, y=d, z=d)
    u, v, out = s * (x + y), s * (x - y), z / (4 * s * s)
    units = Units(read=stack(u, -u, v, -v), into=stack(out, out, -out, -out))
    return Transformer(stream, (MLP((units,), activation="gelu"),))


def block(d, b):
    """Attention with a sink, then an MLP with biases that reads normalised tokens, in one block."""
    x, y, z = stream = Stream(x=d, y=d, z=d)
    attention = Attention((Head(x, y, x, z),), kernel="softmax", mask="everything", sink=True)
    units = (Units(read=x + y, into=z, bias=b), Units(read=-z, into=x, bias=exact("-1/2"), factor="√(π/2)"))
    mlp = MLP(units, "relu", norm=LayerNorm(gain=2, epsilon=exact("1/100")), constants=(Constant(b, z),))
    return Transformer(stream, (Block((attention, mlp)), LayerNorm()))


def record(name, weights, algorithm, **fields):
    given = {
        "title": f"Small record: {name}",
        "prompt": lambda X, Y: Prompt(query=(Token(x=X, y=Y),)),
        "readout": lambda z: Readout(z, at="query"),
        "sizes": {"d": 2, "m": 3},
        "data": {"X": ("m", "d"), "Y": ("m", "d")},
    }
    return Construction(name=name, weights=weights, algorithm=algorithm, **{**given, **fields})


MULTIPLY = record(
    "multiply",
    multiply,
    lambda X, Y: X * Y,
    resources={"layers": "1", "heads": "0", "hidden": "d", "width": "3*d", "nonzeros": "3*d"},
)
GELU_MULTIPLY = record(
    "gelu-multiply",
    gelu_multiply,
    lambda X, Y: X * Y,
    parameters={"s": Parameter(default="1/10")},
    claims=(Limit({"s": 2}),),
    near_misses={"forgotten-factor": NearMiss("the factor √(π/2) is forgotten", weights=forgotten_factor)},
    resources={"hidden": "4*d", "nonzeros": "12*d"},
)
BLOCK = record(
    "block",
    block,
    lambda X, Y: X * Y,
    parameters={"b": Parameter(("d",), default=[1, 2])},
)
ONE_QUERY = record(
    "square",
    multiply,
    lambda X, Y: X * X,
    prompt=lambda X, Y: Prompt(context=(Token(y=Y),), query=(Token(x=X, y=X),)),
    sizes={"d": 2, "m": 1, "n": 2},
    data={"X": ("m", "d"), "Y": ("n", "d")},
)
