"""Of what a site was built, and when: only the built site says it."""

from __future__ import annotations

import os
import subprocess
import tomllib
from datetime import UTC, datetime
from functools import cache

from docs.pages.markdown import ROOT


@cache
def stamp() -> str:
    """The date (of SOURCE_DATE_EPOCH, where that is set), the version of the package, and the commit, where git knows one."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    day = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return f"on {day:%Y-%m-%d}, version {version}{commit()}"


def commit(folder: object = ROOT) -> str:
    """ ", commit 1a2b3c4" with a word where files differ from it; nothing outside of a repository, or without git."""
    try:
        name = _git(folder, "rev-parse", "--short=7", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f", commit {name}{' with changes' if changed else ''}"


def _git(folder: object, *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
