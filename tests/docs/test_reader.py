"""What a reader who does not know the project stumbled over: each of these sentences or figures was wrong, or could not be read."""

import re
from fractions import Fraction
from types import SimpleNamespace

import pytest

from constructions import CATALOGUE, get
from constructions.language.forward import ACTIVATIONS, KERNELS, NORMALISERS
from constructions.language.layout import MASKS
from constructions.language.quantifier import names_of
from constructions.views.theorem.quantifier import quantifiers
from docs.pages import overview, pictures, points, roles, stamp, standings
from docs.pages.example import number
from docs.pages.markdown import ELSEWHERE, ROOT
from docs.pages.report import STATES, Reports, scope
from docs.pages.theorem import quantified


@pytest.mark.parametrize("record", CATALOGUE, ids=lambda record: record.name)
def test_every_claim_stands_behind_the_quantifiers_of_its_own_network(record):
    """A claim that puts in other weights may ask for a knob, or for n: one line for all claims would be false."""
    for line, _, claims in quantifiers(record):
        before = set(re.findall(r"\w+", line.partition("there are weights")[0]))
        assert all(set(names_of(record.claiming(claim).weights)) <= before for claim in claims)
    assert [c for _, _, claims in quantifiers(record) for c in claims] == list(record.claims)


def test_a_network_that_asks_for_the_context_length_says_so():
    said = quantified(get("fu-newton")).split("\n")
    assert said[:3] == [
        "- **for all $d$, $\\mathrm{steps}$, $α$ there are weights such that for all $n$, $m$, $X$, $Y$, $X_{q}$**",
        "  - one network for every context length",
        "  - claim: network = algorithm",
    ]
    assert "  - one network for each context length: the weights ask for n" in said[3:]
    assert quantified(get("gd-step")).count("\n- claim: ") == 1


def point(defect, left=None, **fields):
    zeros = [["0"] * len(row) for row in defect]
    given = {"sizes": {"n": 1}, "parameters": {"lam": [["1"]], "N": "t^-1"}, "data": {"X": [["-1"]]}}
    return {
        **given,
        "left": left or defect,
        "right": zeros,
        "defect": defect,
        "sides": ["network", "algorithm"],
        **fields,
    }


def test_a_short_answer_is_shown_whole():
    assert points.lines(point([["-2"]])) == [
        "n = 1",
        "λ = 1, N = t^−1, X = −1",
        "network −2, algorithm 0, defect −2",
    ]


def test_of_a_long_answer_one_entry_is_shown_that_surely_differs():
    long = [["0", "O(t^3)", "1 - 2·t^2 + O(t^3)", "0", "5"]]
    assert points.answers(point(long)) == [
        "network 1 − 2·t^2 + O(t^3), algorithm 0, defect 1 − 2·t^2 + O(t^3)",
        "that is entry 3 of the answer, the first of 2 that differ, of 5",
    ]
    assert "row 2, column 1 of the answer" in points.answers(point([["0", "0", "0"], ["7", "0", "0"]]))[1]
    unsure = points.answers(point([["O(t^3)"] * 5]))
    assert len(unsure) == 1 and unsure[0].count("O(t^3)") == 10


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (-2.5, "−2.5"), (0.1, "≈ 0.1"), (-0.88193, "≈ −0.8819"), (Fraction(-1, 3), "−1/3"), (1e301, "huge")],
)
def test_only_what_is_rounded_is_called_about(value, text):
    assert number(value) == text


def test_the_site_does_not_send_a_reader_to_the_site():
    _ = pytest.importorskip("sphinx")
    from docs.pages.extension import fill

    text = [f"A\n\n{ELSEWHERE}\n\nB"]
    fill(SimpleNamespace(icl_reports=None), "theorems/functional-gd", text)  # type: ignore[arg-type]
    assert text == ["A\n\n\n\nB"]
    assert ELSEWHERE in (ROOT / "docs/theorems/functional-gd.md").read_text(encoding="utf-8")


def empty():
    plain = {"stands": True, "failures": [], "stopped": True, "verdicts": []}
    return Reports({record.name: {"name": record.name, **plain, "verdicts": []} for record in CATALOGUE})


def verdict(**fields):
    blank = {"kind": "claim", "method": "rate", "standing": "proved", "scope": "here", "because": "", "subject": ""}
    return {**blank, "decides": True, "expected": True, "counterexample": None, **fields}


def test_every_erratum_is_below_its_paper_and_its_place():
    said = overview.errata(empty())
    sources = [
        (miss.source.key, miss.source.where) for r in CATALOGUE for miss in r.near_misses.values() if miss.source
    ]
    assert said.count("\n### ") == len(set(sources)) < len(sources)
    assert len(re.findall("^## ", said, re.MULTILINE)) == len({key for key, _ in sources})
    assert (
        "### Lemma 1\n\n- " in said and "\n\n**raw-ridge-step, mov-without-a-gate**\n\n- " in said
    )  # lists of several do not run together
    links = re.findall(r"\]\(theorems/([\w-]+)\.md#([^)]+)\)", said)
    assert len(links) == len(sources)
    for name, miss in links:
        assert f"\n### {miss}\n" in (ROOT / f"docs/theorems/{name}.md").read_text(encoding="utf-8")


def test_verdicts_on_several_claims_say_on_which():
    reports, record = empty(), get("raw-ridge-step")
    reports.found[record.name]["verdicts"] = [verdict(subject=claim.text) for claim in record.claims]
    box = standings.claim(reports, record, print)
    assert all(f"`rate`, {claim.text.replace('|', chr(92) + '|')}: here" in box for claim in record.claims)


def test_a_refuted_count_says_why_and_that_nobody_claimed_it():
    reports, record = empty(), get("raw-ridge-step")
    dead = verdict(kind="necessity", standing="refuted", subject="every weight", because="2 do not matter: a; b")
    reports.found[record.name]["verdicts"] = [dead]
    said = "here (2 do not matter: a; b)\n\nWhat is refuted or undecided here was not claimed"
    assert said in standings.resources(reports, record)
    reports.found[record.name]["verdicts"] = [{**dead, "expected": False}]
    assert "was not claimed" not in standings.resources(reports, record)


def test_sizes_of_a_scope_are_formulas():
    record = get("chebyshev")
    assert scope("all sizes d_x, n, m, at steps = 2", record) == "all sizes $d_{x}$, $n$, $m$, at steps = 2"
    assert scope("all sizes d_x, steps (by induction)", record) == "all sizes $d_{x}$, $\\mathrm{steps}$ (by induction)"
    assert scope("at the sizes d_x=2", record) == r"at the sizes d\_x=2"


def test_a_caption_names_the_colours_that_are_there():
    linear, both = (
        pictures.Picture("attention", "A", "a", 1, 1, scales) for scales in (("signed",), ("signed", "shares"))
    )
    assert "green" not in pictures.words(linear) and "vermilion" in pictures.words(linear)
    assert pictures.words(both).endswith("is below; shares of 1 are green.")


def test_roles_are_computed_and_every_letter_and_name_of_a_role_is_painted():
    assert roles.roles(get("gd-step")) == {"X": "ri", "x": "ri", "η": "rw", "W": "rw", "Y": "ro", "y": "ro"}
    assert roles.roles(get("cot-gd"))["w"] == "ro" and roles.roles(get("raw-sgd-step"))["w"] == "rw"
    body = (
        '<span class="mord mathnormal">x</span><span class="kabcde mord mathnormal">y</span><span class="n">X_q</span>'
    )
    painted = roles.painted(body, roles.of_page("theorems/gd-step"))
    assert (
        painted.replace(" ri", "").replace(" ro", "") == body
        and painted.count(" ri") == 2
        and painted.count(" ro") == 1
    )
    index = '<span class="mord mathnormal mtight">x</span>'  # an index follows its letter, whatever it is
    assert roles.painted(index, roles.LEARNING) == index and roles.of_page("trusted") == {} == roles.of_page(
        "theorems/index"
    )
    assert "$X$, $X_{q}$: what goes in; $η$, $W_{0}$: what the weights are made of" in roles.legend(get("gd-step"))


def lesson(*cells):
    return "\n\n".join(f"# %%{'' if code else ' [markdown]'}\n{text}" for code, text in cells) + "\n"


def test_what_answers_a_prediction_is_folded_and_nothing_else():
    _ = pytest.importorskip("jupytext"), pytest.importorskip("sphinx")
    from docs.pages.lessons import OPEN, SHUT, notebook

    text = lesson(
        (False, "# Set up, and then **Predict.** Which?"),
        (True, "setup = 1"),
        (False, "# It is set up.\n#\n# **Predict.** How much?"),
        (True, "print(3)"),
        (False, "# **Explain.** It is 3.\n#\n# More of it.\n#\n# **Predict.** And now?"),
        (True, "print(4)"),
        (False, "# **Explain.** It is 4.\n#\n# ## The end"),
        (True, "print(5)"),
    )
    made = notebook(text)
    sources = [cell.source.split("\n")[0] for cell in made.cells]
    assert sources == [
        "Set up, and then **Predict.** Which?", "setup = 1", "It is set up.",
        OPEN, "print(3)", "**Explain.** It is 3.", SHUT, "**Predict.** And now?",
        OPEN, "print(4)", "**Explain.** It is 4.", SHUT, "## The end", "print(5)",
    ]  # fmt: skip
    lines = text.splitlines()
    where = {source: line for source, line in zip(sources, made.metadata["source_map"], strict=True)}
    assert (
        lines[where["**Predict.** And now?"] + 1] == "# **Predict.** And now?"
        and lines[where["print(5)"] + 1] == "print(5)"
    )


@pytest.mark.parametrize("path", sorted((ROOT / "docs/lessons").glob("*.py")), ids=lambda path: path.stem)
def test_every_explanation_of_a_lesson_is_folded(path):
    _ = pytest.importorskip("jupytext"), pytest.importorskip("sphinx")
    from docs.pages.lessons import OPEN, SHUT, notebook

    text, inside, told = path.read_text(encoding="utf-8"), False, 0
    for cell in notebook(text).cells:
        inside = cell.source == OPEN or (inside and cell.source != SHUT)
        told += inside and "**Explain.**" in cell.source
        assert inside or "**Explain.**" not in cell.source
    assert told == text.count("**Explain.**") >= 2


def test_the_built_site_says_of_what_it_was_built(monkeypatch, tmp_path):
    stamp.stamp.cache_clear()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert re.fullmatch(
        r"on 1970-01-02, version \d+\.\d+\.\d+\w*(, commit [0-9a-f]{7,}( with changes)?)?", stamp.stamp()
    )
    assert stamp.stamp() in standings.badge(empty(), get("gd-step"))
    assert stamp.commit(tmp_path) == ""  # no repository
    monkeypatch.setenv("PATH", str(tmp_path))
    assert stamp.commit() == ""  # no git
    stamp.stamp.cache_clear()


def test_every_state_of_a_theorem_is_shown_on_the_page_of_standings():
    drawn = overview.states(empty())
    assert all(f'class="{state}"' in drawn for state in STATES) and 'class="edge"' in drawn
    assert "<!-- site: states -->" in (ROOT / "docs/standings.md").read_text(encoding="utf-8")


def test_titles_of_attention_maps_are_not_cut():
    """Where the last map of a row has the longest name."""
    from verify.figures.attention import attention
    from verify.figures.style import styled
    from verify.figures.subject import Subject

    with styled():
        made = attention(Subject.of(get("functional-gd"), {"verdicts": []})).figure
        made.draw_without_rendering()
        right = made.bbox.x1
        assert all(axes.title.get_window_extent().x1 <= right for axes in made.axes if axes.get_title())


def test_the_glossary_has_every_word_of_a_layer():
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    words = {*MASKS, *KERNELS, *NORMALISERS, *ACTIVATIONS}
    assert [word for word in sorted(words) if f"*{word}*" not in text] == []
    assert "](../glossary.md)" in (ROOT / "docs/theorems/gd-step.md").read_text(encoding="utf-8")


def test_formulas_are_small_and_say_the_same():
    _ = pytest.importorskip("sphinx")
    from docs.pages import compact, katex

    made = {
        tex: katex.inline(tex, katex.html(tex, False)) for tex in ("x1", r"\mathrm{out}", "W_0", "A^{-1}", r"x_i^\top")
    }
    plain = {tex: re.sub(r"<[^>]+>", "", html) for tex, html in made.items()}
    assert plain == {"x1": "x1", r"\mathrm{out}": "out", "W_0": "W0", "A^{-1}": "A−1", r"x_i^\top": plain[r"x_i^\top"]}
    assert "role" not in made["x1"] and 'role="img" aria-label="W_0"' in made["W_0"]
    assert [tex for tex, html in made.items() if "vlist" in html] == [r"x_i^\top"]  # two, one above the other: a table
    assert all(html.count("<span") == html.count("</span>") for html in made.values())
    assert "katex-strut" not in made["W_0"] and len(made["W_0"]) < 0.4 * len(
        katex.LOOKS(katex.RENDER("W_0", False)["html"])
    )
    katex.RENDER.stop()
    assert compact.row("<b>x</b>") == "" and katex.spoken(r"d \times n") == "d × n"


def test_numbers_of_a_matrix_are_labelled_as_in_the_tables_of_the_stream():
    said = standings.dense(get("gd-step"))
    assert "| query (2 × 3) | $x_{1}$ | $x_{2}$ | $y$ |" in said
    assert "$x1$" not in said
    assert standings._entries("w_0", 2) == ["w_{0,1}", "w_{0,2}"] and standings._entries("lam", 1) == ["λ"]
