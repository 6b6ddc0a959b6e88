"""One estimator class for every construction that predicts, with the signature of its record."""

from __future__ import annotations

import inspect
import re
from functools import cache
from typing import Any

from constructions.catalogue import claimed
from constructions.interop.sklearn.predictors import named_as, sizes_of, word_of
from constructions.language import Construction, UnknownName
from constructions.language.quantifier import offer

MODULE = "constructions.interop.sklearn"  # where the classes can be imported from, by name
OWN = {"fit_intercept": True, "backend": "numpy"}  # parameters of every estimator, with their defaults


def estimator_class(construction: str | Construction, base: type) -> Any:
    """The estimator class of a record, its name, or NAME@CLAIM: the same one whenever it is the same."""
    return _class(named_as(construction), base)


@cache
def _class(named: str | Construction, base: type) -> Any:
    """The free sizes and the parameters of the record, with their defaults, are keyword parameters.

    A size that bounds another one (`at_most`) is None by default: as large as the examples need.
    """
    record = claimed(named) if isinstance(named, str) else named
    taken, bounds = {*sizes_of(record).values()}, {*record.at_most.values()}
    defaults = {k: None if k in bounds else size for k, size in record.sizes.items() if k not in taken}
    defaults |= {name: parameter.default for name, parameter in record.parameters.items()} | OWN
    title = "".join(part.capitalize() for part in re.split(r"\W+", word_of(named))) + base.__name__.removeprefix(
        "InContext"
    )

    def __init__(self: Any, construction: Any = named, **settings: Any) -> None:
        for name in settings:
            if name not in defaults:
                raise UnknownName(f"{title} has no parameter {name!r}; {offer(name, defaults)}")
        for name, value in {"construction": construction, **defaults, **settings}.items():
            setattr(self, name, value)

    place, word = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    first = [inspect.Parameter("self", place), inspect.Parameter("construction", place, default=named)]
    rest = [inspect.Parameter(name, word, default=value) for name, value in defaults.items()]
    __init__.__signature__ = inspect.Signature([*first, *rest])
    body = {
        "record": record,
        "named": named,
        "__init__": __init__,
        "__module__": MODULE,
        "__doc__": f"{record.title}.\n\n{base.__doc__}",
    }
    return type(title, (base,), body)


def blank(construction: str | Construction, base: type) -> Any:
    """An estimator of that class, without its parameters."""
    made = estimator_class(construction, base)
    return made.__new__(made)
