"""Constructions to judge: by name from the catalogue, or every module-level record of a Python file."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from constructions import CATALOGUE, get
from constructions.language import Construction


class NothingToJudge(ValueError):
    """A file that cannot be read, or holds no construction."""


def load(words: list[str]) -> list[Construction]:
    """The constructions that names and file names stand for; the whole catalogue if there are none."""
    if not words:
        return list(CATALOGUE)
    return [found for word in words for found in (load_file(word) if word.endswith(".py") else [get(word)])]


def load_file(name: str) -> list[Construction]:
    """Every `Construction` bound at the top level of a Python file, in order. The file is executed."""
    path = Path(name)
    if not path.is_file():
        raise NothingToJudge(f"there is no file {name}; write one with: python -m constructions new {name}")
    spec = importlib.util.spec_from_file_location(f"judged_{path.stem}", path.resolve())
    if spec is None or spec.loader is None:
        raise NothingToJudge(f"{name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise NothingToJudge(f"{name} cannot be loaded: {type(error).__name__}: {error}") from error
    seen = {id(value): value for value in vars(module).values() if isinstance(value, Construction)}
    own = [record for record in seen.values() if not any(record is known for known in CATALOGUE)]
    if not own:
        raise NothingToJudge(
            f"{name} defines no Construction at its top level; see: python -m constructions new --help"
        )
    return own
