"""The committed pages are those of the records, and hold nothing that only a run can know."""

import ast
import inspect
import re
from dataclasses import replace
from pathlib import Path

import pytest

from constructions import CATALOGUE, get
from constructions.language import Construction
from docs.pages import __main__ as command
from docs.pages import executed, theorem
from docs.pages.example import Example, example
from docs.pages.markdown import ROOT, bibliography, body_of, cited, maths, plain, table
from docs.pages.tex import formula, prose

PAGES = sorted((ROOT / "docs" / "theorems").glob("*.md"))
HAND = [*sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "reference").glob("*.md"))]
# Pages about what the words mean, or about a method; they speak of no theorem's standing.
ABOUT_WORDS = {"trusted.md", "cut-off.md", "certificate.md", "mutation.md"}


def test_no_page_is_stale():
    assert list(command.stale()) == []


def test_a_changed_a_missing_and_a_foreign_page_are_named(tmp_path):
    for page in PAGES:
        _ = (tmp_path / page.name).write_text(page.read_text(encoding="utf-8"), encoding="utf-8")
    text = (tmp_path / "gd-step.md").read_text(encoding="utf-8")
    _ = (tmp_path / "gd-step.md").write_text(text.replace("η/n", "η/2n", 1), encoding="utf-8")
    (tmp_path / "mov.md").rename(tmp_path / "moved.md")
    found = list(command.stale(tmp_path))
    assert re.fullmatch(r"gd-step\.md:\d+ differs from the record of ICL-0001 gd-step", found[0])
    assert found[1:] == ["mov.md is missing", "moved.md belongs to no record"]


def test_the_command_says_what_is_stale(monkeypatch, capsys):
    monkeypatch.setattr(command, "stale", lambda: iter(["gd-step.md:3 differs"]))
    assert command.main(["--check"]) == 1
    assert "docs/theorems/gd-step.md:3 differs; print it again: python -m docs.pages" in capsys.readouterr().err


@pytest.mark.parametrize("page", [*PAGES, *(p for p in HAND if p.name not in ABOUT_WORDS)], ids=lambda p: p.stem)
def test_no_standing_no_tick_and_no_date_is_typed(page: Path):
    text = page.read_text(encoding="utf-8")
    assert not re.findall(r"✓|✗|\b(?:certified|undecided)\b|\bproved\b (?!above)", text.replace("must be refuted", ""))
    assert not re.findall(r"\b20\d\d-\d\d-\d\d\b|\d\.\d+e[-−]\d", text)


def test_a_changed_weight_changes_the_page_and_fails_the_step():
    """The factor 2 is planted in the value matrix of a copy of the record."""
    record = get("gd-step")
    double = lambda d_x, d_y, n, eta, W_0: record.weights(d_x, d_y, n, 2 * eta, W_0)  # noqa: E731
    double.__module__ = record.weights.__module__
    broken = replace(record, weights=double, near_misses={})
    assert "after layer 1, y at context" in executed.invariant(example(broken)).wrong
    assert executed.claim(example(broken)).wrong  # type: ignore[union-attr]
    assert not executed.invariant(example(record)).wrong


def test_a_broken_step_is_found_by_its_number():
    """The second side of the first step is planted to be the first side twice."""
    record = get("newton-inverse")
    found, step = example(record), record.steps[0]
    assert not executed.step(found, 1).wrong and executed.step(found, 1).count
    planted = replace(step, left=step.right, right=_twice(step.right))
    instance = replace(found.made.instance, construction=replace(record, steps=(planted,)))
    assert executed.step(Example(replace(found.made, instance=instance)), 1).wrong


def _twice(side):
    def doubled(**given):
        return 2 * side(**given)

    doubled.__signature__ = inspect.signature(side)  # type: ignore[attr-defined]
    return doubled


@pytest.mark.parametrize("record", CATALOGUE, ids=lambda r: r.name)
def test_every_theorem_executes_something(record: Construction):
    found = executed.run_of(record.name)
    done = [executed.step(found, k + 1) for k in range(len(record.steps))]
    done += [executed.invariant(found)] if record.invariant else []
    claim = executed.claim(found)
    done += [claim] if claim else []
    assert sum(comparison.count for comparison in done) > 0 or not claim
    assert [comparison.wrong for comparison in done if comparison.wrong] == []


def test_formulas_of_the_records_become_tex():
    assert formula("η/n (W_0 x_i − y_i)ᵀ") == r"η/n\,(W_{0}\,x_{i} - y_{i})^{\top }"
    assert formula("Σ_i λ^{i−k}") == r"\sum _i\,λ^{i-k}"
    assert formula("2*d_x + lam") == r"2\,d_{x} + \mathrm{lam}"
    assert formula("|x|² ≤ √(n+1)") == r"\vert x\vert ^{2} \le \sqrt{n+1}"
    assert formula("x/√(c² + (a+b)/2)") == r"x/\sqrt{c^{2} + (a+b)/2}"
    assert maths("·") == "·" and maths("−1/2") == "−1/2" and maths("each 1/β") == "each $1/β$"


def test_a_sentence_keeps_its_words():
    assert formula("λI + Σ²/2 + Σ_i x_i") == r"λI + \Sigma ^{2}/2 + \sum _i\,x_{i}"
    assert formula("e^⟨x, y⟩ w* 2*d") == r"e^{\langle x, y\rangle } w^{\ast} 2\,d"
    assert prose("has a W_1 x_q, where η > 0 (see `x_y`).") == "has a $W_{1}\\,x_{q}$, where $η > 0$ (see `x_y`)."
    assert prose("a query's answer, a head and 3 layers") == "a query's answer, a head and 3 layers"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gives w′ᵀx_2 = XᵀXw_0 with XXᵀ.", r"gives $w^{\prime \top }x_{2} = X^{\top }X\,w_{0}$ with $X\,X^{\top }$."),
        ("|network − algorithm| ≤ B", r"|network − algorithm| $\le B$"),
        ("with (y_i − ȳ) x_i.", r"with $(y_{i} - \bar{y})\,x_{i}$."),
        ("is 2N²c² < 0.0121", r"is $2N^{2}c^{2} < 0.0121$"),
        ("a layer out_j = ±y_j", r"a layer $\mathrm{out}_{j} = \pm y_{j}$"),
    ],
)
def test_a_formula_is_not_cut_in_two(text, shown):
    assert prose(text) == shown


def test_an_option_keeps_its_dashes():
    assert plain("c*x, which --json prints") == r"c\*x, which `--json` prints"


def test_no_name_with_an_index_stands_outside_of_its_formula():
    for page in PAGES:
        told = re.sub(
            r"```.*?```|`[^`]*`|<!--.*?-->|\$[^$]*\$|^#[^\n]*", "", page.read_text(encoding="utf-8"), flags=re.S | re.M
        )
        assert not re.findall(r"\b[A-Za-z]_[a-z0-9]\b|[′ᵀ²]", told), page.name


def test_the_text_of_a_lambda_is_its_own():
    record = get("gd-step")
    assert record.invariant
    texts = [body_of(function) for function in record.invariant.holds.values()]
    assert texts[1] == "lambda W, X, Y, W_0: Y - X @ (W - W_0).T"
    assert body_of(record.invariant.step) == "lambda W, X, Y, eta: gd.step(W, X, Y, eta)"


def test_sources_are_cited_with_their_letters():
    text = cited("vonoswald2023transformers", bibliography()["vonoswald2023transformers"])
    assert "von Oswald et al. (2023)" in text and "https://arxiv.org/abs/2212.07677" in text
    assert not re.search(r"[{}]", "".join(f["author"] + f["title"] for f in bibliography().values()))


def test_a_page_has_all_its_parts():
    text = theorem.page(get("gd-step"))
    named = "Statement|The network|Proof|The same with small numbers|What it costs|Near misses|What this does not say"
    for part in named.split("|"):
        assert f"## {part}\n" in text
    assert text.count("<!-- site: miss ") == len(get("gd-step").near_misses)
    assert r"$-η/n\,I$" in text and table(["a"], [["b"]]) == "| a |\n| --- |\n| b |"


def private_imports(text: str) -> list[str]:
    """Names with an underscore that a module takes from another one."""
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    return [
        alias.name
        for node in nodes
        for alias in node.names
        if alias.name.startswith("_") and node.module != "__future__"
    ]


@pytest.mark.parametrize("file", sorted((ROOT / "docs" / "pages").glob("*.py")), ids=lambda f: f.stem)
def test_pages_are_printed_with_public_words(file: Path):
    assert private_imports(file.read_text(encoding="utf-8")) == []


def test_a_private_word_is_noticed():
    assert private_imports("from a.b import _c as c, d") == ["_c"]
