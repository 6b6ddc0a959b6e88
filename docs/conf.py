"""The site: Sphinx, MyST, sphinx-proof and Furo; formulas by KaTeX while it is built; no request to any network."""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

project = "Constructions of in-context learning"
author = ""
release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
version = release
extensions = [
    "myst_parser",
    "sphinx_proof",
    "sphinx.ext.autodoc",
    "docs.pages.katex",
    "docs.pages.extension",
]
source_suffix = {".md": "markdown", ".py": "markdown"}  # scripts become Markdown in docs/pages/percent.py
exclude_patterns = ["pages", "katex", "conf.py", "__init__.py", "**/__pycache__"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # a fold or a page for a forge may skip a level of headings

html_theme = "furo"
html_title = project
html_math_renderer = "katex"
templates_path = ["_templates"]
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_search_summary = False  # an excerpt would repeat every formula three times
html_show_copyright = False
html_copy_source = False
html_last_updated_fmt = "%Y-%m-%d"
html_theme_options = {"footer_icons": []}
numfig = False

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"members": True}
nitpicky = False
