"""The signature is the quantifier: a function of a theorem receives what it names, and only what it may name.

`weights(d_x, d_y, n, eta, W_0)` says "for all sizes and parameters there are weights"; weights that ask for data would say
"for all data there are weights", which is true of everything and means nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from types import FunctionType
from typing import Any


class WrongQuantifier(TypeError):
    """A builder asks for data, so its weights could depend on the question."""


class UnknownName(LookupError):
    """A function, option or command names something that does not exist."""


def names_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """What a function asks for. Keyword-only arguments with a default are variants of the theorem, not quantified."""
    if type(function) is not FunctionType or function.__dict__:  # what else is called may look different every time
        return _names(function)
    return _names_known(function, function.__code__, tuple(function.__kwdefaults__ or ()))


@lru_cache(maxsize=1024)
def _names_known(function: FunctionType, *_: Any) -> tuple[str, ...]:
    """The same of a plain function, which is asked at every point; another code or another default is another question."""
    return _names(function)


def _names(function: Callable[..., Any]) -> tuple[str, ...]:
    names = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise UnknownName(
                f"{function_name(function)} takes *{parameter.name}: name what it asks for, so that it can be quantified"
            )
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is not parameter.empty:
            continue
        names.append(parameter.name)
    return tuple(names)


def check_names(
    role: str, function: Callable[..., Any], allowed: Collection[str], forbidden: Collection[str] = ()
) -> None:
    """Refuse a function that asks for anything but `allowed`; names in `forbidden` are data."""
    for name in names_of(function):
        if name in forbidden:
            raise WrongQuantifier(
                f"{role} asks for {name}, which is data. A theorem says that there are weights such that for all data the network "
                f"equals the algorithm, so {role} may depend on {', '.join(allowed)} only. Let the prompt carry {name}."
            )
        if name not in allowed:
            raise UnknownName(f"{role} asks for {name!r}, which is not declared; {offer(name, allowed)}")


def offer(name: str, known: Collection[str]) -> str:
    """ "did you mean …?" when something is near, else what there is."""
    near = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"there is: {', '.join(known) or 'nothing'}"


def call(function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """The function applied to what it names."""
    return function(**{name: values[name] for name in names_of(function)})


def written(function: Any) -> Any:
    """The function that was written: of one that is made of another (a `partial`, a chain), that other one."""
    return getattr(function, "func", function)


def asking(made: Any, names: Iterable[str], of: Callable[..., Any], variants: Iterable[inspect.Parameter] = ()) -> None:
    """Let what is made of the function `of` ask for these names, and stand where that function does."""
    asked = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in dict.fromkeys(names)]
    object.__setattr__(made, "__signature__", inspect.Signature([*asked, *variants]))
    object.__setattr__(made, "__module__", of.__module__)


def function_name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", None) or getattr(written(function), "__name__", "a function")
