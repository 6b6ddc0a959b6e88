"""Records that remember, read files, draw numbers, dress up as other types, or leave the program."""

import functools
import itertools
import os
import random
from fractions import Fraction
from pathlib import Path

from constructions.language import Attention, Form, Head, Readout, Stream, Transformer
from constructions.matrix import Matrix
from tests.controls.base import algorithm, broken, weights

HONESTY = ("honesty",)
MEMORY: dict = {}
COUNTER = itertools.count()


class Box:
    seen = 0


class Called:
    """An algorithm that is an object."""

    __name__ = "called"

    def __call__(self, X, Y, X_q, eta):
        return algorithm(X, Y, X_q, eta)

    def method(self, X, Y, X_q, eta):
        return algorithm(X, Y, X_q, eta)


class Liar(Matrix):
    """A matrix that answers every difference with nothing."""

    __slots__ = ()

    def __sub__(self, other):
        return 0 * self

    __rsub__ = __sub__


class Squares(Form):
    """A form that is not linear."""

    @property
    def dense(self):
        return super().dense * super().dense


def in_a_dict(X, Y, X_q, eta):
    MEMORY["X"] = X
    return algorithm(X, Y, X_q, eta)


def in_a_class(d_x, d_y, n, eta):
    Box.seen += 1
    return weights(d_x, d_y, n, eta)


def in_a_default(d_x, d_y, n, eta, *, memory=MEMORY):
    return weights(d_x, d_y, n, eta * (2 if "X" in memory else 1))


def in_a_closure():
    seen = []

    def formula(X, Y, X_q, eta):
        seen.append(X)
        return algorithm(X, Y, X_q, eta)

    return formula


def in_a_global(d_x, d_y, n, eta):
    global LAST
    LAST = n
    return weights(d_x, d_y, n, eta)


def in_a_file(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (2 if Path("memory").exists() else 1))


def by_the_environment(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (2 if "USER_RUNS_IT" in os.environ else 1))


def by_open(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (2 if open("memory").read() else 1))


@functools.cache
def cached(k):
    return [k]


def in_a_cache(d_x, d_y, n, eta):
    cached(0).append(n)
    return weights(d_x, d_y, n, eta)


def by_isinstance(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (2 if isinstance(n, int) and n > 100 else 1))


def by_type(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (2 if type(n) is int and n > 100 else 1))


def by_chance(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (1 + Fraction(random.getrandbits(30), 2**60)))


def by_identity_of_objects(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (1 + id(object()) % 2))


def leaving(d_x, d_y, n, eta):
    raise SystemExit(0)


def raising(X, Y, X_q, eta):
    raise RuntimeError("no")


def lying(X, Y, X_q, eta):
    wrong = algorithm(X, Y, X_q, 2 * eta)
    return Liar(wrong._arithmetic, wrong._entries)


def generated_wrongly(d_x, d_y, n, eta):
    """Two layers for one, from a generator."""
    x, y = stream = Stream(x=d_x, y=d_y)
    return Transformer(stream, (Attention((Head(x, x, -eta / n * y, y),), "linear", "everything") for _ in range(2)))


CONTROLS = (
    broken("remembers-in-a-dict", HONESTY, algorithm=in_a_dict),
    broken("remembers-in-a-class", HONESTY, weights=in_a_class),
    broken("remembers-in-a-default", HONESTY, weights=in_a_default),
    broken("remembers-in-a-closure", HONESTY, algorithm=in_a_closure()),
    broken("remembers-in-a-global", HONESTY, weights=in_a_global),
    broken("remembers-in-a-cache", HONESTY, weights=in_a_cache),
    broken("remembers-in-a-file", HONESTY, weights=in_a_file),
    broken("reads-the-environment", HONESTY, weights=by_the_environment),
    broken("opens-a-file", HONESTY, weights=by_open),
    broken("asks-isinstance", HONESTY, weights=by_isinstance),
    broken("asks-for-a-type", HONESTY, weights=by_type),
    broken("a-builder-drawn-at-random", ("claim", "honesty"), weights=by_chance),
    broken("asks-where-an-object-lies", HONESTY, weights=by_identity_of_objects),
    broken("leaves-the-program", HONESTY, weights=leaving),
    broken("raises", (), algorithm=raising),
    broken("an-object-for-an-algorithm", HONESTY, algorithm=Called()),
    broken("a-method-for-an-algorithm", HONESTY, algorithm=Called().method),
    broken("a-matrix-that-lies", HONESTY, algorithm=lying),
    broken(
        "a-form-that-squares",
        ("honesty", "claim"),
        readout=lambda y: Readout(Squares(y.space, y.width, y.blocks), at="query"),
    ),
    broken("layers-from-a-generator", weights=generated_wrongly),
    broken("weights-behind-a-cache", HONESTY, weights=functools.lru_cache(weights)),
)
