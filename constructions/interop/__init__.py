"""Constructed networks in the tools that people use already. Each module is imported on demand and needs its own library."""

from __future__ import annotations

from importlib.util import find_spec


class MissingLibrary(ImportError):
    """A library that an interop module needs is not installed; the text says how to install it."""


def need(library: str, extra: str, what: str) -> None:
    """Refuse, with the command to type, where `library` cannot be imported."""
    if find_spec(library) is None:
        raise MissingLibrary(
            f'{what} needs {library}, which is not installed: python -m pip install "icl-constructions[{extra}]"',
            name=library,
        )
