"""The built site in a real browser, from the disk: no request, error, raw formula or barrier, at three widths, in two themes.

Skipped where the site is not built (make docs), or playwright or Chromium are missing (make browser).
"""

import re

import pytest

from constructions import CATALOGUE
from docs.pages.markdown import ROOT
from tests.docs.browser import FLAGS, THEMES, WIDTHS, barriers, chromium, dangling, faults, opened

SITE = ROOT / "build" / "site"
HOW = "`make docs` builds the site, `make browser` installs playwright and Chromium"
THEOREM = "theorems/gd-step"
# One page of every kind.
KINDS = (
    "index", THEOREM, "theorems/index", "theorems/raw-sgd-step", "lessons/5_build_the_layer", "walkthroughs/compose", "standings",
    "break-it", "errata", "papers", "trusted", "reference/cli", "reference/language", "search",
)  # fmt: skip
COLOURS = ("color-contrast", "link-in-text-block")  # all that the other theme changes
LIGHTER = ("break-it", "theorems/raw-sgd-step", "papers")  # long pages of kinds that axe sees elsewhere


@pytest.fixture(scope="module")
def browser():
    sync = pytest.importorskip("playwright.sync_api", reason=f"playwright is not installed: {HOW}")
    path = chromium()
    if path is None:
        pytest.skip(f"there is no Chromium: {HOW}")
    with sync.sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="module")
def axe():
    base = pytest.importorskip("axe_playwright_python.base", reason=f"axe is not installed: {HOW}")
    return base.AXE_SCRIPT


@pytest.fixture(scope="module")
def site():
    if not (SITE / "index.html").is_file():
        pytest.skip(f"there is no build/site: {HOW}")
    missing = [r.name for r in CATALOGUE if not (SITE / "theorems" / f"{r.name}.html").is_file()]
    if missing:
        pytest.skip(f"build/site is of another catalogue, and lacks {', '.join(missing)}: {HOW}")
    return SITE


def address(file):
    return file.resolve().as_uri()


def test_every_page_is_sound_where_it_is_narrow(browser, site):
    """Every page at 320 px: nothing is asked for or fails, no raw formula, one title, pictures, no scrolling sideways."""
    wrong = []
    with opened(browser) as (page, said):
        page.set_viewport_size({"width": min(WIDTHS), "height": 900})
        for file in sorted(site.rglob("*.html")):
            _ = page.goto(address(file))
            wrong += [f"{file.relative_to(site)}: {text}" for text in (*faults(page), *said)]
            said.clear()
    assert wrong == []


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_page_is_sound_at_every_width_and_in_both_themes(browser, site, axe, name):
    wrong = []
    with opened(browser) as (page, said):
        _ = page.goto(address(site / f"{name}.html"))
        for width in WIDTHS:
            for theme in THEMES:
                wrong += [f"{width} {theme}: {text}" for text in faults(page, width, theme)]
        page.set_viewport_size({"width": 1280, "height": 900})
        for theme, rules in zip(THEMES, ([], COLOURS), strict=True) if name not in LIGHTER else ():
            page.emulate_media(color_scheme=theme)
            wrong += [f"axe, {theme}: {text}" for text in barriers(page, axe, *rules)]
        assert wrong + said == []


def test_formulas_are_set_in_the_fonts_that_are_shipped(browser, site):
    with opened(browser) as (page, _):
        _ = page.goto(address(site / f"{THEOREM}.html"))
        page.evaluate("() => document.fonts.ready")
        loaded = page.evaluate("() => [...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
        assert {"KaTeX_Main", "KaTeX_Math"} <= set(loaded)


def test_without_scripts_everything_is_read(browser, site):
    """Formulas, figures and folds need no JavaScript."""
    with opened(browser, java_script_enabled=False) as (page, said):
        for name in (THEOREM, "lessons/5_build_the_layer", "standings", "index"):
            _ = page.goto(address(site / f"{name}.html"))
            assert [*faults(page), *said] == [], name
        _ = page.goto(address(site / f"{THEOREM}.html"))
        assert page.locator("figure.drawn img").count() >= 4
        assert all(box["height"] > 5 for k in range(5) if (box := page.locator("article .katex").nth(k).bounding_box()))
        fold = page.locator("article details").first
        assert not fold.locator("table").first.is_visible()
        fold.locator("summary").click()
        assert fold.locator("table").first.is_visible()


@pytest.mark.parametrize("word", ["gd-step", "ICL-0001", "query-is-a-key"])
def test_search_finds_a_theorem_by_name_by_tag_and_by_a_word(browser, site, word):
    with opened(browser) as (page, said):
        _ = page.goto(f"{address(site / 'search.html')}?q={word}")
        page.get_by_text("Search finished").wait_for(timeout=20_000)
        found = page.locator("#search-results li a").evaluate_all("links => links.map(l => l.getAttribute('href'))")
        assert any(link.startswith(f"{THEOREM}.html") for link in found) and said == []


def test_every_node_of_the_graph_is_reached_by_keyboard(browser, site):
    with opened(browser) as (page, _):
        _ = page.goto(address(site / "index.html"))
        nodes = page.locator("svg.graph a")
        assert nodes.count() == len(CATALOGUE)
        nodes.nth(0).focus()
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.closest('svg.graph') !== null")
        assert all(nodes.evaluate_all("links => links.map(l => l.tabIndex >= 0 && l.hasAttribute('aria-label'))"))
        _ = page.goto(address(site / f"{THEOREM}.html"))
        assert page.locator("svg.graph a[aria-current]").count() == 1


def test_before_a_fold_is_opened_no_lesson_tells_what_comes_out(browser, site):
    """With JavaScript off: after every prediction the code, what it prints and the explanation are one click away."""
    with opened(browser, java_script_enabled=False) as (page, said):
        for file in sorted((site / "lessons").glob("[0-9]*.html")):
            _ = page.goto(address(file))
            told = page.locator("p:has(> strong:text-is('Explain.'))")
            folds = page.locator("details.reveal")
            assert told.count() == folds.count() >= 2, file.stem
            assert not any(told.nth(k).is_visible() for k in range(told.count())), file.stem
            folds.first.locator("> summary").click()
            assert told.first.is_visible() and folds.first.locator(".cell pre").first.is_visible()
        assert said == []


def test_a_letter_that_is_pointed_at_lights_up_with_its_block(browser, site):
    with opened(browser) as (page, said):
        _ = page.goto(address(site / f"{THEOREM}.html"))
        lit = page.locator(".lit")
        assert lit.count() == 0
        page.locator("#proof-content .rw", has_text="W").first.hover()
        cells = page.locator("#layer td.lit")
        assert cells.count() == 1 and "W" in cells.inner_text()
        page.locator("#proof-content .ri").first.hover()
        assert {text[0].lower() for text in page.locator("#layer th.lit:visible").all_inner_texts()} == {"x"}
        assert page.locator("#layer td.lit").count() > 4  # the columns below them, and the rows of query and key
        page.locator("h1").hover()
        assert lit.count() == 0 and said == []


def test_on_paper_links_are_told_and_nothing_is_cut(browser, site):
    with opened(browser) as (page, _):
        _ = page.goto(address(site / "theorems/raw-sgd-step.html"))
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 700, "height": 900})  # about a page of A4
        after = "e => getComputedStyle(e, '::after').content"
        assert "https://arxiv.org" in page.locator("article a[href^=http]").first.evaluate(after)
        cut = "boxes => boxes.filter(b => b.checkVisibility() && b.scrollWidth > b.clientWidth + 1).length"
        assert page.locator("article pre").evaluate_all(cut) == 0


def test_on_paper_folds_are_open(browser, site):
    with opened(browser) as (page, _):
        _ = page.goto(address(site / f"{THEOREM}.html"))
        page.emulate_media(media="print")
        assert page.locator("article details table").first.bounding_box()["height"] > 10  # type: ignore[index]
        assert not page.locator(".theme-toggle").first.is_visible()


def test_every_link_inside_leads_somewhere(site):
    assert list(dangling(site)) == []


GOOD = "<!doctype html><html lang='en'><head><title>t</title></head><body><article><h1>t</h1>{}</article></body></html>"
PLANTED = {
    "raw formula $x_1$": "<p>$x_1$</p>",
    "2 titles": "<h1>again</h1>",
    "scrolls sideways by": "<div style='width: 900px'>wide</div>",
    "an index is as large as 1.00": "<p class='katex'>x<span class='msupsub'><i class='mtight mord'>1</i></span></p>",
    "the picture no.png is not shown": "<img src='no.png' alt='a'>",
    "says nothing": "<img src='no.png'>",
    "takes no focus": "<div class='scroll' style='overflow-x: auto'><div style='width: 900px'>wide</div></div>",
    "asks for https://cdn.example/x.js": "<script src='https://cdn.example/x.js'></script>",
    "does not get no.png": "<img src='no.png' alt='a'>",
    "console: oh": "<script>console.error('oh')</script>",
    "script: ": "<script>throw new Error('oh')</script>",
    "color-contrast": "<p style='color: #999; background: #fff'>faint</p>",
    "label": "<input type='text'>",
}


@pytest.mark.parametrize("said", PLANTED)
def test_planted_errors_are_seen(browser, axe, tmp_path, said):
    _ = (tmp_path / "a.html").write_text(GOOD.format(PLANTED[said]), encoding="utf-8")
    with opened(browser) as (page, heard):
        _ = page.goto(address(tmp_path / "a.html"))
        found = [*faults(page, 320, "light"), *heard]
        found += barriers(page, axe) if said in ("color-contrast", "label") else []
    assert any(said in text for text in found), found


def test_a_page_without_an_error_has_none(browser, axe, tmp_path):
    _ = (tmp_path / "a.html").write_text(GOOD.format("<p>text</p>"), encoding="utf-8")
    with opened(browser) as (page, heard):
        _ = page.goto(address(tmp_path / "a.html"))
        assert [*faults(page, 320, "dark"), *barriers(page, axe), *heard] == []


def test_the_table_of_standings_is_sorted_by_its_headings(browser, axe, tmp_path):
    """As `standings` asks for it; both ways, numbers as numbers, and by keyboard."""
    rows = "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in (("x", 10), ("z", 9), ("y", 11)))
    table = f"<div class='sorted'><table><thead><tr><th>name</th><th>many</th></tr></thead><tbody>{rows}</tbody></table></div>"
    script = (ROOT / "docs/_static/sort.js").read_text(encoding="utf-8")
    _ = (tmp_path / "a.html").write_text(GOOD.format(f"{table}<script>{script}</script>"), encoding="utf-8")
    with opened(browser) as (page, heard):
        _ = page.goto(address(tmp_path / "a.html"))
        seen = lambda: page.locator("tbody tr td:first-child").all_inner_texts()  # noqa: E731
        assert seen() == ["x", "z", "y"]
        page.locator("th button").nth(1).focus()
        page.keyboard.press("Enter")
        assert seen() == ["z", "x", "y"] and page.locator("th").nth(1).get_attribute("aria-sort") == "ascending"
        page.keyboard.press("Enter")
        assert seen() == ["y", "x", "z"]
        page.locator("th button").first.click()
        assert seen() == ["x", "y", "z"] and page.locator("th[aria-sort]").count() == 1
        assert [*barriers(page, axe), *heard] == []


def test_planted_links_are_seen(tmp_path):
    _ = (tmp_path / "a.html").write_text('<a class="x" href="b.html">b</a><a href="#no">c</a>', encoding="utf-8")
    assert sorted(dangling(tmp_path)) == ["a.html: #no is no place", "a.html: b.html is no file"]


def luminance(colour):
    parts = [
        v / 12.92 if (v := int(colour[k : k + 2], 16) / 255) <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
        for k in (0, 2, 4)
    ]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(one, other):
    """WCAG's ratio of two colours as rrggbb."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_colour_code_is_read_on_every_background_and_has_a_second_cue():
    """Inputs, weights and outputs as text: AA (4.5) on white, code and the box of a theorem; 8 on the dark page."""
    css = (ROOT / "docs/_static/site.css").read_text(encoding="utf-8")
    light, dark, again = (
        dict(re.findall(r"--(r[iwo]): #(\w+)", line)) for line in css.splitlines() if "--ri: #" in line
    )
    assert light == {"ri": "0072b2", "rw": "00694c", "ro": "b34700"} and dark == again
    assert dark == {"ri": "5bb8f0", "rw": "5fd6ac", "ro": "ff9d4d"}
    assert min(contrast(colour, page) for colour in light.values() for page in ("ffffff", "f8f9fb", "f2f2f2")) >= 4.5
    assert min(contrast(colour, "131416") for colour in dark.values()) >= 8
    assert min(contrast(colour, "1a1c1e") for colour in dark.values()) >= 7  # AAA, on code
    assert contrast("d55e00", "ffffff") < 4.5  # the orange of figures, which would not do for text
    styles = {role: re.findall(rf"^\.{role} {{ text-decoration-style: (\w+)", css, re.MULTILINE) for role in light}
    assert (
        styles == {"ri": [], "rw": ["double"], "ro": ["dashed"]} and ".ri, .rw, .ro { text-decoration: underline" in css
    )


def test_the_grey_of_figures_is_read_on_both_pages():
    """The one grey has 4.29 : 1 on white and on Furo's dark page; the style sheet makes it 4.5 on either."""
    style = pytest.importorskip("verify.figures.style")
    css = (ROOT / "docs/_static/site.css").read_text(encoding="utf-8")
    light, dark = (float(x) for x in re.findall(r"figure\.drawn img \{[^}]*brightness\(([\d.]+)\)", css)[:2])
    ink = style.INK.lstrip("#")
    shades = [
        "".join(f"{min(255, round(int(ink[k : k + 2], 16) * share)):02x}" for k in (0, 2, 4)) for share in (light, dark)
    ]
    assert contrast(ink, "ffffff") < 4.5
    assert contrast(shades[0], "ffffff") >= 4.5 and contrast(shades[1], "131416") >= 4.5
