"""What one run of the verifier found (build/verify.json), and what follows for a theorem from those that it uses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from constructions import CATALOGUE
from constructions.language import Construction
from docs.pages.markdown import ROOT, maths, plain

FILE = ROOT / "build" / "verify.json"
Plain = dict[str, Any]
# What is seen of a theorem in the graph: a sign, and the words that explain it.
STATES = {
    "firm": ("✓✓", "it stands, and so does everything that it uses"),
    "stands": ("✓", "it stands, but something that it uses does not"),
    "open": ("…", "something is undecided, or was not judged to the end"),
    "fails": ("✗", "something is refuted, or a near miss is not"),
}


class NoReport(RuntimeError):
    """There is no report of this code."""


@dataclass(frozen=True)
class Reports:
    """The reports by name, and the records that they are about."""

    found: dict[str, Plain]
    catalogue: tuple[Construction, ...] = CATALOGUE

    def of(self, name: str, kind: str = "", subject: str = "") -> list[Plain]:
        """Verdicts on a construction."""
        verdicts = self.found[name]["verdicts"]
        return [v for v in verdicts if kind in ("", v["kind"]) and subject in ("", v["subject"])]

    def claims(self, name: str) -> list[Plain]:
        return [v for v in self.found[name]["verdicts"] if v["decides"]]

    def alone(self, name: str) -> str:
        """The state of a theorem for itself."""
        report = self.found[name]
        if report["stands"]:
            return "stands"
        wrong = any(not v["expected"] and v["standing"] != "undecided" for v in report["verdicts"])
        return "fails" if wrong else "open"

    def state(self, name: str) -> str:
        """With what it uses, however far away: `firm` is the double tick."""
        alone = self.alone(name)
        below = {self.alone(other) for other in self.ancestors(name)}
        return "firm" if alone == "stands" and below <= {"stands"} else alone

    def ancestors(self, name: str) -> list[str]:
        """Everything that a theorem uses, directly or not."""
        return sorted(reached(name, {record.name: record.uses for record in self.catalogue}))


def scope(text: str, record: Construction) -> str:
    """The scope of a verdict, with the sizes that it is said for all of as formulas."""
    one = "|".join(sorted(map(re.escape, record.sizes), key=len, reverse=True))
    listed = re.compile(rf"(all sizes )((?:{one})(?:, (?:{one}))*)\b(?! =)")
    if not (found := listed.search(text)):
        return plain(text)
    names = ", ".join(maths(name) for name in found[2].split(", "))
    return f"{plain(text[: found.start(2)])}{names}{plain(text[found.end() :])}"


def reached(name: str, uses: Mapping[str, Sequence[str]]) -> set[str]:
    """Everything that a theorem uses, directly or not."""
    found: set[str] = set()
    todo = [*uses[name]]
    while todo:
        if (other := todo.pop()) not in found:
            found.add(other)
            todo += uses[other]
    return found


def read(file: Path = FILE, sources: Sequence[str] = ("constructions", "verify")) -> Reports:
    """The reports of this code; refuses those of another."""
    if not file.exists():
        raise NoReport(f"there is no {file.name}: the standings are computed, not written. Run: make verify")
    when = file.stat().st_mtime
    newer = [path for folder in sources for path in (ROOT / folder).rglob("*.py") if path.stat().st_mtime > when]
    if newer:
        name = min(newer).relative_to(ROOT).as_posix()
        raise NoReport(
            f"{file.name} is older than {name}, so its standings may be those of other code. Run: make verify"
        )
    found = {report["name"]: report for report in json.loads(file.read_text(encoding="utf-8"))}
    missing = {record.name for record in CATALOGUE} ^ set(found)
    if missing:
        raise NoReport(f"{file.name} and the catalogue differ in {', '.join(sorted(missing))}. Run: make verify")
    return Reports(found)
