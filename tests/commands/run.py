"""Running a command in the test's own process."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from constructions.__main__ import main


class Said:
    """Exit status, stdout and stderr of one command."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def data(self) -> Any:
        return json.loads(self.out)


def run(capsys: pytest.CaptureFixture[str], *words: object) -> Said:
    status = main([str(word) for word in words])
    said = capsys.readouterr()
    return Said(status, said.out, said.err)


def works(capsys: pytest.CaptureFixture[str], *words: object) -> Said:
    said = run(capsys, *words)
    assert said.status == 0, said.err
    return said


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """The message of a refusal, which leaves stdout empty."""
    said = run(capsys, *words)
    assert (said.status, said.out) == (2, ""), said.err
    assert said.err.count("error:") == 1
    return said.err


def table(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    path.write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n", encoding="utf-8")
    return path
