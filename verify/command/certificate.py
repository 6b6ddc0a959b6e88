"""Certificates: what was claimed of which network, what was found and how, so that another machine can repeat and compare it.

The fields and their order are in docs/certificate.md. What stands under "informative" is not compared.
"""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from constructions.digest import sha256
from verify.command.plain import Plain
from verify.command.tasks import Request

SCHEMA = "icl-certificate/1"
PACKAGE = "icl-constructions"
MEASURED = ("float",)  # methods whose numbers depend on the processor: their scope and evidence are not compared
APART, ABSENT = "informative", "(absent)"


def certificate(
    words: Sequence[str], request: Request, outcomes: Sequence[Plain], what: Sequence[str] | None = None
) -> Plain:
    """The certificate of a run that judged what `words` stand for; `what` are the words to write down, if others."""
    asked = {"what": [shown(word) for word in (words if what is None else what)], **plain_request(request)}
    made = {
        "schema": SCHEMA,
        "libraries": libraries(),
        "request": {**asked, "sha256": sha256(asked)},
        "constructions": [entry(found) for found in outcomes],
    }
    return without_paths(made, words)


def plain_request(request: Request) -> Plain:
    return {**asdict(request), "methods": list(request.methods)}


def libraries() -> dict[str, str]:
    """The versions of everything that computes."""
    found = {name: version_of(name) for name in ("numpy", "python-flint", "sympy")}
    return {"python": platform.python_version(), **found, "flint": flint_version(), PACKAGE: own_version()}


def version_of(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "absent"


def flint_version() -> str:
    """Of the C library inside python-flint."""
    try:
        import flint
    except ImportError:
        return "absent"
    return str(getattr(flint, "__FLINT_VERSION__", "unknown"))


def own_version() -> str:
    """The package's version, from its source tree where it is not installed."""
    source = Path(__file__).parents[2] / "pyproject.toml"
    if source.is_file():
        return tomllib.loads(source.read_text(encoding="utf-8"))["project"]["version"]
    return version_of(PACKAGE)


def entry(found: Plain) -> Plain:
    """One construction: the theorem, then the verdicts, then what another run need not repeat."""
    report = found["report"]
    said = {name: report[name] for name in ("name", "tag", "title", "accept", "stopped", "stands")}
    apart: Plain = {"seconds": report["seconds"]}
    if report["stopped"]:  # where a process was stopped depends on the machine
        return {**said, APART: {**apart, "failures": report["failures"]}}
    verdicts = [verdict_entry(verdict) for verdict in report["verdicts"]]
    return {**said, "theorem": found["theorem"], "verdicts": verdicts, APART: {**apart, "failures": report["failures"]}}


def verdict_entry(verdict: Plain) -> Plain:
    if not verdict["method"].startswith(MEASURED):
        return verdict
    measured = ("scope", "because", "evidence")
    kept = {name: value for name, value in verdict.items() if name not in measured}
    return {**kept, APART: {name: verdict[name] for name in measured}}


def shown(word: str) -> str:
    """A file name that says nothing of the machine: relative to the current folder, or the bare name."""
    if not Path(word).is_absolute():
        return word
    here = Path.cwd()
    return Path(word).relative_to(here).as_posix() if Path(word).is_relative_to(here) else Path(word).name


def without_paths(value: Any, words: Sequence[str]) -> Any:
    """Plain values in which absolute names that were typed appear as `shown`."""
    if isinstance(value, dict):
        return {key: without_paths(part, words) for key, part in value.items()}
    if isinstance(value, list):
        return [without_paths(part, words) for part in value]
    for word in words if isinstance(value, str) else ():
        value = value.replace(word, shown(word))
    return value


def differences(old: Any, new: Any, field: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(field, in the certificate, found now) for every compared field that differs, in the order of the certificate."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            name = f"{field}.{key}" if field else key
            if key in old and key in new and key != APART:
                yield from differences(old[key], new[key], name)
            elif key != APART:  # whatever stands there: a text that says (absent) is not absent
                yield name, old.get(key, ABSENT), new.get(key, ABSENT)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (a, b) in enumerate(zip(old, new, strict=True)):
            label = b["name"] if isinstance(b, dict) and "name" in b else number
            yield from differences(a, b, f"{field}[{label}]")
    elif old != new or type(old) is not type(new):
        yield field, old, new


def edited(found: Plain) -> bool:
    """Whether the request is no longer the one that was written."""
    asked = {name: value for name, value in found["request"].items() if name != "sha256"}
    return found["request"].get("sha256") != sha256(asked)
