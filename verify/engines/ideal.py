"""The ideal network at some sizes, as rational functions of all data and parameters: whether it is the algorithm, and what its
divisors are at least (`signs.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructions.language import Attention, Construction, build
from constructions.language.transformer import Block
from constructions.matrix import Matrix, Unsupported
from verify.arithmetic.polynomial import matrix_of
from verify.arithmetic.quadratic import QuadraticArithmetic
from verify.engines.layer_sums import attention_sum
from verify.engines.signs import Lower, Signs
from verify.plan import shape_at
from verify.sides import matched

Key = tuple[int, int, int, int]


@dataclass(frozen=True)
class Ideal:
    """What is left of ideal − algorithm (empty: nothing), lower bounds of divisors by (prompt, sublayer, token, head), and whether
    the algorithm divides by something that may vanish."""

    difference: str
    least: Mapping[Key, Lower]
    poles: bool = False


def ideal(construction: Construction, sizes: Mapping[str, int]) -> Ideal:
    """The ideal network beside the algorithm."""
    declared = {**{name: p.shape for name, p in construction.parameters.items()}, **construction.data}
    shapes = {name: _two((*shape_at(shape, sizes), 1, 1)) for name, shape in declared.items()}
    keys = [(name, i, j) for name, (r, c) in shapes.items() for i in range(r) for j in range(c)]
    positive = [construction.parameters[n].positive if n in construction.parameters else False for n, *_ in keys]
    functions, numbers = QuadraticArithmetic(["_".join(map(str, key)) for key in keys]), iter(range(len(keys)))
    made = {
        name: matrix_of(functions, r, c, [functions.variable(next(numbers)) for _ in range(r * c)])
        for name, (r, c) in shapes.items()
    }
    instance = build(construction, sizes, {name: made[name] for name in construction.parameters})
    data = {name: made[name] for name in construction.data}
    run = instance.run(data)
    functions.parabolas = False  # what it was for is done: a GeLU in the algorithm is no parabola
    functions.divided.clear()
    left, right = matched(run.answer, instance.algorithm(data))
    differing = [entry for entry in functions.table(left - right).entries if not functions.is_zero(entry)]
    signs = Signs(functions, keys, positive)
    least = {}
    for prompt, (layout, streams) in enumerate(zip(run.layouts, run.streams, strict=True)):
        for key, score in _scores(instance.network, layout, streams):
            least[prompt, *key] = signs.least(functions.table(score).cells[0][0])
    poles = not all(map(signs.never_zero, functions.divided))
    return Ideal(functions.shown(differing[0]) if differing else "", least, poles)


def _two(shape: tuple[int, ...]) -> tuple[int, int]:
    return shape[0], shape[1]


def _scores(network: Any, layout: Any, streams: Sequence[Matrix]) -> list[tuple[tuple[int, int, int], Matrix]]:
    """((sublayer, token, head), divisor) for every division."""
    found, number = [], 0
    for before, layer in zip(streams, network.unrolled, strict=False):
        parts = layer.sublayers if isinstance(layer, Block) else (layer,)
        for place, part in enumerate(parts):
            if isinstance(part, Attention) and part.kernel == "linear":
                if place:
                    raise Unsupported("a composed bound of a division that is not the first sublayer of its layer")
                step = attention_sum(part, layout, network.stream.width)
                for token, quotients in step.quotients.items():
                    for head, quotient in enumerate(quotients):
                        found.append(((number, token, head), quotient.score @ before[token].T + 1))
            number += 1
    return found
