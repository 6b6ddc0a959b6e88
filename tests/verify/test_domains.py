"""The domains of data: what is listed is all of it, and what is drawn is in it."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest

from constructions.language import Box, Parameter
from constructions.matrix import exact
from constructions.matrix.rational import fractions_of
from constructions.sequences.induction_head import INDUCTION_HEAD
from tests.controls.base import TRUE
from verify.domains import DOMAINS, EmptyDomain, all_data, fewest_rows, member
from verify.plan import stream_of_integers

WORDS = {
    "signs": lambda word: all(entry in (-1, 1) for row in word for entry in row),
    "one-hot rows": lambda word: all(sorted(row) == [0] * (len(row) - 1) + [1] for row in word),
    "one-hot rows, last one seen before": lambda word: WORDS["one-hot rows"](word) and word[-1] in word[:-1],
}
SHAPES = ((1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (2, 3))


def told(word):
    return tuple(map(tuple, word))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", WORDS)
def test_a_finite_domain_is_listed_whole(name, shape):
    """Against a search through all matrices of −1, 0, 1 and 2."""
    rows, columns = shape
    matrices = product(range(-1, 3), repeat=rows * columns)
    words = [told(numbers[i * columns : (i + 1) * columns] for i in range(rows)) for numbers in matrices]
    listed = [told(word) for word in DOMAINS[name].members(rows, columns)]
    assert sorted(listed) == [word for word in words if WORDS[name](word)]
    assert len(listed) <= DOMAINS[name].at_most(rows, columns)


@pytest.mark.parametrize("name", WORDS)
def test_what_is_drawn_is_a_member_and_every_member_is_drawn(name):
    numbers = stream_of_integers(16, "members", name)
    for rows in (2, 3):
        drawn = {told(DOMAINS[name].draw(numbers, rows, 2)) for _ in range(400)}
        assert drawn == {told(word) for word in DOMAINS[name].members(rows, 2)}


def test_a_last_symbol_that_was_seen_needs_another():
    name = "one-hot rows, last one seen before"
    assert fewest_rows(INDUCTION_HEAD) == DOMAINS[name].fewest == 2 and fewest_rows(TRUE) == 1
    assert not list(DOMAINS[name].members(1, 3))
    with pytest.raises(EmptyDomain, match="needs two symbols"):
        _ = DOMAINS[name].draw(iter([0]), 1, 3)


def test_symmetric_matrices_are_drawn_and_no_others():
    numbers = stream_of_integers(16, "symmetric")
    drawn = [DOMAINS["symmetric"].draw(numbers, 3, 3) for _ in range(60)]
    assert all(word[i][j] == word[j][i] for word in drawn for i in range(3) for j in range(3))
    assert {entry for word in drawn for row in word for entry in row} == {*range(-3, 4)}
    with pytest.raises(EmptyDomain, match="a 2×3 matrix is not symmetric"):
        _ = DOMAINS["symmetric"].draw(numbers, 2, 3)


@pytest.mark.parametrize("bound", [Fraction(1, 3), "B"])
def test_what_is_drawn_from_a_box_is_inside_and_reaches_its_sides(bound):
    B = Parameter(default="1/3", positive=True)
    record = replace(TRUE, domain={"X": Box(bound)}, parameters={**TRUE.parameters, "B": B})
    numbers, given = stream_of_integers(16, "box"), {"B": exact("1/3")}
    drawn = [fractions_of(member(record, "X", (3, 2), numbers, given)) for _ in range(40)]
    entries = {entry for word in drawn for row in word for entry in row}
    assert entries == {Fraction(k, 24) for k in range(-8, 9)}


def test_an_infinite_domain_has_no_list():
    assert all_data(TRUE, {"X": (1, 1)}) is None
    data = list(all_data(INDUCTION_HEAD, {"E": (2, 2)}) or ())
    assert [fractions_of(one["E"]) for one in data] == [[[1, 0], [1, 0]], [[0, 1], [0, 1]]]
