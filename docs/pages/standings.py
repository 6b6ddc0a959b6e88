"""What the built site puts into the page of a theorem: standings, executed steps, counterexamples, numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from constructions import get
from constructions.language import Construction, Form
from constructions.matrix.notation import letter
from constructions.views.theorem.blocks import Block, numbers
from constructions.views.theorem.layers import layer_records
from docs.pages import example, executed, points, roles
from docs.pages.graph import around, svg
from docs.pages.markdown import plain, sections
from docs.pages.network import layers
from docs.pages.report import STATES, Plain, Reports, scope
from docs.pages.stamp import stamp
from verify.command.text import described

Fail = Callable[[str], None]
UNCLAIMED = """
What is refuted or undecided here was not claimed: a weight that does not matter could be left out, and no more is said."""
MANY = 300  # numbers in all matrices of a theorem, beyond which nobody reads them


def box(title: str, look: str, *lines: str) -> str:
    return "\n".join((f":::::{{admonition}} {title}", f":class: standing {look}", "", *lines, ":::::"))


def badge(reports: Reports, record: Construction) -> str:
    """The standing of every claim with its scope in words."""
    state = reports.state(record.name)
    sign, words = STATES[state]
    lines = [_claimed(verdict, record) for verdict in reports.claims(record.name)]
    kept = [f"- ✗ {plain(text)}" for text in reports.found[record.name]["failures"]]
    note = f"\nComputed by `python -m verify {record.name}`, {stamp()}. [What this rests on](../trusted.md)."
    return box(f"{sign} {words}", state, *lines, *kept, note)


def _claimed(verdict: Plain, record: Construction) -> str:
    by = f"by `{verdict['method'] or 'no method'}`"
    told = scope(verdict["scope"], record)
    return f"- **{verdict['standing']}** {by}: {plain(verdict['subject'])}; {told}{_because(verdict)}"


def _because(verdict: Plain) -> str:
    return f" ({plain(verdict['because'])})" if verdict["because"] else ""


def step(reports: Reports, record: Construction, which: str, fail: Fail) -> str:
    """A step at the worked example, and the verifier's verdict on it."""
    found = executed.run_of(record.name)
    if which == "invariant":
        done, named = executed.invariant(found), "the invariant"
        verdicts = [
            v for v in reports.of(record.name, "step") if v["subject"].startswith("after every layer the stream holds")
        ]
    else:
        done, named = executed.step(found, int(which)), f"proof step {which}"
        verdicts = reports.of(record.name, "step", record.steps[int(which) - 1].text)
    if done.wrong:
        fail(f"{record.tag} {record.name}: {named} failed: {done.wrong}")
    if not done.count:
        fail(f"{record.tag} {record.name}: {named} compared nothing")
    lines = [f"- {'✗' if done.wrong else '✓'} {plain(done.text)}", *map(_verdict, verdicts)]
    return box(named[0].upper() + named[1:], "fails" if done.wrong else "stands", *lines)


def claim(reports: Reports, record: Construction, fail: Fail) -> str:
    """Network and algorithm at the worked example, and every method's verdict."""
    done = executed.claim(executed.run_of(record.name))
    if done and done.wrong:
        fail(f"{record.tag} {record.name}: network and algorithm differ at the worked example: {done.wrong}")
    verdicts = [v for v in reports.of(record.name, "claim") if v["standing"] != "undecided"]
    if not (done or verdicts or record.steps or record.invariant or reports.found[record.name]["stopped"]):
        fail(f"{record.tag} {record.name}: nothing was compared, neither at the worked example nor by a method")
    head = [f"- {'✗' if done.wrong else '✓'} {plain(done.text)}"] if done else []
    decided = [v for v in verdicts if v["decides"]]
    several = len(record.claims) > 1
    others = [_verdict(v, several) for v in verdicts if not v["decides"]]
    fold = ["", "<details><summary>Other methods came to the same</summary>", "", *others, "", "</details>"]
    look = "fails" if done and done.wrong else "stands"
    return box(
        "Network and algorithm", look, *head, *(_verdict(v, several) for v in decided), *(fold if others else [])
    )


def _verdict(verdict: Plain, several: bool = False) -> str:
    """A method's verdict; where there are several claims, on which."""
    subject = f", {plain(verdict['subject'])}" if several else ""
    compared = f" It compares {plain(described(verdict['method']))}." if described(verdict["method"]) else ""
    return f"- **{verdict['standing']}** by `{verdict['method']}`{subject}: {plain(verdict['scope'])}{_because(verdict)}.{compared}"


def resources(reports: Reports, record: Construction) -> str:
    """The counted costs, and which weights matter."""
    verdicts = [*reports.of(record.name, "resources"), *reports.of(record.name, "necessity")]
    lines = [f"- {plain(v['subject'])}: **{v['standing']}**; {plain(v['scope'])}{_because(v)}" for v in verdicts]
    if any(v["expected"] and v["standing"] in ("refuted", "undecided") for v in verdicts):
        lines.append(UNCLAIMED)
    return box("Counted", "stands", *lines) if lines else ""


def neighbours(reports: Reports, record: Construction) -> str:
    """The part of the graph around a theorem: what it uses and what uses it, however far away, with what stands."""
    near = around(record.name, {other.name: other.uses for other in reports.catalogue})
    if len(near) == 1:
        return ""
    drawn = svg(near, {name: reports.state(name) for name in near}, "{}.html", record.name)
    signs = "; ".join(f"**{sign}** {words}" for sign, words in STATES.values())
    words = f"What it uses stands above it, what uses it below, however far away. {signs}."
    return sections(f"```{{raw}} html\n{drawn}\n```", words)


def miss(reports: Reports, record: Construction, name: str, fail: Fail) -> str:
    """The numbers that refute a near miss, and the place in the proof where it departs."""
    stopped = reports.found[record.name]["stopped"]
    for verdict in reports.of(record.name, "near miss", name):
        if verdict["standing"] != "refuted":
            fail(f"{record.tag} {record.name}: the near miss {name} is not refuted ({verdict['standing']})")
        point = verdict["counterexample"]
        lines = [f"- {text}" for text in points.lines(point)] if point else [f"- {plain(verdict['scope'])}"]
        where = executed.caught(record, record.near_misses[name], point) if point else "the claim"
        lines.append(f"- first departs from the proof in: {plain(where)}")
        return box(
            f"{verdict['standing']} by {verdict['method']}",
            "fails" if verdict["standing"] != "refuted" else "refuted",
            *lines,
        )
    if not stopped:
        fail(f"{record.tag} {record.name}: no verdict on the near miss {name}")
    return box("not judged", "open", "- the verifier was stopped before it came to this near miss")


def dense(record: Construction) -> str:
    """Every weight matrix with numbers, at the worked example, folded."""
    found = executed.run_of(record.name).made.instance
    records: list[Any] = layer_records(found.network, numbered)
    cells = sum(len(b.rows) * len(b.columns) for r in records for part in r.get("tables", ()) for b in part.blocks)
    if cells > MANY:
        return f"The same matrices in numbers: `python -m constructions show {record.name} --numbers`."
    sizes = ", ".join(f"{name} = {value}" for name, value in found.sizes.items())
    head = f"<details><summary>The same matrices in numbers, at {sizes}</summary>"
    return sections(head, _demoted(layers(records)), "</details>")


def numbered(name: str, form: Form, labels: Sequence[str]) -> Block:
    """The numbers of a form; an entry of a register with its index below, as everywhere on the page."""
    made, widths = numbers(name, form, labels), form.space.registers.items()
    columns = [each for register, width in widths for each in _entries(register, width)]
    rows = _entries(labels[0], len(made.rows)) if len(labels) == 1 else made.rows
    return replace(made, rows=tuple(rows), columns=tuple(columns))


def _entries(register: str, width: int) -> list[str]:
    """w_0 with three entries is w_{0,1}, w_{0,2}, w_{0,3}."""
    return [example.indexed(f"{register}_{k}") for k in range(1, width + 1)] if width > 1 else [letter(register)]


def _demoted(text: str) -> str:
    """Headings inside a fold are bold lines: they are no part of the outline."""
    return "\n".join(f"**{line.lstrip('# ')}**" if line.startswith("#") else line for line in text.split("\n"))


def theorem(record: Construction) -> str:
    """The beginning of the box around the statement; numbers would change when pages are added, tags do not."""
    return f"::::{{prf:theorem}} {record.tag} {record.name}\n:label: {record.tag.lower()}\n:nonumber:\n"


PRINTERS: dict[str, Callable[..., str]] = {
    "badge": lambda reports, name, fail: badge(reports, get(name)),
    "theorem": lambda reports, name, fail: (
        f"::::{{prf:theorem}} {get(name).tag} {name}\n:label: {get(name).tag.lower()}\n:nonumber:\n"
    ),
    "end": lambda reports, name, fail: "::::",
    "colours": lambda reports, name, fail: roles.legend(get(name)),
    "numbers": lambda reports, name, fail: dense(get(name)),
    "step": lambda reports, name, fail, which: step(reports, get(name), which, fail),
    "claim": lambda reports, name, fail: claim(reports, get(name), fail),
    "neighbours": lambda reports, name, fail: neighbours(reports, get(name)),
    "resources": lambda reports, name, fail: resources(reports, get(name)),
    "miss": lambda reports, name, fail, which: miss(reports, get(name), which, fail),
    "example": lambda reports, name, fail: example.page(executed.run_of(name)),
}
