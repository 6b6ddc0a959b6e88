"""What a notebook shows: block tables for records and networks, a table of verdicts for a report."""

import re
from html.parser import HTMLParser

import pytest

from constructions import CATALOGUE, get
from constructions.interop import notebook
from constructions.language import at
from verify import verify


class Balanced(HTMLParser):
    """Raises `AssertionError` where a tag is not closed by its own."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("construction", CATALOGUE, ids=lambda c: c.name)
def test_every_construction_has_tables(construction):
    html = notebook.of_construction(construction)
    _ = Balanced(html)
    assert html.count("<table") >= 1 and construction.title.split()[0] in html
    assert len(html.encode()) < 100_000  # a page of a notebook


def test_entries_stand_under_their_registers():
    html = notebook.of_construction(get("gd-step"))
    value = re.search(r"<caption>value \(d_y × d_x\+d_y\)</caption>(.*?)</table>", html)
    assert value and re.findall(r">([^<>]+)</t[dh]>", value[1]) == ["x", "y", "y", "η/n W_0", "−η/n I"]


def test_wide_tables_say_what_they_leave_out_and_deep_networks_are_folded(monkeypatch):
    html = notebook.of_construction(get("raw-ridge"))
    assert html.count("<details open>") == 1 and html.count("<details>") == 30
    read = re.search(r"<caption>read \(4 × 32\); 0 in the 13 other registers</caption>(.*?)</table>", html)
    assert read and re.findall(r">([^<>]+)</t[dh]>", read[1]) == ["P", "P", "−I"]
    assert "<details>" not in notebook.of_construction(get("gd-steps"))
    monkeypatch.setattr(notebook, "WIDE", 99)  # every entry of a table that is not zero is still shown
    whole = notebook.of_construction(get("raw-ridge"))
    entries = [[e for e in re.findall(r"<td>([^<>]+)</td>", text) if e != "·"] for text in (html, whole)]
    assert entries[0] == entries[1] and len(entries[0]) > 150 and whole.count("<td>·") > html.count("<td>·")


def test_instances_show_numbers():
    html = notebook.of_instance(at(get("gd-step"), {"d_x": 2, "d_y": 1, "n": 2}, {"eta": 1}))
    _ = Balanced(html)
    assert "d_x = 2" in html and "linear attention" in html


def test_a_report_is_a_table_of_verdicts():
    report = verify(get("gd-step"), methods=["blockwise"])
    html = report._repr_html_()
    _ = Balanced(html)
    assert (
        "<td" in html
        and "proved" in html
        and html.count("<tr>")
        == 1 + len(report.claims) + len([verdict for verdict in report.verdicts if verdict.kind != "claim"])
    )


def test_nothing_is_registered_where_no_notebook_runs():
    assert notebook.enable() is False
