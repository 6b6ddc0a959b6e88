"""Parts of the command: what may be asked together, what becomes of a call that ended, and what is said of a verdict."""

from dataclasses import replace

import pytest

from constructions.language import NearMiss
from tests.controls.base import TRUE
from verify.command.child import how_it_ended, last_words, parsed, raised
from verify.command.loading import Target
from verify.command.options import contradictions, parse_sizes, parser
from verify.command.plain import as_json, plain_values, readable, stopped_report
from verify.command.run import Broken, Runner, from_file, outcome, serving
from verify.command.tasks import Request
from verify.command.workers import Call, Stopped
from verify.limits import Limits
from verify.testing import Part, check, good, verdicts_on
from verify.verdict import NotVerified, Report, Standing, Verdict

PROVED, CERTIFIED, TESTED, UNDECIDED, REFUTED = Standing
HERE = Runner(Limits(), 1, here=True)
THERE = replace(HERE, here=False)


@pytest.mark.parametrize(
    "more",
    [["--sizes", "n=3"], ["--method", "identity"], ["--seed", "1"], ["--explain"], ["--figures", "folder"]],
    ids=" ".join,
)
def test_nothing_that_a_certificate_says_can_be_asked_otherwise(more):
    """What is asked beside it would be ignored, and the answer would be taken for one to it."""
    assert contradictions(parser().parse_args(["--check", "c.json", *more])).startswith("--check repeats")
    assert contradictions(parser().parse_args(more)) == ""


def test_limits_need_a_process_of_their_own():
    for more in (["--time-limit", "3"], ["--memory-limit", "3"]):
        assert contradictions(parser().parse_args(["--jobs", "1", *more])).startswith("limits need a process")
        assert contradictions(parser().parse_args(["--jobs", "2", *more])) == ""
        assert contradictions(parser().parse_args(more)) == ""
    assert contradictions(parser().parse_args(["--jobs", "1", "--check", "c.json"])) == ""


def test_sizes_are_read_as_they_are_written():
    assert (
        parse_sizes("") == {} and parse_sizes(" d_x = 3,n=7,") == {"d_x": 3, "n": 7} and parse_sizes("n=1") == {"n": 1}
    )


TARGET = Target("mine.py", 0, "mine", ("n",))


def test_what_ended_is_no_report_that_stands():
    for found, name in (
        (outcome(TARGET, Stopped("it was stopped", 2.0)), "mine"),
        (outcome(Broken("mine.py", "it was stopped", 2.0), {"report": {"stands": True}}), "mine.py"),
    ):
        report = found["report"]
        assert report == stopped_report(name, "it was stopped", 2.0) and report["stopped"] and not report["stands"]
        assert report["failures"] == ["it was stopped"] and report["verdicts"][0]["standing"] == "undecided"
    assert outcome(TARGET, {"report": 1}) == {"report": 1}


def test_what_no_terminal_and_no_file_should_meet_is_written_out():
    said = {"a\ud800": ["\x1b[31m✓\x07", "\u202eno", "two\nlines\tof η", 1, None, True]}
    assert readable(said) == {"a\\ud800": ["\\u001b[31m✓\\u0007", "\\u202eno", "two\nlines\tof η", 1, None, True]}


def test_a_file_is_what_its_process_says():
    fields = {"word": "mine.py", "number": 0, "name": "mine", "sizes": ["n"]}
    assert from_file("mine.py", {"targets": [fields]}) == [TARGET]
    assert from_file("mine.py", {"broken": "why"}) == [Broken("mine.py", "why")]
    assert from_file("mine.py", Stopped("why", 1.0)) == [Broken("mine.py", "mine.py cannot be loaded: why", 1.0)]


def test_a_fresh_process_is_started_where_somebody_will_ask_it(monkeypatch):
    class Server:
        address = "here"

        def stop(self):
            stopped.append(1)

    stopped: list[int] = []
    monkeypatch.setattr("verify.command.run.started", Server)
    addresses = []
    for methods, run in (
        ((), THERE),
        (("honesty",), THERE),
        (("identity",), THERE),
        (("resources",), THERE),
        ((), HERE),
    ):
        with serving(Request({}, methods, 0), run) as address:
            addresses.append(address)
    assert addresses == ["here", "here", "here", "", ""] and len(stopped) == 3


class Silent:
    def __init__(self):
        self.finished = []

    def expect(self, total):
        self.total = total

    def begin(self, name):
        return lambda phrase: None

    def finish(self, name):
        self.finished.append(name)


def raising(error, say):
    raise error


def test_what_raises_here_is_stopped_and_an_interrupt_is_none():
    shown = Silent()
    calls = [Call(str(n), raising, (error,)) for n, error in enumerate((ValueError("no"), SystemExit(3)))]
    assert [one.because for one in HERE(calls, shown)] == ["it raised ValueError: no", "it raised SystemExit: 3"]
    assert shown.finished == ["0", "1"] and shown.total == 2
    with pytest.raises(KeyboardInterrupt):
        _ = HERE([Call("2", raising, (KeyboardInterrupt(),))], shown)


def test_the_end_of_a_process_in_words(tmp_path):
    log, limits = tmp_path / "log", Limits(7, 100)
    assert how_it_ended(None, log, limits) == "it ended the interpreter with exit status 0"
    assert how_it_ended(3, log, limits) == "it ended the interpreter with exit status 3"
    assert how_it_ended(-9, log, limits).endswith(
        "by SIGKILL (perhaps out of memory; 100 MiB are allowed: --memory-limit)"
    )
    assert how_it_ended(-11, log, limits) == "it ended the interpreter by SIGSEGV"
    assert how_it_ended(-24, log, limits) == "it was stopped after 7 s of computing (--time-limit)"
    assert how_it_ended(-200, log, limits) == "it ended the interpreter by signal 200"
    log.write_text("first\nlast \n\n")
    assert last_words(log) == "last" and how_it_ended(1, log, limits).endswith("exit status 1; its last words: last")
    assert raised(MemoryError(), limits) == "MemoryError (100 MiB are allowed: --memory-limit)"
    assert raised(ValueError("x"), limits) == "ValueError: x" and parsed(b'["at", 1]') == ("at", 1)


def verdict(kind, standing, subject=TRUE.claims[0].text, **fields):
    return Verdict(kind, subject, "method", standing, "here", **fields)


def test_one_verdict_decides_a_claim_also_beside_its_equal():
    made = as_json(Report(TRUE, (verdict("claim", UNDECIDED), verdict("claim", PROVED), verdict("claim", PROVED))))
    assert [one["decides"] for one in made["verdicts"]] == [False, True, False] and made["stands"]
    made = as_json(Report(TRUE, (verdict("claim", PROVED), verdict("claim", REFUTED))))
    assert [one["decides"] for one in made["verdicts"]] == [False, True] and not made["stands"] and made["failures"]


def test_necessity_is_required_where_it_is_declared():
    verdicts = (verdict("claim", PROVED), verdict("necessity", REFUTED), verdict("near miss", REFUTED, "it"))
    for dead, expected in ((None, [True, True, True]), ({}, [True, False, True])):
        made = as_json(Report(replace(TRUE, dead=dead), verdicts))
        assert [one["expected"] for one in made["verdicts"]] == expected and made["stands"] is all(expected)
    assert not as_json(Report(TRUE, (verdict("claim", PROVED), verdict("near miss", PROVED))))["verdicts"][1][
        "expected"
    ]


def test_what_no_json_says_is_text():
    assert plain_values({1: (2.5, float("-inf"), True, None)}) == {"1": [2.5, "-inf", True, None]}


@pytest.mark.parametrize(
    ("kind", "enough"),
    [
        ("claim", (PROVED, CERTIFIED)),
        ("step", (PROVED, CERTIFIED, TESTED)),
        ("near miss", (REFUTED,)),
        ("honesty", (PROVED, CERTIFIED, TESTED)),
    ],
)
def test_a_test_of_a_theorem_passes_on_what_is_enough(kind, enough):
    record = replace(TRUE, near_misses={"it": NearMiss("it", title="x")})
    for standing in Standing:
        subject = TRUE.claims[0].text if kind == "claim" else "it"
        report = Report(record, (verdict(kind, standing, subject),))
        assert good(report.verdicts[0], report) is (standing in enough)
        part = Part(record, kind, subject)
        assert verdicts_on(part, report) == [*report.verdicts]
        if standing in enough:
            check(part, report)
        else:
            with pytest.raises(NotVerified, match=f"{standing.value} by method"):
                check(part, report)
    tested = Report(replace(TRUE, accept="tested"), (verdict("claim", TESTED),))
    assert good(tested.verdicts[0], tested)
