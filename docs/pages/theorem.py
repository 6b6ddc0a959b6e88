"""The page of a theorem, printed from its record: no date, no standing and no measured number; the site adds those."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from constructions import CATALOGUE
from constructions.language import Construction, Source
from constructions.language.statement import Claim
from constructions.matrix.notation import letter
from constructions.views.theorem.letters import symbolic
from constructions.views.theorem.listing import chapter
from constructions.views.theorem.page import domain
from constructions.views.theorem.quantifier import quantifiers
from constructions.views.theorem.source import algorithm_source
from docs.pages import example
from docs.pages.markdown import ELSEWHERE, ROOT, bibliography, cited, code, mark, maths, plain, sections, table
from docs.pages.network import network
from docs.pages.proof import steps
from docs.pages.tex import paragraphs, prose

PLACE = ROOT / "docs" / "theorems"
READ = (
    "Every token carries a row of numbers, its *stream*, in named parts, the *registers*. In the tables of weights a column is a"
    " register that is read, a row what is computed from it, and · a block of zeros. The other words are in the"
    " [glossary](../glossary.md)."
)
HEAD = "<!-- Printed from the record by `python -m docs.pages`. Change the theorem's file and print again. -->"


@cache
def page(record: Construction) -> str:
    """Everything that the record says, in the order in which a reader needs it."""
    parts = told(record)
    return (
        sections(
            HEAD,
            f"# {record.title}",
            f"`{record.name}` · {record.tag} · {file_link(record)}",
            mark("badge"),
            "## Statement",
            sections(mark("theorem"), parts.get("Statement", ""), mark("end")),
            quantified(record),
            "## The network",
            which(record),
            mark("colours"),
            network(symbolic(record, {})),
            mark("numbers"),
            mark("figures", "weights"),
            "## The algorithm",
            code(algorithm_source(record.algorithm)),
            *(part for claim in record.claims if claim.algorithm for part in second(claim)),
            "## Proof",
            parts.get("Proof", ""),
            steps(record),
            "## The same with small numbers",
            worked(record),
            mark("figures", "attention stream agreement path depth knob bound"),
            "## What it costs",
            resources(record),
            "## Near misses",
            misses(record),
            "## What this does not say",
            limits(record, parts),
            "## Sources and neighbours",
            neighbours(record),
        )
        + "\n"
    )


def told(record: Construction) -> dict[str, str]:
    """The parts of the text at the top of the file by the word that they begin with."""
    text = record.statement.partition("\n\n")[2]
    found = re.split(r"^\*\*(\w+)\.\*\* ", text, flags=re.MULTILINE)
    made = dict(zip(found[1::2], map(paragraphs, found[2::2]), strict=True))
    return made | ({"Statement": f"{paragraphs(found[0])}\n\n{made['Statement']}"} if found[0].strip() else {})


def file_link(record: Construction) -> str:
    function = getattr(record.weights, "func", record.weights)
    path = Path(inspect.getfile(function)).relative_to(ROOT).as_posix()
    return f"[{path}](../../{path})"


def quantified(record: Construction) -> str:
    """For every network of the record its quantifiers and, below them where there are several, its claims."""
    found, lines = quantifiers(record), []
    for line, uniform, claims in found:
        below = [prose(uniform), *(f"claim: {prose(claim.text)}" for claim in claims)]
        lines += [f"- {_names(line)}", *(f"{'  ' if len(found) > 1 else ''}- {text}" for text in below)]
    return "\n".join([*lines, *(f"- {prose(text)}" for text in domain(record))])


def which(record: Construction) -> str:
    """How the tables are read, and, where claims have networks of their own, that theirs are elsewhere."""
    others = [number for number, claim in enumerate(record.claims, start=1) if claim.replaces]
    own = next((f"“{prose(claim.text)}”" for claim in record.claims if not claim.replaces), "the record")
    other = (
        f"This is the network of {own}; `python -m constructions show {record.name}@{others[0]}` prints another claim's. "
        if others
        else ""
    )
    return f"{other}{READ}"


def _names(line: str) -> str:
    """The quantifiers' line: the names between the words as formulas."""
    words = r"(for all|there are weights,?)"
    parts = [part.strip() for part in re.split(words, line) if part.strip()]
    shown = [part if re.fullmatch(words, part) else _listed(part) for part in parts]
    return "**" + " ".join(shown).replace("weights,", "weights such that") + "**"


def _listed(names: str) -> str:
    return ", ".join(maths(letter(name.strip())) for name in names.split(",") if name.strip())


def second(claim: Claim) -> tuple[str, str]:
    """The formula that a claim compares with instead of the record's."""
    return f"The claim “{prose(claim.text)}” compares with", code(algorithm_source(claim.algorithm))


def worked(record: Construction) -> str:
    """The example; where there are floats in it, the site prints it."""
    found = example.example(record)
    return example.page(found) if found.exact else sections(ELSEWHERE, mark("example"))


def resources(record: Construction) -> str:
    rows = [[name, maths(text)] for name, text in record.resources.items()]
    return sections(table(["what", "how many"], rows) if rows else "The record declares no costs.", mark("resources"))


def misses(record: Construction) -> str:
    """The false neighbours; the site prints the numbers that refute them."""
    made = []
    for name, miss in record.near_misses.items():
        source = miss.source
        printed = f" This is what is printed in `{source.key}`, {plain(source.where)}." if source else ""
        words = f"{_sentence(prose(miss.because))}{printed} Replaced: {', '.join(sorted(miss.replaces))}."
        made.append(f"### {name}\n\n{words}\n\n{mark('miss', name)}")
    return sections("Each of these is false, and a run of the verifier fails unless it is refuted.", *made)


def _sentence(text: str) -> str:
    text = text.rstrip(".")
    return (text if text[0] in "`$" else text[0].upper() + text[1:]) + "."


def limits(record: Construction, parts: dict[str, str]) -> str:
    """What a hurried reader might read into it."""
    networks = quantifiers(record)
    uniform = f"; {prose(networks[0][1])}" if len(networks) == 1 else ""
    said = [
        "That any trained model does this: the weights are built by hand.",
        f"Anything outside the quantifiers above{uniform}.",
        "That the answer is a good one: it is the algorithm's, no better and no worse.",
    ]
    said += ["Anything about learning in context: it is a lemma about layers."] if record.gadget else []
    rest = [text for name, text in parts.items() if name not in ("Statement", "Proof")]
    return sections("\n".join(f"- {text}" for text in said), *rest)


def neighbours(record: Construction) -> str:
    using = [other.name for other in CATALOGUE if record.name in other.uses]
    sources = [_source(source) for source in record.sources]
    return sections(
        "\n".join(f"- {text}" for text in sources) or "No source: the weights are ours.",
        f"Uses: {_links(record.uses)}. Used by: {_links(using)}. Chapter: {chapter(record).replace('_', ' ')}.",
        mark("neighbours"),
    )


def _source(source: Source) -> str:
    return f"{cited(source.key, bibliography()[source.key])}: {plain(source.where)}"


def _links(names: Sequence[str]) -> str:
    return ", ".join(f"[{name}]({name}.md)" for name in names) or "none"
