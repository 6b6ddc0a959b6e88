"""Near misses and claims that name what they change: the record makes the functions, and refuses what nothing takes."""

import re
from dataclasses import replace
from functools import partial

import pytest

from constructions import get
from constructions.language import (
    Attention,
    BadConstruction,
    Box,
    Construction,
    Equal,
    Head,
    NearMiss,
    Parameter,
    Readout,
    Source,
    Stream,
    Transformer,
    UnknownName,
    Within,
    WrongQuantifier,
    at,
    supervised,
)
from constructions.language.quantifier import names_of
from constructions.language.variants import Changed, varied
from constructions.matrix import exact
from verify.scrutiny.digest import described_claims
from verify.scrutiny.digging import digging


def weights(d, n, steps, eta, *, mask="context", kernel="linear"):
    x, y = stream = Stream(x=d, y=1)
    head = Head(query=x, key=x, value=-eta / n * y, into=y)
    return Transformer(stream, layers=(Attention((head,), kernel, mask),) * steps)


def algorithm(X, Y, X_q, eta, n, *, sign=1):
    return sign * eta / n * X_q @ X.T @ Y


RECORD = Construction(
    name="small",
    title="A step from zero",
    sources=(Source("vonoswald2023transformers", "Proposition 1"), Source("vonoswald2023transformers", "Appendix")),
    weights=weights,
    prompt=supervised,
    readout=lambda y, *, sign=1: Readout(-sign * y, at="query"),
    algorithm=algorithm,
    sizes={"d": 2, "n": 3, "m": 2, "steps": 1},
    parameters={"eta": Parameter(default="1/10", positive=True)},
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
)


def missing(*args, record=RECORD, **change):
    return replace(record, near_misses={"a": NearMiss("why", *args, **change)}).near_misses["a"]


def changed(**change):
    record = replace(RECORD, near_misses={"a": NearMiss("why", **change)})
    return record.variant(record.near_misses["a"])


def test_a_keyword_is_the_argument_of_the_weights_that_it_names():
    miss = missing(mask="everything", n=1)
    assert set(miss.replaces) == {"weights"}
    made = miss.replaces["weights"]
    assert isinstance(made, partial) and made.func is weights and made.keywords == {"mask": "everything", "n": 1}
    assert at(changed(mask="everything")).network.layers[0].mask == "everything"


def test_a_function_for_a_quantified_argument_is_a_formula():
    variant = changed(weights={"steps": lambda steps: steps + 2}, eta=lambda eta, d: d * eta, mask="everything")
    assert names_of(variant.weights) == ("d", "n", "steps", "eta")
    made = at(variant, {"d": 5}).network
    assert len(made.layers) == 3 and made.layers[0].mask == "everything"
    plain = at(RECORD, {"d": 5}, {"eta": "1/2"}).network.layers[0].heads[0].value.dense
    assert at(variant, {"d": 5}, {"eta": "1/10"}).network.layers[0].heads[0].value.dense.shape == plain.shape
    assert repr(at(variant, {"d": 5}, {"eta": "1/10"}).network.layers[0].heads[0].value.dense) == repr(plain)


def test_other_functions_are_named_with_their_arguments():
    variant = changed(algorithm={"sign": -1, "eta": lambda eta, Y: eta * Y.shape[0]}, readout={"sign": -1})
    assert set(names_of(variant.algorithm)) == {"X", "Y", "X_q", "n", "eta"}
    one = exact([[1]])
    given = {"X": one, "Y": one, "X_q": one, "n": 1, "eta": exact(1)}
    assert repr(variant.algorithm(**given)) == repr(exact([[-1]]))
    assert variant.readout.keywords == {"sign": -1} and variant.weights is weights


def test_a_keyword_varies_the_weights_that_are_given():
    other = partial(weights, kernel="relu")
    made = missing(weights=other, mask="everything").replaces["weights"]
    assert made.func is weights and made.keywords == {"kernel": "relu", "mask": "everything"}


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        (
            {"masc": "all"},
            UnknownName,
            "small: the near miss a changes 'masc', which is no field of the record, and its weights do not take it; did you "
            "mean mask or mean?",
        ),
        (
            {"algorithm": {"sing": 1}},
            UnknownName,
            "small: the near miss a: its algorithm changes 'sing', which it does not take; did you mean sign?",
        ),
        (
            {"weights": {"steps ": 1}},
            UnknownName,
            "the near miss a: its weights changes 'steps ', which it does not take",
        ),
        ({"eta": lambda eta, X: eta * X}, WrongQuantifier, "weights of small asks for X, which is data"),
        ({"eta": lambda rho: rho}, UnknownName, "weights of small asks for 'rho', which is not declared"),
        ({"n": 1, "of": Equal("another")}, BadConstruction, "is one of 'another', which the record does not claim"),
    ],
)
def test_what_nothing_takes_is_refused(change, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        _ = missing(**change)


def test_a_place_alone_is_one_in_the_record_s_own_source():
    assert missing(n=1, source="Lemma 3").source == Source("vonoswald2023transformers", "Lemma 3")
    two = replace(RECORD, sources=(*RECORD.sources, Source("ahn2023preconditioned", "Lemma 1")))
    for record, count in ((two, "2"), (replace(RECORD, sources=()), "no")):
        with pytest.raises(BadConstruction, match=f"the record has {count} works among its sources; give Source"):
            _ = missing(n=1, source="Lemma 3", record=record)


def test_a_near_miss_of_a_claim_has_its_network_and_its_words():
    bound = Within(lambda eta: eta, "within η", {"kernel": "relu"}, {"X": Box("eta")}, algorithm)
    record = replace(RECORD, claims=(Equal(), bound))
    miss = missing(of=bound, mask="everything", record=record)
    variant = record.variant(miss)
    assert variant.weights.keywords == {"kernel": "relu", "mask": "everything"} and variant.algorithm is algorithm
    assert variant.domain == {"X": Box("eta")}
    assert variant.claims == (replace(bound, replaces={}, domain={}, algorithm=None),)


def test_a_claim_names_what_it_changes():
    record = replace(RECORD, claims=(Equal(), Equal("causal", {"mask": "causal"})))
    single = record.claiming(record.claims[1])
    assert single.weights.keywords == {"mask": "causal"} and single.weights is record.claims[1].replaces["weights"]
    with pytest.raises(UnknownName, match="the claim 'causal' changes 'masc'"):
        _ = replace(RECORD, claims=(Equal(), Equal("causal", {"masc": "causal"})))


def test_what_was_made_once_stays():
    record = replace(RECORD, near_misses={"a": NearMiss("why", eta=lambda eta: 2 * eta)})
    again = replace(record, accept="tested")
    assert again.near_misses["a"].replaces["weights"] is record.near_misses["a"].replaces["weights"]


def test_a_title_is_the_first_line_of_the_file():
    assert replace(get("gd-step"), title="").title == "One linear attention head is one step of gradient descent"
    assert replace(RECORD, title="").title == __doc__.strip().rstrip(".")
    nowhere: dict = {}
    exec("def weights(d, n, steps, eta): return None", nowhere | {"__name__": "nowhere"}, nowhere)
    nowhere["weights"].__module__ = "nowhere"
    with pytest.raises(BadConstruction, match="small has no title: begin its file with one, or give it title=…"):
        _ = replace(RECORD, title="", weights=nowhere["weights"])


def test_formulas_are_read_as_all_functions_of_a_record_are():
    good = replace(RECORD, weights=varied(weights, {"eta": lambda eta: 2 * eta}, "it"))
    assert isinstance(good.weights, Changed) and not digging(good)
    digs = replace(RECORD, weights=varied(weights, {"eta": lambda eta: eta._entries}, "it"))
    assert digging(digs) == "weights uses _entries: a construction must not find out how it is being checked"


def test_a_digest_tells_formulas_apart():
    def digests(**change):
        record = replace(RECORD, near_misses={"a": NearMiss("why", **change)})
        return described_claims(record, {}, 0)["near misses"]["a"]

    twice = digests(eta=lambda eta: 2 * eta)
    thrice = digests(eta=lambda eta: 3 * eta)
    assert twice != thrice and not twice.startswith("no digest") and digests(n=1) != digests(n=2)
    with_two = replace(RECORD, algorithm=varied(algorithm, {"eta": lambda eta: 2 * eta}, "it"))
    with_three = replace(RECORD, algorithm=varied(algorithm, {"eta": lambda eta: 3 * eta}, "it"))
    digested = [described_claims(record, {}, 0)["algorithm"] for record in (with_two, with_three)]
    assert digested[0] != digested[1] and not digested[0].startswith("no digest")


def test_three_dots_are_the_record_s_own():
    record = replace(RECORD, degree=2, claims=(Equal(), Equal("causal", {"mask": "causal", "resources": ...})))
    record = replace(record, resources={"layers": "steps"}, near_misses={"a": NearMiss("why", n=1, claims=...)})
    assert record.claims[1].replaces["resources"] == {}
    assert record.near_misses["a"].replaces["claims"] == record.claims


def test_one_change_is_one_function():
    two = (Equal(), Equal("one", {"kernel": "relu"}), Equal("two", {"kernel": "relu"}), Equal("three", {"n": True}))
    made = [claim.replaces["weights"] for claim in replace(RECORD, claims=(*two, Equal("four", {"n": 1}))).claims[1:]]
    assert made[0] is made[1] and made[2] is not made[3] and made[2].keywords["n"] is True
