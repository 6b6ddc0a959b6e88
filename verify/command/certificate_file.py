"""Certificates on disk: read with every complaint said, written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from constructions.digest import read_json
from verify.command.certificate import SCHEMA
from verify.command.loading import is_file
from verify.command.plain import Plain
from verify.command.tasks import Request


class NoCertificate(ValueError):
    """A file that cannot be read as a certificate, or cannot become one."""


def read(path: Path) -> tuple[Plain, list[str], Request]:
    """A certificate with what it asks to repeat."""
    text = _text(path)
    try:
        found = read_json(text)
    except ValueError as error:
        raise NoCertificate(f"{path} is no certificate, or not a whole one: it is not JSON ({error})") from error
    if not isinstance(found, dict) or "schema" not in found:
        raise NoCertificate(f"{path} is no certificate: it has no field schema")
    if found["schema"] != SCHEMA:
        raise NoCertificate(f"{path} is of the schema {found['schema']!r}; this version repeats {SCHEMA!r} only")
    try:
        asked = found["request"]
        for field, fits in FIELDS.items():
            if not fits(asked[field]):
                raise NoCertificate(
                    f"{path} does not say what to repeat: its field request.{field} is {asked[field]!r}"
                )
    except (KeyError, TypeError) as error:
        raise NoCertificate(f"{path} does not say what to repeat: its field request lacks {error}") from error
    return found, asked["what"], Request(asked["sizes"], tuple(asked["methods"]), asked["seed"])


def check_files(path: Path, words: list[str]) -> None:
    """Refuse a certificate whose files are not where it names them, and say how to repeat it."""
    missing = [word for word in words if is_file(word) and not Path(word).is_file()]
    if missing:
        beside = [os.path.normpath(path.parent / word) if is_file(word) else word for word in words]
        there = all(Path(word).is_file() for word in beside if is_file(word))
        where = " ".join(beside) if there else "FILE.py"
        named = f"{path} names {', '.join(missing)}, relative to the current folder"
        raise NoCertificate(
            f"there is no file {missing[0]}: {named}; say where to find what it names: "
            f"python -m verify {where} --check {path}"
        )


def _text(path: Path) -> str:
    """Raises `NoCertificate` for what is no file, and for a file that no run writes."""
    try:
        if path.exists() and not path.is_file():
            raise NoCertificate(f"{path} cannot be read: it is no file")
        if (size := path.stat().st_size) > LARGEST:
            raise NoCertificate(
                f"{path} is no certificate: it has {size // MIB} MiB, and none has more than {LARGEST // MIB}"
            )
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise NoCertificate(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise NoCertificate(f"{path} is no certificate: it is no text in UTF-8 ({error})") from error


def _words(value: Any) -> bool:
    return type(value) is list and all(type(word) is str for word in value)


def _sizes(value: Any) -> bool:
    return type(value) is dict and all(type(size) is int and size > 0 for size in value.values())


FIELDS = {"what": _words, "sizes": _sizes, "methods": _words, "seed": lambda value: type(value) is int}
MIB = 2**20
LARGEST = 256 * MIB


def check_place(path: Path) -> None:
    """Refuse a place where no certificate can be written, before an hour of work is lost."""
    try:
        folder = path.resolve().parent
    except (OSError, RuntimeError) as error:
        raise NoCertificate(f"cannot write {path}: its symbolic links go round in a circle") from error
    if not folder.is_dir():
        raise NoCertificate(f"cannot write {path}: there is no folder {path.parent}")
    if path.exists() and not path.is_file():
        raise NoCertificate(f"cannot write {path}: it is no file")
    if not os.access(folder, os.W_OK):
        raise NoCertificate(f"cannot write {path}: permission denied")


def write(path: Path, value: Plain | list[Plain]) -> None:
    """Atomically: whoever looks finds the old file or the whole new one."""
    path = path.resolve()
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            json.dump(value, file, indent=2, ensure_ascii=False)
            _ = file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        raise NoCertificate(f"cannot write {path.name}: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
