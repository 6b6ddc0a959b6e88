"""The search on structured data finds what generic data miss, and shrinks it to something that a person can check."""

from dataclasses import replace
from fractions import Fraction

import pytest

from constructions import CATALOGUE, get
from constructions.language import Attention, Head, Limit, MesaLayer, Stream, Transformer, Within
from constructions.matrix import exact, ones, reciprocal
from tests.controls.base import TRUE, algorithm
from verify.engines.counterexample import Point
from verify.methods.property import Search, property_search
from verify.plan import plan
from verify.strategies import rows
from verify.verdict import Standing


def searched(record, **sizes):
    return property_search(record, plan(record, sizes))


def squeezed(X, Y, X_q, eta, n):
    """Right for every number of examples but one."""
    return algorithm(X, Y, X_q, eta * (2 if n == 1 else 1))


def normalised(d_x, d_y, *, mask="context"):
    x, y, out = stream = Stream(x=d_x, y=d_y, out=d_y)
    head = Head(query=x, key=x, value=y, into=out)
    return Transformer(stream, (Attention((head,), kernel="linear", mask=mask, normaliser="sum"),))


def smoothed(X, Y, X_q, epsilon):
    scores = X_q @ X.T
    return (
        scores @ Y * (reciprocal(scores @ ones(X.shape[0], 1) + epsilon * ones(X_q.shape[0], 1)) @ ones(1, Y.shape[1]))
    )


def solved_beside(d_x, d_y, n, eta):
    """The true layer, and one that writes nothing but solves a system that needs n ≥ d_x examples in general position."""
    x, y = stream = Stream(x=d_x, y=d_y)
    true = Attention((Head(query=x, key=x, value=-eta / n * y, into=y),), kernel="linear", mask="context")
    return Transformer(stream, (true, MesaLayer(query=x, key=x, value=0 * y, into=y, ridge=0, mask="context")))


NORMALISED = replace(
    TRUE,
    name="normalised",
    parameters={},
    weights=normalised,
    readout=lambda out: replace(TRUE.readout(out), form=out),
    algorithm=lambda X, Y, X_q: smoothed(X, Y, X_q, 0),
)
PLANTED = {
    "n=1 squeeze": replace(TRUE, algorithm=squeezed),
    "1e-8 epsilon in a normaliser": replace(
        NORMALISED, algorithm=lambda X, Y, X_q: smoothed(X, Y, X_q, Fraction(1, 10**8))
    ),
}
SINGULAR = replace(TRUE, weights=solved_beside)


@pytest.mark.parametrize("name", PLANTED)
def test_planted_errors_are_found(name):
    verdict = searched(PLANTED[name])
    assert verdict.standing is Standing.REFUTED
    assert verdict.counterexample is not None
    assert max(verdict.counterexample.sizes.values()) <= 2


def test_a_true_theorem_passes():
    assert searched(TRUE).standing is Standing.TESTED


@pytest.mark.parametrize("record", [SINGULAR, NORMALISED], ids=["rank deficiency", "a normaliser of another token"])
def test_a_pole_of_the_network_alone_is_neither_passed_nor_refuted(record):
    """The second network is right at its query, and divides by zero at a token that nobody reads."""
    found = searched(record)
    assert found.standing is Standing.UNDECIDED
    assert "the network divides by zero where the algorithm has a value: d_x = " in found.because


@pytest.mark.parametrize("construction", CATALOGUE, ids=lambda c: c.name)
def test_no_counterexample_to_the_catalogue(construction):
    for claim in construction.claims:
        verdict = searched(construction.claiming(claim))
        if isinstance(claim, Limit):  # points do not judge it
            assert verdict.standing is Standing.UNDECIDED
        elif isinstance(claim, Within) and verdict.standing is Standing.UNDECIDED:
            assert verdict.because == "the bound has no value at every point that was drawn"
        else:
            assert verdict.standing is Standing.TESTED, verdict


def test_a_counterexample_is_small_and_repeats():
    first, again = (searched(PLANTED["n=1 squeeze"]).counterexample for _ in range(2))
    assert first == again
    assert set(first.sizes.values()) == {1}
    entries = [abs(entry) for table in first.data.values() for row in table for entry in row]
    assert max(entries) <= 1


def test_sizes_that_are_given_stay():
    verdict = searched(PLANTED["n=1 squeeze"], d_x=3, d_y=2, n=5, m=2)
    assert verdict.standing is Standing.TESTED
    assert "n=5" in verdict.scope


def test_a_bound_is_searched_in_balls():
    construction = get("induction-head")
    claim = construction.claims[1]
    tight = replace(construction.claiming(claim), claims=(Within(lambda n, beta: claim.bound(n, beta) / 10**6),))
    assert searched(tight).standing is Standing.REFUTED


def test_nightly_is_steered_by_the_share_of_the_bound(monkeypatch):
    monkeypatch.setenv("HYPOTHESIS_PROFILE", "nightly")
    monkeypatch.setattr("verify.methods.property.EXAMPLES", {"nightly": 60})
    seen = []
    monkeypatch.setattr("verify.methods.property.target", seen.append)
    construction = get("induction-head")
    assert searched(construction.claiming(construction.claims[1])).standing is Standing.TESTED
    assert 0 < max(seen) <= 1


def test_a_known_counterexample_fails():
    """Found by the search: one example, no squeeze at two."""
    record = PLANTED["n=1 squeeze"]
    one = {"X": exact([[1]]), "Y": exact([[1]]), "X_q": exact([[1]])}
    sizes = {"d_x": 1, "d_y": 1, "n": 1, "m": 1}
    assert Search(record, False).fails(Point(sizes, {"eta": exact(1)}, one))
    assert not Search(TRUE, False).fails(Point(sizes, {"eta": exact(1)}, one))


def test_a_strategy_of_rows_is_one_object():
    """Hypothesis looks through a strategy once, where it is asked for the same one again."""
    assert rows(2, 3) is rows(2, 3) is not rows(3, 2)
    assert rows(2, 3) is not rows(2, 3, 5)
