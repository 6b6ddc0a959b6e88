"""Theorem files that break: one sentence with file and line, in every command."""

import pytest

from constructions.loading import CannotLoad, load_file
from tests.commands.run import refused, run, works

BROKEN = {
    "x = 1\ndef f():\n    return 1 / 0\n\nf()\n": "theorem.py:3: ZeroDivisionError: division by zero",
    "import no_such_module_at_all\n": "theorem.py:1: ModuleNotFoundError: No module named 'no_such_module_at_all'",
    "def f(:\n": "theorem.py:1: SyntaxError: invalid syntax",
    "import sys\nsys.exit(3)\n": "theorem.py:2: it ends the program with exit status 3",
    "import json\njson.loads('{')\n": "theorem.py:2: JSONDecodeError: ",
    "raise ValueError('two\\nlines')\n": "theorem.py:1: ValueError: two lines",
    "\0": "cannot be loaded: ",
    "from constructions import CATALOGUE\nA, *_ = CATALOGUE\n": "holds 0 constructions of its own",
}


@pytest.mark.parametrize(("text", "sentence"), BROKEN.items())
@pytest.mark.parametrize("command", ["show", "trace"])
def test_a_broken_file_is_said_in_one_sentence(capsys, tmp_path, command, text, sentence):
    path = tmp_path / "theorem.py"
    path.write_text(text)
    message = refused(capsys, command, path)
    assert sentence in message
    assert message.count("\n") == 1
    assert str(path) in message


def test_imported_theorems_are_not_counted(capsys, tmp_path):
    path = tmp_path / "theorem.py"
    assert run(capsys, "new", path).status == 0
    path.write_text(
        "from constructions import get\n" + path.read_text() + "\nOTHER = get('gd-step')\nAGAIN = THEOREM\n"
    )
    assert works(capsys, "show", path).out.startswith("theorem\n")
    assert [record.name for record in load_file(path)] == ["theorem"]


def test_weights_that_raise_are_said_with_their_line(capsys, tmp_path):
    path = tmp_path / "theorem.py"
    assert run(capsys, "new", path).status == 0
    path.write_text(path.read_text().replace("    head = Head(", "    d_x[0]\n    head = Head("))
    line = path.read_text().splitlines().index("    d_x[0]") + 1
    for command in ("show", "trace"):
        assert f"cannot be run: theorem.py:{line}: TypeError: " in refused(capsys, command, path)


def test_two_files_of_one_name_are_two_modules(tmp_path):
    statements = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "theorem.py"
        assert not path.exists()
        path.write_text(TEMPLATE.format(folder=folder))
        statements.append(load_file(path)[0])
    assert [record.statement for record in statements] == ["In a.", "In b."]


TEMPLATE = '''"""In {folder}."""
from dataclasses import replace
from constructions import get
def weights(d_x, d_y, n, eta, W_0):
    return get("gd-step").weights(d_x, d_y, n, eta, W_0)
A = replace(get("gd-step"), weights=weights)
'''


def test_a_path_that_is_no_file(tmp_path):
    with pytest.raises(CannotLoad, match="there is no file"):
        load_file(tmp_path)
    (tmp_path / "note.txt").write_text("x = 1")
    with pytest.raises(CannotLoad, match=r"its name must end in \.py"):
        load_file(tmp_path / "note.txt")
