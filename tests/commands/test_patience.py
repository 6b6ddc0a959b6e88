"""Files that loop, names that are none, sizes beyond all bounds: one sentence each, at once."""

import pytest

from constructions.commands import patience
from tests.commands.run import refused, run

LOOP = "while True:\n    pass\n"


def test_a_file_that_loops_is_said_with_its_line(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(patience, "SECONDS", 0.2)
    path = tmp_path / "theorem.py"
    path.write_text(LOOP)
    assert "TakesTooLong: executing it took more than 0.2 s; look for a loop" in refused(capsys, "show", path)


def test_a_builder_that_loops_is_said_with_its_line(capsys, tmp_path, monkeypatch):
    path = tmp_path / "theorem.py"
    assert run(capsys, "new", path).status == 0
    path.write_text(path.read_text().replace("    head = Head(", "    while True:\n        pass\n    head = Head("))
    monkeypatch.setattr(patience, "SECONDS", 0.5)
    assert "TakesTooLong: building the network took more than 0.5 s" in refused(capsys, "show", path)


@pytest.mark.parametrize(
    ("words", "sentence"),
    {
        ("shwo", "gd-step"): "no command is called 'shwo'; did you mean show?",
        ("show", "../no-such-file"): "no construction is called '../no-such-file'; a file of your own ends in .py",
        ("show", "notes.md"): "no construction is called 'notes.md'; a theorem file ends in .py",
        ("show", "gd-stp"): "no construction is called 'gd-stp'; did you mean gd-step",
        ("show", "zzz"): "no construction is called 'zzz'; python -m constructions list shows all",
        ("trace", "gd-step", "--set", "d_x=100000"): "needs about 10,000,200,001 numbers, and at most 10,000,000 are",
        ("trace", "gd-steps", "--set", "steps=10000000"): "needs about 150,000,000 numbers, and at most",
        ("show", "gd-step", "--numbers", "--set", "d_x=5000"): "needs about 25,020,004 numbers",
        ("export", "gd-step", "--output", "no-such-folder", "--set", "n=20000"): "needs about 400,",
    }.items(),
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_what_there_is_not_and_what_is_too_large(capsys, words, sentence):
    message = refused(capsys, *words)
    assert sentence in message
    assert len(message) < 250 and message.count("\n") == 1


def test_a_name_without_its_ending_finds_the_file(capsys, tmp_path):
    (tmp_path / "momentum.py").write_text("")
    assert f"did you mean {tmp_path / 'momentum'}.py?" in refused(capsys, "show", tmp_path / "momentum")
