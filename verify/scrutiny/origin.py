"""Where a record is found by a process that has seen nothing yet: by name in the catalogue, or in the file that made it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from constructions import CATALOGUE, get
from constructions.language import Construction
from constructions.language.quantifier import written
from constructions.loading import load_file

# what builders and formulas consist of, and are given
FIXED = ("weights", "prompt", "readout", "sizes", "parameters", "data", "algorithm")
Origin = dict[str, Any]  # {"name": …, "file": path or "", "number": among those of the name, "claim": number}


def origin_of(construction: Construction) -> Origin | None:
    """Where this record, or the record that it is one claim of, can be loaded from; None if only this process has it."""
    for record in CATALOGUE:
        if (claim := _claim_of(record, construction)) is not None:
            return {"name": record.name, "file": "", "number": 0, "claim": claim}
    for file, records in _files(getattr(written(construction.weights), "__module__", "")):
        named = [record for record in records if record.name == construction.name]
        for number, record in enumerate(named):
            if (claim := _claim_of(record, construction)) is not None:
                return {"name": record.name, "file": file, "number": number, "claim": claim}
    return None


def loaded_from(origin: Mapping[str, Any]) -> Construction:
    """The record at an origin, reduced to its claim. Raises `CannotLoad`; `LookupError` where the file holds it no more."""
    if origin["file"]:
        named = [record for record in load_file(origin["file"]) if record.name == origin["name"]]
        record = named[origin["number"]]
    else:
        record = get(origin["name"])
    return record.claiming(record.claims[origin["claim"]])


def _claim_of(record: Construction, single: Construction) -> int | None:
    """The number of the claim whose network a record is about."""
    if record.name != single.name:
        return None
    for number, claim in enumerate(record.claims):
        other = record.claiming(claim)
        bounds = [getattr(one.claims[0], "bound", None) for one in (other, single)]
        if all(getattr(other, field) is getattr(single, field) for field in FIXED) and bounds[0] is bounds[1]:
            return number
    return None


def _files(first: str) -> Iterator[tuple[str, list[Construction]]]:
    """The records bound at the top level of every module that has a file, each record once; the main program left out.

    `first` is the module to look at first: others may have imported the record from there.
    """
    for name in [first, *sys.modules]:
        module = sys.modules.get(name)
        file = getattr(module, "__file__", None)
        if name == "__main__" or not (isinstance(file, str) and file.endswith(".py")):
            continue
        found = {id(value): value for value in list(vars(module).values()) if type(value) is Construction}
        if found:
            yield file, list(found.values())
