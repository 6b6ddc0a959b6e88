"""The walkthroughs of docs/ run as printed, and print what they say."""

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from constructions.matrix.rational import fractions_of
from tests.test_readme import timeless
from verify import Standing, verify
from verify.__main__ import main

COMPOSE = (Path(__file__).parents[1] / "docs/walkthroughs/compose.md").read_text(encoding="utf-8")
RECORD, USE, FIDELITIES = re.findall(r"```python\n(.*?)```", COMPOSE, re.DOTALL)


def test_a_chain_of_ones_own_is_verified_as_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("momentum.py").write_text(RECORD, encoding="utf-8")
    (command,) = re.findall(r"```sh\npython -m verify (.*?)\n```", COMPOSE)
    assert main([*command.split(), "--jobs", "1"]) == 0
    (shown,) = re.findall(r"```text\n(.*?)```", COMPOSE, re.DOTALL)
    printed = timeless(capsys.readouterr().out)
    first, last = (timeless(part) for part in shown.split("…\n"))
    assert printed.startswith(first) and printed.endswith(last)


def test_its_network_answers_as_the_comments_say():
    names: dict = {}
    exec(RECORD + USE, names)
    assert len(names["instance"].network.layers) == 7
    assert fractions_of(names["run"].answer) == [[Fraction(69, 80)]]


def test_one_changed_sign_in_the_printed_chain_is_refuted():
    names: dict = {}
    exec(RECORD.replace("aff(w.T @ x - y, into=r)", "aff(w.T @ x + y, into=r)"), names)
    report = verify(names["MOMENTUM"], methods=("symbolic",))
    assert not report.stands and "refuted" in str(report.verdicts[0].standing).lower()


def test_the_chain_is_ten_lines():
    chain = RECORD.partition("def program")[2].partition("def weights")[0].strip().splitlines()
    assert len(chain) <= 11  # the signature, the registers, and the chain


def test_its_bounds_with_gelu_and_in_the_papers_layers_are_proved():
    names: dict = {}
    exec(RECORD + FIDELITIES, names)
    report = verify(names["IN_THREE_FIDELITIES"], d=2, m=1, methods=("composition",))
    standing = {verdict.subject: verdict.standing for verdict in report.verdicts if verdict.kind == "claim"}
    assert len(standing) == 2 and set(standing.values()) == {Standing.PROVED}
    bound = names["IN_THREE_FIDELITIES"].claims[-1].bound
    half = replace(
        names["IN_THREE_FIDELITIES"].claims[-1],
        bound=lambda d, w, v, eta, mu, s, N, B: bound(d=d, w=w, v=v, eta=eta, mu=mu, s=s, N=N, B=B) / 2,
    )
    exactly = names["IN_THREE_FIDELITIES"].claims[0]
    report = verify(replace(names["IN_THREE_FIDELITIES"], claims=(exactly, half)), d=2, m=1, methods=("composition",))
    assert [verdict.standing for verdict in report.verdicts if verdict.subject == half.text] == [Standing.REFUTED]
