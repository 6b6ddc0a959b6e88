"""`python -m verify`: judge constructions and print verdicts."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from constructions.language import BadConstruction, Construction, UnknownName
from verify.judge import METHODS, Progress, verify
from verify.loading import NothingToJudge, load
from verify.text import LOOK, as_json, counterexample_lines, explanation_lines
from verify.verdict import Report, Standing

DESCRIPTION = """\
Judge constructions: is the network the algorithm?

Standings: proved (no sampling, no probability), certified (an explicit failure probability, or a rigorous bound at
points), tested (finitely many points), undecided (the reason is given), refuted (with a counterexample).
Exit status: 0 when every claim is proved or certified (or the record accepts "tested") and every near miss is refuted,
1 when something does not stand, 2 for misuse."""

WIDTH = 120  # of a table that goes into a pipe or a file

EXAMPLES = """\
examples:
  python -m verify                                the whole catalogue
  python -m verify gd-step --explain              what was compared with what, and what blocked a stronger verdict
  python -m verify my_theorem.py --sizes d_x=3,n=7
  python -m verify --json | python -m json.tool"""


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        "python -m verify", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=argparse.RawTextHelpFormatter
    )
    _ = p.add_argument(
        "what",
        nargs="*",
        metavar="NAME|FILE.py",
        help="constructions by name or tag, or files that define some (default: the catalogue)",
    )
    _ = p.add_argument(
        "--sizes",
        default="",
        metavar="d_x=3,n=7",
        help="fix sizes; the others keep their three assignments of distinct primes",
    )
    _ = p.add_argument(
        "--method",
        action="append",
        default=[],
        metavar="METHOD",
        help=f"run only this method; may be repeated: {', '.join(METHODS)}",
    )
    _ = p.add_argument(
        "--explain",
        action="store_true",
        help="say for every verdict what was compared with what, and why it is not stronger",
    )
    _ = p.add_argument("--json", action="store_true", help="print one JSON list with an object for each construction")
    _ = p.add_argument("--seed", type=int, default=0, help="move every random point (default 0)")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    try:
        sizes = parse_sizes(options.sizes)
        records = load(options.what)
        for record in records:
            _ = record.with_sizes(sizes)
        reports = list(judged(records, options.method, options.seed, sizes))
    except (UnknownName, NothingToJudge, BadConstruction) as error:
        print(f"python -m verify: {error.args[0]}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps([as_json(report) for report in reports], indent=2, ensure_ascii=False))
    else:
        show(reports, bool(options.what), options.explain)
    return 0 if all(report.stands for report in reports) else 1


def parse_sizes(text: str) -> dict[str, int]:
    """ "d_x=3,n=7" as {"d_x": 3, "n": 7}."""
    sizes = {}
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if not equals or not value.strip().isdigit() or int(value) < 1:
            raise BadConstruction(f"--sizes takes NAME=NUMBER pairs such as d_x=3,n=7 with numbers ≥ 1; got {part!r}")
        sizes[name.strip()] = int(value)
    return sizes


def judged(
    records: Sequence[Construction], methods: Sequence[str], seed: int, sizes: dict[str, int]
) -> Iterator[Report]:
    """The reports, with a progress display on standard error."""
    with progress_display(len(records)) as tell:
        for number, record in enumerate(records, start=1):
            begin = tell(number, record.name)
            yield verify(record, methods=methods, seed=seed, progress=begin, **sizes)


@contextmanager
def progress_display(total: int) -> Iterator:
    """A status line on a terminal; one line a construction elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:

        def line(number: int, name: str) -> Progress:
            print(f"[{number}/{total}] {name}", file=sys.stderr, flush=True)
            return lambda text: None

        yield line
        return
    with console.status("verifying") as status:

        def update(number: int, name: str) -> Progress:
            return lambda text: status.update(f"[{number}/{total}] {name}: {text}")

        yield update


def show(reports: Sequence[Report], details: bool, explain: bool) -> None:
    """A table of verdicts; with details, near misses and their defects too."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    table = Table("theorem", "claim", "standing", "scope", "near misses", show_lines=True)
    for report in reports:
        for number, (subject, verdict) in enumerate(report.claims.items()):
            look = LOOK[verdict.standing]
            scope = verdict.scope + (f"\n{verdict.because}" if verdict.because else "")
            table.add_row(
                "" if number else report.construction.name,
                subject,
                Text(verdict.standing.value, style=look),
                scope,
                "" if number else misses(report),
            )
    console.print(table)
    for report in reports:
        if details:
            show_details(console, report)
        if explain:
            console.print(Text(f"\n{report.construction.name}, verdict by verdict", style="bold"))
            for line in explanation_lines(report):
                console.print(Text("  " + line))
        for failure in report.failures:
            console.print(Text(f"✗ {report.construction.name}: {failure}", style="bold red"))
    standing = sum(report.stands for report in reports)
    seconds = sum(report.seconds for report in reports)
    console.print(
        f"{standing} of {len(reports)} constructions stand ({seconds:.1f} s). What this rests on: docs/trusted.md"
    )


def misses(report: Report) -> str:
    near = report.of("near miss")
    refuted = sum(verdict.standing is Standing.REFUTED for verdict in near)
    return f"{refuted} of {len(near)} refuted" if near else "none declared: the check was never seen to fail"


def show_details(console: Console, report: Report) -> None:
    """Everything that is not a claim, with the numbers of every counterexample."""
    console.print(Text(f"\n{report.construction.name}: {report.construction.title}", style="bold"))
    for verdict in report.verdicts:
        if verdict.kind == "claim" and verdict.standing is not Standing.REFUTED:
            continue
        expected = "✓" if verdict.as_expected else "✗"
        reason = f": {verdict.because}" if verdict.because else ""
        console.print(
            Text(
                f"{expected} {verdict.kind} “{verdict.subject}” {verdict.standing.value}{reason}",
                style="" if expected == "✓" else "red",
            )
        )
        if verdict.counterexample:
            for line in counterexample_lines(verdict.counterexample):
                console.print(Text("      " + line))


if __name__ == "__main__":
    raise SystemExit(main())
