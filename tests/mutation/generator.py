"""The mutants of a file. The mutations are those of mutmut 3.8.1, inside decorated functions and tables of a module too, which its
own driver leaves out: every property is one, and every kernel stands in a table. Sentences stay, and the case of words.

Most of them drop an argument, and the code stops at once. `decisions` leaves those out, and words: what stays are comparisons,
conditions, signs and numbers. It adds what mutmut does not do: an `if` that never holds, which drops a refusal, a filter that
lets everything pass, and all for any, min for max, floor for ceil.
"""

from __future__ import annotations

import difflib
import hashlib
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

Mutant = dict  # file, first and last line that it changes, what they were and became, source; later tests and outcome


OTHERS = {"all": "any", "any": "all", "min": "max", "max": "min", "floor": "ceil", "ceil": "floor"}


def _never(node: cst.If) -> list[cst.If]:
    return [node.with_changes(test=cst.parse_expression("False"))]


def _always(node: cst.CompIf) -> list[cst.CompIf]:
    return [node.with_changes(test=cst.parse_expression("True"))]


def _other(node: cst.Name) -> list[cst.Name]:
    return [cst.Name(OTHERS[node.value])] if node.value in OTHERS else []


OURS = ((cst.If, _never), (cst.CompIf, _always), (cst.Name, _other))


class Everywhere(MutationVisitor):
    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        return not isinstance(node, cst.FunctionDef) and super()._skip_node_and_children(node)


def mutants_of(path: str, root: Path, most: int, decisions: bool = False) -> list[Mutant]:
    """At most so many mutants of a file, no two of them equal, the same for the same source: those whose text hashes lowest."""
    code = (root / path).read_text("utf-8")
    operators = [*mutation_operators, *OURS] if decisions else mutation_operators
    visitor = Everywhere(operators, IgnoredCode(set(), set(), set()), None)
    module = MetadataWrapper(cst.parse_module(code)).visit(visitor)
    pairs = [(m.original_node, m.mutated_node) for m in visitor.mutations if _wanted(m.original_node, m.mutated_node)]
    pairs = [pair for pair in pairs if not decisions or _decides(*pair)]
    texts = [f"{module.code_for_node(old)}\n{module.code_for_node(new)}" for old, new in pairs]
    ranks = [hashlib.sha256(f"{text}\n{texts[:k].count(text)}".encode()).digest() for k, text in enumerate(texts)]
    sources = {code: None}
    for _, k in sorted(zip(ranks, range(len(pairs)), strict=True)):
        if len(sources) <= most:
            sources[module.deep_replace(*pairs[k]).code] = None
    chosen = [{**_mutant(path, code, source), "of": len(pairs)} for source in list(sources)[1:]]
    return sorted(chosen, key=lambda mutant: mutant["first"])


def _wanted(old: cst.CSTNode, new: cst.CSTNode) -> bool:
    if not isinstance(old, cst.SimpleString):
        return True
    return " " not in old.value and isinstance(new, cst.SimpleString) and new.value[1:].startswith("XX")


def _decides(old: cst.CSTNode, new: cst.CSTNode) -> bool:
    """Neither an argument that is dropped or None, nor a value that is None, nor a word."""
    calls = isinstance(old, cst.Call) and isinstance(new, cst.Call)
    values = isinstance(old, cst.Assign | cst.AnnAssign | cst.Lambda | cst.SimpleString)
    return not (calls or values)


def _mutant(path: str, code: str, source: str) -> Mutant:
    before, after = code.splitlines(), source.splitlines()
    steps = difflib.SequenceMatcher(None, before, after, False).get_opcodes()
    changed = [step for step in steps if step[0] != "equal"]
    first, last = changed[0][1], max(changed[-1][2], changed[0][1] + 1)
    became = "\n".join(after[changed[0][3] : changed[-1][4]])
    lines = {"first": first + 1, "last": last, "was": "\n".join(before[first:last]), "became": became}
    return {"file": path, **lines, "source": source}
