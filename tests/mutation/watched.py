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


def watched(copy: Path, tests: tuple[str, ...], files: list[str]) -> tuple[dict, dict[str, float]]:
    """For every file and line the tests that reach it, and for every test its seconds."""
    warm()
    kept = copy / "watched.json"
    child = os.fork()
    if not child:
        import coverage

        cover = coverage.Coverage(data_file=None, include=[str(copy / file) for file in files])
        cover.start()
        watch = Watch(cover)
        code = pytest_here(copy, list(tests), (watch,))
        cover.stop()
        data = cover.get_data()
        reached = {file: data.contexts_by_lineno(str(copy / file)) for file in files}
        if code == 0:
            kept.write_text(json.dumps([reached, watch.seconds]), "utf-8")
        os._exit(code)
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit(f"the tests {', '.join(tests)} fail on the unchanged tree: see {copy / 'last.log'}")
    reached, seconds = json.loads(kept.read_text("utf-8"))
    lines = {file: {int(n): [t for t in names if t] for n, names in at.items()} for file, at in reached.items()}
    return lines, seconds
