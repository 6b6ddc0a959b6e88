"""How far a run is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape


class Progress:
    """One status line on a terminal; one line for each construction elsewhere."""

    def __init__(self, update: Callable[[str], None] | None) -> None:
        self.update, self.total, self.done, self.begun = update, 0, 0, 0
        self.running: dict[str, str] = {}

    def expect(self, total: int) -> None:
        self.total, self.done, self.begun = total, 0, 0

    def begin(self, name: str) -> Callable[[str], None]:
        self.begun += 1
        if self.update is None:
            print(f"[{self.begun}/{self.total}] {name}", file=sys.stderr, flush=True)
        return lambda phrase: self._at(name, phrase)

    def finish(self, name: str) -> None:
        self.done += 1
        _ = self.running.pop(name, None)
        self._show()

    def _at(self, name: str, phrase: str) -> None:
        self.running[name] = phrase
        self._show()

    def _show(self) -> None:
        if self.update is not None:
            now = "; ".join(f"{name}: {phrase}" for name, phrase in self.running.items())
            self.update(f"[{self.done} of {self.total}] {now}")


@contextmanager
def progress_display() -> Iterator[Progress]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Progress(None)
        return
    with console.status("verifying") as status:
        yield Progress(lambda text: status.update(escape(text[: max(console.width - 4, 20)])))
