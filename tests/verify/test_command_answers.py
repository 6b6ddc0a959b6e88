"""What the command answers, and with which exit status, without a construction being judged."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from tests.controls.base import TRUE
from tests.verify.base import true
from verify.__main__ import main
from verify.command import certificate, program
from verify.command.loading import targets_of
from verify.command.options import parse_sizes, positive_number
from verify.command.plain import as_json, plain_values, stopped_report
from verify.command.tasks import Request, judged
from verify.scrutiny import fresh
from verify.testing import Part, check
from verify.verdict import NotVerified, Report, Standing, Verdict

CLAIM = Verdict("claim", TRUE.claims[0].text, "identity", Standing.PROVED, "here")
GOOD = as_json(Report(TRUE, (CLAIM,)))
WEAK = {**GOOD, "name": "weak", "stands": False, "failures": ["why"]}


def answered(monkeypatch, reports, *words):
    """The exit status of a run whose constructions have these reports."""
    found = [{"report": report, "theorem": {}} for report in reports]
    monkeypatch.setattr(program, "outcomes", lambda options, words, request, certified: found)
    return main(list(map(str, words)))


@pytest.mark.parametrize(
    ("reports", "status"), [([GOOD], 0), ([GOOD, GOOD], 0), ([WEAK], 1), ([GOOD, WEAK], 1), ([WEAK, GOOD], 1)]
)
def test_all_have_to_stand(monkeypatch, capsys, reports, status):
    assert answered(monkeypatch, reports, "gd-step") == status
    _ = capsys.readouterr()
    assert answered(monkeypatch, reports, "gd-step", "--json") == status
    assert json.loads(capsys.readouterr().out) == reports


def test_a_figure_that_is_not_drawn_is_a_failure(monkeypatch, capsys, tmp_path):
    for failed, status in (([], 0), (["no figure"], 1)):
        monkeypatch.setattr(program, "draw", lambda options, reports, failed=failed: failed)
        assert answered(monkeypatch, [GOOD], "gd-step", "--figures", tmp_path / "figures") == status
        assert answered(monkeypatch, [GOOD], "gd-step") == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize("as_one_says", ["text", "json"])
def test_a_certificate_agrees_and_all_of_it_stands_or_the_status_is_1(monkeypatch, capsys, tmp_path, as_one_says):
    more = ["--json"] if as_one_says == "json" else []
    stopped = stopped_report("gd-step", "it was stopped", 1.0)
    for was, now, status, agrees, stands in (
        ([GOOD], [GOOD], 0, True, True),
        ([WEAK], [WEAK], 1, True, False),
        ([GOOD, WEAK], [GOOD, WEAK], 1, True, False),
        ([GOOD], [WEAK], 1, False, False),
        ([WEAK], [GOOD], 1, False, False),
        ([GOOD], [stopped], 1, False, False),
        ([GOOD], [GOOD, GOOD], 1, False, False),
    ):
        path = tmp_path / "c.json"
        _ = answered(monkeypatch, was, "gd-step", "--certificate", path)
        _ = capsys.readouterr()
        assert answered(monkeypatch, now, "--check", path, *more) == status
        out = capsys.readouterr().out
        if more:
            found = json.loads(out)
            assert (found["agrees"], found["stands"], bool(found["differences"])) == (agrees, stands, not agrees)
        else:
            assert ("agrees in every field" in out) is agrees and (
                "the first field that differs is" in out
            ) is not agrees


def test_an_edited_request_is_not_even_repeated(monkeypatch, capsys, tmp_path):
    path = tmp_path / "c.json"
    _ = answered(monkeypatch, [GOOD], "gd-step", "--certificate", path)
    made = json.loads(Path(path).read_text(encoding="utf-8"))
    made["request"]["seed"] = 1
    path.write_text(json.dumps(made), encoding="utf-8")
    monkeypatch.setattr(certificate, "certificate", lambda *_: pytest.fail("it was repeated"))
    assert main(["--check", str(path)]) == 1
    assert "the first field that differs is request.sha256\n" in capsys.readouterr().out


def test_limits_are_those_that_were_asked_for():
    from verify.command.options import parser
    from verify.limits import Limits

    for words, limits in (
        (["--time-limit", "3"], (3, Limits().mebibytes)),
        (["--memory-limit", "5"], (Limits().seconds, 5)),
        ([], (Limits().seconds, Limits().mebibytes)),
    ):
        made = program.runner(parser().parse_args([*words, "--jobs", "2"]))
        assert (made.limits.seconds, made.limits.mebibytes, made.jobs, made.here) == (*limits, 2, False)
    assert program.runner(parser().parse_args(["--jobs", "1"])).here


def test_a_worker_writes_the_theorem_where_a_certificate_is_asked_for(tmp_path, monkeypatch):
    used: list[str] = []
    monkeypatch.setattr(fresh, "use", used.append)
    (target,) = targets_of(str(true(tmp_path)))
    request = Request({"d_x": 1, "d_y": 1, "n": 1, "m": 1}, ("identity",), 0)
    without = judged(target, request, False, "", lambda phrase: None)
    assert {*without} == {"report"} and used == [] and not without["report"]["stopped"]
    both = judged(target, request, True, "address", lambda phrase: None)
    assert {*both} == {"report", "theorem"} and used == ["address"] and len(both["theorem"]["algorithm"]) == 64


def test_everything_stands_is_a_test_of_everything():
    check(Part(TRUE, "everything stands"), Report(TRUE, (CLAIM,)))
    wrong = Verdict("step", "a step", "steps", Standing.REFUTED, "here", "why")
    with pytest.raises(NotVerified, match="one-step does not stand:\n  step “a step” is refuted: why"):
        check(Part(TRUE, "everything stands"), Report(TRUE, (CLAIM, wrong)))


@pytest.mark.parametrize("text", ["n", "n=", "n=x", "n=0", "n=-1", "n=1.5", "n=3;m=2", "n=²", f"n={10**12}"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="--sizes takes NAME=NUMBER pairs"):
        _ = parse_sizes(text)


def test_values_that_json_lacks_are_texts():
    assert plain_values([Fraction(1, 3), Standing.PROVED, None, 2**70]) == ["1/3", "Standing.PROVED", None, 2**70]
    assert positive_number("1e8") == 10**8 and positive_number("81") == 81
