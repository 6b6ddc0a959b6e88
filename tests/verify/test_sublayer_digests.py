"""The digests of a network change with every word and number of an MLP, a norm, a sink and a block."""

from dataclasses import replace
from fractions import Fraction

import pytest

from constructions.digest import sha256
from constructions.language import (
    MLP,
    Attention,
    Block,
    Constant,
    Head,
    LayerNorm,
    Readout,
    Stream,
    Transformer,
    Units,
    at,
)
from constructions.matrix import exact
from tests.language.small import bare
from verify.scrutiny.digest import described_network, fingerprint

X, Y = STREAM = Stream(x=2, y=1)
ATTENTION = Attention((Head(X, X, Y, Y),), "softmax", "context", sink=True, norm=LayerNorm())
UNITS = Units(X, X, bias=exact([1, 2]), gate=X)
OTHER_UNITS = Units(Y, Y)
NORM = LayerNorm(gain=exact([1, 2, 3]), bias=0, epsilon=1)
CONSTANT = Constant(exact([4, 5]), X)
FEED = MLP((UNITS, OTHER_UNITS), "gelu", NORM, (CONSTANT,))
SUBLAYERS = (ATTENTION, FEED, LayerNorm())


def record_of(*layers):
    network = Transformer(STREAM, layers)
    return bare(weights=lambda d_x, d_y: network, readout=lambda y: Readout(y, at="query"))


def digests(*layers):
    """The digests of a certificate, and of all that the builders fixed."""
    record = record_of(*layers)
    made = described_network(record, dict(record.sizes))
    assert all(len(digest) == 64 for digest in made.values()), made
    return made | {"all": sha256(fingerprint(at(record)))}


def units(**change):
    return Block((ATTENTION, replace(FEED, units=(replace(UNITS, **change), OTHER_UNITS)), LayerNorm()))


def feed(**change):
    return Block((ATTENTION, replace(FEED, **change), LayerNorm()))


def norm(**change):
    return feed(norm=replace(NORM, **change))


def attention(**change):
    return Block((replace(ATTENTION, **change), FEED, LayerNorm()))


def last(**change):
    return Block((ATTENTION, FEED, LayerNorm(**change)))


BASE = (Block(SUBLAYERS),)
CHANGES = {
    "activation": (feed(activation="gelu tanh"),),
    "factor": (units(factor="√(π/2)"),),
    "bias of units": (units(bias=exact([1, 3])),),
    "bias as a number": (units(bias=1),),
    "read": (units(read=2 * X),),
    "into": (units(into=-X),),
    "gate": (units(gate=2 * X),),
    "no gate": (units(gate=None),),
    "order of units": (feed(units=(OTHER_UNITS, UNITS)),),
    "one group of units less": (feed(units=(UNITS,)),),
    "value of a constant": (feed(constants=(replace(CONSTANT, value=exact([4, 6])),)),),
    "place of a constant": (feed(constants=(replace(CONSTANT, into=2 * X),)),),
    "no constant": (feed(constants=()),),
    "gain": (norm(gain=exact([1, 2, 4])),),
    "bias of a norm": (norm(bias=Fraction(1, 10**9)),),
    "epsilon": (norm(epsilon=Fraction(1, 10**9)),),
    "no norm in an MLP": (feed(norm=None),),
    "sink": (attention(sink=False),),
    "no norm in attention": (attention(norm=None),),
    "epsilon in attention": (attention(norm=LayerNorm(epsilon=Fraction(1, 10**9))),),
    "gain of the last norm": (last(gain=2),),
    "bias of the last norm": (last(bias=2),),
    "epsilon of the last norm": (last(epsilon=2),),
    "order of sublayers": (Block(SUBLAYERS[::-1]),),
    "a neighbouring exchange": (Block((SUBLAYERS[0], SUBLAYERS[2], SUBLAYERS[1])),),
    "a sublayer less": (Block(SUBLAYERS[:2]),),
    "two blocks": (Block(SUBLAYERS[:1]), Block(SUBLAYERS[1:])),
    "no block": SUBLAYERS,
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_changes_the_digest(name):
    before, after = digests(*BASE), digests(*CHANGES[name])
    assert before["all"] != after["all"]
    assert (before["weights"], before["architecture"]) != (after["weights"], after["architecture"])
    assert (before["prompt"], before["readout"]) == (after["prompt"], after["readout"])


def test_no_two_changes_have_the_same_digest():
    found = [(made["weights"], made["architecture"]) for made in (digests(*layers) for layers in CHANGES.values())]
    assert len(set(found)) == len(CHANGES)


def test_the_same_network_built_again_has_the_same_digest():
    assert digests(*BASE) == digests(
        Block((replace(ATTENTION), replace(FEED, norm=replace(NORM, gain=exact(["1", "2", "3"]))), LayerNorm()))
    )
