"""Where files may be written, checked before anything is computed."""

from __future__ import annotations

import os
from pathlib import Path

from constructions.commands.options import Misuse


def check_writable(path: Path) -> None:
    """Refuse a path in a missing folder, a folder, or a place without permission."""
    folder = path.parent
    if not folder.is_dir():
        raise Misuse(f"cannot write {path}: there is no folder {folder}; make it first, or choose another path")
    if path.is_dir():
        raise Misuse(f"cannot write {path}: it is a folder; name a file")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise Misuse(f"cannot write {path}: permission denied; choose another path")


def write(path: Path, text: str) -> None:
    """The text into the file."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Misuse(f"cannot write {path}: {error.strerror}; choose another path") from error
