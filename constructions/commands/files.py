"""Where files may be written, checked before anything is computed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from constructions.commands.misuse import Misuse


def check_writable(path: Path, force: bool = True, inputs: Iterable[str] = ()) -> None:
    """Refuse a missing folder, a folder, a place without permission, an input, and without `force` any file there is."""
    folder = path.parent
    if not folder.is_dir():
        raise Misuse(f"cannot write {path}: there is no folder {folder}; make it first, or choose another path")
    if path.is_dir():
        raise Misuse(f"cannot write {path}: it is a folder; name a file")
    if path.exists():
        for given in inputs:
            if Path(given).exists() and path.samefile(given):
                raise Misuse(f"cannot write {path}: it is the same file as the input {given}; choose another path")
        if not force:
            raise Misuse(f"{path} exists and is left as it is; choose another name, or replace it with --force")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise Misuse(f"cannot write {path}: permission denied; choose another path")


def check_figure(path: Path) -> None:
    """Refuse what is no SVG file, a place that cannot be written, and a missing matplotlib, before anything is computed."""
    if path.suffix != ".svg":
        raise Misuse(f"cannot draw {path}: figures are SVG files; name it e.g. {path.stem or 'figure'}.svg")
    check_writable(path)
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise Misuse("--figure needs matplotlib; install it with: python -m pip install matplotlib") from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What the file system refuses, as a sentence."""
    try:
        yield
    except OSError as error:
        raise Misuse(f"cannot write {path}: {error.strerror}; choose another path") from error


def write(path: Path, text: str) -> None:
    """The text into the file."""
    with writing(path):
        path.write_text(text, encoding="utf-8")
