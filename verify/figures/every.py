"""Every figure that applies to a construction, drawn and saved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from constructions.language import Construction
from constructions.matrix import Unsupported
from verify.figures.agreement import agreement, path
from verify.figures.attention import attention
from verify.figures.bound import bound
from verify.figures.defects import defects
from verify.figures.depth import depth
from verify.figures.knob import knob
from verify.figures.near_misses import near_misses
from verify.figures.stream import stream
from verify.figures.style import Drawing, save, styled, write_index
from verify.figures.subject import NotShown, Subject
from verify.figures.weights import weights

FIGURES: dict[str, Callable[[Subject], Drawing]] = {
    "weights": weights,
    "attention": attention,
    "stream": stream,
    "agreement": agreement,
    "path": path,
    "depth": depth,
    "knob": knob,
    "bound": bound,
    "defects": defects,
    "near-misses": near_misses,
}


def drawings(
    construction: Construction, report: Mapping[str, Any], names: Collection[str] = FIGURES
) -> tuple[list[Drawing], dict[str, str]]:
    """The figures of a construction, and those that do not apply, with the reason. `report` is a report as plain values."""
    subject, made, left_out = Subject.of(construction, report), [], {}
    with styled():
        for name in FIGURES:
            if name not in names:
                continue
            try:
                made.append(FIGURES[name](subject))
            except (NotShown, Unsupported) as reason:
                left_out[name] = str(reason)
    return made, left_out


def write_figures(construction: Construction, report: Mapping[str, Any], folder: Path) -> list[str]:
    """Draw them into folder/NAME, with an index; the names of the files, relative to `folder`."""
    own = folder / construction.name
    own.mkdir(parents=True, exist_ok=True)
    made, left_out = drawings(construction, report)
    with styled():
        saved = [save(drawing, own) for drawing in made]
    write_index(own, construction.name, saved, left_out)
    files = [*(file for one in saved for file in one["files"]), "figures.json"]
    return [f"{construction.name}/{file}" for file in files]
