"""From words such as `ridge,lam=1/4` or `gd-steps,steps=8,eta=1/20` to learners."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from constructions.catalogue import CATALOGUE
from constructions.commands.compare.baselines import BASELINES, Baseline
from constructions.commands.compare.tasks import Task
from constructions.commands.misuse import Misuse
from constructions.commands.options import FILE, find, name_of_claim, require_parameters, settings, size
from constructions.commands.predict.roles import check_readout, roles_of
from constructions.commands.typed import OutOfRange, whole_or_fraction
from constructions.language import Construction, Instance, UnknownName, at
from constructions.language.compiled import Compiled, compiled
from constructions.language.quantifier import offer
from constructions.language.reduced import parted
from constructions.language.statement import Box, Equal

COMMA = re.compile(r",(?![^\[]*\])")  # not one inside [[1,2]]
Predict = Callable[[Task], np.ndarray]  # m numbers, as m × 1 or m
Make = Callable[[int, int], Instance]  # a network for n examples and m queries


@dataclass(frozen=True)
class Learner:
    """`label` as it was typed, `told` with every setting, `takes` the settings' names, `at(n)` predicts from n examples."""

    label: str
    told: str
    takes: frozenset[str]
    at: Callable[[int], Predict]


def learners(words: Sequence[str], common: Sequence[str], d: int) -> list[Learner]:
    """Every word with its own settings, and those of `common` that it takes and does not set itself."""
    for word in words:
        if words.count(word) > 1:
            raise Misuse(f"{word} is named twice; name it once, or give its settings: {word},NAME=VALUE")
    found = [learner(word, common, d) for word in words]
    for setting in common:
        name = _named(setting)
        if not any(name in made.takes for made in found):
            known = sorted({known for made in found for known in made.takes})
            raise UnknownName(f"no learner takes {name!r}; {offer(name, known)}")
    return found


def learner(word: str, common: Sequence[str], d: int) -> Learner:
    name, *own = COMMA.split(word)
    if name in BASELINES:
        return _baseline(word, name, BASELINES[name], own, common)
    record, _ = parted(name)
    if not FILE.match(name) and record.lower() not in {w.lower() for c in CATALOGUE for w in (c.name, c.tag)}:
        raise UnknownName(f"no learner is called {name!r}; {offer(name, [*BASELINES, *(c.name for c in CATALOGUE)])}")
    return _network(word, find(name), own, common, d)


def _named(setting: str) -> str:
    return setting.partition("=")[0].strip()


def _wanted(own: Sequence[str], common: Sequence[str], known: Mapping[str, Any]) -> list[str]:
    """The settings of its own, then those of all learners that it knows and does not set itself."""
    mine = {_named(setting) for setting in own}
    return [*own, *(setting for setting in common if _named(setting) in known and _named(setting) not in mine)]


def _baseline(label: str, name: str, baseline: Baseline, own: Sequence[str], common: Sequence[str]) -> Learner:
    values = {key: _default(value) for key, value in baseline.settings.items()}
    given = _wanted(own, common, baseline.settings)
    for setting in given:
        key, equals, text = setting.partition("=")
        key = key.strip()
        if key not in baseline.settings:
            raise UnknownName(f"{name} has no setting {key!r}; {offer(key, [*baseline.settings])}")
        if not equals:
            raise Misuse(f"cannot read {setting!r}: expected {name},{key}=VALUE")
        values[key] = _value(baseline, key, text)
    chosen = {_named(setting) for setting in given}
    for key, replaced in baseline.instead.items():
        if key in chosen and replaced in chosen:
            raise Misuse(f"{name} takes {key} in place of {replaced}; give one of them")
        values |= {replaced: None} if key in chosen else {}
    told = (f"{k} = {v}{'' if k in chosen else ' (default)'}" for k, v in values.items() if v is not None)
    numbers = {k: float(v) if isinstance(v, Fraction) else v for k, v in values.items()}
    words = ", ".join(told)
    return Learner(
        label,
        f"{name} with {words}" if words else name,
        frozenset(values),
        lambda n: lambda task: baseline.answer(task, **numbers),
    )


def _default(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value


def _value(baseline: Baseline, key: str, text: str) -> Any:
    default = baseline.settings[key]
    if isinstance(default, tuple):
        if text.strip() not in default:
            raise UnknownName(f"{key} is {text.strip()!r}; {offer(text.strip(), default)}")
        return text.strip()
    if isinstance(default, int):
        return size(key, text)
    return number(key, text, key in baseline.zero)


def number(name: str, text: str, zero: bool = False) -> Fraction:
    """An exact number > 0, or ≥ 0 where zero is allowed."""
    least = "≥" if zero else ">"
    try:
        value = Fraction(whole_or_fraction(text))
    except OutOfRange:
        raise
    except (ValueError, ZeroDivisionError) as error:
        raise Misuse(f"cannot read {name}={text}: expected a number {least} 0 such as 0.05 or 1/20") from error
    if value < 0 or (value == 0 and not zero):
        more = " (ols is its limit)" if name == "lam" and value == 0 else ""
        raise Misuse(f"{name} must be {least} 0, got {text.strip()}{more}")
    return value


def _network(label: str, construction: Construction, own: Sequence[str], common: Sequence[str], d: int) -> Learner:
    roles = roles_of(construction, "compare")
    free = [name for name in (*construction.sizes, *construction.parameters) if name not in roles.values()]
    sizes, parameters = settings(construction, _wanted(own, common, dict.fromkeys(free)))
    for name in sizes:
        if name in roles.values():
            raise Misuse(f"the size {name} of {construction.name} comes from --d and --n; leave {name}=… out")
    require_parameters(construction, parameters)
    defaults = {**construction.sizes, **{name: p.default for name, p in construction.parameters.items()}}
    given = {**sizes, **parameters}
    defaults |= {
        bound: f"max({defaults[bound]}, n)" for size, bound in construction.at_most.items() if size == roles["n"]
    }
    told = ", ".join(f"{k} = {given[k]}" if k in given else f"{k} = {defaults[k]} (default)" for k in free)
    make = _maker(construction, roles, {**sizes, roles["d_x"]: d}, parameters)
    check_readout(make(1, 1))
    name = name_of_claim(COMMA.split(label)[0], construction) or construction.name
    told = (f"{name} with {told}" if told else name) + _boxed(construction)
    return Learner(label, told, frozenset(free), lambda n: _predict(make, n))


def _boxed(construction: Construction) -> str:
    """What normal data mean to a claim in a box."""
    boxes = {name: word.bound for name, word in construction.domain.items() if isinstance(word, Box)}
    if not boxes:
        return ""
    bounds = " and ".join(map(str, dict.fromkeys(boxes.values())))
    return f"; no bound holds where |{'|, |'.join(boxes)}| exceed {bounds}, as normal data do"


def _maker(construction: Construction, roles: Mapping[str, Any], sizes: dict[str, int], parameters: Any) -> Make:
    if not isinstance(roles["d_y"], int):
        sizes[roles["d_y"]] = 1
    elif roles["d_y"] != 1:
        raise Misuse(f"{construction.name} takes {roles['d_y']} targets; tasks have one")
    return lambda n, m: at(construction, {**sizes, roles["n"]: n, roles["m"]: m}, parameters)


def _predict(make: Make, n: int) -> Predict:
    """The frozen network for n examples, compiled for the first task and used for all."""
    networks: dict[int, Compiled] = {}

    def predict(task: Task) -> np.ndarray:
        m = len(task.Q)
        if m not in networks:
            networks[m] = compiled(make(n, m))
        return networks[m](X=task.X, Y=task.Y, X_q=task.Q)

    return predict


def takes_lam(word: str) -> bool:
    """Whether a learner has the setting `lam`."""
    name = COMMA.split(word)[0]
    if name in BASELINES:
        return "lam" in BASELINES[name].settings
    return "lam" in find(name).parameters


def is_exact(word: str) -> bool:
    """Whether a learner is its algorithm, apart from rounding: a baseline, or a network that is claimed to be equal."""
    name = COMMA.split(word)[0]
    return name in BASELINES or isinstance(find(name).claims[0], Equal)
