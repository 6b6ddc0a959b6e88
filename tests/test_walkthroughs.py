"""The walkthroughs of docs/ run as printed, and print what they say."""

import re
from fractions import Fraction
from pathlib import Path

from constructions.matrix.rational import fractions_of
from tests.test_readme import timeless
from verify import verify
from verify.__main__ import main

COMPOSE = (Path(__file__).parents[1] / "docs/walkthroughs/compose.md").read_text(encoding="utf-8")
RECORD, USE = re.findall(r"```python\n(.*?)```", COMPOSE, re.DOTALL)


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
    chain = RECORD.partition("def weights")[2].partition("return compiled")[0].strip().splitlines()
    assert len(chain) <= 11  # the signature, the registers, and the chain
