"""A report as an HTML table, for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verify.verdict import Report, Verdict

CELL = "border:1px solid currentColor;padding:0.1em 0.6em;text-align:left;vertical-align:top"


def report_html(report: Report) -> str:
    """The claims with standing and scope, then near misses and everything else that was judged, and what does not stand."""
    rows = [*report.claims.values(), *(verdict for verdict in report.verdicts if verdict.kind != "claim")]
    head = "".join(f'<th scope="col" style="{CELL}">{word}</th>' for word in ("judged", "standing", "scope"))
    body = "".join(map(_row, rows))
    failures = "".join(f"<li>{escape(failure)}</li>" for failure in report.failures)
    title = escape(str(report).splitlines()[0])
    return f'<h4>{title}</h4><table style="border-collapse:collapse"><tr>{head}</tr>{body}</table><ul>{failures}</ul>'


def _row(verdict: Verdict) -> str:
    subject = verdict.subject if verdict.kind == "claim" else f"{verdict.kind} “{verdict.subject}”"
    because = f"; {verdict.because}" if verdict.because else ""
    cells = (subject, verdict.standing.value, verdict.scope + because)
    return "<tr>" + "".join(f'<td style="{CELL}">{escape(cell)}</td>' for cell in cells) + "</tr>"
