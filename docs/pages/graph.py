"""The theorem graph as inline SVG: every theorem a link, what it uses above it, and four looks that differ without colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from docs.pages.report import STATES, reached

WIDTH, HEIGHT, GAP, RISE = 156, 34, 18, 68
COLUMNS = 4
LONGEST = 22  # characters of a name in its box


def levels(uses: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many theorems stand below each, along the longest way."""
    made: dict[str, int] = {}

    def level(name: str) -> int:
        if name not in made:
            made[name] = 1 + max((level(other) for other in uses[name]), default=-1)
        return made[name]

    for name in uses:
        _ = level(name)
    return made


def families(uses: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The theorems that hang together, in reading order; those that stand alone come last, as one family."""
    family = {name: {name} for name in uses}
    for name in uses:
        for other in uses[name]:
            joined = family[name] | family[other]
            family |= {member: joined for member in joined}
    groups = list(dict.fromkeys(tuple(name for name in uses if name in family[first]) for first in uses))
    alone = [group[0] for group in groups if len(group) == 1]
    return [list(group) for group in groups if len(group) > 1] + ([alone] if alone else [])


def placed(uses: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, int]]:
    """Row and column of every theorem: family by family, rows by level, a row near the columns of what it uses."""
    depth = levels(uses)
    places: dict[str, tuple[int, int]] = {}
    row = 0
    for family in families(uses):
        for level in sorted({depth[name] for name in family}):
            names = [name for name in family if depth[name] == level]
            names.sort(key=lambda name: sum(places[o][1] for o in uses[name]) / max(1, len(uses[name])))
            for start in range(0, len(names), COLUMNS):
                places |= {name: (row, column) for column, name in enumerate(names[start : start + COLUMNS])}
                row += 1
    return places


def around(name: str, uses: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The graph of a theorem with what it uses and what uses it, however far away; of the others nothing."""
    below, above = reached(name, uses), {other for other in uses if name in reached(other, uses)}
    near = {name, *below, *above}
    return {other: tuple(o for o in used if o in near) for other, used in uses.items() if other in near}


def svg(
    uses: Mapping[str, Sequence[str]],
    states: Mapping[str, str],
    link: str = "theorems/{}.html",
    here: str = "",
    what: str = "Theorems, and which uses which",
) -> str:
    """The graph; `states` are words of STATES, `here` is the theorem whose page this is, `what` is shown."""
    places = placed(uses)
    rows, columns = (1 + max((place[k] for place in places.values()), default=0) for k in (0, 1))
    width, height = columns * (WIDTH + GAP) + GAP, rows * RISE + GAP
    edges = [_edge(places[other], places[name]) for name in uses for other in uses[name]]
    nodes = [_node(name, places[name], states[name], link.format(name), name == here) for name in uses]
    head = f'<svg class="graph" role="group" aria-label="{what}" viewBox="0 0 {width} {height}"'
    box = f'<div class="scroll" tabindex="0" role="region" aria-label="{what}">'
    return "\n".join([box, f'{head} width="{width}" height="{height}">', *edges, *nodes, "</svg>", "</div>"])


def _corner(place: tuple[int, int]) -> tuple[int, int]:
    return GAP + place[1] * (WIDTH + GAP), GAP + place[0] * RISE


def _edge(above: tuple[int, int], below: tuple[int, int]) -> str:
    """A line to the next row, or through the gap beside the column where rows lie between, never behind a box."""
    (x, y), (u, v) = _corner(above), _corner(below)
    x, y, u = x + WIDTH // 2, y + HEIGHT, u + WIDTH // 2
    if below[0] == above[0] + 1:
        return f'<path class="edge" d="M {x} {y} C {x} {y + 24}, {u} {v - 24}, {u} {v}"/>'
    g = (x if below[1] <= above[1] else u) - (WIDTH + GAP) // 2
    down, up = y + RISE - HEIGHT, v - RISE + HEIGHT
    return (
        f'<path class="edge" d="M {x} {y} C {x} {y + 24}, {g} {y + 10}, {g} {down} L {g} {up}'
        f' C {g} {v - 10}, {u} {v - 24}, {u} {v}"/>'
    )


def _node(name: str, place: tuple[int, int], state: str, link: str, here: bool) -> str:
    x, y = _corner(place)
    sign, words = STATES[state]
    label = f"{escape(name)}: {escape(words)}"
    shown = escape(name if len(name) <= LONGEST else name[: LONGEST - 1] + "…")
    rect = f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5"/>'
    text = f'<text x="{x + WIDTH // 2}" y="{y + HEIGHT // 2 + 4}" text-anchor="middle">{sign} {shown}</text>'
    now = ' aria-current="page"' if here else ""
    return f'<a href="{escape(link)}" aria-label="{label}" class="{state}"{now}><title>{label}</title>{rect}{text}</a>'


def legend() -> str:
    return "\n".join(f"- **{sign}** {words}" for sign, words in STATES.values())
