"""`python -m tests.mutation ROW-OR-FILE…`: would the tests notice a change of the verifier?

Every mutant is written into a scratch copy of the tree and gets the tests of its row (tests/mutation/modules.py) that reach the
lines it changes, quickest first, until one fails or `--seconds` of tests have run. Survivors are printed, and a line for every file
(killed, survived, not reached, not run); all of it is written as JSON beside the copies. Needs mutmut 3.8.1.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import resource
import shutil
import time
from pathlib import Path

from tests.mutation.modules import ROWS, row_of
from tests.mutation.watched import pytest_here, watched

ROOT = Path(__file__).parents[2]
OUTCOMES = ("killed", "survived", "not reached", "not run")
NOT_COPIED = (".git", ".venv", "__pycache__", "mutants")


def tests_for(mutant: dict, reached: dict, seconds: dict[str, float], at_most: float) -> list[str]:
    """The tests that reach a changed line, else its function; for a constant of the module all of the row; quickest first."""
    lines, around = reached.get(mutant["file"], {}), functions_around(mutant)
    hit = set() if around else set(seconds)
    for first, last in ((mutant["first"], mutant["last"]), *around):
        tests = {test for line in range(first, last + 1) for test in lines.get(line, ())}
        if tests:
            hit = tests
            break
    chosen, spent = [], 0.0
    for test in sorted(hit, key=lambda name: (seconds.get(name, 0.0), name)):
        spent += seconds.get(test, 0.0)
        if spent > at_most and chosen:
            break
        chosen.append(test)
    return chosen


def functions_around(mutant: dict) -> list[tuple[int, int]]:
    """First and last lines of the functions that hold the mutant, innermost first."""
    nodes = ast.walk(ast.parse((ROOT / mutant["file"]).read_text("utf-8")))
    spans = [(node.lineno, node.end_lineno) for node in nodes if isinstance(node, ast.FunctionDef)]
    return sorted(((first, last) for first, last in spans if first <= mutant["first"] <= last), reverse=True)


def judging(mutant: dict, copy: Path) -> int:
    """The process that runs the tests on a mutant; it ends with 0 where all of them pass."""
    (copy / mutant["file"]).write_text(mutant["source"], "utf-8")
    child = os.fork()
    if not child:
        for limit, most in ((resource.RLIMIT_CPU, mutant["limit"]), (resource.RLIMIT_AS, 12 << 30)):
            resource.setrlimit(limit, (most, most))
        os._exit(pytest_here(copy, ["-x", *mutant["tests"]]))
    return child


def prepared(row: str, files: list[str], options: argparse.Namespace) -> tuple[list[Path], dict, dict[str, float]]:
    """Copies of the tree, one for every job, and what the tests of the row reach."""
    copies = [Path(options.scratch).resolve() / f"copy{i}" for i in range(options.jobs)]
    shutil.rmtree(copies[0], ignore_errors=True)
    shutil.copytree(ROOT, copies[0], ignore=shutil.ignore_patterns(*NOT_COPIED, Path(options.scratch).name))
    reached, seconds = watched(copies[0], ROWS[row][1], files)
    for file in files:  # a stale .pyc would hide a mutant
        for stale in (copies[0] / file).parent.glob(f"__pycache__/{Path(file).stem}.*"):
            stale.unlink()
    for copy in copies[1:]:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(copies[0], copy)
    return copies, reached, seconds


def run(row: str, mutants: list[dict], options: argparse.Namespace) -> None:
    """Tests and outcome of every mutant."""
    for mutant in mutants:
        mutant["outcome"] = "not run"
    free, reached, seconds = prepared(row, sorted({mutant["file"] for mutant in mutants}), options)
    for mutant in mutants:
        mutant["tests"] = tests_for(mutant, reached, seconds, options.seconds)
        mutant["limit"] = int(20 + 5 * sum(seconds.get(test, 0.0) for test in mutant["tests"]))
        if not mutant["tests"]:
            mutant["outcome"] = "not reached"
            print(
                f"not reached: {mutant['file']}:{mutant['first']}\n- {mutant['was']}\n+ {mutant['became']}", flush=True
            )
    waiting, busy = [mutant for mutant in mutants if mutant["tests"]], {}
    while waiting or busy:
        while waiting and free:
            mutant, copy, start = waiting.pop(0), free.pop(), time.monotonic()
            busy[judging(mutant, copy)] = mutant, copy, start
        pid, status = os.wait()
        mutant, copy, start = busy.pop(pid)
        mutant |= {"outcome": "killed" if status else "survived", "took": round(time.monotonic() - start, 1)}
        shutil.copy2(ROOT / mutant["file"], copy / mutant["file"])
        free.append(copy)
        if mutant["outcome"] == "survived":
            print(f"survived: {mutant['file']}:{mutant['first']}\n- {mutant['was']}\n+ {mutant['became']}", flush=True)


def tell(row: str, mutants: list[dict], scratch: Path) -> None:
    """A line of the table for every file, and all of it as JSON."""
    for path in sorted({mutant["file"] for mutant in mutants}):
        mine = [mutant for mutant in mutants if mutant["file"] == path]
        counts = [str(sum(mutant["outcome"] == word for mutant in mine)) for word in OUTCOMES]
        print(" | ".join([f"| `{path}`", f"{len(mine)} of {mine[0]['of']}", *counts]) + " |", flush=True)
    kept = [{key: value for key, value in mutant.items() if key != "source"} for mutant in mutants]
    (scratch / f"{row}.json").write_text(json.dumps(kept, indent=1), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("wanted", nargs="+", metavar="ROW-OR-FILE", help=f"a file, or a row: {', '.join(ROWS)}")
    parser.add_argument(
        "--most", type=int, default=80, help="so many mutants of a file are drawn, always the same (80)"
    )
    parser.add_argument("--decisions", action="store_true", help="no dropped arguments and words, but dropped refusals")
    parser.add_argument("--seconds", type=float, default=20.0, help="of tests for one mutant (20)")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at the same time (1)")
    parser.add_argument("--scratch", default="mutants", help="a folder for copies of the tree and results (mutants)")
    options = parser.parse_args()
    from tests.mutation.generator import mutants_of

    rows: dict[str, list[dict]] = {}
    for wanted in options.wanted:
        for path in ROWS[wanted][0] if wanted in ROWS else (wanted,):
            rows.setdefault(row_of(path), []).extend(mutants_of(path, ROOT, options.most, options.decisions))
    for row, mutants in rows.items():
        try:
            run(row, mutants, options)
        finally:  # also of a run that was stopped, with Ctrl-C
            tell(row, mutants, Path(options.scratch))


if __name__ == "__main__":
    main()
