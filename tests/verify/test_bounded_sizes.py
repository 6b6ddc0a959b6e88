"""One network for every prompt up to the length that it was built for: `at_most`, wherever sizes are chosen."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from constructions import get
from constructions.language import BadConstruction, Parameter, UnknownName, at, build
from constructions.matrix.rational import fractions_of
from constructions.views.trace.sample import small_sizes
from tests.commands.run import refused, works
from tests.controls.special_cases import LONGEST_ONLY
from verify import Standing, verify
from verify.engines.counterexample import first_counterexample
from verify.plan import Plan, plan
from verify.strategies import sizes_of

NAMES = ("raw-sgd", "raw-ridge")


def lengths(record, **given_sizes):
    return [(sizes["n"], sizes["N"]) for sizes in plan(record, given_sizes).sizes]


def test_a_plan_goes_through_every_length():
    assert lengths(get("raw-sgd")) == [(2, 2), (3, 3), (2, 3), (1, 3)]
    assert lengths(get("raw-sgd"), N=4) == [(2, 4), (4, 4), (3, 4), (2, 4), (1, 4)]
    assert lengths(get("batch-gd")) == [(2, 2), (2, 2), (7, 7), (3, 3), (2, 3), (1, 3)]
    assert lengths(get("raw-sgd"), n=5) == [(5, 5), (5, 5)]
    assert lengths(get("raw-sgd"), n=1, N=2) == [(1, 2), (1, 2)]
    with pytest.raises(BadConstruction, match="raw-sgd at N = 3 serves n ≤ 3, and n = 4; give a larger N"):
        plan(get("raw-sgd"), {"n": 4, "N": 3})


def test_the_other_size_makes_room():
    record = get("raw-sgd")
    assert record.with_sizes({"n": 5}) == {"d": 2, "n": 5, "N": 5, "m": 2}
    assert record.with_sizes({"N": 2}) == {"d": 2, "n": 2, "N": 2, "m": 2}
    assert record.with_sizes({"n": 1}) == {"d": 2, "n": 1, "N": 3, "m": 2}
    assert (small_sizes(record, {})["n"], small_sizes(record, {})["N"]) == (4, 4)
    assert (small_sizes(record, {"N": 2})["n"], small_sizes(record, {"N": 7})["n"]) == (2, 4)
    with pytest.raises(BadConstruction, match="serves n ≤ 2, and n = 3; give a larger N"):
        build(record, {"d": 1, "n": 3, "N": 2, "m": 1}, {})


def test_a_bound_names_sizes():
    with pytest.raises(UnknownName, match="at_most names 'T'"):
        replace(get("raw-sgd"), at_most={"n": "T"})
    with pytest.raises(BadConstruction, match="m is at most n, which is itself bounded; name one bound"):
        replace(get("raw-sgd"), at_most={"m": "n", "n": "N"})


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_are_the_same_for_every_length(name):
    record = get(name)
    networks = [at(record, {"n": n, "N": 3}).network for n in (1, 2, 3)]
    assert all(network.stream.registers == networks[0].stream.registers for network in networks)
    forms = [[fractions_of(f.dense) for f in dense(network)] for network in networks]
    assert forms[0] == forms[1] == forms[2] and len(forms[0]) > 20
    assert forms[0] != [fractions_of(f.dense) for f in dense(at(record, {"n": 3, "N": 4}).network)]


def dense(network):
    for sublayer in network.sublayers:
        for part in (*getattr(sublayer, "heads", ()), *getattr(sublayer, "units", ())):
            yield from (part.forms.values() if hasattr(part, "forms") else ())


@pytest.mark.parametrize("name", NAMES)
def test_every_length_up_to_three_is_certified(name):
    (claim,) = verify(get(name), methods=("identity",), N=3, d=2, m=1).verdicts
    assert claim.standing is Standing.CERTIFIED
    assert all(f"n={n}, N=3" in claim.scope for n in (1, 2, 3))


def test_a_network_that_reads_an_absent_column_is_refuted_below_its_full_length():
    (found,) = verify(LONGEST_ONLY, methods=("identity",), N=3).verdicts
    assert found.standing is Standing.REFUTED
    point = first_counterexample(LONGEST_ONLY, Plan(({"d": 2, "n": 2, "N": 3},)))
    assert point is not None and (point.sizes["n"], point.sizes["N"]) == (1, 2)
    (proved,) = verify(LONGEST_ONLY, methods=("symbolic",), n=3, N=3, d=2).verdicts
    assert proved.standing is Standing.PROVED


def test_a_theorem_that_wants_the_wrong_bound_is_refuted():
    """w goes to the column after the longest prompt only."""
    record = get("raw-sgd")
    wrong = record.variant(record.near_misses["the-longest-prompt-only"])
    (found,) = verify(replace(wrong, name="wrong"), methods=("identity",), d=1, m=1, N=2).verdicts
    assert found.standing is Standing.REFUTED


@given(sizes_of(get("raw-sgd")), sizes_of(get("raw-sgd"), fixed={"N": 2}))
@settings(max_examples=20)
def test_drawn_sizes_respect_the_bound(free, fixed):
    assert free["n"] <= free["N"] and fixed["n"] <= fixed["N"] == 2


def test_the_page_says_it_and_settings_respect_it(capsys):
    page = works(capsys, "show", "raw-sgd").out
    assert "one network for every context length n ≤ N" in page
    assert "there are weights, for all n ≤ N, m, " in page
    sizes = works(capsys, "trace", "raw-sgd", "--set", "n=2", "--set", "N=4", "--json").data
    assert sizes["sizes"] == {"d": 2, "n": 2, "N": 4, "m": 1} and sizes["answer"]["equal"] is True
    assert len(sizes["layers"]) == 8 * 4 + 3
    message = refused(capsys, "trace", "raw-sgd", "--set", "n=5", "--set", "N=4")
    assert "raw-sgd at N = 4 serves n ≤ 4, and n = 5; give a larger N" in message


def test_what_shorter_prompts_leave_without_use_is_not_called_dead():
    nonzeros, *_ = verify(get("batch-gd"), methods=("necessity",), d=1, m=1, N=2).verdicts
    assert nonzeros.standing is not Standing.REFUTED
    short, *_ = verify(get("batch-gd"), methods=("necessity",), d=1, m=1, n=1, N=2).verdicts
    assert short.standing is Standing.UNDECIDED and "every prompt is shorter than the network" in short.because


def test_parameters_keep_their_shapes():
    """A parameter whose shape names the bound does not change with the length."""
    record = replace(get("raw-sgd"), parameters={**get("raw-sgd").parameters, "b": Parameter(("N",), default=0)})
    assert at(record, {"n": 1, "N": 3}).parameters["b"].shape == (3, 1)
