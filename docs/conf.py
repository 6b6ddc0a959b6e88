"""The site: Sphinx, MyST-NB, sphinx-proof and Furo; formulas by KaTeX while it is built; no request to any network."""

import gc
import os
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
gc.freeze()
gc.set_threshold(
    200_000, 20, 100
)  # documents are large trees that live to the end: to look for garbage is a sixth of the time
sys.path.insert(0, str(ROOT))

project = "Constructions of in-context learning"
author = ""
release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
version = release
extensions = [
    "myst_nb",
    "sphinx_proof",
    "sphinx.ext.autodoc",
    "docs.pages.katex",
    "docs.pages.lessons",
    "docs.pages.extension",
]
exclude_patterns = ["pages", "katex", "jupyter", "conf.py", "__init__.py", "**/__pycache__"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # a fold or a page for a forge may skip a level of headings

# Lessons are executed in every build: a cache would not see that the package has changed.
nb_custom_formats = {".py": "docs.pages.lessons.notebook"}
nb_execution_mode = "force"
nb_execution_timeout = 120  # seconds a cell; the slowest takes two
nb_execution_show_tb = True  # of a cell that fails, which fails the build
nb_merge_streams = True
nb_output_stderr = "warn"  # nobody reads what a lesson mutters, so it fails the build
os.environ |= {  # kernels of this python, whatever kernels and profiles of Jupyter there are on this machine
    "JUPYTER_PATH": str(ROOT / "docs" / "jupyter"),
    "JUPYTER_DATA_DIR": str(ROOT / "build" / "jupyter"),
    "IPYTHONDIR": str(ROOT / "build" / "ipython"),
}

html_theme = "furo"
html_title = project
html_math_renderer = "katex"
templates_path = ["_templates"]
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [("light.js", {"defer": "defer"})]
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
