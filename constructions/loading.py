"""Theorem files: executed, and whatever goes wrong in them said in one sentence with its file and line."""

from __future__ import annotations

import importlib.util
import sys
import traceback
import zlib
from pathlib import Path
from typing import Any

from constructions.catalogue import CATALOGUE
from constructions.language import Construction


class CannotLoad(ValueError):
    """A file that is not there, that raises when it is executed, or that holds no construction of its own."""


def load_file(path: str | Path) -> list[Construction]:
    """Every `Construction` bound at the top level of a Python file, in order, those of the catalogue left out."""
    module = _executed(Path(path), str(path))
    found = {id(value): value for value in vars(module).values() if isinstance(value, Construction)}
    own = [record for record in found.values() if not any(record is known for known in CATALOGUE)]
    if not own:
        raise CannotLoad(f"{path} holds 0 constructions of its own; see: python -m constructions new --help")
    return own


def _executed(path: Path, name: str) -> Any:
    if not path.is_file():
        raise CannotLoad(f"there is no file {name}; write one with: python -m constructions new {name}")
    place = str(path.resolve())
    spec = importlib.util.spec_from_file_location(f"{path.stem}_{zlib.crc32(place.encode()):08x}", place)
    if spec is None or spec.loader is None:
        raise CannotLoad(f"{name} is no Python file: its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where the statement of a theorem, its file's docstring, is looked up
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[spec.name]
        raise CannotLoad(f"{name} cannot be loaded: {what_went_wrong(error, path)}") from error
    return module


def what_went_wrong(error: BaseException, path: str | Path) -> str:
    """One sentence: the innermost line of that file that the error passed through, the error's type and its text."""
    line = line_in(error, path)
    if isinstance(error, SystemExit):
        said = f"it ends the program with exit status {error.code}; a theorem file must not exit"
    else:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        said = type(error).__name__ + (f": {' '.join(text.split())}" if text else "")
    return f"{Path(path).name}:{line}: {said}" if line else said


def line_in(error: BaseException, path: str | Path) -> int | None:
    """The number of the innermost line of a file that an error passed through, if any."""
    place = str(Path(path).resolve())
    if isinstance(error, SyntaxError) and error.filename == place:
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == place]
    return lines[-1] if lines else None
