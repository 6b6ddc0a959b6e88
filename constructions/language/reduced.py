"""A record reduced to one of its claims, as NAME@CLAIM names it: that claim's network, and its domain."""

from __future__ import annotations

from functools import cache

from constructions.language.construction import Construction
from constructions.language.quantifier import UnknownName


def parted(name: str) -> tuple[str, str | None]:
    """NAME and CLAIM of NAME@CLAIM; without an @ there is no claim, and what ends in .py is a file whose path has one."""
    head, sign, claim = name.rpartition("@")
    return (head, claim) if sign and not claim.endswith(".py") else (name, None)


@cache
def reduced(record: Construction, word: str) -> Construction:
    """The record with the network and the domain of one claim: of that number, or the first that has the word and a domain, or
    the word. Raises `UnknownName`."""
    claims = record.claims
    if word.isdecimal() and 1 <= int(word) <= len(claims):
        return _claiming(record, int(word))
    found = [claim for claim in claims if word.strip() and word.strip().lower() in claim.text.lower()]
    if not found:
        told = "\n".join(f"  {number}  {claim.text}" for number, claim in enumerate(claims, 1))
        raise UnknownName(
            f"{record.name} has no claim {word!r}; give a number or a word of one, e.g. {record.name}@1:\n{told}"
        )
    chosen = next((claim for claim in found if claim.domain), found[0])
    return _claiming(record, claims.index(chosen) + 1)


@cache
def _claiming(record: Construction, number: int) -> Construction:
    """One object for each claim, which is pickled by its number."""
    made = record.claiming(record.claims[number - 1])
    vars(made)["made_by"] = (_claiming, (record, number))
    return made
