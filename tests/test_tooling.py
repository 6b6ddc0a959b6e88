"""The packaging, the make targets and the CI script say the same things, and fail when they should."""

import os
import re
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from constructions.catalogue import CATALOGUE

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "extra": ""}
# In no other extra, and not pinned: the libraries of the one bring sixty others along, the other needs a browser.
BESIDE = {"interpretability", "browser"}
BY_ACCELERATOR = ("nvidia-", "cuda-", "triton")  # pinned by the torch that asks for them


def requirements(names=tuple(name for name in EXTRAS if name not in BESIDE)):
    """What the extras (and the core) ask for, without the package itself."""
    lines = PROJECT["dependencies"] + [line for name in names for line in EXTRAS[name]]
    return [r for r in map(Requirement, lines) if r.name != PROJECT["name"]]


def pins():
    """canonical name → version, from constraints.txt; refuses anything but name==version."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    matches = {line: re.fullmatch(r"([\w.-]+)==([\w.]+)", line) for line in lines if line and not line.startswith("#")}
    assert all(matches.values()), [line for line, match in matches.items() if not match]
    return {canonicalize_name(match[1]): match[2] for match in matches.values()}


def installed_closure():
    """Every distribution that the project needs on Linux, as far as the pinned versions are installed here."""
    todo, seen = [r.name for r in requirements()], set()
    while todo:
        name = canonicalize_name(todo.pop())
        if name in seen or name.startswith(BY_ACCELERATOR):
            continue
        seen.add(name)
        try:
            version, asked = metadata.version(name), metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        if version.partition("+")[0] != pins().get(name):  # another version may have other dependencies
            continue
        todo += [r.name for r in map(Requirement, asked) if not r.marker or r.marker.evaluate(LINUX)]
    return seen


def make_targets():
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def commands(path):
    """The code blocks and the inline code of a page, or the whole of a script."""
    text = path.read_text()
    return (
        "\n".join(re.findall(r"^```.*?^```|`[^`\n]+`", text, re.MULTILINE | re.DOTALL))
        if path.suffix == ".md"
        else text
    )


def with_fake_make(tmp_path, fails):
    """Run .ci/run with a `make` that prints its target, and fails for the given ones."""
    fake = tmp_path / "make"
    fake.write_text(f'#!/bin/sh\necho "made $1"\ncase " {" ".join(fails)} " in *" $1 "*) exit 2;; esac\n')
    fake.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", ROOT / ".ci" / "run"], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )


def make(*words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_every_dependency_is_pinned_within_its_range(requirement):
    assert requirement.specifier.contains(pins()[canonicalize_name(requirement.name)])


def test_every_indirect_dependency_is_pinned():
    assert installed_closure() <= set(pins())


def test_constraints_pin_nothing_that_is_not_needed():
    installed = {canonicalize_name(d.name) for d in metadata.distributions()}
    if missing := {"basedpyright": "dev", "sphinx": "docs"}.keys() - installed:
        pytest.skip(f"{', '.join(sorted(missing))} is not installed, so its own dependencies are unknown here")
    assert set(pins()) <= installed_closure()


def test_constructions_needs_numpy_only():
    assert [Requirement(line).name for line in PROJECT["dependencies"]] == ["numpy"]


def test_all_reaches_every_extra():
    todo, reached = ["all"], set()
    while todo:
        extra = todo.pop()
        reached.add(extra)
        todo += [e for r in map(Requirement, EXTRAS[extra]) if r.name == PROJECT["name"] for e in r.extras]
    assert reached == set(EXTRAS) - BESIDE


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", ".ci/run"])
def test_every_make_command_that_is_shown_exists(page):
    if not (ROOT / page).exists():
        pytest.skip(f"there is no {page}")
    shown = set(re.findall(r"\bmake ([a-z-]+)", commands(ROOT / page)))
    assert shown
    assert shown <= make_targets()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_module_that_is_shown_can_be_run(page):
    if not (ROOT / page).exists():
        pytest.skip(f"there is no {page}")
    shown = set(re.findall(r"\bpython -m (\w+(?:\.\w+)*)", commands(ROOT / page)))
    assert shown
    assert {name for name in shown if not (ROOT / name.replace(".", "/") / "__main__.py").exists()} == set()


def test_readme_shows_the_two_commands():
    if not (ROOT / "README.md").exists():
        pytest.skip("there is no README.md")
    assert {"make verify", "make test"} <= set(re.findall(r"\bmake [a-z]+", commands(ROOT / "README.md")))


def test_help_lists_every_target():
    listed = set(re.findall(r"^ +make ([a-z-]+)", make("help").stdout, flags=re.MULTILINE))
    assert listed == make_targets()


def test_make_without_a_target_is_help():
    assert make().stdout == make("help").stdout


@pytest.mark.parametrize(
    ("version", "sentence"),
    [("Python 3.8.1", "is Python 3.8.1."), ("", "is not there.")],
    ids=["too old", "missing"],
)
def test_make_refuses_an_unfit_python(tmp_path, version, sentence):
    python = tmp_path / "python"
    if version:
        python.write_text(f'#!/bin/sh\n[ "$1" = --version ] && {{ echo {version}; exit 0; }}\nexit 1\n')
        python.chmod(0o755)
    ran = make("test", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}")
    assert ran.returncode == 2
    assert f"Python 3.11 or newer is needed, but '{python}' {sentence}" in ran.stderr
    assert "make test PYTHON=" in ran.stderr
    assert not (tmp_path / "venv").exists()


def test_make_says_when_python_has_no_venv(tmp_path):
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\n')
    python.chmod(0o755)
    ran = make("test", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}")
    assert ran.returncode == 2
    assert f"'{python}' has no venv module" in ran.stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize("fails", [["lint"], ["types"], ["verify"], ["docs"], ["test"], ["lint", "test"]], ids=" ".join)
def test_ci_runs_every_step_and_fails_when_one_does(tmp_path, fails):
    ran = with_fake_make(tmp_path, fails)
    assert ran.returncode == 1
    assert f"### failed: {' '.join(fails)} " in ran.stdout
    assert re.findall(r"^made (\w+)$", ran.stdout, re.MULTILINE) == [
        "setup",
        "lint",
        "types",
        "verify",
        "docs",
        "interpretability",
        "browser",
        "test",
    ]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_ci_stops_when_nothing_can_be_installed(tmp_path):
    ran = with_fake_make(tmp_path, ["setup"])
    assert ran.returncode == 1
    assert re.findall(r"^made (\w+)$", ran.stdout, re.MULTILINE) == ["setup"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_ci_passes_when_every_step_does(tmp_path):
    ran = with_fake_make(tmp_path, [])
    assert ran.returncode == 0
    assert "### every step passed" in ran.stdout


def test_every_theorem_has_a_line_in_the_changelog():
    text = (ROOT / "CHANGELOG.md").read_text()
    assert [c.name for c in CATALOGUE if f"`{c.name}` ({c.tag})" not in text] == []
