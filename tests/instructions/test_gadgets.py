"""What `gadget=True` lets pass, and what it does not: without its layers a gadget must be wrong, as everything else."""

from dataclasses import replace

import pytest

from constructions import CATALOGUE, get
from constructions.__main__ import main
from tests.controls import empty_theorems
from verify import Standing
from verify.methods.honesty import honesty
from verify.plan import plan

GADGETS = [record for record in CATALOGUE if record.gadget]
SMUGGLED = [control.record for control in empty_theorems.CONTROLS if control.record.gadget]


def judged(record):
    return honesty(record.claiming(record.claims[0]), plan(record))


def test_only_lemmas_about_layers_are_gadgets():
    assert [record.name for record in GADGETS] == [
        "mov",
        "aff",
        "mul",
        "dot",
        "div",
        "div-by-norm",
        "raw",
        "sigmoid-pieces",
    ]


def test_a_map_of_each_token_alone_is_a_gadget_and_no_theorem():
    verdict = judged(get("dot"))
    assert verdict.standing is Standing.TESTED and "a gadget, so nothing has to be learned" in verdict.scope
    assert "whether others' data matter, was not asked" in verdict.evidence["gadget"]
    assert verdict.evidence["passed"] == "same weights before and after data, wrong without its layers"
    other = judged(replace(get("dot"), gadget=False))
    assert other.standing is Standing.REFUTED and "nothing is learned from the context" in other.because
    headless = judged(replace(get("mov"), gadget=False))
    assert headless.standing is Standing.TESTED and "gadget" not in headless.evidence  # it copies from another item


@pytest.mark.parametrize("record", SMUGGLED, ids=lambda record: record.name)
def test_a_smuggled_answer_does_not_pass_as_a_gadget(record):
    verdict = judged(record)
    assert verdict.standing is Standing.REFUTED
    assert "without its layers the network still satisfies the claim" in verdict.because
    assert len(SMUGGLED) == 3


@pytest.mark.parametrize(
    "name", ["weights-that-remember-data", "weights-drawn-at-random", "the-algorithm-runs-the-network"]
)
def test_all_other_checks_stay(name):
    record = next(control.record for control in empty_theorems.CONTROLS if control.record.name == name)
    verdict = judged(replace(record, gadget=True))
    assert verdict.standing is Standing.REFUTED and verdict.because == judged(record).because


def test_the_page_says_that_it_is_a_gadget(capsys):
    sentence = "a gadget: a lemma about layers, so nothing is learned in context"
    assert main(["show", "mul"]) == 0
    assert sentence in capsys.readouterr().out
    assert main(["show", "copy-next"]) == 0
    assert sentence not in capsys.readouterr().out
