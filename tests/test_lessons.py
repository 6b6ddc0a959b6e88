"""Lessons and walkthroughs run as scripts, every number in their prose is computed, and a planted error makes each fail."""

from __future__ import annotations

import ast
import re
import time
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

import verify.judge  # noqa: F401  (its libraries are not a lesson's own time)

DOCS = Path(__file__).parents[1] / "docs"
LESSONS = sorted((DOCS / "lessons").glob("*.py"))
SCRIPTS = [*LESSONS, *sorted((DOCS / "walkthroughs").glob("*.py"))]
NEEDS = {"ridge_in_context": "sklearn", "patching": "torch"}


def near_miss(name: str, miss: str) -> str:
    """The record with the weights of one of its near misses, as source."""
    return f'__import__("dataclasses").replace(get("{name}"), **get("{name}").near_misses["{miss}"].replaces)'


# A change of the weights (or of the formula, where there are none) that each script must notice.
PLANTED = {
    "0_what_is_in_context_learning": ('get("gd-steps")', near_miss("gd-steps", "query-is-a-key")),
    "1_a_prompt_is_a_data_set": ("solve(X.T @ X, X.T @ y)", "solve(X.T @ X, 2 * X.T @ y)"),
    "2_one_gradient_step_is_a_sum": ("(dot(w, x) - label) * c", "(dot(w, x) + label) * c"),
    "3_attention_is_a_sum": ("value=eta / n * y, into=y)", "value=-eta / n * y, into=y)"),
    "4_tokens_and_registers": ("(W @ x - y).dense", "(W @ x + y).dense"),
    "5_build_the_layer": ("return eta / n * (W_0 @ x - y)", "return eta / n * (W_0 @ x - 2 * y)"),
    "6_where_is_the_learned_model": ('get("gd-steps")', near_miss("gd-steps", "query-is-a-key")),
    "ridge_in_context": ('"ridge-closed-form", lam=10', '"ridge-closed-form", lam=11'),
    "patching": ('module("raw-sgd-step", d=2, m=1, w=0, alpha=0.25', 'module("raw-sgd-step", d=2, m=1, w=0, alpha=0.5'),
    "7_what_was_proved": ('STEP = get("raw-sgd-step")', "STEP = " + near_miss("raw-sgd-step", "decay-as-listed")),
}


def run(source: str, path: Path) -> str:
    """What a script prints, in a namespace of its own."""
    printed = StringIO()
    with redirect_stdout(printed):
        exec(compile(source, str(path), "exec"), {"__name__": "__main__"})
    return printed.getvalue()


def cells(source: str) -> list[tuple[str, str]]:
    """(kind, text) for every cell of a percent script; kind is "markdown" or "code"."""
    parts = re.split(r"^# %%(.*)\n", source, flags=re.MULTILINE)
    assert not parts[0].strip(), "a percent script begins with a cell"
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return [("markdown" if "[markdown]" in head else "code", text) for head, text in pairs]


def prose(source: str) -> str:
    """The text of the markdown cells, without formulas, code and links."""
    text = "\n".join(re.sub(r"^# ?", "", t, flags=re.MULTILINE) for kind, t in cells(source) if kind == "markdown")
    return re.sub(r"\$\$.*?\$\$|\$[^$]*\$|```.*?```|`[^`]*`|\]\([^)]*\)|&\w+;", " ", text, flags=re.DOTALL)


NUMBER = re.compile(r"(?<![\w.,/^-])[-−]?\d+(?:[.,/]\d+)*(?:e[-+]?\d+)?")
NO_RESULT = re.compile(
    r"^#+ .*$|^>.*$|[Ll]essons?\s\d(?:\s(?:to|and)\s\d)?|Hint \d|^\d\. |arXiv\s[\d.]+|ICLR\s\d+|(?:In|February)\s\d{4}\b",
    re.MULTILINE,
)
# What asks, and claims nothing.
QUESTION = re.compile(r"\*\*(?:Predict|Before you go on)\.\*\*.*?(?:\n\s*\n|\Z)", re.DOTALL)


def unsupported(source: str, printed: str) -> list[str]:
    """The numbers in prose that the script neither prints nor asserts."""
    asserted = "\n".join(ast.unparse(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert))
    fractions = re.sub(r"\bF(?:raction)?\((-?\d+), (\d+)\)", r"\1/\2", asserted)
    known = {found.replace("−", "-") for text in (printed, asserted, fractions) for found in NUMBER.findall(text)}
    told = [
        number.replace("−", "-") for number in NUMBER.findall(NO_RESULT.sub(" ", QUESTION.sub("\n\n", prose(source))))
    ]
    return [number for number in told if number not in known]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_it_runs_and_every_number_in_its_prose_is_computed(path):
    pytest.importorskip(NEEDS.get(path.stem, "numpy"))
    source = path.read_text(encoding="utf-8")
    start = time.process_time()
    printed = run(source, path)
    assert time.process_time() - start < 3
    assert printed.strip() and unsupported(source, printed) == []


def test_a_number_that_nobody_computed_is_noticed():
    source = "# %% [markdown]\n# It is 17/4, and 3.5 of $x = 9$.\n# %%\nprint(3.5)\nassert 1 + 1 == 2\n"
    assert unsupported(source, run(source, Path("control"))) == ["17/4"]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_an_error_planted_in_its_weights_makes_it_fail(path):
    pytest.importorskip(NEEDS.get(path.stem, "numpy"))
    source = path.read_text(encoding="utf-8")
    right, wrong = PLANTED[path.stem]
    assert source.count(right) >= 1, f"{path.stem} has no {right!r} any more: plant another error"
    with pytest.raises(AssertionError):
        run(source.replace(right, wrong, 1), path)


def out_of_order(source: str) -> list[str]:
    """What is wrong with predict, run, explain: every explanation comes after a prediction, and after code that followed it."""
    wrong, since = [], None
    for kind, text in cells(source):
        for word in re.findall(r"\*\*(Predict|Explain)\.\*\*", text) if kind == "markdown" else ["code"]:
            if word == "Explain" and since != ["code"]:
                wrong.append(
                    "an explanation without a prediction" if since is None else "an explanation before its run"
                )
            after = {"Predict": [], "Explain": None, "code": None if since is None else ["code"]}
            since = after[word]
    return wrong


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_asks_before_it_shows(path):
    source = path.read_text(encoding="utf-8")
    assert source.count("**Predict.**") >= 3 and out_of_order(source) == []


def test_an_explanation_that_comes_too_early_is_noticed():
    ask, show, code = "# %% [markdown]\n# **Predict.** ?\n", "# %% [markdown]\n# **Explain.** !\n", "# %%\nprint(1)\n"
    assert out_of_order(ask + code + show) == []
    assert out_of_order(ask + show + code) == ["an explanation before its run"]
    assert out_of_order(code + show) == ["an explanation without a prediction"]


def test_the_lessons_are_numbered_without_a_gap():
    assert [path.name.partition("_")[0] for path in LESSONS] == [str(k) for k in range(len(LESSONS))]
