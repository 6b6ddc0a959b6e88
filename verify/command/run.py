"""From words on the command line to reports: what is asked for is found, then judged in processes of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol

from constructions import CATALOGUE
from constructions.language import UnknownName
from constructions.language.quantifier import offer
from verify.command.child import raised
from verify.command.loading import NothingToJudge, Target, check_file, is_file, targets_of
from verify.command.plain import Plain, readable, stopped_report
from verify.command.tasks import Request, judged, listed
from verify.command.workers import Call, Say, Stopped, run_all
from verify.judge import METHODS
from verify.limits import Limits
from verify.methods.claims import CLAIM_METHODS
from verify.scrutiny.fresh import started

OTHERS = ("list", "show", "trace", "predict", "compare", "export", "new")  # commands of `python -m constructions`


class Progress(Protocol):
    """What shows how far a run is."""

    def expect(self, total: int) -> None: ...
    def begin(self, name: str) -> Say: ...
    def finish(self, name: str) -> None: ...


@dataclass(frozen=True)
class Broken:
    """A word that stands for no construction, because its file raises, loops or ends the interpreter."""

    word: str
    because: str
    seconds: float = 0.0


@dataclass(frozen=True)
class Runner:
    """How calls are made: in `jobs` processes with limits, or, with `here`, in this process and without."""

    limits: Limits
    jobs: int
    here: bool

    def __call__(self, calls: Sequence[Call], progress: Progress) -> list[Any]:
        progress.expect(len(calls))
        if not self.here:
            begin: Callable[[Call], Say] = lambda call: progress.begin(call.name)  # noqa: E731
            return run_all(calls, self.limits, self.jobs, begin, lambda call: progress.finish(call.name))
        return [self._here(call, progress) for call in calls]

    def _here(self, call: Call, progress: Progress) -> Any:
        start = time.monotonic()
        try:
            return call.function(*call.arguments, progress.begin(call.name))
        except (Exception, SystemExit) as error:
            return Stopped(f"it raised {raised(error, self.limits)}", time.monotonic() - start)
        finally:
            progress.finish(call.name)


def judge_all(words: Sequence[str], request: Request, certified: bool, run: Runner, progress: Progress) -> list[Plain]:
    """{"report": …} for every construction in the order asked for; with `certified`, {"theorem": …} too."""
    for method in request.methods:
        if method not in METHODS:
            raise UnknownName(f"no method is called {method!r}; {offer(method, METHODS)}")
    found = targets(words, run, progress)
    check_sizes([target for target in found if isinstance(target, Target)], request.sizes)
    with serving(request, run) as address:
        calls = [Call(t.name, judged, (t, request, certified, address)) for t in found if isinstance(t, Target)]
        results = iter(run(calls, progress))
    return [readable(outcome(target, next(results) if isinstance(target, Target) else target)) for target in found]


@contextmanager
def serving(request: Request, run: Runner) -> Iterator[str]:
    """Where one fresh process answers all workers; "" where nobody will ask it, or it is this process that judges."""
    if run.here or not {"honesty", *CLAIM_METHODS} & {*(request.methods or METHODS)}:
        yield ""
        return
    server = started()
    try:
        yield server.address
    finally:
        server.stop()


def outcome(target: Target | Broken, result: Any) -> Plain:
    if isinstance(target, Target) and isinstance(result, Stopped):
        return {"report": stopped_report(target.name, result.because, result.seconds)}
    if isinstance(target, Broken):
        return {"report": stopped_report(target.word, target.because, target.seconds)}
    return result


def targets(words: Sequence[str], run: Runner, progress: Progress) -> list[Target | Broken]:
    """What the words stand for. Names are looked up here; a file is executed, so it gets a process of its own."""
    if not words:
        words = [record.name for record in CATALOGUE]
    for word in filter(is_file, words):
        _ = check_file(word)
    by_name = {word: named(word) for word in words if not is_file(word)}
    files = [word for word in dict.fromkeys(words) if is_file(word)]
    lists = run([Call(f"loading {word}", listed, (word,)) for word in files], progress) if files else []
    in_files = {word: from_file(word, result) for word, result in zip(files, lists, strict=True)}
    return [target for word in words for target in (by_name | in_files)[word]]


def named(word: str) -> Sequence[Target]:
    """The target of a name. A word of the other program, or near one, is told from a name."""
    try:
        return targets_of(word)
    except UnknownName as unknown:
        near = get_close_matches(word, OTHERS, n=1, cutoff=0.6)
        if not near or "did you mean" in str(unknown):
            raise
        raise UnknownName(
            f"no construction is called {word!r}; did you mean python -m constructions {near[0]}?"
        ) from None


def from_file(word: str, result: Any) -> Sequence[Target | Broken]:
    """The targets of one file from what its process said."""
    if isinstance(result, Stopped):
        return [Broken(word, f"{word} cannot be loaded: {result.because}", result.seconds)]
    if "misuse" in result:
        raise NothingToJudge(result["misuse"])
    if "broken" in result:
        return [Broken(word, result["broken"])]
    return [Target(**{**fields, "sizes": tuple(fields["sizes"])}) for fields in result["targets"]]


def check_sizes(found: Sequence[Target], sizes: dict[str, int]) -> None:
    """Refuse sizes that some construction lacks, and say which."""
    for size in sizes:
        without = [target for target in found if size not in target.sizes]
        if not without:
            continue
        names, known = ", ".join(target.name for target in without), without[0].sizes
        if len(without) == 1:
            raise UnknownName(f"{names} has no size {size!r}; {offer(size, known)}")
        every = "none of them" if len(without) == len(found) else f"{len(without)} of {len(found)}"
        hint = offer(size, list(dict.fromkeys(name for target in without for name in target.sizes)))
        have = "has" if len(without) == len(found) else "do not have"
        raise UnknownName(f"{every} {have} the size {size!r}: {names}; {hint}. Name those that you mean")
