"""Digging by another name: what no function of the record says in its own words, but an alias, a holder or an attribute does.

`RECORDS` says of each which words the complaint must have.
"""

import dataclasses
import functools
import operator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from operator import attrgetter as taken

from constructions.language import Equal
from tests.controls.base import TRUE, algorithm, weights

MANY = 10**6  # builds, which no run reaches
SEEN = [0]
kind = type
lookup = "".join(("_arith", "metic.name"))


def counting(d_x, d_y, n, eta):
    SEEN[0] += 1
    return weights(d_x, d_y, n, eta * (1 if SEEN[0] < MANY else 2))


def twice(d_x, d_y, n, eta, condition):
    return weights(d_x, d_y, n, eta * (2 if condition else 1))


HOLDER = (replace(TRUE, name="a-holder", weights=counting),)
NESTED = (((0, []),),)
FROZEN = frozenset({counting})
CLAIM = Equal()


def quiet(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta)


quiet.run = counting


def from_elsewhere(d_x, d_y, n, eta):
    return counting(d_x, d_y, n, eta)


from_elsewhere.__module__ = "functools"


class Liar(Fraction):
    """A number that is 1 at first and 2 later."""

    @property
    def numerator(self):
        SEEN[0] += 1
        return 1 if SEEN[0] < MANY else 2


class Calm:
    """A class that says it is of the library."""

    __module__ = "math"
    seen = 0


@dataclass(frozen=True)
class Parameter:
    """A record that says it is of the language."""

    __module__ = "constructions.language.statement"
    what: object


ONE, POSTER = Liar(1), Parameter(SEEN)


def by_a_partial(d_x, d_y, n, eta, *, memory):
    memory.append(n)
    return twice(d_x, d_y, n, eta, len(memory) > MANY)


def by_a_nested_tuple(d_x, d_y, n, eta):
    NESTED[0][0][1].append(n)
    return twice(d_x, d_y, n, eta, len(NESTED[0][0][1]) > MANY)


def by_dispatch(d_x, d_y, n, eta):
    @functools.singledispatch
    def factor(size):
        return 1

    @factor.register(int)
    def _(size):
        return 1 if size < 100 else 2

    return weights(d_x, d_y, n, eta * factor(n))


def by_a_module(d_x, d_y, n, eta):
    library = dataclasses
    return twice(d_x, d_y, n, eta, len(library.sys.modules) < 20)


def by_an_import(d_x, d_y, n, eta):
    from dataclasses import sys

    return twice(d_x, d_y, n, eta, len(sys.modules) < 20)


def by_a_claim(d_x, d_y, n, eta):
    CLAIM.replaces[len(CLAIM.replaces)] = n
    return twice(d_x, d_y, n, eta, len(CLAIM.replaces) > MANY)


def by_attrgetter(X, Y, X_q, eta):
    return algorithm(X, Y, X_q, eta * (2 if taken(lookup)(X) == "float64" else 1))


VARIANT = partial(quiet)


def by_a_variant(d_x, d_y, n, eta):
    VARIANT.keywords["count"] = VARIANT.keywords.get("count", 0) + 1
    return twice(d_x, d_y, n, eta, VARIANT.keywords["count"] > MANY)


def by_listed_letters(d_x, d_y, n, eta):
    return twice(d_x, d_y, n, eta, list({"a", "b", "c", "d", "e"}) == ["e", "d", "c", "b", "a"])


def by_letters(d_x, d_y, n, eta):
    return twice(d_x, d_y, n, eta, [c for c in {"a", "b", "c", "d", "e"}] == ["e", "d", "c", "b", "a"])


def by_common_keys(d_x, d_y, n, eta):
    words = dict(a=1, b=1, c=1, d=1, e=1)
    return twice(d_x, d_y, n, eta, list(words.keys() & words.keys()) == ["e", "d", "c", "b", "a"])


FUNCTIONS = (by_listed_letters, by_letters, by_common_keys)


def by_addresses(d_x, d_y, n, eta):
    return twice(d_x, d_y, n, eta, list(set(FUNCTIONS)) == list(reversed(FUNCTIONS)))


def own_builtins():
    names = {**globals(), "__builtins__": {"len": lambda pair: 1}}
    exec("def built(d_x, d_y, n, eta): return weights(d_x, d_y, n, eta * len((1, 2)))", names)
    return names["built"]


def named(name, builder=None, **fields):
    return replace(TRUE, name=name, **(fields or {"weights": builder}))


RECORDS = {
    "uses a dict": named("by-a-holder", lambda d_x, d_y, n, eta: HOLDER[0].weights(d_x, d_y, n, eta)),
    "has the attribute run": named("by-a-function-of-a-function", lambda d_x, d_y, n, eta: quiet.run(d_x, d_y, n, eta)),
    "uses a list, ": named("by-a-partial", partial(by_a_partial, memory=[])),
    "uses a list": named("by-a-nested-tuple", by_a_nested_tuple),
    "weights uses keywords": named("by-a-variant-of-a-function", by_a_variant),
    "makes {…}; the order of a set": named("by-listed-letters", by_listed_letters),
    "goes through {…}; the order of a set": named("by-letters", by_letters),
    "uses keys; the order of a set": named("by-common-keys", by_common_keys),
    "uses set; the order of a set": named("by-addresses", by_addresses),
    "uses a frozenset; the order": named(
        "by-a-frozen-set", lambda d_x, d_y, n, eta: next(f(d_x, d_y, n, eta) for f in FROZEN)
    ),
    "uses a list, which can": named("by-a-false-module", from_elsewhere),
    "uses singledispatch": named("by-dispatch", by_dispatch),
    "uses the class type": named(
        "by-another-name-for-type", lambda d_x, d_y, n, eta: twice(d_x, d_y, n, eta, kind(n) == kind(1) and n > 100)
    ),
    "calls is_": named(
        "by-the-operator-is", lambda d_x, d_y, n, eta: twice(d_x, d_y, n, eta, operator.is_(n, n + 0) and n > 100)
    ),
    "passes the module dataclasses on": named("by-a-module-passed-on", by_a_module),
    "imports dataclasses": named("by-an-import-inside", by_an_import),
    "uses a Liar": named("by-a-number-that-lies", lambda d_x, d_y, n, eta: weights(d_x, d_y, n, eta * ONE)),
    "uses a dict, which": named("by-a-claim-that-remembers", by_a_claim),
    "uses the class Calm": named(
        "by-a-class-from-math", lambda d_x, d_y, n, eta: twice(d_x, d_y, n, eta, Calm.seen > MANY)
    ),
    "uses a Parameter": named(
        "by-a-record-that-is-none", lambda d_x, d_y, n, eta: twice(d_x, d_y, n, eta, len(POSTER.what) > MANY)
    ),
    "uses the class attrgetter": named("by-attrgetter-by-another-name", algorithm=by_attrgetter),
    "brings builtins of its own": named("by-builtins-of-its-own", own_builtins()),
}
