"""Percent scripts as pages: text cells as Markdown, code cells executed in order, with what they print below them."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

CELL = re.compile(r"^# %%(.*)\n", re.MULTILINE)


def page(source: str, path: Path, fail: Callable[[str], None]) -> str:
    """Markdown of a script; a cell that raises ends it, and is told with its line."""
    parts, names, line = CELL.split(source), {"__name__": "__main__"}, 1
    made = []
    line += parts[0].count("\n")
    for head, text in zip(parts[1::2], parts[2::2], strict=True):
        line += 1
        if "[markdown]" in head:
            made.append(re.sub(r"^# ?", "", text, flags=re.MULTILINE).strip())
        else:
            made.append(f"```python\n{text.strip()}\n```")
            printed, error = run(text, line, path, names)
            made += [f"```text\n{printed.rstrip()}\n```"] if printed.strip() else []
            if error is not None:
                fail(f"{path.name}: the cell of line {line} raised {type(error).__name__}: {error}")
                break
        line += text.count("\n")
    return "\n\n".join(made) + "\n"


def run(text: str, line: int, path: Path, names: dict[str, Any]) -> tuple[str, Exception | None]:
    """What a cell prints, and what it raises; its lines keep their numbers, so that a message names the right one."""
    printed = StringIO()
    try:
        with redirect_stdout(printed):
            exec(compile("\n" * (line - 1) + text, str(path), "exec"), names)
    except Exception as error:  # a script is foreign code: whatever it raises is told, and fails the build
        return printed.getvalue(), error
    return printed.getvalue(), None
