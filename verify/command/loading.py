"""Constructions to judge: by name from the catalogue, or every module-level record of a Python file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from constructions import CATALOGUE, get, loading
from constructions.language import Construction
from verify.scrutiny.untouched import state, touched


class NothingToJudge(ValueError):
    """A file that cannot be read, or holds no construction."""


class CannotLoad(NothingToJudge):
    """A file that raises when it is executed."""


@dataclass(frozen=True)
class Target:
    """Where a construction is found, so that any process can load it: a name, or a file and the number of the record in it."""

    word: str
    number: int
    name: str
    sizes: tuple[str, ...]

    def load(self) -> Construction:
        return (load_file(self.word) if is_file(self.word) else [get(self.word)])[self.number]


def is_file(word: str) -> bool:
    return word.endswith(".py")


def load(words: list[str]) -> list[Construction]:
    """The constructions that names and file names stand for; the whole catalogue if there are none."""
    if not words:
        return list(CATALOGUE)
    return [found for word in words for found in (load_file(word) if is_file(word) else [get(word)])]


def targets_of(word: str) -> list[Target]:
    """What a word stands for. A file is executed."""
    records = load_file(word) if is_file(word) else [get(word)]
    return [Target(word, number, record.name, tuple(record.sizes)) for number, record in enumerate(records)]


def check_file(name: str) -> Path:
    """The file's path; refuses one that is not there."""
    path = Path(name)
    if not path.is_file():
        raise NothingToJudge(f"there is no file {name}; write one with: python -m constructions new {name}")
    return path


def load_file(name: str) -> list[Construction]:
    """Every `Construction` bound at the top level of a Python file, in order. The file is executed."""
    path, before = check_file(name), state()
    try:
        found = loading.load_file(path)
    except loading.CannotLoad as error:
        raise (CannotLoad if error.__cause__ else NothingToJudge)(str(error)) from error
    if changed := touched(before):
        raise CannotLoad(f"{name} changes {changed}: a theorem file must leave the program that judges it alone")
    return found
