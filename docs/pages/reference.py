"""The command lines and the JSON of a report, printed from the programs themselves; docstrings made safe for Sphinx."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from constructions.catalogue import claimed
from docs.pages.markdown import code, plain, sections, table
from docs.pages.report import Reports


def helps() -> dict[str, str]:
    """Command → what its --help prints, at a width that does not depend on the terminal."""
    from constructions.__main__ import parser as constructions
    from verify.command.options import parser as verify

    kept = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "100"
    try:
        top = constructions()
        (commands,) = [
            action for action in top._actions if hasattr(action, "choices") and isinstance(action.choices, dict)
        ]
        made = {"python -m verify": verify().format_help(), "python -m constructions": top.format_help()}
        return made | {
            f"python -m constructions {name}": p.format_help() for name, p in (commands.choices or {}).items()
        }
    finally:
        _ = os.environ.pop("COLUMNS") if kept is None else os.environ.update(COLUMNS=kept)


def cli(reports: Reports) -> str:
    return sections(*(f"## {command}\n\n{code(text, 'text')}" for command, text in helps().items()))


def schema(reports: Reports) -> str:
    """The fields of the JSON that the run behind this site printed, with the kinds of value that occur."""
    found: dict[str, set[str]] = {}
    for report in reports.found.values():
        _walk(report, "", found)
    rows = [[f"`{field}`", " or ".join(sorted(kinds))] for field, kinds in found.items()]
    return table(["field", "value"], rows, left=2)


def hosts(reports: Reports) -> str:
    """Which constructions fit stock architectures of other libraries, tried while the site is built."""
    from constructions.interop.fits import fits_of_all

    told = fits_of_all()
    names = list(next(iter(told.values())))
    fit = [[f"`{name}`", *("no" if found[host] else "fits" for host in names)] for name, found in told.items()]
    reasons: dict[str, list[str]] = {}
    for name, found in told.items():
        for host, reason in found.items():
            if reason:
                reasons.setdefault(reason.partition(": ")[2] or reason, []).append(f"{name} ({host})")
    some = [
        [plain(reason), plain(", ".join(dict.fromkeys(n.partition(" ")[0] for n in of)))]
        for reason, of in reasons.items()
    ]
    yes = [row for row in fit if "fits" in row]
    return sections(table(["construction", *names], yes, left=4), table(["why not", "constructions"], some, left=2))


def bounded(reports: Reports) -> str:
    """The estimators whose domain is a box."""
    from constructions.interop.sklearn import checks

    records = {name: claimed(name) for name in checks.bounded()}
    rows = [
        [f"`{name}`", plain(record.claims[0].text), plain(checks.boxes(record))] for name, record in records.items()
    ]
    return table(["construction", "claim", "box"], rows, left=3)


KINDS = {
    dict: "object", list: "list", str: "text", bool: "true/false", int: "number", float: "number", type(None): "null",
}  # fmt: skip


def _walk(value: Any, field: str, found: dict[str, set[str]]) -> None:
    """Fields by their path; what stands below evidence, data and sizes has names of its own and is not listed."""
    kind = KINDS[type(value)]
    if field:
        found.setdefault(field, set()).add(kind)
    if isinstance(value, dict) and field.rpartition(".")[2] not in ("evidence", "sizes", "parameters", "data"):
        for name, part in value.items():
            _walk(part, f"{field}.{name}" if field else name, found)
    elif isinstance(value, list) and field.rpartition(".")[2] not in ("left", "right", "defect"):
        for part in value:
            _walk(part, f"{field}[]" if not field.endswith("[]") else field, found)


def docstring(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are plain text: the first sentence as text, what follows exactly as it is set."""
    first, _, rest = "\n".join(lines).strip().partition("\n\n")
    made = [re.sub(r"([\\*|_])", r"\\\1", re.sub(r"`([^`]+)`", r"``\1``", " ".join(first.split()))) if first else ""]
    made[0] = re.sub(r"``([^`]+)``", lambda found: "``" + re.sub(r"\\([\\*|_])", r"\1", found[1]) + "``", made[0])
    if rest.strip():
        made += ["", ".. code-block:: text", "", *("   " + line for line in rest.split("\n")), ""]
    lines[:] = made


PRINTERS: dict[str, Callable[[Reports], str]] = {"bounded": bounded, "cli": cli, "schema": schema, "hosts": hosts}
__all__ = ["PRINTERS", "bounded", "cli", "docstring", "helps", "hosts", "plain", "schema"]
