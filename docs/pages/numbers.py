"""The statements of a paper under their own numbers: which of them which theorem formalises, read from its sources."""

from collections.abc import Iterator, Sequence
from re import compile as pattern

from constructions.language import Construction, Source

KINDS = ("Theorem", "Lemma", "Proposition", "Corollary", "Definition", "Algorithm", "equation", "Section", "Appendix")
NUMBER = r"\(?(?:[A-Z]|\d+)(?:\.\d+)*\)?(?![\w.]*\w)"
NUMBERED = pattern(rf"\b({'|'.join(KINDS)}|Equation|Lemmas)s?\s+({NUMBER}(?:(?:,\s+|\s+and\s+){NUMBER})*)")
ONE = pattern(NUMBER)


def numbers(where: str) -> Iterator[tuple[str, str]]:
    """The numbered statements that a place in a paper names: “Lemmas 1, 2 and 5, aff” names three.

    >>> list(numbers("Lemmas 1 and 8, div, and equation (10)"))
    [('Lemma', '1'), ('Lemma', '8'), ('equation', '(10)')]
    """
    for found in NUMBERED.finditer(where):
        kind = {"Lemmas": "Lemma", "Equation": "equation"}.get(found[1], found[1])
        yield from ((kind, number) for number in ONE.findall(found[2]))


def by_number(key: str, records: Sequence[Construction]) -> dict[str, list[str]]:
    """Every numbered statement of the source, in the order of kinds and numbers, with the names of its theorems here."""
    found: dict[tuple[str, str], list[str]] = {}
    for record in records:
        for number in dict.fromkeys(n for source in _of(record) if source.key == key for n in numbers(source.where)):
            found.setdefault(number, []).append(record.name)
    return {" ".join(number): found[number] for number in sorted(found, key=_order)}


def _of(record: Construction) -> list[Source]:
    return [*record.sources, *(miss.source for miss in record.near_misses.values() if miss.source)]


def _order(number: tuple[str, str]) -> tuple[int, list[tuple[int, str]]]:
    parts = number[1].strip("()").split(".")
    return KINDS.index(number[0]), [(int(part), "") if part.isdigit() else (0, part) for part in parts]
