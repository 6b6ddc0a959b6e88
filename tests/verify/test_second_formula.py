"""Claims that compare with a formula of their own: judged against it, described by it, and read for tools of digging."""

from dataclasses import replace

import pytest

from constructions import get
from constructions.language import BadConstruction, Equal, UnknownName
from verify.methods.blockwise import blockwise
from verify.plan import plan
from verify.scrutiny.digest import described_claim
from verify.scrutiny.digging import digging
from verify.verdict import Standing

STEP = get("gd-step")


def same(X, Y, X_q, W_0, eta):
    return STEP.algorithm(X, Y, X_q, W_0, eta)


def twice(X, Y, X_q, W_0, eta):
    return STEP.algorithm(X, Y, X_q, W_0, 2 * eta)


def with_second(formula):
    return replace(STEP, claims=(Equal(), Equal("second", algorithm=formula)), near_misses={})


@pytest.mark.parametrize(("formula", "standing"), [(same, Standing.PROVED), (twice, Standing.REFUTED)])
def test_a_second_formula_is_what_its_claim_is_judged_against(formula, standing):
    record = with_second(formula)
    single = record.claiming(record.claims[1])
    assert single.algorithm is formula and single.claims[0].algorithm is None and single.invariant is None
    assert blockwise(single, plan(single)).standing is standing
    first = record.claiming(record.claims[0])
    assert first.algorithm is STEP.algorithm and blockwise(first, plan(first)).standing is Standing.PROVED


def test_a_near_miss_is_judged_by_the_claims_on_the_record_s_own_formula():
    record = replace(with_second(same), near_misses=STEP.near_misses)
    variant = record.variant(next(iter(STEP.near_misses.values())))
    assert [claim.text for claim in variant.claims] == [Equal().text]


def test_certificates_speak_of_the_second_formula():
    sizes = plan(STEP).sizes[:1]
    one, other = (described_claim(r, r.claims[1], sizes) for r in map(with_second, (same, twice)))
    assert one["algorithm"] != other["algorithm"]
    assert "algorithm" not in described_claim(STEP, STEP.claims[0], sizes)


def test_the_second_formula_is_read_for_tools_of_digging():
    def digs(X, Y, X_q, W_0, eta):
        return X_q._entries

    assert digging(with_second(STEP.algorithm)) == ""
    assert digging(with_second(digs)).startswith("algorithm uses _entries")


def test_second_formulas_that_make_no_sense():
    with pytest.raises(UnknownName, match="second formula of gd-step asks for 'Z'"):
        _ = with_second(lambda Z: Z)
    with pytest.raises(BadConstruction, match="claim something of the record's own"):
        _ = replace(STEP, claims=(Equal("second", algorithm=same),))
