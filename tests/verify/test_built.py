"""A network is built once while a construction is judged, and found again by all that it depends on; honesty builds anew."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction

import pytest

from constructions import get
from constructions.language import build
from constructions.matrix import exact
from constructions.matrix.sizes import Size
from tests.controls.base import TRUE
from verify import built as module
from verify.built import built, keep, networks_kept
from verify.judge import verify
from verify.methods.honesty import honesty
from verify.plan import plan
from verify.standard import parameter_choices
from verify.verdict import Standing

SIZES = {"d_x": 2, "d_y": 1, "n": 3, "m": 2}


def counted(record):
    """The record, and how often its builder ran."""
    calls = []

    def weights(d_x, d_y, n, eta):
        calls.append(1)
        return record.weights(d_x, d_y, n, eta)

    return replace(record, weights=weights), calls


def number(value):
    return {"eta": exact(value)}


def test_the_same_is_built_once():
    record, calls = counted(TRUE)
    with networks_kept():
        first = built(record, SIZES, number(2))
        assert built(record, dict(SIZES), number(Fraction(4, 2))) is first and len(calls) == 1


def test_outside_of_a_judgement_nothing_is_kept():
    record, calls = counted(TRUE)
    with networks_kept():
        _ = built(record, SIZES, number(2))
    for _ in range(2):
        _ = built(record, SIZES, number(2))
    keep([build(record, SIZES, number(2))])
    assert len(calls) == 4


def test_judgements_share_nothing():
    record, calls = counted(TRUE)
    for _ in range(2):
        with networks_kept():
            _ = built(record, SIZES, number(2))
    assert len(calls) == 2


OTHERS = {
    "a size": (TRUE, {**SIZES, "n": 4}, number(2)),
    "a parameter": (TRUE, SIZES, number(3)),
    "its denominator": (TRUE, SIZES, number("2/3")),
    "the weights": (replace(TRUE, weights=lambda d_x, d_y, n, eta: TRUE.weights(d_x, d_y, n, eta)), SIZES, number(2)),
    "the prompt": (replace(TRUE, prompt=lambda X, Y, X_q: TRUE.prompt(X, Y, X_q)), SIZES, number(2)),
    "the readout": (replace(TRUE, readout=lambda y: TRUE.readout(y)), SIZES, number(2)),
    "the degree": (replace(TRUE, degree=2), SIZES, number(2)),
    "the name": (replace(TRUE, name="another"), SIZES, number(2)),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_differs_in_anything_shares_no_network(what):
    with networks_kept():
        first = built(TRUE, SIZES, number(2))
        other = built(*OTHERS[what])
        assert other is not first and other.network is not first.network
        assert other.construction is OTHERS[what][0] and dict(other.sizes) == OTHERS[what][1]


def test_another_claim_about_the_same_network_is_an_instance_of_its_own():
    record = get("gd-step")
    other = replace(record, algorithm=lambda X, Y, X_q, W_0, eta: record.algorithm(X, Y, X_q, W_0, eta))
    sizes = plan(record).sizes[0]
    parameters = next(iter(parameter_choices(record, sizes)))
    with networks_kept():
        first, second = built(record, sizes, parameters), built(other, sizes, parameters)
        assert second.network is first.network and second.construction is other and second.as_built


def test_letters_are_built_anew():
    record, calls = counted(TRUE)
    letter = {**SIZES, "n": Size.named("n")}
    with networks_kept():
        for _ in range(2):
            _ = built(record, letter, number(2))
    assert len(calls) == 2


def test_what_somebody_has_built_is_kept_for_others():
    record, calls = counted(TRUE)
    with networks_kept():
        made = build(record, SIZES, number(2))
        keep([made])
        assert built(record, SIZES, number(2)) is made and len(calls) == 1


def test_only_what_was_asked_for_last_is_kept(monkeypatch):
    monkeypatch.setattr(module, "KEPT", 2)
    record, calls = counted(TRUE)
    with networks_kept():
        for value in (1, 2, 1, 3, 1, 2):
            _ = built(record, SIZES, number(value))
    assert len(calls) == 4  # 2 was dropped when 3 came, because 1 had been asked for since


def test_honesty_asks_the_builders_themselves(monkeypatch):
    """Three times for every choice, whatever is kept: a builder that answers otherwise the next time must be met."""
    calls = []
    monkeypatch.setattr("verify.methods.honesty.build", lambda *given: calls.append(1) or build(*given))
    single, at = TRUE.claiming(TRUE.claims[0]), plan(TRUE)
    with networks_kept():
        for sizes in at.sizes:
            for parameters in parameter_choices(single, sizes):
                _ = built(single, sizes, parameters)
        assert honesty(single, at).standing is Standing.TESTED
        assert len(calls) >= 3 * sum(len(list(parameter_choices(single, sizes))) for sizes in at.sizes)


def test_nothing_is_left_after_a_judgement():
    _ = verify(TRUE, methods=["honesty", "enclosure"])
    assert module._networks.get() is None


def test_another_thread_shares_nothing():
    with networks_kept(), ThreadPoolExecutor(1) as threads:
        first = built(TRUE, SIZES, number(2))
        assert threads.submit(built, TRUE, SIZES, number(2)).result() is not first


def test_a_judgement_builds_each_network_once():
    """Both methods ask for the networks at every choice of parameters; one of them alone costs as much."""
    counts = []
    for methods in (["float"], ["float", "enclosure"]):
        record, calls = counted(replace(TRUE, near_misses={}))
        _ = verify(record, methods=methods)
        counts.append(len(calls))
    assert counts[0] == counts[1] > 0
