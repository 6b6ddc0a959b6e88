"""Right at every size and every moment of an ordinary run, and wrong beyond: what only symbols and reading can catch."""

import collections
import itertools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from constructions import get
from constructions.language import Attention, Head, Stack, Stream, Transformer
from tests.controls.base import TRUE, weights

MANY = 10**6  # builds, which no run reaches
COUNTER = itertools.count()
ARRAY = np.zeros(1)
BOX = SimpleNamespace(count=0)
QUEUE: collections.deque = collections.deque()


def larger_inputs(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (2 if d_x > 8 else 1))


def many_examples(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (2 if n > 100 else 1))


def one_number(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (2 if n in (101,) else 1))


def fifth_layer(d_x, d_y, n, steps, eta):
    """gd-steps, but for the layer of number 5."""
    x, y = stream = Stream(x=d_x, y=d_y)

    def layer(l):
        value = -eta[l] / n * y
        return Attention((Head(x, x, 2 * value if l == 5 else value, y),), kernel="linear", mask="context")

    return Transformer(stream, (Stack(layer, steps),))


def by_an_iterator(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (1 if next(COUNTER) < MANY else 2))


def by_an_array(d_x, d_y, n, eta):
    ARRAY[0] += 1
    return weights(d_x, d_y, n, eta * (1 if ARRAY[0] < MANY else 2))


def by_an_attribute(d_x, d_y, n, eta):
    BOX.count += 1
    return weights(d_x, d_y, n, eta * (1 if BOX.count < MANY else 2))


def by_a_queue(d_x, d_y, n, eta):
    QUEUE.append(n)
    return weights(d_x, d_y, n, eta * (1 if len(QUEUE) < MANY else 2))


def noted(d_x, d_y, n, eta):
    noted.count += 1
    return weights(d_x, d_y, n, eta * (1 if noted.count < MANY else 2))


noted.count = 0


def by_a_cell():
    count = 0

    def builder(d_x, d_y, n, eta):
        nonlocal count
        count += 1
        return weights(d_x, d_y, n, eta * (1 if count < MANY else 2))

    return builder


def by_an_f_string(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (1 if len(f"{n}") < 3 else 2))


def by_str(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (1 if len(str(n)) < 3 else 2))


def by_percent(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (1 if len("%s" % n) < 3 else 2))  # noqa: UP031


def by_numpy(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (2 if np.isscalar(n) and n > 100 else 1))


def by_numpy_chance(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (2 if np.random.default_rng().random() < 1e-9 else 1))


def beyond(name, builder):
    return replace(TRUE, name=name, weights=builder)


BEYOND = (
    beyond("if-d-is-above-8", larger_inputs),
    beyond("if-n-is-above-100", many_examples),
    beyond("if-n-is-101", one_number),
    replace(
        get("gd-steps"),
        name="if-the-layer-is-5",
        weights=lambda d_x, d_y, n, steps, eta, W_0: fifth_layer(d_x, d_y, n, steps, eta),
        near_misses={},
        dead=None,
    ),
)
LARGE = {
    "if-d-is-above-8": {"d_x": 11},
    "if-n-is-above-100": {"d_x": 2, "n": 101},
    "if-n-is-101": {"d_x": 2, "n": 101},
    "if-the-layer-is-5": {"d_x": 2, "steps": 6},
}
OPEN = (
    beyond("by-an-iterator", by_an_iterator),
    beyond("by-an-array", by_an_array),
    beyond("by-an-attribute", by_an_attribute),
    beyond("by-a-queue", by_a_queue),
    beyond("by-an-attribute-of-a-function", noted),
    beyond("by-a-cell", by_a_cell()),
    beyond("by-an-f-string", by_an_f_string),
    beyond("by-str", by_str),
    beyond("by-percent", by_percent),
    beyond("by-numpy", by_numpy),
    beyond("by-chance-from-numpy", by_numpy_chance),
)
