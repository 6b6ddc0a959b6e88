"""What the verifier makes of mixed values, delta layers, written tokens and kernels of heads: nothing is overlooked."""

from dataclasses import replace
from functools import partial

import pytest

from constructions import get
from constructions.digest import sha256
from constructions.gradient_descent import cot_gd
from constructions.language import (
    Attention,
    DeltaLayer,
    Equal,
    Head,
    NearMiss,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    at,
)
from constructions.matrix import exact, zeros
from constructions.matrix.rational import fractions_of
from tests.language.small import bare
from verify import Standing
from verify.engines.leakage import leakage
from verify.engines.places import Entry, changed, mutated, with_leaves
from verify.methods.blockwise import blockwise
from verify.methods.identity import identity
from verify.methods.necessity import necessity
from verify.plan import plan
from verify.scrutiny.digest import described_network, fingerprint


def single(name, number=0):
    record = get(name)
    return record.claiming(record.claims[number])


SEVERAL = replace(
    get("gp-posterior"),
    invariant=replace(get("gp-posterior").invariant, start=lambda n, d_y, m: (zeros(n, d_y), zeros(n, m))),
    data={**get("gp-posterior").data, "X_q": ("m", "d_x")},
    sizes={**get("gp-posterior").sizes, "m": 2},
)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (single("cot-gd"), "a network that writes tokens of its own has no meaning over blocks"),
        (single("delta-rule"), "a layer that goes from token to token has no meaning over blocks"),
        (single("delta-rule", 1), "a layer that goes from token to token has no meaning over blocks"),
        (SEVERAL, "the mask 'query' has no meaning over blocks of tokens"),
    ],
    ids=["written tokens", "delta layer", "chunks", "several queries"],
)
def test_what_blocks_of_tokens_cannot_say_is_undecided(record, reason):
    verdict = blockwise(record, plan(record))
    assert verdict.standing is Standing.UNDECIDED and reason in verdict.because


@pytest.mark.parametrize("name", ["functional-gd", "gp-posterior", "power-iteration", "td-lambda", "td-average"])
def test_near_misses_are_not_proved_in_letters(name):
    record = get(name)
    for miss in record.near_misses.values():
        variant = record.variant(NearMiss("", **{"invariant": record.invariant, **miss.replaces}))
        assert blockwise(variant, plan(variant)).standing is not Standing.PROVED, miss.because


@pytest.mark.parametrize(("passes", "steps"), [(2, 1), (1, 2), (2, 3)])
def test_every_pass_is_run(passes, steps):
    """Two passes are not one step, nor one pass two."""

    def weights(d, Gamma):
        return cot_gd.weights(d, passes, Gamma)

    def algorithm(X, y, w_0, Gamma):
        return cot_gd.algorithm(X, y, w_0, Gamma, steps)

    fields = {"weights": weights, "algorithm": algorithm, "claims": (Equal(),), "sizes": {"d": 2, "n": 3}}
    wrong = replace(get("cot-gd"), **fields, near_misses={}, resources={})
    assert identity(wrong, plan(wrong)).standing is Standing.REFUTED


def mixed(mixing, mask="causal context"):
    """Every example answers with the values that it may read."""

    def weights(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        head = Head(query=x, key=x, value=y, into=y, mixing=exact(mixing))
        return Transformer(stream, (Attention((head,), "linear", mask),))

    return bare(
        weights=weights,
        prompt=lambda X, Y: Prompt(context=(Token(x=X, y=Y),)),
        readout=lambda y: Readout(y, at="context"),
        algorithm=lambda X, Y: Y + X @ X.T @ Y,
        data={"X": ("n", "d_x"), "Y": ("n", "d_y")},
        sizes={"d_x": 2, "d_y": 1, "n": 2},
    )


def test_a_mixing_does_not_hide_a_leak():
    """With a causal mask, key 1 fetches the value of token 2 where the mixing says so."""

    def causal(X, Y):
        return Y + X[:1] @ X[:1].T @ Y[:1] * exact([[1], [0]]) + exact([[0], [1]]) * (X[1] @ X.T @ Y)

    for mixing, standing in (([[1, 0], [0, 1]], Standing.PROVED), ([[1, 1], [0, 1]], Standing.REFUTED)):
        record = replace(mixed(mixing), algorithm=causal)
        found = leakage(record, plan(record, {"d_x": 2, "d_y": 1, "n": 2}))
        assert found.standing in (standing, Standing.TESTED) and (found.standing is Standing.REFUTED) == (
            standing is Standing.REFUTED
        )


def test_a_mixing_is_a_weight():
    record, places = mixed([[1, 2], [0, 3]], "context"), []
    instance = at(record)
    _ = changed(instance, lambda place, matrix: places.append(place) or matrix, with_leaves)
    assert "layer 1 head 1 mixing" in places
    entry = Entry("layer 1 head 1 mixing", 1, 0)
    assert entry.name(instance) == "layer 1 head 1 mixing row 1 column 0"
    data = {"X": exact([[1, 0], [0, 2]]), "Y": exact([[5], [7]])}
    other = mutated(instance, entry, lambda value: value + 1)
    assert fractions_of(instance.run(data).answer) == [[5 + 5 + 14], [7 + 4 * 21]]
    assert fractions_of(other.run(data).answer) == [[5 + 5 + 14], [7 + 4 * 26]]


X, Y = STREAM = Stream(x=2, y=1)
HEAD = Head(X, X, Y, Y)


def digests(layer, passes=1):
    record = bare(
        weights=lambda d_x, d_y: Transformer(STREAM, (layer,), passes), readout=lambda y: Readout(y, at="query")
    )
    made = described_network(record, dict(record.sizes))
    return made["weights"] + made["architecture"], sha256(fingerprint(at(record)))


def test_digests_tell_them_apart():
    attention = partial(Attention, kernel="linear", mask="context")
    networks = [
        (attention((HEAD,)), 1),
        (attention((HEAD,)), 2),
        (attention((replace(HEAD, kernel="relu"),)), 1),
        (attention((replace(HEAD, mixing=exact([[1, 0, 0], [0, 1, 0], [0, 0, 1]])),)), 1),
        (attention((replace(HEAD, mixing=exact([[1, 0, 0], [0, 2, 0], [0, 0, 1]])),)), 1),
        (DeltaLayer(X, X, Y, Y, Y), 1),
        (DeltaLayer(X, X, Y, Y, Y, chunk=2), 1),
    ]
    for made in zip(*(digests(*network) for network in networks), strict=True):
        assert len(set(made)) == len(networks)


def test_zeros_that_matter_in_the_second_order_contradict_nothing():
    """What the network writes into x is 0 as long as nothing writes there, and then counts twice."""
    verdicts = necessity(single("cot-gd"), plan(get("cot-gd")))
    assert [verdict.standing for verdict in verdicts][1] is Standing.CERTIFIED
