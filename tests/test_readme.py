"""What the README shows is what the commands print today."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from constructions.__main__ import main as constructions
from verify.__main__ import main as verify

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def timeless(text: str) -> str:
    return re.sub(r"\([\d.]+ s\)", "(… s)", text).strip()


def test_the_report_is_the_one_that_the_command_prints(capsys):
    assert verify(["gd-step"]) == 0
    shown = re.search(r"<!-- report -->\n```text\n(.*?)```\n<!-- /report -->", README, re.DOTALL)
    assert shown and timeless(shown[1]) == timeless(capsys.readouterr().out)


def test_the_heart_is_the_code_of_the_theorem():
    (shown,) = re.findall(r"```python\n(def weights.*?)```", README, re.DOTALL)
    source = (ROOT / "constructions/gradient_descent/gd_step.py").read_text(encoding="utf-8")
    for function in shown.strip().split("\n\n"):
        assert function in source


def test_the_picture_is_the_one_that_the_command_draws(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    drawn = tmp_path / "gd-steps.svg"
    options = re.search(r"`(python -m constructions trace gd-steps[^`]*)`", README)
    assert options
    assert constructions([*options[1].split()[3:], "--figure", str(drawn)]) == 0
    assert "weights in the stream" in capsys.readouterr().out
    assert numbers(drawn) == numbers(ROOT / "docs/images/gd-steps.svg")


def numbers(figure: Path) -> list[str]:
    """The coordinates of every line in an SVG file, to two decimals: fonts and library versions may differ in the rest."""
    paths = re.findall(r'<path d="(M [^"]*)"', figure.read_text(encoding="utf-8"))
    return [re.sub(r"\d+\.\d+", lambda n: f"{float(n[0]):.2f}", path) for path in paths]


def test_the_diabetes_block_runs_as_printed(tmp_path, capsys):
    pytest.importorskip("sklearn")
    (block,) = re.findall(r"```sh\n(python - <<'END'.*?)```", README, re.DOTALL)
    script, command = block.split("\nEND\n")
    python = [sys.executable, "-c", script.partition("\n")[2]]
    _ = subprocess.run(python, cwd=tmp_path, check=True)
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:4] == ["python", "-m", "constructions", "predict"]
    paths = [str(tmp_path / word) if word.endswith(".csv") else word for word in words[3:]]
    assert constructions([*paths, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 42
    assert all(abs(row["difference"]) <= 1e-10 * abs(row["algorithm"]) for row in rows)


def test_every_python_line_of_the_readme_runs():
    (code,) = re.findall(r"```python\n(from constructions import get.*?)```", README, re.DOTALL)
    names: dict = {}
    exec(code, names)
    assert names["report"].stands
    assert names["run"].answer.shape == (1, 1)


def test_it_says_how_to_install_judge_one_and_state_a_bound():
    for words in ("make setup ", "make verify ARGS=gd-step", "`claims=`", "](docs/reference/language.md)"):
        assert words in README, words


def test_the_approach_of_ridge_runs_as_printed(capsys):
    found = re.search(r"`python -m constructions (compare [^`]*--lambda-to-zero)`", README)
    assert found
    assert constructions(found[1].split()) == 0
    assert "float64" in capsys.readouterr().out
