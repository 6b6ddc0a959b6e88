"""A certificate is repeated, and whatever was changed in it, in the theorem or on the machine is named."""

import json
import os
import signal
import subprocess
import sys
import time
from copy import deepcopy

import pytest

from tests.verify.base import ROOT, bad, run, true
from verify.__main__ import main
from verify.command import certificate, certificate_file


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    done = run("gd-step", "--certificate", folder / "c.json")
    assert done.returncode == 0
    return json.loads((folder / "c.json").read_text(encoding="utf-8"))


def checked(value, folder, capsys, *words):
    """Exit status and output of --check in this process, where the theorem and the libraries can be changed."""
    path = folder / "c.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    status = main([*map(str, words), "--check", str(path), "--jobs", "1"])
    return status, capsys.readouterr()


def test_it_says_what_was_claimed_and_found(made):
    assert list(made) == ["schema", "libraries", "request", "constructions"]
    assert set(made["libraries"]) == {"python", "numpy", "python-flint", "flint", "sympy", "icl-constructions"}
    (entry,) = made["constructions"]
    (claim,) = entry["theorem"]["claims"]
    assert len(claim["networks"]) == 3
    for network in claim["networks"]:
        assert all(len(network[part]) == 64 for part in ("weights", "architecture", "prompt", "readout"))
    assert entry["stands"] and [v for v in entry["verdicts"] if v["kind"] == "claim" and v["decides"]]
    assert entry["informative"]["seconds"] > 0


def test_another_process_repeats_it(made, tmp_path):
    path = tmp_path / "c.json"
    path.write_text(json.dumps(made), encoding="utf-8")
    done = run("--check", path)
    assert (
        done.returncode == 0
        and "agrees in every field that can be recomputed; 1 of 1 constructions stand" in done.stdout
    )


def leaves(value, path=()):
    if isinstance(value, dict):
        yield from (
            found for key, part in value.items() if key != "informative" for found in leaves(part, (*path, key))
        )
    elif isinstance(value, list) and value:
        yield from (found for i, part in enumerate(value) for found in leaves(part, (*path, i)))
    else:
        yield path


def changed(value, path):
    value = deepcopy(value)
    place = value
    for key in path[:-1]:
        place = place[key]
    old = place[path[-1]]
    place[path[-1]] = (not old) if isinstance(old, bool) else old + 1 if isinstance(old, int) else "edited"
    return value


def test_every_compared_field_is_compared(made):
    """Each single edit is the first difference, and named by its own path."""
    paths = list(leaves(made))
    assert len(paths) > 100
    for path in paths:
        ((field, _, _), *more) = certificate.differences(changed(made, path), made)
        last = next(key for key in reversed(path) if isinstance(key, str))
        assert not more and last in field, (path, field)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (("libraries", "numpy"), "libraries.numpy"),
        (("constructions", 0, "title"), "constructions[gd-step].title"),
        (("constructions", 0, "theorem", "algorithm"), "constructions[gd-step].theorem.algorithm"),
        (
            ("constructions", 0, "theorem", "claims", 0, "networks", 1, "weights"),
            "constructions[gd-step].theorem.claims[0].networks[1].weights",
        ),
        (("constructions", 0, "verdicts", 0, "standing"), "constructions[gd-step].verdicts[0].standing"),
        (("request", "seed"), "request.sha256"),
        (("request", "what", 0), "request.sha256"),
        (("request", "sha256"), "request.sha256"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_edited_field_is_named(made, tmp_path, capsys, path, field):
    status, shown = checked(changed(made, path), tmp_path, capsys)
    assert status == 1
    assert f"the first field that differs is {field}\n" in shown.out


def test_edited_evidence_and_an_edited_counterexample_are_named(made, tmp_path, capsys):
    verdicts = made["constructions"][0]["verdicts"]
    number = next(i for i, verdict in enumerate(verdicts) if verdict["counterexample"])
    place = ("constructions", 0, "verdicts", number, "counterexample", "defect", 0, 0)
    _, shown = checked(changed(made, place), tmp_path, capsys)
    assert f"differs is constructions[gd-step].verdicts[{number}].counterexample.defect[0][0]\n" in shown.out
    number = next(i for i, verdict in enumerate(verdicts) if verdict.get("evidence"))
    place = next(p for p in leaves(made) if p[:5] == ("constructions", 0, "verdicts", number, "evidence"))
    _, shown = checked(changed(made, place), tmp_path, capsys)
    assert f"differs is constructions[gd-step].verdicts[{number}].evidence." in shown.out


def test_missing_and_added_fields_are_differences(made):
    fewer = deepcopy(made)
    del fewer["constructions"][0]["verdicts"][0]["scope"]
    assert [found[0] for found in certificate.differences(fewer, made)] == ["constructions[gd-step].verdicts[0].scope"]
    assert [found[0] for found in certificate.differences({**made, "more": 1}, made)] == ["more"]
    assert [found[0] for found in certificate.differences({"stands": 1}, {"stands": True})] == ["stands"]
    none = {**made, "constructions": []}
    assert [found[0] for found in certificate.differences(none, made)] == ["constructions"]


def test_what_is_informative_is_not_compared(made, tmp_path, capsys):
    value = deepcopy(made)
    value["constructions"][0]["informative"] = {"seconds": 1e9, "failures": ["edited"]}
    assert checked(value, tmp_path, capsys)[0] == 0


def test_numbers_that_depend_on_the_processor_are_informative(made):
    verdict = {**made["constructions"][0]["verdicts"][0], "method": "float64", "scope": "largest difference 1e-16"}
    entry = certificate.verdict_entry(verdict)
    assert set(entry["informative"]) == {"scope", "because", "evidence"} and "scope" not in entry
    other = certificate.verdict_entry({**verdict, "scope": "largest difference 2e-16"})
    assert not list(certificate.differences(entry, other))
    assert list(certificate.differences(entry, {**other, "standing": "refuted"}))


def test_another_library_is_the_first_difference(made, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(certificate, "flint_version", lambda: "0.0")
    status, shown = checked(made, tmp_path, capsys)
    assert status == 1 and "differs is libraries.flint\n" in shown.out
    assert "certificate: " in shown.out and "now:         0.0" in shown.out


MINE = """
from dataclasses import replace
from tests.controls import base
from constructions.algorithms import gradient_descent as gd
from constructions.language import Equal, Parameter, Prompt, Readout, Token

{more}

MINE = replace(base.TRUE, name="mine", {fields})
"""

MASK = """
def weights(d_x, d_y, n, eta):
    network = base.weights(d_x, d_y, n, eta)
    return replace(network, layers=(replace(network.layers[0], mask="everything"),))
"""
PROMPT = "def prompt(X, Y, X_q): return Prompt(context=(Token(x=2 * X, y=Y),), query=(Token(x=X_q),))"
ALGORITHM = "def algorithm(X, Y, X_q, eta): return 2 * X_q @ gd.step(0 * (Y.T @ X), X, Y, eta).T"
OTHERS = {
    "weights": ("def weights(d_x, d_y, n, eta): return base.weights(d_x, d_y, n, 2 * eta)", "networks[0].weights"),
    "architecture": (MASK, "networks[0].architecture"),
    "prompt": (PROMPT, "networks[0].prompt"),
    "readout": ("def readout(y): return Readout(-2 * y, at='query')", "networks[0].readout"),
    "algorithm": (ALGORITHM, "theorem.algorithm"),
    "parameters": ("parameters = {'eta': Parameter(default='1/9')}", "theorem.parameters.eta[1].default"),
    "claims": ("claims = (Equal('this is that'),)", "claims[0].text"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_theorem_under_the_same_name_is_named(tmp_path, capsys, monkeypatch, name):
    more, field = OTHERS[name]
    replaced = "weights" if name == "architecture" else name
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.py"
    path.write_text(MINE.format(more="", fields=""))
    words = ["mine.py", "--method", "identity", "--jobs", "1"]
    _ = main([*words, "--certificate", "c.json"])
    path.write_text(MINE.format(more=more, fields=f"{replaced}={replaced}"))
    _ = capsys.readouterr()
    assert main(["--check", "c.json", "--jobs", "1", "--json"]) == 1
    (first, *rest) = json.loads(capsys.readouterr().out)["differences"]
    named = [found["field"] for found in (first, *rest)]
    assert any(one.endswith(field) for one in named), named
    assert "theorem" in first["field"] or first["field"].endswith(".stands")


def test_no_path_of_the_machine_is_written_and_a_moved_file_can_be_named(tmp_path, capsys, monkeypatch):
    path = true(tmp_path)
    assert main([str(path), "--jobs", "1", "--certificate", str(tmp_path / "c.json")]) == 0
    text = (tmp_path / "c.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in text and str(ROOT) not in text
    assert json.loads(text)["request"]["what"] == ["mine.py"]
    monkeypatch.chdir(ROOT)
    assert main(["--check", str(tmp_path / "c.json"), "--jobs", "1"]) == 2
    assert "there is no file mine.py" in capsys.readouterr().err
    assert main([str(path), "--check", str(tmp_path / "c.json"), "--jobs", "1"]) == 0


def test_no_path_is_written_of_a_file_that_cannot_be_loaded(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("1 / 0")
    assert main([str(path), "--jobs", "1", "--certificate", str(tmp_path / "c.json")]) == 1
    text = (tmp_path / "c.json").read_text(encoding="utf-8")
    assert "broken.py cannot be loaded: broken.py:1: ZeroDivisionError" in text and str(tmp_path) not in text


def test_a_construction_that_was_stopped_is_written_and_repeated(tmp_path):
    path = bad(tmp_path, "os._exit(3)")
    done = run(path.name, "--certificate", "c.json", cwd=tmp_path)
    assert done.returncode == 1
    (entry,) = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))["constructions"]
    assert entry["stopped"] and not entry["stands"] and "exit status 3" in entry["informative"]["failures"][0]
    done = run("--check", "c.json", cwd=tmp_path)
    assert done.returncode == 1 and "agrees in every field" in done.stdout and "0 of 1 constructions" in done.stdout


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"schema": "icl-certif', "is no certificate, or not a whole one: it is not JSON"),
        ("", "it is not JSON"),
        ("[]", "it has no field schema"),
        ('{"schema": "icl-certificate/999"}', "is of the schema 'icl-certificate/999'"),
        ('{"schema": "icl-certificate/1"}', "does not say what to repeat"),
        ('{"schema": "icl-certificate/1", "request": 7}', "does not say what to repeat"),
        ('{"schema": "icl-certificate/1", "request": {"sizes": 7, "methods": [], "seed": 0}}', "does not say what to"),
    ],
    ids=["truncated", "empty", "a list", "another schema", "no request", "a number", "garbled sizes"],
)
def test_what_is_no_certificate_is_misuse(tmp_path, capsys, text, sentence):
    status, shown = checked(text, tmp_path, capsys)
    assert status == 2 and sentence in shown.err and shown.out == ""


REQUEST = '{{"schema": "icl-certificate/1", "request": {{"what": {}, "sizes": {}, "methods": {}, "seed": {}}}}}'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '{"schema": "icl-certificate/1", "schema": "icl-certificate/1"}',
            "the field 'schema' stands twice in one object",
        ),
        ('{"schema": "icl-certificate/1", "request": NaN}', "NaN is no number of JSON"),
        ("[" * 10**5, "its brackets are too deep"),
        (REQUEST.format('"gd-step"', "{}", "[]", 0), "its field request.what is 'gd-step'"),
        (REQUEST.format("[]", '{"d_x": true}', "[]", 0), "its field request.sizes is {'d_x': True}"),
        (REQUEST.format("[]", "{}", "null", 0), "its field request.methods is None"),
        (REQUEST.format("[]", "{}", "[]", 1.5), "its field request.seed is 1.5"),
    ],
    ids=["twice", "no number", "too deep", "a word", "a truth value", "nothing", "a fraction"],
)
def test_what_json_allows_and_no_run_writes_is_misuse(tmp_path, capsys, text, sentence):
    status, shown = checked(text, tmp_path, capsys)
    assert status == 2 and sentence in shown.err and shown.out == ""


def test_of_two_fields_of_one_name_none_is_believed(made, tmp_path, capsys):
    """A reader would see the first, and the comparison the second."""
    text = json.dumps(made)
    first = json.dumps({"standing": made["constructions"][0]["verdicts"][0]["standing"]})[1:-1]
    assert first in text
    status, shown = checked(text.replace(first, f'"standing": "refuted", {first}', 1), tmp_path, capsys)
    assert status == 2 and "the field 'standing' stands twice" in shown.err


def test_what_is_no_text_or_no_file_or_too_large_is_refused_unread(tmp_path, capsys):
    path = tmp_path / "c.json"
    path.write_bytes(b"\xff\xfe{}")
    (tmp_path / "circle").symlink_to("circle")
    with (tmp_path / "huge.json").open("wb") as file:
        _ = file.truncate(certificate_file.LARGEST + 1)
    places = {
        path: "it is no text in UTF-8",
        tmp_path: "it is no file",
        "/dev/zero": "it is no file",
        tmp_path / "circle": "symbolic links",
        tmp_path / "huge.json": "none has more than 256",
    }
    for place, sentence in places.items():
        assert main(["--check", str(place)]) == 2
        assert sentence in capsys.readouterr().err
    assert main(["gd-step", "--certificate", str(tmp_path / "circle")]) == 2
    assert "symbolic links go round in a circle" in capsys.readouterr().err


def test_the_version_is_that_of_the_source_tree(made):
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{made["libraries"]["icl-constructions"]}"' in text


def test_every_truncation_is_seen(made, tmp_path, capsys):
    text = json.dumps(made)
    for length in range(0, len(text), len(text) // 7):
        assert checked(text[:length], tmp_path, capsys)[0] == 2


@pytest.mark.parametrize(
    ("place", "sentence"),
    [("none/c.json", "there is no folder"), (".", "it is no file"), ("/dev/null", "it is no file")],
    ids=["folder missing", "a folder", "a device"],
)
def test_a_bad_place_is_refused_before_any_work(tmp_path, capsys, monkeypatch, place, sentence):
    monkeypatch.chdir(tmp_path)
    assert main(["gd-step", "--certificate", place]) == 2
    shown = capsys.readouterr()
    assert sentence in shown.err and "[1/1]" not in shown.err


WRITER = """
import sys
from pathlib import Path
from verify.command.certificate_file import write
print("ready", flush=True)
for number in range(10**6):
    write(Path(sys.argv[1]), {"number": number, "ballast": ["x" * 100] * 20000})
"""


def test_killing_at_any_moment_leaves_a_whole_certificate(tmp_path):
    path = tmp_path / "c.json"
    for wait in (0.0, 0.01, 0.05, 0.13, 0.21, 0.34):
        certificate_file.write(path, {"number": -1, "ballast": []})
        line = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(line, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
            assert process.stdout and process.stdout.readline() == b"ready\n"
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
        found = json.loads(path.read_text(encoding="utf-8"))
        assert len(found["ballast"]) == (20000 if found["number"] >= 0 else 0)


def test_a_failed_write_leaves_nothing_behind(tmp_path):
    path = tmp_path / "c.json"
    certificate_file.write(path, {"old": True})
    with pytest.raises(TypeError):
        certificate_file.write(path, {"new": {1, 2}})
    assert json.loads(path.read_text()) == {"old": True}
    assert [found.name for found in tmp_path.iterdir()] == ["c.json"]


def test_a_moved_certificate_says_where_its_file_is_looked_for(tmp_path, capsys, monkeypatch):
    path = true(tmp_path)
    assert main([str(path), "--jobs", "1", "--certificate", str(tmp_path / "c.json")]) == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    _ = capsys.readouterr()
    assert main(["--check", "../c.json", "--jobs", "1"]) == 2
    told = capsys.readouterr().err
    assert "../c.json names mine.py, relative to the current folder" in told and "write one with" not in told
    assert "python -m verify ../mine.py --check ../c.json" in told
    path.rename(tmp_path / "other.py")
    assert main(["--check", "../c.json", "--jobs", "1"]) == 2
    assert "python -m verify FILE.py --check ../c.json" in capsys.readouterr().err
