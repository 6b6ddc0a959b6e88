"""Warnings on stderr: what a record's cautions say about these data, e.g. a step size that diverges."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

import numpy as np

from constructions.language import Construction, Instance
from constructions.language.cautions import cautions


def say(notes: Iterable[str]) -> None:
    """Print notes at once, also where stderr is a file."""
    for note in notes:
        print(f"note: {note}", file=sys.stderr, flush=True)


def warn(
    construction: Construction, instance: Instance, data: Mapping[str, np.ndarray], notes: Iterable[str] = ()
) -> None:
    """Print the notes, and every caution that applies."""
    say(notes)
    for text in cautions(construction, instance, data):
        print(f"warning: {text}", file=sys.stderr)
