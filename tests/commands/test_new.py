"""`new`: a template that states and satisfies its theorem, and refuses to overwrite."""

import re
import subprocess
import sys
from dataclasses import fields

import pytest

from constructions import language
from constructions.commands.options import find
from constructions.language import Claim, Construction, Equal, Limit, Within, at
from constructions.language.forward import KERNELS, NORMALISERS
from constructions.language.layout import MASKS, POSITIONS
from constructions.language.statement import DOMAINS
from constructions.views.trace.numbers import difference, vanishes
from constructions.views.trace.run import trace
from constructions.views.trace.sample import sample
from tests.commands.run import refused, run, works


@pytest.fixture
def theorem(capsys, tmp_path):
    path = tmp_path / "my_theorem.py"
    assert "wrote the construction my-theorem" in works(capsys, "new", path).out
    return path


def test_template_holds_and_its_near_misses_do_not(theorem):
    construction = find(str(theorem))
    assert construction.name == "my-theorem"
    right = [construction, *map(construction.variant, construction.near_misses.values())]
    gaps = []
    for record in right:
        made = trace(at(record), sample(at(record), 3))
        gaps.append(vanishes(difference(made.answer, made.algorithm)))
    assert gaps == [True, False, False]


def test_template_verifies_as_it_stands(theorem):
    pytest.importorskip("verify.__main__")
    command = [sys.executable, "-m", "verify", str(theorem)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_template_is_shown_and_traced(capsys, theorem):
    assert "my-theorem\nOne linear attention head" in works(capsys, "show", theorem).out
    assert "equal" in works(capsys, "trace", theorem).out


def test_nothing_is_overwritten_without_force(capsys, theorem):
    theorem.write_text("mine")
    assert "exists and is left as it is" in refused(capsys, "new", theorem)
    assert theorem.read_text() == "mine"
    works(capsys, "new", theorem, "--force")
    assert theorem.read_text() != "mine"


def test_bad_places(capsys, tmp_path):
    assert "names no theorem file" in refused(capsys, "new", tmp_path / "theorem.txt")
    assert "names no theorem file" in refused(capsys, "new", tmp_path / "2 theorems.py")
    assert "there is no folder" in refused(capsys, "new", tmp_path / "none" / "theorem.py")
    (tmp_path / "folder.py").mkdir()
    assert "it is a folder" in refused(capsys, "new", tmp_path / "folder.py", "--force")


def test_files_that_hold_no_single_construction(capsys, tmp_path, theorem):
    assert "there is no file" in refused(capsys, "show", tmp_path / "none.py")
    theorem.write_text("x = 1\n")
    assert "holds 0 constructions of its own" in refused(capsys, "show", theorem)
    theorem.write_text("def f(:\n")
    assert "my_theorem.py:1: SyntaxError: " in refused(capsys, "show", theorem)
    theorem.write_text(
        "from dataclasses import replace\nfrom constructions import CATALOGUE\nA, B, *_ = CATALOGUE\n"
        "C, D = replace(A, tag=''), replace(B, tag='')\n"
    )
    assert f"holds 2 constructions (gd-step, gd-steps); name one as {theorem}:NAME" in refused(capsys, "show", theorem)
    assert "did you mean gd-step" in refused(capsys, "show", f"{theorem}:gd-stap")
    works(capsys, "show", f"{theorem}:gd-step")


def test_help_and_template_list_every_word_of_the_language(capsys, theorem):
    page, template = run(capsys, "new", "--help").out, theorem.read_text()
    for table in (KERNELS, MASKS, NORMALISERS, POSITIONS, DOMAINS):
        for words in (", ".join(table), "; ".join(table)):
            if words in page:
                assert words in template
                break
        else:
            raise AssertionError(f"{list(table)} is not listed")
    for name in ["relu", "exp", "softmax", "solve", "below", "beside", "iterate", "identity", "zeros", "ones", "shift"]:
        assert re.search(rf"\n  {name}\(", page)
        assert re.search(rf"\n#   {name}\(", template)
    assert max(map(len, template.splitlines())) <= 132


def test_the_default_sizes_of_the_template_are_different_primes(theorem):
    sizes = list(find(str(theorem)).sizes.values())
    assert len(set(sizes)) == len(sizes)
    assert set(sizes) <= {2, 3, 5, 7, 11, 13}


def test_template_and_help_say_how_a_bound_or_a_limit_is_stated(capsys, theorem, tmp_path):
    text = theorem.read_text(encoding="utf-8")
    lines = re.findall(r"^    # (claims=\(.*?\),\))  ", text, re.MULTILINE)
    for line in lines:
        mine = tmp_path / "claims.py"
        imported = "from constructions.language import Box, Limit, Within\n"
        mine.write_text(
            imported + text.replace("    # What it costs", f"    {line},\n    # What it costs"), encoding="utf-8"
        )
        (claim,) = find(str(mine)).claims
        assert type(claim).__name__ in line
    assert len(lines) == 2
    kinds = ["Within(", "Limit("]
    assert all(f"    # claims=({kind}" in text for kind in kinds) and "docs/reference/language.md" in text
    assert all(f"{kind}" in text.split("# words of the language")[1] for kind in ["Equal()", *kinds, "Box("])


def test_template_says_which_sizes_are_judged(theorem):
    text = theorem.read_text(encoding="utf-8")
    assert "defaults for checking" not in text and "--sizes" in text.split("    sizes=")[0]


def test_every_field_of_a_record_is_explained():
    told = Construction.__doc__
    assert [field.name for field in fields(Construction) if not re.search(rf"\b{field.name}  ", told)] == []
    assert "Claim" in language.__all__ and Claim == Equal | Within | Limit
