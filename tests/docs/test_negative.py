"""Negative controls: everything that must make the build of the site fail, planted.

Here are those that need Sphinx or a whole theorem. Elsewhere: a typo in a formula, a dangling reference, a failing cell, a step
that compares nothing and a near miss that is not refuted in test_site.py; a record without a page, a page without a record and a
committed page that differs in test_pages.py; a drawing older than its data in tests/test_readme.py (the others are drawn in every
build); a wrong block that is named in tests/verify/test_review.py and, by lesson 5 itself, in tests/test_lessons.py.
"""

import inspect
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from constructions import CATALOGUE, get
from docs.pages import pictures, standings
from docs.pages.__main__ import TAGS, mistagged
from docs.pages.graph import around, svg
from docs.pages.looks import Looks, SameName
from docs.pages.markdown import ROOT
from docs.pages.report import Reports
from docs.pages.theorem import page
from tests.docs.test_site import CONF as SMALL
from tests.docs.test_site import built


def with_twice(name, parameter):
    """The record with weights that are built for twice that parameter."""
    record = get(name)

    def weights(**given):
        return record.weights(**{**given, parameter: 2 * given[parameter]})

    weights.__signature__ = inspect.signature(record.weights)  # type: ignore[attr-defined]
    return replace(record, weights=weights, near_misses={})


CHANGED = {
    ("raw-sgd-step", "alpha"): "ICL-0025 raw-sgd-step: proof step 3 failed",
    ("raw-sgd-step", "lam"): "ICL-0025 raw-sgd-step: proof step 2 failed",
    ("gd-step", "eta"): "ICL-0001 gd-step: the invariant failed: after layer 1, y at context",
}


def empty():
    return Reports(
        {r.name: {"name": r.name, "stands": True, "failures": [], "stopped": False, "verdicts": []} for r in CATALOGUE}
    )


@pytest.mark.parametrize("name, parameter", CHANGED, ids=lambda x: x)
def test_a_changed_weight_fails_the_right_step_of_the_proof(monkeypatch, name, parameter):
    broken = standings.executed.example(with_twice(name, parameter))
    monkeypatch.setattr(standings.executed, "run_of", lambda name: broken)
    record, said = get(name), []
    for which in (*(str(k + 1) for k in range(len(record.steps))), *["invariant"] * bool(record.invariant)):
        _ = standings.step(empty(), record, which, said.append)
    assert said[0].startswith(CHANGED[name, parameter].replace("ICL-0025", record.tag))


CONF = """
import sys
sys.path.insert(0, {root!r})
from docs.pages import extension, standings
from tests.docs.test_negative import empty, with_twice
broken = standings.executed.example(with_twice("raw-sgd-step", "alpha"))
standings.executed.run_of = lambda name: broken
extension.read, extension.stale = empty, lambda: iter(())
extension.pictures.Album = type("NoAlbum", (), {{"__init__": lambda *given: None, "close": lambda self: None}})
extensions = ["myst_nb", "sphinx.ext.autodoc", "docs.pages.extension"]
exclude_patterns = ["conf.py"]
"""


def test_a_changed_weight_fails_the_build(tmp_path):
    """A site with the steps of one theorem, built by Sphinx: the third step is said to fail, and nothing else."""
    _ = pytest.importorskip("sphinx"), pytest.importorskip("myst_nb")
    (tmp_path / "theorems").mkdir()
    _ = (tmp_path / "conf.py").write_text(CONF.format(root=str(ROOT)), encoding="utf-8")
    _ = (tmp_path / "index.md").write_text("# A\n\n```{toctree}\ntheorems/raw-sgd-step\n```\n", encoding="utf-8")
    steps = "\n\n".join(f"<!-- site: step {k} -->" for k in (1, 2, 3))
    _ = (tmp_path / "theorems/raw-sgd-step.md").write_text(f"# B\n\n{steps}\n", encoding="utf-8")
    found = built(tmp_path)
    assert found.returncode == 1
    (said,) = [line for line in found.stderr.splitlines() if "WARNING" in line]
    assert "theorems/raw-sgd-step" in said and "ICL-" in said and "raw-sgd-step: proof step 3 failed: [" in said


LESSONS = """
import logging
from docs import conf
globals().update({name: value for name, value in vars(conf).items() if name.startswith("nb_")})
extensions = ["myst_nb", "docs.pages.katex", "docs.pages.lessons"]
myst_enable_extensions = ["dollarmath"]
html_math_renderer = "katex"
exclude_patterns = ["conf.py"]
def setup(app):
    app.connect("builder-inited", lambda app: logging.getLogger("traitlets").warning("Timeout"))
"""
GOOD = """# %% [markdown]
# # Good
#
# ```{toctree}
# bad
# ```

# %% tags=["hide-input"] mystnb={"code_prompt_show": "Show a solution"}
import time

print("six is", end=" ")
time.sleep(0.5)  # longer than a kernel waits before it sends what was printed
print("6\\n\\nseven is 7")
"""
BAD = """# %% [markdown]
# # Bad
#
# $\\rangl$

# %%
import sys


def half(x):
    return x / 2


print("muttered", file=sys.stderr)

# %%
# five is odd
assert half(5) == 2, "not two"

# %%
print("never")
"""


def test_a_failing_cell_fails_the_build_with_its_traceback(tmp_path):
    """Two lessons under the options of the real site: the good one is shown, and all that is wrong with the bad one is said."""
    _ = pytest.importorskip("sphinx"), pytest.importorskip("myst_nb")
    for name, text in {"conf.py": LESSONS, "index.py": GOOD, "bad.py": BAD}.items():
        _ = (tmp_path / name).write_text(text, encoding="utf-8")
    found = built(tmp_path)
    assert found.returncode == 1
    assert "WARNING: a lesson was not run well: Timeout" in found.stderr
    first, *said = (text for text in found.stderr.split(f"{tmp_path}/")[1:] if "WARNING" in text)
    assert first.startswith("bad.py: WARNING: Executing notebook failed: CellExecutionError")
    assert '# five is odd\nassert half(5) == 2, "not two"\n---' in first and "AssertionError: not two" in first
    assert "Cell In[2], line 2" in first and "\x1b" not in first
    assert any(text.startswith("bad.py:4: WARNING: formula") for text in said)
    assert any(text.startswith("bad.py:7: WARNING: stderr was found in the cell outputs") for text in said)
    assert "index.py" not in found.stderr
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "six is 6\n\nseven is 7\n</pre>" in page and "Show a solution" in page
    bad = (tmp_path / "site" / "bad.html").read_text(encoding="utf-8")  # nothing runs after the cell that failed
    assert 'class="output traceback' in bad and 'class="output stream' not in bad


def test_a_theorem_of_which_nothing_was_compared_fails_the_build():
    bare, said = replace(get("div-by-norm"), steps=(), invariant=None), []
    _ = standings.claim(empty(), bare, said.append)
    assert said == [f"{bare.tag} div-by-norm: nothing was compared, neither at the worked example nor by a method"]


def test_unknown_and_reused_tags_fail_the_build(tmp_path):
    assert list(mistagged()) == []
    strange = [replace(get("gd-step"), tag="ICL-9999"), replace(get("gd-steps"), tag="ICL-0001")]
    assert [text.partition(": ")[0] for text in mistagged(strange)] == [
        "ICL-9999 gd-step is not in tags.txt",
        "ICL-0001 gd-steps is not in tags.txt",
    ]
    listed = tmp_path / "tags.txt"
    _ = listed.write_text(TAGS.read_text(encoding="utf-8") + "ICL-0001 another\n", encoding="utf-8")
    assert list(mistagged(known=listed)) == ["tags.txt: ICL-0001 is listed twice"]


def undrawn(name, report, folder):
    return report["verdicts"]


def test_a_figure_that_cannot_be_drawn_fails_the_build(tmp_path):
    album = pictures.Album({"gd-step": {}}, tmp_path, undrawn)
    with pytest.raises(pictures.NotDrawn, match="ICL-0001 gd-step: its figures were not drawn: KeyError: 'verdicts'"):
        _ = album.shown("gd-step", ["weights"])
    album.close()


def test_figures_are_small_have_words_and_are_the_same_again(tmp_path):
    report = {"verdicts": []}
    first, again = (pictures.drawn("gd-step", report, tmp_path / part) for part in ("a", "b"))
    assert first == again and {"weights", "stream", "agreement", "attention"} <= {picture.name for picture in first}
    assert all("gd-step" in picture.alt and picture.width <= 736 for picture in first)
    for picture in first:
        files = [(tmp_path / part / f"{picture.name}.webp").read_bytes() for part in ("a", "b")]
        assert files[0] == files[1] and len(files[0]) < 20_000
    shown = pictures.figure("gd-step", first[0])
    assert 'alt="Weight matrices of gd-step with d_x = 2' in shown and 'tabindex="0"' in shown


def test_the_graph_around_a_theorem_has_what_it_uses_and_what_uses_it():
    uses = {"a": (), "b": ("a",), "c": ("b",), "d": ("a",), "e": ()}
    assert around("b", uses) == {"a": (), "b": ("a",), "c": ("b",)}
    assert around("a", uses) == {"a": (), "b": ("a",), "c": ("b",), "d": ("a",)} and around("e", uses) == {"e": ()}
    drawn = svg(around("b", uses), dict.fromkeys("abc", "firm"), "{}.html", "b")
    assert drawn.count("aria-current") == 1 and 'href="b.html"' in drawn


def test_a_line_past_a_row_does_not_go_behind_its_boxes():
    """a and c are in one column with b between them; the line from a to c bends into the gap beside it."""
    drawn = svg({"a": (), "b": ("a",), "c": ("a", "b")}, dict.fromkeys("abc", "firm"))
    assert sum(" L " in line for line in drawn.splitlines()) == 1


def test_styles_become_classes():
    looks = Looks()
    html = looks('<span class="a" style="height:1em;top:2em;"></span><b style="height:1em;top:2em;">x</b>')
    name = looks.named("height:1em;top:2em;")
    assert html == f'<span class="{name} a"></span><b class="{name}">x</b>'
    assert looks.sheet() == f".{name}{{height:1em!important;top:2em!important}}\n"
    looks.known[looks.named("top:1em;")] = "top:3em;"
    with pytest.raises(SameName, match="both have the name"):
        _ = looks.named("top:1em;")


def test_two_builds_with_other_hash_seeds_are_the_same(tmp_path):
    """Of a small site; `make reproduce` does it with the whole one."""
    _ = pytest.importorskip("sphinx"), pytest.importorskip("myst_nb")
    _ = (tmp_path / "conf.py").write_text(SMALL, encoding="utf-8")
    _ = (tmp_path / "index.md").write_text("# A\n\n$x_1$ and $\\frac{a}{b}$\n\n$$\\sum_i x_i$$\n", encoding="utf-8")
    files = []
    for seed in ("1", "2"):
        site = tmp_path.parent / f"{tmp_path.name}-{seed}"
        command = [sys.executable, "-m", "sphinx", "-q", "-E", "-b", "html", "-d", f"{site}-trees", tmp_path, site]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        _ = subprocess.run(command, check=True, env=environment)
        files.append({file.relative_to(site): file.read_bytes() for file in site.rglob("*") if file.is_file()})
    assert len(files[0]) > 20 and files[0] == files[1]


def test_boxes_that_scroll_take_the_focus_and_headings_have_a_level():
    _ = pytest.importorskip("sphinx")
    from docs.pages.extension import mend

    cell = '<td class="text-right"><p>1</p></td><th class="head text-right"><p>x</p></th>'
    context = {
        "body": f'<pre>a</pre><div class="table-wrapper docutils"><table>{cell}</table></div><img alt="a" src="_images/b.svg" />',
        "furo_navigation_tree": '<p class="caption" role="heading">Learn</p>',
    }
    mend(None, "index", "page.html", context, None)  # type: ignore[arg-type]
    assert (
        '<pre tabindex="0">' in context["body"]
        and '<div class="table-wrapper docutils" tabindex="0">' in context["body"]
    )
    assert '<td class="r">1</td><th class="r">x</th>' in context["body"]
    assert '<span class="scroll picture" tabindex="0"><img alt="a" src="_images/b.svg" /></span>' in context["body"]
    assert context["furo_navigation_tree"] == '<p class="caption" role="heading" aria-level="2">Learn</p>'


def test_a_page_shows_its_neighbours_and_whether_they_stand():
    reports = empty()
    reports.found["gd-step"]["stands"] = False
    drawn = standings.neighbours(reports, get("gd-steps"))
    assert '<a href="gd-step.html" aria-label="gd-step: something is undecided' in drawn
    assert (
        '<a href="gd-steps.html" aria-label="gd-steps: it stands, but something that it uses does not" class="stands" aria'
        in drawn
    )
    assert "mov.html" not in drawn and standings.neighbours(reports, get("power-iteration")) == ""


def test_every_kind_of_figure_has_its_words_and_its_place():
    every = pytest.importorskip("verify.figures.every")
    asked = set(" ".join(re.findall(r"<!-- site: figures (.*?) -->", page(get("gd-step")))).split())
    assert asked == set(pictures.WORDS) == set(every.FIGURES) - {"near-misses", "defects"}
