"""The edges of the graph are typed in the records; here they are compared with what the files of the theorems call and import."""

import ast
import inspect
from pathlib import Path

import pytest

from constructions import CATALOGUE, get, instructions
from docs.pages.report import reached

FILES = {r.name: Path(inspect.getfile(getattr(r.weights, "func", r.weights))) for r in CATALOGUE}
GADGETS = {r.name for r in CATALOGUE if r.gadget and hasattr(instructions, r.name)}  # one operation each
USES = {r.name: r.uses for r in CATALOGUE}


def called(text: str) -> set[str]:
    """The gadgets whose operations a file takes from the instructions by name, and calls."""
    tree = ast.parse(text)
    taken = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("constructions.instructions")
        for alias in node.names
    }
    names = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return {taken[name] for name in names & set(taken) if taken[name] in GADGETS}


def imported(name: str, text: str) -> set[str]:
    """The theorems from whose files it imports more than how data become tokens, how they are read, and names of sources."""
    modules = {".".join(FILES[other].with_suffix("").parts[-3:]): other for other in FILES if other != name}
    return {
        modules[node.module]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module in modules
        if any(alias.name not in ("prompt", "readout") and not alias.name.isupper() for alias in node.names)
    }


def wrong(name: str, text: str, uses: tuple[str, ...]) -> list[str]:
    """What is built with and not used, even by way of another; and gadgets that are used and not called.

    The double tick of a theorem needs every edge. One too many costs nothing: a proof may rest on another's idea alone.
    """
    reach = {name, *uses} | {other for used in uses for other in reached(used, USES)}
    built = imported(name, text) | (set() if get(name).gadget else called(text))  # a gadget is about its own call
    missing = [f"{name} is built with {other}, and does not say that it uses it" for other in sorted(built - reach)]
    idle = [other for other in uses if other in GADGETS and other not in built]
    return missing + [f"{name} is said to use {other}, and never calls it" for other in idle]


@pytest.mark.parametrize("record", CATALOGUE, ids=lambda r: r.name)
def test_typed_edges_are_those_that_the_file_shows(record):
    assert wrong(record.name, FILES[record.name].read_text(encoding="utf-8"), record.uses) == []


def test_a_missing_and_an_idle_edge_are_noticed():
    record = get("raw-sgd-step")
    text = FILES[record.name].read_text(encoding="utf-8")
    assert wrong(record.name, text, tuple(name for name in record.uses if name != "mul")) == [
        "raw-sgd-step is built with mul, and does not say that it uses it"
    ]
    assert wrong(record.name, text, (*record.uses, "dot")) == ["raw-sgd-step is said to use dot, and never calls it"]
