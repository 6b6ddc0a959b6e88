"""What the built site puts into the pages about all theorems: the table of standings, the graph, the near misses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from re import findall

from constructions import get
from constructions.language import Construction
from constructions.matrix.notation import letter
from docs.pages import executed
from docs.pages.graph import legend, svg
from docs.pages.markdown import ROOT, bibliography, cited, maths, plain, sections, table
from docs.pages.numbers import by_number
from docs.pages.points import lines, signed
from docs.pages.report import STATES, Reports, scope
from docs.pages.stamp import stamp
from docs.pages.tex import prose
from verify.command.text import given_of, sides_of

SORTED = """:::{{container}} sorted
{}
:::

```{{raw}} html
<script src="_static/sort.js" defer></script>
```"""


def standings(reports: Reports) -> str:
    """A row for every claim."""
    rows = []
    for record in reports.catalogue:
        near = reports.of(record.name, "near miss")
        refuted = f"{sum(v['standing'] == 'refuted' for v in near)} of {len(record.near_misses)}"
        sign = STATES[reports.state(record.name)][0]
        for v in reports.claims(record.name):
            link = f"[{record.name}](theorems/{record.name}.md)"
            rows.append(
                [sign, record.tag, link, plain(v["subject"]), f"**{v['standing']}**", plain(v["scope"]), refuted]
            )
    head = ["state", "tag", "theorem", "claim", "standing", "scope", "near misses refuted"]
    standing = sum(report["stands"] for report in reports.found.values())
    return sections(
        f"{standing} of {len(reports.found)} theorems stand. Computed {stamp()}.",
        legend(),
        SORTED.format(table(head, rows, left=7)),
    )


def graph(reports: Reports) -> str:
    uses = {record.name: record.uses for record in reports.catalogue}
    states = {name: reports.state(name) for name in uses}
    said = "A line goes from a theorem down to one that uses it; every box opens the page of its theorem."
    return sections(said, legend(), f"```{{raw}} html\n{svg(uses, states)}\n```")


def states(reports: Reports) -> str:
    """A small graph with every state that a theorem can have: how to read the large one, and a page to look at in a test."""
    shown = dict(zip(("all stands", "rests on that", "not judged", "refuted"), STATES, strict=True))
    uses = {name: () for name in shown} | {"rests on that": ("refuted",)}
    drawn = svg(uses, shown, "#what-stands-and-how-firmly", what="An example of every state")
    return f"```{{raw}} html\n{drawn}\n```"


def count(reports: Reports) -> str:
    standing = sum(report["stands"] for report in reports.found.values())
    misses = [v for name in reports.found for v in reports.of(name, "near miss")]
    refuted = sum(v["standing"] == "refuted" for v in misses)
    stand = f"**{standing} of {len(reports.found)}** theorems stand"
    fall = f"**{refuted} of {len(misses)}** near misses, which are theorems with one thing wrong, are refuted"
    return f"In the run that this site was built from, {stand}, and {fall}."


def gallery(reports: Reports) -> str:
    """Every planted error, with what catches it."""
    made = []
    for record in reports.catalogue:
        rows = [_caught(reports, record.name, name) for name in record.near_misses]
        head = ["planted error", "what is wrong", "caught by", "departs from the proof in", "counterexample"]
        made.append(f"## {record.name}\n\n[{record.title}](theorems/{record.name}.md)\n\n{table(head, rows, left=5)}")
    return sections(*made)


def _caught(reports: Reports, record: str, name: str) -> list[str]:
    miss = get(record).near_misses[name]
    for v in reports.of(record, "near miss", name):
        point = v["counterexample"]
        where = executed.caught(get(record), miss, point) if point else "the claim"
        return [
            plain(name),
            prose(miss.because),
            f"`{v['method']}`",
            plain(where),
            _point(point) if point else plain(v["scope"]),
        ]
    return [plain(name), prose(miss.because), "not judged", "", ""]


TASTE = "gd-step"  # the theorem that the first page shows, and shows broken


def taste(reports: Reports) -> str:
    """One theorem as it is, and with each of its errors planted: what the verifier says, with numbers for a pencil."""
    (claim,) = reports.claims(TASTE)
    rows = [["as in the theorem", f"**{claim['standing']}**, for {scope(claim['scope'], get(TASTE))}"]]
    for name, miss in get(TASTE).near_misses.items():
        for v in reports.of(TASTE, "near miss", name):
            said = _answers(v["counterexample"]) if v["counterexample"] else plain(v["scope"])
            rows.append([f"wrong: {prose(miss.because)}", f"**{v['standing']}**: {said}"])
    return table(["the network", "what the verifier says"], rows, left=2)


def _answers(point: dict) -> str:
    """The two answers and the numbers that they are answers to, which show the sizes."""
    *answers, _ = sides_of(point).items()
    told = [f"the {side} answers {signed(rows)}" for side, rows in answers]
    at = ", ".join(f"{maths(letter(name))} = {signed(rows)}" for name, rows in given_of(point).items())
    return f"{', '.join(told)}, at {at}"


def _point(point: dict) -> str:
    sizes, at, *told = lines(point)
    return f"{sizes}; {at}: {'; '.join(told)}"


def errata(reports: Reports) -> str:
    """Near misses that are printed somewhere, by paper and place: what is wrong, what is true, by how much it is off."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for record in reports.catalogue:
        for name, miss in record.near_misses.items():
            if miss.source:
                places = found.setdefault(miss.source.key, {})
                told = _erratum(reports, record, name)
                places.setdefault(miss.source.where, {})[f"**{record.name}, {plain(name)}**"] = told
    made = []
    for key, places in found.items():
        made.append(f"## {cited(key, bibliography()[key]).partition(',')[0]}\n\n{cited(key, bibliography()[key])}")
        for where, said in places.items():
            parts = [sections(*part) for part in said.items()] if len(said) > 1 else list(said.values())
            made += [f"### {plain(where[0].upper() + where[1:])}", *parts]
    return sections(*made)


def _erratum(reports: Reports, record: Construction, name: str) -> str:
    told = [
        f"*what is wrong:* {prose(record.near_misses[name].because)}",
        f"*what is true:* [{record.title}](theorems/{record.name}.md) ({record.tag})",
    ]
    for v in reports.of(record.name, "near miss", name):
        told.append(f"*computed:* {_point(v['counterexample']) if v['counterexample'] else plain(v['scope'])}")
    told.append(f"*see it:* [{plain(name)}](theorems/{record.name}.md#{name}), or `python -m verify {record.name}`")
    return "\n".join(f"- {text}" for text in told)


def papers(reports: Reports) -> str:
    """For every source its numbered statements, the theorems that formalise it, and the errors found in it."""
    made = []
    for key, fields in bibliography().items():
        ours = [
            f"- [{r.name}](theorems/{r.name}.md): {plain(s.where)}"
            for r in reports.catalogue
            for s in r.sources
            if s.key == key
        ]
        wrong = [
            f"- error: {plain(m.source.where)} ([{r.name}](theorems/{r.name}.md), {plain(name)})"
            for r in reports.catalogue
            for name, m in r.near_misses.items()
            if m.source and m.source.key == key
        ]
        if ours or wrong:
            made.append(sections(cited(key, fields), _numbered(key, reports), "\n".join([*ours, *wrong])))
    return sections(*made)


def _numbered(key: str, reports: Reports) -> str:
    found = by_number(key, reports.catalogue)
    links = {name: f"[{name}](theorems/{name}.md)" for names in found.values() for name in names}
    rows = [[number, ", ".join(links[name] for name in names)] for number, names in found.items()]
    return table(["in the paper", "here"], rows, left=2) if rows else ""


def contents(reports: Reports) -> str:
    """The theorems in reading order."""
    names = "\n".join(f"{record.name} <{record.name}>" for record in reports.catalogue)
    rows = [
        [STATES[reports.state(r.name)][0], r.tag, f"[{r.name}]({r.name}.md)", plain(r.title)] for r in reports.catalogue
    ]
    return sections(table(["", "tag", "name", "title"], rows, left=4), f":::{{toctree}}\n:hidden:\n\n{names}\n:::")


def sizes(reports: Reports) -> str:
    """The files that docs/trusted.md links to, with their lengths."""
    text = (ROOT / "docs" / "trusted.md").read_text(encoding="utf-8")
    links = dict.fromkeys(findall(r"\]\(\.\./([^)]+)\)", text))
    rows = []
    for link in links:
        files = [ROOT / link] if (ROOT / link).is_file() else sorted((ROOT / link).rglob("*.py"))
        rows.append([f"`{link}`", str(len(files)), str(sum(_lines(file) for file in files))])
    return table(["what is trusted", "files", "lines"], rows)


def _lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


PRINTERS: dict[str, Callable[[Reports], str]] = {
    "standings": standings, "graph": graph, "count": count, "gallery": gallery, "errata": errata, "papers": papers,
    "contents": contents, "sizes": sizes, "taste": taste, "states": states,
}  # fmt: skip
