"""The command line on every kind of terminal, and when it is misused."""

import json
import os
import pty
import re
import subprocess

import pytest

from constructions.__main__ import main as new
from tests.verify.base import bad, command, reports, run, true
from verify import METHODS
from verify.__main__ import main
from verify.command.display import make_console, show_details
from verify.command.plain import plain_values
from verify.domains import DOMAINS


def misuse(capsys, *words):
    assert main(list(map(str, words))) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.startswith("python -m verify: ")
    return shown.err


def test_a_table_in_a_pipe_is_wide_and_plain():
    done = run("gd-step", COLUMNS=None)
    assert done.returncode == 0 and done.stderr == "[1/1] gd-step\n"
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) == 120


@pytest.mark.parametrize("columns", ["40", "60", "89"])
def test_a_narrow_terminal_gets_paragraphs(columns):
    done = run("gd-step", COLUMNS=columns)
    assert done.returncode == 0, done.stdout
    assert max(map(len, done.stdout.splitlines())) <= int(columns)
    assert "┃" not in done.stdout and "gd-step; near misses: 4 of 4 refuted" in done.stdout
    assert re.search(r"\n  (certified|proved): network = algorithm; ", done.stdout)


def in_terminal(*words, **environment):
    """What a terminal would get: both streams."""
    line, settings = command(*words, TERM="xterm", **environment)
    master, slave = pty.openpty()
    with subprocess.Popen(line, stdin=slave, stdout=slave, stderr=slave, **settings) as process:
        os.close(slave)
        text = b""
        while True:
            try:
                chunk = os.read(master, 65536)
            except OSError:
                break
            if not chunk:
                break
            text += chunk
    os.close(master)
    return process.returncode, text.decode()


def test_colours_on_a_terminal_unless_no_color():
    colour = re.compile(r"\x1b\[[0-9;]*3[0-7]m")
    status, text = in_terminal("gd-step", COLUMNS="100", NO_COLOR=None)
    assert status == 0 and colour.search(text) and "[0 of 1] gd-step: " in text
    status, text = in_terminal("gd-step", COLUMNS="100", NO_COLOR="1")
    assert status == 0 and not colour.search(text)


def test_an_interrupted_reader_is_no_error():
    line, settings = command("gd-step", "--explain")
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings) as process:
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 141 and "Traceback" not in err and "BrokenPipe" not in err


def test_json_is_whole_when_one_construction_fails(tmp_path):
    done = run(bad(tmp_path, "os._exit(9)"), "gd-step", true(tmp_path), "--json")
    assert done.returncode == 1
    found = reports(done)
    assert list(found) == ["bad", "gd-step", "mine"]
    assert len({frozenset(report) for report in found.values()}) == 1
    assert len({frozenset(verdict) for report in found.values() for verdict in report["verdicts"]}) == 1
    assert found["bad"]["stopped"] and not found["bad"]["stands"] and found["gd-step"]["stands"]
    (verdict,) = found["bad"]["verdicts"]
    assert verdict["standing"] == "undecided" and verdict["because"] in found["bad"]["failures"]


def test_the_list_is_saved_beside_the_table(tmp_path, capsys):
    path = tmp_path / "verify.json"
    assert main(["aff", "--jobs", "1", "--save", str(path)]) == 0
    assert "aff" in capsys.readouterr().out
    (report,) = json.loads(path.read_text(encoding="utf-8"))
    assert report["name"] == "aff" and report["gadget"] and report["stands"]
    assert "there is no folder" in misuse(capsys, "aff", "--save", tmp_path / "no" / "verify.json")


def test_json_where_the_output_is_ascii(tmp_path):
    done = run("gd-step", "--json", PYTHONIOENCODING="ascii")
    assert done.returncode == 0 and done.stdout.isascii()
    assert reports(done)["gd-step"]["title"]


def test_values_that_json_cannot_say_become_strings():
    value = {1: [float("nan"), float("inf"), 0.5, None, True, 2**70, {"x"}, DOMAINS], "t": (1, 2)}
    text = json.dumps(plain_values(value), allow_nan=False)
    assert json.loads(text)["1"][:6] == ["nan", "inf", 0.5, None, True, 2**70] and json.loads(text)["t"] == [1, 2]


def test_a_file_in_this_process_and_in_another_give_the_same(tmp_path, capsys):
    path = true(tmp_path)
    assert main([str(path), "--json", "--jobs", "1"]) == 0
    here = json.loads(capsys.readouterr().out)
    there = json.loads(run(path, "--json").stdout)
    for found in (*here, *there):
        del found["seconds"]
    assert here == there


def test_what_raises_in_this_process_is_told_too(tmp_path, capsys):
    assert main([str(bad(tmp_path, "raise SystemExit(0)")), "--jobs", "1"]) == 1
    assert "it raised SystemExit: 0" in capsys.readouterr().out


def test_explanations_and_methods(capsys):
    assert main(["gd-step", "--explain"]) == 0
    shown = capsys.readouterr().out
    assert "compared: " in shown and "not stronger because" in shown
    assert main(["--list-methods"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(METHODS)
    assert all(len(line.split()) > 3 for line in lines)


def test_sizes_that_some_constructions_lack_say_which(capsys):
    text = misuse(capsys, "gd-step", "copy-next", "mesa-layer", "--sizes", "d_x=3")
    assert "2 of 3 do not have the size 'd_x': copy-next, mesa-layer;" in text and "Name those that you mean" in text
    text = misuse(capsys, "copy-next", "mesa-layer", "--sizes", "d_x=3")
    assert "none of them has the size 'd_x': copy-next, mesa-layer" in text
    assert "gd-step has no size 'd_z'; did you mean" in misuse(capsys, "gd-step", "--sizes", "d_z=3")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["gd-stp"], "no construction is called 'gd-stp'; did you mean gd-step"),
        (["none.py"], "there is no file none.py; write one with"),
        (["gd-step", "--method", "identiy"], "no method is called 'identiy'; did you mean identity"),
        (["--sizes", "d_x"], "--sizes takes NAME=NUMBER pairs such as d_x=3,n=7 with numbers ≥ 1; got 'd_x'"),
        (["--sizes", "d_x=0"], "got 'd_x=0'"),
        (["--sizes", "d_x=²"], "got 'd_x=²'"),
        (["--jobs", "1", "--time-limit", "3"], "limits need a process of their own"),
        (["--check", "c.json", "--seed", "3"], "--check repeats the sizes, methods and seed of the certificate"),
        (["--check", "none.json"], "none.json cannot be read: No such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_misuse_is_explained(capsys, words, sentence):
    assert sentence in misuse(capsys, *words)


def test_a_file_without_a_construction_is_misuse(tmp_path):
    path = tmp_path / "empty.py"
    path.write_text("x = 1\n")
    done = run(path)
    assert done.returncode == 2 and done.stdout == ""
    assert "holds 0 constructions of its own" in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--jobs", "0"], "expected a whole number ≥ 1, got '0'"),
        (["--memory-limit", "much"], "expected a whole number ≥ 1, got 'much'"),
        (["--time-limit", "-1"], "expected a number of seconds above 0, got '-1'"),
        (["--time-limit", "nan"], "expected a number of seconds above 0, got 'nan'"),
        (["--certificate", "a", "--check", "b"], "not allowed with"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_make_no_sense(capsys, words, sentence):
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2 and sentence in capsys.readouterr().err


def test_a_name_that_is_not_defined_is_called_that(tmp_path, capsys):
    path = tmp_path / "typing.py"
    assert new(["new", str(path)]) == 0
    _ = path.write_text(path.read_text(encoding="utf-8").replace("value=sign *", "value=sigh *"), encoding="utf-8")
    _ = capsys.readouterr()
    assert main([str(path), "--jobs", "1"]) == 1
    shown = capsys.readouterr().out
    assert "uses sigh, a name that is not defined\n" in shown and "must not find out" not in shown


def test_what_is_reported_and_not_required_has_no_tick(capsys):
    verdict = {"subject": "every nonzero weight matters", "because": "", "expected": True, "counterexample": None}
    verdict |= {"kind": "necessity", "standing": "refuted"}
    kinds = [
        verdict,
        {**verdict, "kind": "near miss"},
        {**verdict, "expected": False},
        {**verdict, "standing": "proved"},
    ]
    show_details(make_console(), {"name": "mine", "title": "", "verdicts": kinds})
    assert [line[0] for line in capsys.readouterr().out.splitlines() if "matters" in line] == ["·", "✓", "✗", "✓"]
