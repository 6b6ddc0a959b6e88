"""Whether two sides have one and the same value anywhere: exact where they are, in balls where they are not."""

import pytest

from constructions.matrix import Pole, exact, exp, ones
from tests.controls.base import TRUE
from verify.engines.values import agree_somewhere

SIZES = {"d_x": 2, "d_y": 1, "n": 3, "m": 1}
HALF = exact([[1, 0]])


def pole(*_):
    raise Pole("everywhere")


def seldom(instance, data):
    """Equal, and without a value wherever the first entry of X is not 2."""
    if data["X"]._entries.fractions()[0][0] != 2:
        raise Pole("nearly everywhere")
    return data["X"], data["X"]


SIDES = {
    "the same": (lambda _, data: (data["X"], data["X"]), True),
    "at some points only": (seldom, True),
    "a pole everywhere": (pole, False),
    "one entry differs": (lambda _, data: (0 * HALF, HALF), False),
    "the opposite": (lambda _, data: (HALF, -HALF), False),
    "the same in balls": (lambda _, data: (exp(data["X"]), exp(data["X"] + 0 * data["X"])), True),
    "one entry differs in balls": (lambda _, data: (exp(data["X"]), exp(data["X"] + ones(3, 1) @ HALF)), False),
    "the opposite in balls": (lambda _, data: (exp(data["X"]), -exp(data["X"])), False),
}


@pytest.mark.parametrize("name", SIDES)
def test_sides_agree_where_some_point_shows_no_difference(name):
    sides, found = SIDES[name]
    assert agree_somewhere(TRUE, SIZES, sides) is found
