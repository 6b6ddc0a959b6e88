"""The mutants of a file. The mutations are those of mutmut 3.8.1, inside decorated functions and tables of a module too, which its
own driver leaves out: every property is one, and every kernel stands in a table. Sentences stay, and the case of words.
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


class Everywhere(MutationVisitor):
    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        return not isinstance(node, cst.FunctionDef) and super()._skip_node_and_children(node)


def mutants_of(path: str, root: Path, most: int) -> list[Mutant]:
    """At most so many mutants of a file, no two of them equal, the same for the same source: those whose text hashes lowest."""
    code = (root / path).read_text("utf-8")
    visitor = Everywhere(mutation_operators, IgnoredCode(set(), set(), set()), None)
    module = MetadataWrapper(cst.parse_module(code)).visit(visitor)
    pairs = [(m.original_node, m.mutated_node) for m in visitor.mutations if _wanted(m.original_node, m.mutated_node)]
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


def _mutant(path: str, code: str, source: str) -> Mutant:
    before, after = code.splitlines(), source.splitlines()
    steps = difflib.SequenceMatcher(None, before, after, False).get_opcodes()
    changed = [step for step in steps if step[0] != "equal"]
    first, last = changed[0][1], max(changed[-1][2], changed[0][1] + 1)
    became = "\n".join(after[changed[0][3] : changed[-1][4]])
    lines = {"first": first + 1, "last": last, "was": "\n".join(before[first:last]), "became": became}
    return {"file": path, **lines, "source": source}
