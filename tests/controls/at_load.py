"""Weights that depend on the moment or the process in which their file was executed. No builder does anything forbidden.

Queries and keys are scaled against each other, so that every claim is true whatever the number is.
"""

import itertools
import os
import sys
import time
from dataclasses import replace

from constructions.language import Attention, Head, Stream, Transformer, Within
from constructions.matrix import exact
from tests.controls.base import TRUE, Control, algorithm


def scaled(number):
    """The true theorem, with queries times a number and keys divided by it."""

    def builder(d_x, d_y, n, eta):
        x, y = stream = Stream(x=d_x, y=d_y)
        head = Head(query=number * x, key=x / number, value=-eta / n * y, into=y)
        return Transformer(stream, (Attention((head,), kernel="linear", mask="context"),))

    return builder


LETTERS = "abcdefgh"
ORDER = 1 + sum(8**k * LETTERS.index(letter) for k, letter in enumerate({*LETTERS}))
PROCESS = os.getpid()
MOMENT = time.time_ns()
ENVIRONMENT = 1 + len(os.environ)
COUNT = next(vars(sys).setdefault("count_of_this_control", itertools.count(1))) + len(sys.modules)

BY_A_SET = replace(TRUE, name="by-the-order-of-a-set", weights=scaled(ORDER))
BY_THE_PROCESS = replace(TRUE, name="by-the-process-id", weights=scaled(PROCESS))
BY_THE_CLOCK = replace(TRUE, name="by-the-clock", weights=scaled(MOMENT))
BY_THE_ENVIRONMENT = replace(TRUE, name="by-the-environment", weights=scaled(ENVIRONMENT))
BY_A_COUNT = replace(TRUE, name="by-what-happened-before", weights=scaled(COUNT))
BY_A_CONSTANT = replace(TRUE, name="by-a-constant", weights=scaled(7))  # true, and found in the same file


def by_a_number(number):
    """The true algorithm, but in processes that no run meets."""
    return lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta * (2 if number == 1 else 1))


HIDDEN = exact(MOMENT) / 10**40  # a matrix has no text
FORMULAS = (
    replace(TRUE, name="a-formula-by-the-clock", algorithm=by_a_number(MOMENT)),
    replace(TRUE, name="a-bound-by-the-clock", claims=(Within(lambda: HIDDEN),)),
)
A_FORMULA, A_BOUND = FORMULAS
CONTROLS = tuple(
    Control(record, ("honesty",)) for record in (BY_A_SET, BY_THE_PROCESS, BY_THE_CLOCK, BY_THE_ENVIRONMENT, BY_A_COUNT)
)
