"""Every numbered statement of a paper is found under its own number."""

import pytest

from constructions import CATALOGUE
from docs.pages.numbers import by_number, numbers


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Lemmas 1, 2 and 4, dot", ["Lemma 1", "Lemma 2", "Lemma 4"]),
        ("Theorem G.1 and equation (3.2)", ["Theorem G.1", "equation (3.2)"]),
        ("Appendix A, step 6 of the list", ["Appendix A"]),
        ("Section 3.1 and Lemma 8: rows divided by |c|", ["Section 3.1", "Lemma 8"]),
        ("Appendix C.4.3, the update", ["Appendix C.4.3"]),
        ("the heavy-ball method", []),
        ("Theorem As it is", []),
    ],
)
def test_numbers_in_a_place(where, found):
    assert [" ".join(number) for number in numbers(where)] == found


def test_the_statements_of_the_seed_paper_are_all_here():
    found = by_number("akyurek2023learning", list(CATALOGUE))
    assert [n for n in found if n.startswith("Theorem")] == ["Theorem 1", "Theorem 2"]
    assert [n for n in found if n.startswith("Lemma")] == [f"Lemma {k}" for k in range(1, 9)]
    assert {f"equation ({k})" for k in (10, 11, 13, 14, 18, 19)} <= set(found)
    assert found["Lemma 1"] == ["mov", "aff", "mul", "dot", "div"] and found["Lemma 3"] == ["raw"]


def test_a_record_that_is_taken_away_takes_its_number_along():
    without = [record for record in CATALOGUE if record.name != "raw"]
    assert "Lemma 3" not in by_number("akyurek2023learning", without)
