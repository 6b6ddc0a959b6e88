"""A chain as the weights of a record: what it asks for, what it builds, and the bound that is its own."""

import re
from dataclasses import replace
from functools import partial

import pytest

from constructions.gadgets.aff import weights as aff
from constructions.gradient_descent.raw_sgd_step import RAW_SGD_STEP, program, readout, weights
from constructions.instructions import compiled, error_bound, in_a_box, pairs_in_a_box
from constructions.instructions.chains import Deviation
from constructions.language import BadConstruction, UnknownName, at
from constructions.language.quantifier import names_of
from verify.scrutiny.digest import described_claims, fingerprint
from verify.scrutiny.digging import digging

GIVEN = {name: at(RAW_SGD_STEP).parameters[name] for name in ("w", "alpha", "lam", "s", "B", "N")} | {"d": 2}


def built(chain, **more):
    return at(replace(RAW_SGD_STEP, weights=chain, claims=RAW_SGD_STEP.claims[:1], near_misses={}), **more)


def test_it_asks_for_what_program_length_and_fidelity_ask_for():
    assert names_of(weights) == ("d", "w", "alpha", "lam")
    assert names_of(weights.limit) == ("d", "w", "alpha", "lam", "s")
    assert names_of(weights.paper) == ("d", "w", "alpha", "lam", "s", "N")
    assert names_of(aff.paper) == ("d", "W_1", "W_2", "b", "T", "N")
    assert names_of(Deviation(weights.limit)) == (*names_of(weights.limit), "B")
    assert names_of(Deviation(aff.paper)) == (*names_of(aff.paper), "B")


@pytest.mark.parametrize(
    ("chain", "how"), [(weights, {}), (weights.limit, {"fidelity": "limit"})], ids=["exact", "limit"]
)
def test_it_builds_what_compiled_builds(chain, how):
    def plainly(d, w, alpha, lam):
        return compiled(*program(d, w, alpha, lam), length=3)

    def with_gelu(d, w, alpha, lam, s):
        return compiled(*program(d, w, alpha, lam), length=3, fidelity="limit", s=s)

    assert fingerprint(built(chain)) == fingerprint(built(with_gelu if how else plainly))
    assert fingerprint(built(weights)) != fingerprint(built(weights.limit))


def test_one_fidelity_is_one_network_for_all_claims():
    assert weights.limit is weights.limit and weights.paper is not weights.limit
    assert RAW_SGD_STEP.claims[1].replaces["weights"] is RAW_SGD_STEP.claims[2].replaces["weights"]


def test_its_bound_is_that_of_its_operations():
    d, w, alpha, lam, s, B = (GIVEN[name] for name in ("d", "w", "alpha", "lam", "s", "B"))

    def answer(stream):
        return readout(stream["z"], d).form

    made = Deviation(weights.limit)(d=d, w=w, alpha=alpha, lam=lam, s=s, B=B)
    assert repr(made) == repr(error_bound(answer, program(d, w, alpha, lam), pairs_in_a_box(1, B), s=s))
    with pytest.raises(BadConstruction, match=re.escape("only the weights of a Chain have a bound of their own")):
        _ = in_a_box(lambda d, s: None, "X")


def test_variants_and_lengths_have_digests_of_their_own():
    def digest(chain):
        record = replace(RAW_SGD_STEP, algorithm=chain, near_misses={})
        return described_claims(record, {}, 0)["algorithm"]

    chains = (weights, weights.limit, replace(weights, length=4))
    made = [digest(chain) for chain in (*chains, *(partial(chain, alpha=0) for chain in chains))]
    assert len(set(made)) == 6 and not any(text.startswith("no digest") for text in made)


def test_a_program_that_digs_is_refused():
    def digs(d, w, alpha, lam):
        return program(d, w._entries, alpha, lam)

    assert not digging(RAW_SGD_STEP)
    found = digging(replace(RAW_SGD_STEP, weights=replace(weights, program=digs), near_misses={}))
    assert found == "weights uses _entries: a construction must not find out how it is being checked"


def test_a_bound_of_other_columns_is_refused():
    elsewhere = replace(weights.limit, readout=lambda z, d: replace(readout(z, d), at="everything"))
    with pytest.raises(BadConstruction, match="what is read at context or query or last, not at 'everything'"):
        _ = Deviation(elsewhere)(**{name: GIVEN[name] for name in names_of(Deviation(elsewhere))})


def test_a_fidelity_that_nobody_knows_is_refused():
    with pytest.raises(UnknownName, match="'exakt' is no fidelity; did you mean exact"):
        _ = replace(weights, fidelity="exakt")
