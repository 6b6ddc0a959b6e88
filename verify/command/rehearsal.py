"""A search of Hypothesis that finds nothing, when this module is imported: the server of workers rehearses once what every worker
would otherwise do first, that is, parse the sources of all modules for constants and look through the strategies.

What is drawn later is the same: every search has a random source of its own, and no constant of a source (they are beyond ±99)
lies in a range that `verify/strategies.py` draws from.
"""

from __future__ import annotations

from contextlib import suppress
from random import Random

from hypothesis import Phase, find, settings
from hypothesis.errors import NoSuchExample

from verify.strategies import rows

SETTINGS = settings(max_examples=10, phases=(Phase.generate,), database=None, deadline=None)

with suppress(NoSuchExample):
    _ = find(rows(6, 6), lambda found: False, settings=SETTINGS, random=Random(0))
