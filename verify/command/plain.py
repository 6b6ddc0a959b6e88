"""Reports as plain values: they travel between processes and print as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from verify.verdict import Report, Verdict

Plain = dict[str, Any]

# what no text of a report has: half characters, which no file can hold, and what moves or colours a terminal's text
UNPRINTABLE = re.compile("[\ud800-\udfff\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def as_json(report: Report) -> Plain:
    """A report as plain values: strings for exact numbers, so that nothing is rounded."""
    deciding = [id(verdict) for verdict in report.claims.values()]
    return {
        "name": report.construction.name,
        "tag": report.construction.tag,
        "title": report.construction.title,
        "gadget": report.construction.gadget,
        "stands": report.stands,
        "failures": list(report.failures),
        "accept": report.construction.accept,
        "stopped": False,
        "skipped": list(report.skipped),
        "verdicts": [_verdict(verdict, id(verdict) in deciding, good(verdict, report)) for verdict in report.verdicts],
        "seconds": round(report.seconds, 3),
    }


def good(verdict: Verdict, report: Report) -> bool:
    """Whether a verdict is as it should be; necessity that nobody declared is information only."""
    silent = verdict.kind == "necessity" and getattr(report.construction, "dead", None) is None
    return silent or verdict.as_expected


def _verdict(verdict: Verdict, decides: bool, expected: bool) -> Plain:
    found = verdict.counterexample
    return {
        "kind": verdict.kind,
        "subject": verdict.subject,
        "method": verdict.method,
        "standing": verdict.standing.value,
        "decides": decides,
        "expected": expected,
        "scope": verdict.scope,
        "because": verdict.because,
        "evidence": plain_values(verdict.evidence),
        "counterexample": plain_values(vars(found)) if found else None,
    }


def stopped_report(name: str, because: str, seconds: float, title: str = "") -> Plain:
    """The report on what could not be judged to the end: every claim is undecided, and the reason is said."""
    verdict = {"kind": "claim", "subject": "every claim", "method": "", "standing": "undecided", "decides": True}
    verdict |= {"expected": True, "scope": "nowhere", "because": because, "evidence": {}, "counterexample": None}
    report = {
        "name": name,
        "tag": "",
        "title": title,
        "gadget": False,
        "stands": False,
        "failures": [because],
        "accept": "",
        "skipped": [],
    }
    return {**report, "stopped": True, "verdicts": [verdict], "seconds": round(seconds, 3)}


def plain_values(value: Any) -> Any:
    """What JSON can say; exact numbers, and everything that it cannot say, as strings."""
    if isinstance(value, Mapping):
        return {str(key): plain_values(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_values(part) for part in value]
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    return value if value is None or type(value) in (str, int, bool) else str(value)


def readable(value: Any) -> Any:
    """Plain values whose texts can be printed and written: a record may raise, or be called, anything."""
    if isinstance(value, dict):
        return {readable(key): readable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [readable(part) for part in value]
    return UNPRINTABLE.sub(_named, value) if isinstance(value, str) else value


def _named(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
