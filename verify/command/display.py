"""Reports on a terminal, in a pipe and in a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from verify.command.plain import Plain
from verify.command.text import LOOK, claims_of, counterexample_lines, explanation_lines

WIDTH = 120  # of a table that goes into a pipe or a file
NARROW = 90  # below this a table of five columns breaks words

MARKS = {
    "undecided": "–",
    ("necessity", "refuted"): "·",
}  # a necessity that nobody declared is information, right or wrong


class Output(Console):
    """A console that leaves a closed pipe to the caller; its own answer would be exit status 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def make_console() -> Console:
    """As wide as the terminal; COLUMNS decides anywhere; else wide enough for a table."""
    free = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit()
    return Output(width=None if free else WIDTH, highlight=False)


def show(reports: Sequence[Plain], details: bool, explain: bool, seconds: float) -> None:
    """A table of verdicts; with details, near misses and their defects too."""
    console = make_console()
    (show_table if console.width >= NARROW else show_list)(console, reports)
    for report in reports:
        if details and not report["stopped"]:
            show_details(console, report)
        if explain:
            console.print(Text(f"\n{report['name']}, verdict by verdict", style="bold"))
            for line in explanation_lines(report):
                console.print(Text("  " + line))
        for caution in cautions(report):
            console.print(Text(f"! {report['name']}: {caution}", style="yellow"))
        for failure in report["failures"]:
            console.print(Text(f"✗ {report['name']}: {failure}", style="bold red"))
    standing = sum(report["stands"] for report in reports)
    console.print(
        f"{standing} of {len(reports)} constructions stand ({seconds:.1f} s). What this rests on: docs/trusted.md"
    )


def scope_text(verdict: Plain) -> str:
    return verdict["scope"] + (f"\n{verdict['because']}" if verdict["because"] else "")


def show_table(console: Console, reports: Sequence[Plain]) -> None:
    table = Table("theorem", "claim", "standing", "scope", "near misses", show_lines=True)
    for report in reports:
        for number, verdict in enumerate(claims_of(report)):
            table.add_row(
                Text("" if number else titled(report)),
                Text(verdict["subject"]),
                Text(verdict["standing"], style=LOOK[verdict["standing"]]),
                Text(scope_text(verdict)),
                "" if number else misses(report),
            )
    console.print(table)


def titled(report: Plain) -> str:
    """The name, and whether it is a lemma about layers rather than something that learns."""
    return report["name"] + ("\n(gadget)" if report.get("gadget") else "")


def show_list(console: Console, reports: Sequence[Plain]) -> None:
    """The same on a narrow terminal: a paragraph a construction."""
    for report in reports:
        console.print(Text(report["name"], style="bold"), Text(f"near misses: {misses(report) or '–'}"), sep="; ")
        for verdict in claims_of(report):
            standing = Text(f"  {verdict['standing']}", style=LOOK[verdict["standing"]])
            console.print(standing.append(f": {verdict['subject']}; {scope_text(verdict)}", style="not bold default"))


def misses(report: Plain) -> str:
    if report["stopped"]:
        return ""
    near = [verdict for verdict in report["verdicts"] if verdict["kind"] == "near miss"]
    refuted = sum(verdict["standing"] == "refuted" for verdict in near)
    if near:
        return f"{refuted} of {len(near)} refuted"
    return "not judged" if "near-misses" in report["skipped"] else "none declared: the check was never seen to fail"


def show_details(console: Console, report: Plain) -> None:
    """Everything that is not a claim, with the numbers of every counterexample."""
    console.print(Text(f"\n{report['name']}: {report['title']}", style="bold"))
    for verdict in report["verdicts"]:
        if verdict["kind"] == "claim" and verdict["standing"] != "refuted":
            continue
        mark = MARKS.get(verdict["standing"], MARKS.get((verdict["kind"], verdict["standing"]), "✓"))
        mark = mark if verdict["expected"] else "✗"
        reason = f": {verdict['because']}" if verdict["because"] else ""
        line = f"{mark} {verdict['kind']} “{verdict['subject']}” {verdict['standing']}{reason}"
        console.print(Text(line, style="" if verdict["expected"] else "red"))
        if verdict["counterexample"]:
            for line in counterexample_lines(verdict["counterexample"]):
                console.print(Text("      " + line))


def cautions(report: Plain) -> list[str]:
    """What a verdict says of the record besides its standing, each sentence once."""
    said = [text for verdict in report["verdicts"] for text in verdict["evidence"].get("cautions", ())]
    return list(dict.fromkeys(said))


def shortened(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[:most]} … ({len(text)} characters)"


def show_differences(name: str, found: Sequence[tuple[str, object, object]], most: int = 10) -> None:
    """The first field of a certificate that differs, with both values, and the names of some more."""
    console = make_console()
    field, old, new = found[0]
    console.print(Text(f"✗ {name}: the first field that differs is {field}", style="bold red"), soft_wrap=True)
    for when, value in (("certificate:", old), ("now:        ", new)):
        console.print(Text(f"  {when} {shortened(str(value))}"), soft_wrap=True)
    if len(found) > 1:
        more = ", ".join(field for field, _, _ in found[1:most])
        console.print(Text(f"  {len(found)} fields differ in all; the next ones: {more}"))
