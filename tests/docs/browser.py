"""What is looked for in a page that stands open in a real browser; every function gives a line for everything that is wrong."""

import re
import shutil
from contextlib import contextmanager
from pathlib import Path

from docs.pages.scan import RAW

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDTHS, THEMES = (1280, 768, 320), ("light", "dark")
HEIGHT = 900
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
    "preload": False,
}
SEEN = """() => {
  const shown = e => e.checkVisibility();
  const words = document.createTreeWalker(document.querySelector('article') || document.body, NodeFilter.SHOW_TEXT);
  let text = '';
  while (words.nextNode())
    if (!words.currentNode.parentElement.closest('script,style,pre,code,.katex')) text += words.currentNode.data + '\\n';
  const size = e => parseFloat(getComputedStyle(e).fontSize);
  const indices = [...document.querySelectorAll('.katex .msupsub .mtight.mord')].filter(shown)
    .filter(e => !e.parentElement.closest('.mtight .msupsub')).slice(0, 20)
    .map(e => size(e) / size(e.closest('.katex')));
  return {
    text, indices,
    titles: document.querySelectorAll('h1').length,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    widest: [...document.querySelectorAll('article *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1
      && !e.parentElement.closest('.scroll,.math,.table-wrapper,.highlight,pre,details')).slice(0, 1)
      .map(e => e.outerHTML.slice(0, 80)).join(''),
    broken: [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.getAttribute('src')),
    silent: [...document.images].filter(i => !i.alt).map(i => i.getAttribute('src')),
    stuck: [...document.querySelectorAll('.scroll,div.math,pre,.table-wrapper')]
      .filter(e => e.tabIndex < 0 && e.scrollWidth > e.clientWidth).map(e => e.className),
  };
}"""


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def opened(browser, **options):
    """A page in a context of its own, and the list of what it asked for outside of the disk, and of its errors."""
    context = browser.new_context(viewport={"width": 1280, "height": HEIGHT}, **options)
    page, said = context.new_page(), []
    page.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else said.append(f"asks for {r.url}"))
    page.on("requestfailed", lambda r: said.append(f"does not get {Path(r.url).name}"))
    page.on("console", lambda m: said.append(f"console: {m.text}") if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(f"script: {error}"))
    try:
        yield page, said
    finally:
        context.close()


def faults(page, width=0, theme=""):
    """What is wrong with the page that is open, at a width and in a theme (by default as it is)."""
    if width:
        page.set_viewport_size({"width": width, "height": HEIGHT})
    if theme:
        page.emulate_media(color_scheme=theme)
    seen = page.evaluate(SEEN)
    raw = RAW.search(seen["text"])
    if raw:
        yield f"raw formula {raw[0]}"
    if seen["titles"] != 1:
        yield f"{seen['titles']} titles (h1)"
    if seen["wide"] > 0:
        yield f"scrolls sideways by {seen['wide']} px: {seen['widest']}"
    if max(seen["indices"], default=0) >= 0.8:
        yield f"an index is as large as {max(seen['indices']):.2f} of its formula"
    yield from (f"the picture {name} is not shown" for name in seen["broken"])
    yield from (f"the picture {name} says nothing" for name in seen["silent"])
    yield from (f"a box ({look}) scrolls and takes no focus" for look in seen["stuck"])


def barriers(page, script, *rules):
    """What axe finds against WCAG 2.2 A and AA, or against these of its rules."""
    page.evaluate(script)
    chosen = RULES | {"runOnly": list(rules)} if rules else RULES
    for found in page.evaluate("rules => axe.run(document, rules)", chosen)["violations"]:
        for node in found["nodes"][:3]:
            yield f"{found['id']}: {node['html'][:100]} ({' '.join(node['failureSummary'].split()[:40])})"


LINK = re.compile(r'<a\b[^>]*\shref="([^"]+)"')
NAMED = re.compile(r'\s(?:id|name)="([^"]+)"')


def dangling(site: Path):
    """Every link inside of the site that leads to no file, or to no place in it."""
    places: dict[Path, set[str]] = {}
    texts = {file.resolve(): file.read_text(encoding="utf-8") for file in site.rglob("*.html")}
    for file, text in texts.items():
        for link in set(LINK.findall(text)):
            path, _, part = link.partition("#")
            if re.match(r"[a-z]+:|//", link) or (not path and not part):
                continue
            target = (file.parent / path.partition("?")[0]).resolve() if path else file
            if not target.is_file():
                yield f"{file.relative_to(site.resolve())}: {link} is no file"
            elif part and target in texts:
                known = places.setdefault(target, set(NAMED.findall(texts[target])))
                if part not in known:
                    yield f"{file.relative_to(site.resolve())}: {link} is no place"
