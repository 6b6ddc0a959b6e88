"""What a study of the weights found, sorted and in words."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from constructions.language import Construction
from verify.engines.derivative_degree import Doubt, doubt
from verify.engines.places import Entry, entries_where, matching, mutated
from verify.engines.sensitivity import Study, matters, patterns
from verify.plan import sizes_in_words

SAMPLE = 12  # entries that are also judged by brute force, at the first sizes


@dataclass
class Findings:
    """Of all size assignments together, in words: what is dead, and why that may be."""

    nonzeros: int = 0
    zeros: int = 0
    dead: list[str] = field(default_factory=list)  # nonzero, and nobody said so
    unknown: list[str] = field(default_factory=list)
    declared: dict[str, list[str]] = field(default_factory=dict)  # pattern → entries
    idle: list[str] = field(default_factory=list)  # uses of a shared weight that contribute nothing
    unpredicted: list[str] = field(default_factory=list)
    impossible: list[str] = field(default_factory=list)
    mutants: int = 0
    local: bool = False
    kinks: bool = False
    doubts: list[Doubt] = field(default_factory=list)  # at the sizes where derivatives of exact numbers decided


def add(found: Findings, seen: Study, construction: Construction) -> None:
    """Sort every entry of a study."""
    last = f"layer {len(seen.instance.network.unrolled)}"
    sizes = sizes_in_words(seen.instance.sizes)

    def names(mask: dict[str, np.ndarray]) -> list[str]:
        return [entry.name(seen.instance) for entry in entries_where(mask)]

    flags = {k: (seen.live[k], seen.nonzero[k], seen.possible[k]) for k in seen.live}
    doubtful = seen.local or not seen.exact or seen.kinks or seen.glanced
    for entry in entries_where({k: nonzero & ~live for k, (live, nonzero, _) in flags.items()}):
        name = entry.name(seen.instance)
        pattern = matching(name, construction.dead or {}, last)
        unproved = doubtful and seen.possible[entry.place][entry.row, entry.column]
        rest = found.unknown if unproved else found.dead
        (rest if pattern is None else found.declared.setdefault(pattern, [])).append(f"{name} at {sizes}")
    if not doubtful:
        found.doubts.append(doubt(construction, seen.instance.sizes, seen.arithmetic))
        found.unpredicted += names({k: possible & ~live & ~nonzero for k, (live, nonzero, possible) in flags.items()})
        found.impossible += names({k: live & ~possible for k, (live, _, possible) in flags.items()})
        found.impossible += [] if found.mutants else _contradicted(seen, found)
    found.nonzeros += sum(int(nonzero.sum()) for nonzero in seen.nonzero.values())
    found.zeros += sum(int((~nonzero).sum()) for nonzero in seen.nonzero.values())
    found.local = found.local or doubtful
    found.kinks = found.kinks or seen.kinks
    found.idle += _idle(seen)


def _idle(seen: Study) -> list[str]:
    """Nonzero entries of shared layers, with the uses in which they contribute nothing."""
    lines = []
    for place, parts in seen.by_use.items():
        for number, live in enumerate(parts if len(parts) > 1 else (), start=1):
            idle = entries_where({place: seen.nonzero[place] & seen.live[place] & ~live})
            lines += [f"{entry.name(seen.instance)} in use {number} of {len(parts)}" for entry in idle]
    return lines


def _of_higher_order(seen: Study, entry: Entry) -> bool:
    """Whether a weight that the pattern rules out may matter once it is there: its way to the answer may lead through itself."""
    possible, _ = patterns(mutated(seen.instance, entry, lambda v: v + 1))
    return bool(possible[entry.place][entry.row, entry.column])


def _expected(seen: Study, entry: Entry) -> bool:
    """Whether derivative or pattern say that an entry may matter as it is."""
    return any(bool(table[entry.place][entry.row, entry.column]) for table in (seen.live, seen.possible))


def _contradicted(seen: Study, found: Findings) -> list[str]:
    """Of a sample of entries, those on which brute force and derivative disagree."""
    entries = entries_where({place: np.ones_like(live) for place, live in seen.live.items()})
    sample: list[Entry] = entries[:: max(1, len(entries) // SAMPLE)]
    found.mutants += len(sample)
    wrong = [e for e in sample if matters(seen, e, lambda v: v + 1) != bool(seen.live[e.place][e.row, e.column])]
    excused = [e for e in wrong if not _expected(seen, e) and _of_higher_order(seen, e)]
    wrong = [e for e in wrong if e not in excused]
    return [f"{entry.name(seen.instance)} (brute force says otherwise)" for entry in wrong]
