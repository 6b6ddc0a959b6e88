"""The rules of the house: who may import whom, and that the catalogue, the tags and the sources are complete."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import constructions
from constructions import CATALOGUE, get
from constructions.language import Construction, UnknownName
from constructions.language.quantifier import written
from tests.mutation.modules import DRAWINGS, ROWS
from verify.scrutiny.place import WORDS

ROOT = Path(__file__).parents[1]
SHELF = ROOT / "constructions"
MODULES = sorted(SHELF.rglob("*.py"))
NO_CHAPTERS = {"language", "algorithms", "matrix", "interop", "commands", "views", "instructions"}
LONGEST = 220
# Longer than the rule for now; each number may only go down.
STILL_LONG = {"constructions/matrix/opaque.py": 238}
# Chapters and what is imported on demand may need more than numpy.
ON_DEMAND = {"interop", "commands", "views", "__main__.py"}


def imports_of(path: Path) -> set[str]:
    """The absolute names of all modules that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def part(path: Path) -> str:
    return path.relative_to(SHELF).parts[0]


@pytest.mark.parametrize("path", [p for p in MODULES if part(p) not in ON_DEMAND], ids=short)
def test_constructions_need_numpy_and_the_standard_library(path):
    roots = {name.split(".")[0] for name in imports_of(path)}
    assert roots <= {"constructions", "numpy", *sys.stdlib_module_names}


@pytest.mark.parametrize("path", [p for p in MODULES if part(p) not in ("commands", "__main__.py")], ids=short)
def test_constructions_never_import_the_verifier(path):
    assert not {name for name in imports_of(path) if name.split(".")[0] == "verify"}


def test_what_others_need_of_a_command_is_a_view():
    """Only the program runs commands; lesson 7 compares learners, as `compare` does."""
    files = [path for folder in ("constructions", "verify", "docs") for path in sorted((ROOT / folder).rglob("*.py"))]
    own = [path for path in files if "commands" in path.parts or path == SHELF / "__main__.py"]
    named = {
        short(path): names
        for path in files
        if path not in own
        and (names := {name for name in imports_of(path) if name.startswith("constructions.commands")})
    }
    assert own and set(named) == {"docs/lessons/7_what_was_proved.py"}
    assert all(name.startswith("constructions.commands.compare") for names in named.values() for name in names)


def test_an_error_is_placed_in_a_chapter_or_outside():
    """A room that is no chapter and that `place` does not know would be blamed for what a record says in its words."""
    assert {room.name for room in WORDS} == NO_CHAPTERS


# Floating-point warnings for predictors; no claim rests on them, and their own docstring says so.
NO_ALGORITHM = {"step_size.py"}


@pytest.mark.parametrize(
    "path", [p for p in MODULES if part(p) == "algorithms" and p.name not in NO_ALGORITHM], ids=short
)
def test_algorithms_know_nothing_of_networks(path):
    for name in imports_of(path):
        own = name.startswith(("constructions.matrix", "constructions.algorithms"))
        assert own or name.split(".")[0] in sys.stdlib_module_names or name == "constructions", (
            f"{short(path)} imports {name}"
        )


@pytest.mark.parametrize("path", sorted((SHELF / "matrix").rglob("*.py")), ids=short)
def test_matrices_know_nothing_of_networks(path):
    assert not {
        n for n in imports_of(path) if n.startswith("constructions.") and not n.startswith("constructions.matrix")
    }


@pytest.mark.parametrize("path", sorted((SHELF / "language").rglob("*.py")), ids=short)
def test_the_language_knows_no_theorem_and_no_algorithm(path):
    allowed = ("constructions.matrix", "constructions.language")
    assert not {n for n in imports_of(path) if n.startswith("constructions.") and not n.startswith(allowed)}


def theorem_files() -> list[Path]:
    return [p for p in MODULES if p.parent != SHELF and part(p) not in NO_CHAPTERS and p.name != "__init__.py"]


def test_every_theorem_file_is_in_the_catalogue_once():
    records = []
    for path in theorem_files():
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        own = [value for value in vars(module).values() if isinstance(value, Construction)]
        own = [record for record in own if written(record.weights).__module__ == module.__name__]
        assert len(own) == 1, f"{short(path)} exports {len(own)} constructions of its own; one theorem is one file"
        records += own
    assert sorted(record.name for record in records) == sorted(construction.name for construction in CATALOGUE)
    assert {id(record) for record in records} == {id(construction) for construction in CATALOGUE}


def test_names_and_tags_are_unique_and_in_order():
    names, tags = [c.name for c in CATALOGUE], [c.tag for c in CATALOGUE]
    assert len(set(names)) == len(names) and len(set(tags)) == len(tags)
    assert all(re.fullmatch(r"ICL-\d{4}", tag) for tag in tags)
    for construction in CATALOGUE:
        assert get(construction.name) is construction is get(construction.tag)
    with pytest.raises(UnknownName, match="no construction is called 'gd-stp'; did you mean gd-step"):
        get("gd-stp")


def test_every_tag_is_on_the_permanent_list():
    lines = (ROOT / "docs/tags.txt").read_text(encoding="utf-8").splitlines()
    listed = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    assert [tag for tag, *_ in listed] == sorted({tag for tag, *_ in listed})
    assert {(c.tag, c.name) for c in CATALOGUE} <= {(tag, name) for tag, name, *_ in listed}


def test_every_source_is_in_the_bibliography():
    keys = re.findall(r"^@\w+\{([^,\s]+)", (ROOT / "docs/refs.bib").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(set(keys)) == len(keys)
    for construction in CATALOGUE:
        misses = [miss.source for miss in construction.near_misses.values() if miss.source]
        assert {source.key for source in (*construction.sources, *misses)} <= set(keys), construction.name


@pytest.mark.parametrize("construction", CATALOGUE, ids=lambda c: c.name)
def test_every_theorem_says_what_is_true_why_and_what_is_nearly_true(construction):
    assert construction.near_misses
    assert all(name in construction.statement for name in ("**Statement.**", "**Proof.**"))
    assert {name for name in construction.uses} <= {c.name for c in CATALOGUE}


@pytest.mark.parametrize(
    "path", [p for folder in ("constructions", "verify") for p in sorted((ROOT / folder).rglob("*.py"))], ids=short
)
def test_no_module_is_long(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= STILL_LONG.get(short(path), LONGEST)


# Longer than a hundred lines for now; each number may only go down.
LONG_THEOREMS = {"constructions/computers/subleq.py": 117}


@pytest.mark.parametrize("path", theorem_files(), ids=short)
def test_a_theorem_file_fits_on_two_screens(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONG_THEOREMS.get(short(path), 100)


def test_theorem_files_have_eighty_lines_on_the_average():
    lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in theorem_files()]
    assert sum(lines) <= 80 * len(lines)


def test_every_folder_is_a_package():
    packages = {info.name for info in pkgutil.walk_packages([str(SHELF)], "constructions.") if info.ispkg}
    folders = {".".join(p.parent.relative_to(ROOT).parts) for p in MODULES} - {"constructions"}
    assert folders == packages and constructions.__doc__


def test_importing_the_shelf_loads_numpy_and_nothing_else_heavy():
    code = "import sys, constructions; print(sorted({m.split('.')[0] for m in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(run.stdout))
    assert "constructions" in loaded and "numpy" in loaded
    assert not loaded & {"torch", "sympy", "flint", "scipy", "sklearn", "matplotlib", "hypothesis", "verify"}


@pytest.mark.parametrize("path", [*theorem_files(), *sorted((SHELF / "algorithms").rglob("*.py"))], ids=short)
def test_theorems_and_algorithms_do_not_look_inside_a_matrix(path):
    """A matrix hides its arithmetic by convention only: `A._arithmetic` would tell a check from its use."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    private = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr.startswith("_")}
    assert not private, f"{short(path)} uses {', '.join(sorted(private))}"
    assert not {name for name in imports_of(path) if re.search(r"\b(rational|floating|opaque|formula|inspect)\b", name)}


def test_every_module_that_decides_has_tests_that_answer_for_it():
    """Mutation testing knows which tests concern which module (docs/mutation.md); only drawings need none."""
    listed = [file for files, _ in ROWS.values() for file in files]
    assert sorted(set(listed)) == sorted(listed)
    named = [*listed, *(test.partition("::")[0] for _, tests in ROWS.values() for test in tests)]
    assert not [file for file in named if not (ROOT / file).is_file()]
    deciding = {short(p) for p in (ROOT / "verify").rglob("*.py") if p.name != "__init__.py"}
    assert not {file for file in deciding - set(listed) if not file.startswith(DRAWINGS)}


def test_ruff_leaves_the_imports_of_every_chapter_alone():
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    patterns = [pattern for pattern, rules in ruff["lint"]["per-file-ignores"].items() if "I001" in rules]
    named = {name for pattern in patterns for name in re.findall(r"\w+", pattern)}
    assert not {part(path) for path in theorem_files()} - named, (
        "name the chapter in per-file-ignores of pyproject.toml"
    )


@pytest.mark.parametrize("path", theorem_files(), ids=short)
def test_imports_of_a_theorem_are_packed_and_sorted(path):
    """Whole lines, where a module has more names than fit on one; ruff, which would give every name a line, does not sort them."""
    text = path.read_text(encoding="utf-8")
    nodes = [node for node in ast.parse(text).body if isinstance(node, ast.ImportFrom)]
    assert "import (" not in text, f"{short(path)} gives imported names a line each; pack them into lines of 120"
    own = [node for node in nodes if (node.module or "").startswith("constructions")]
    assert [node.module for node in own] == sorted(node.module or "" for node in own)
    for module in {node.module for node in own}:
        names = [alias.name for node in own if node.module == module for alias in node.names]
        assert names == sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name)), short(path)
