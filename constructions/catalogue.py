"""Every theorem of the package, explicitly and in reading order."""

from __future__ import annotations

from constructions.gradient_descent.gd_step import GD_STEP
from constructions.language import Construction, UnknownName
from constructions.language.quantifier import offer

CATALOGUE: tuple[Construction, ...] = (GD_STEP,)


def get(name: str) -> Construction:
    """The construction of that name or tag; raises `UnknownName` with the nearest names."""
    for construction in CATALOGUE:
        if name in (construction.name, construction.tag):
            return construction
    names = [construction.name for construction in CATALOGUE]
    raise UnknownName(f"no construction is called {name!r}; {offer(name, names)}")
