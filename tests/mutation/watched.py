"""Running pytest in a forked process, on a copy of the tree; and which tests reach which lines."""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path

OURS = ("tests", "verify", "constructions")
HEAVY = ("numpy", "sympy", "flint", "hypothesis", "torch", "sklearn", "matplotlib", "pytest")


def warm() -> None:
    """Import what no mutant changes, once, before the forks."""
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
    for name in HEAVY:
        __import__(name)
    gc.freeze()  # or pytest would go through all of it at the end of every run


def pytest_here(copy: Path, words: list[str], plugins: tuple = ()) -> int:
    """What pytest returns in the copy, whose files shadow those of the tree; it says nothing."""
    import pytest

    for name in [name for name in sys.modules if name.split(".")[0] in OURS]:
        del sys.modules[name]
    os.chdir(copy)
    sys.path[0] = str(copy)
    os.environ["PYTHONPATH"] = str(copy)
    silence = os.open("last.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(silence, 1), os.dup2(silence, 2)
    if not plugins:
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    ignored = "ignore::pytest.PytestAssertRewriteWarning"  # what was imported before the fork
    always = ["-q", "--assert=plain", "-p", "no:cacheprovider", "-W", ignored]
    return int(pytest.main([*always, *words], plugins=list(plugins)))


class Watch:
    """Names the test that runs as the context of coverage, fixtures included, and keeps the seconds of processor that it took."""

    def __init__(self, cover):
        self.cover, self.seconds, self.start = cover, {}, 0.0

    def pytest_runtest_logstart(self, nodeid, location):
        self.cover.switch_context(nodeid)
        self.start = sum(os.times()[:4])

    def pytest_runtest_logfinish(self, nodeid, location):
        self.seconds[nodeid] = sum(os.times()[:4]) - self.start


def seen(cover, copy: Path, files: list[str]) -> dict:
    """For every file and line the tests that reach it, so far and in this process."""
    cover.stop()
    data = cover.get_data()
    return {file: data.contexts_by_lineno(str(copy / file)) for file in files}


def told_by_a_child(cover, copy: Path, files: list[str], leave, code: int) -> None:
    """What a forked process reached would be lost when it leaves."""
    try:
        unfinished = copy / f"{os.getpid()}.unfinished"  # it may be stopped while it writes
        _ = unfinished.write_text(json.dumps(seen(cover, copy, files)), "utf-8")
        _ = unfinished.rename(copy / f"child-{os.getpid()}.json")
    finally:
        leave(code)


def merged(found: list[dict]) -> dict:
    """The tests that reach a line in any of several processes."""
    whole: dict = {}
    for reached in found:
        for file, lines in reached.items():
            for line, tests in lines.items():
                whole.setdefault(file, {}).setdefault(int(line), set()).update(tests)
    return {file: {line: sorted(tests) for line, tests in lines.items()} for file, lines in whole.items()}


def watched(copy: Path, tests: tuple[str, ...], files: list[str]) -> tuple[dict, dict[str, float]]:
    """For every file and line the tests that reach it, and for every test its seconds."""
    warm()
    kept = copy / "watched.json"
    child = os.fork()
    if not child:
        import coverage

        cover = coverage.Coverage(data_file=None, include=[str(copy / file) for file in files])
        cover.start()
        watch, leave = Watch(cover), os._exit
        os._exit = lambda code: told_by_a_child(cover, copy, files, leave, code)
        code = pytest_here(copy, list(tests), (watch,))
        if code == 0:
            found = [json.loads(path.read_text("utf-8")) for path in copy.glob("child-*.json")]
            kept.write_text(json.dumps([merged([seen(cover, copy, files), *found]), watch.seconds]), "utf-8")
        leave(code)
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit(f"the tests {', '.join(tests)} fail on the unchanged tree: see {copy / 'last.log'}")
    reached, seconds = json.loads(kept.read_text("utf-8"))
    lines = {file: {int(n): [t for t in names if t] for n, names in at.items()} for file, at in reached.items()}
    return lines, seconds
