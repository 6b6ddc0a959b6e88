"""Attention that depends on positions alone, found by nonzeros, against the kernel's own."""

from dataclasses import replace

import numpy as np
import pytest

from constructions import CATALOGUE, get
from constructions.language import (
    Attention,
    Construction,
    Head,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    at,
    positional,
)
from constructions.language.forward import attention, by_position
from constructions.language.positional import attended
from constructions.matrix import exact, ones, zeros
from constructions.matrix.rational import fractions_of
from constructions.views.trace.sample import drawn_parameters, small_sizes


def compared(instance):
    """How many heads were found, and how many of these attend to something else than in the kernel."""
    layout, network = instance.layout, instance.network
    layers = {id(part): part for part in network.sublayers if isinstance(part, Attention)}.values()
    heads = [(head, layer) for layer in layers for head in layer.heads if by_position(head, layer, layout)]
    found = [(mine, head, layer) for head, layer in heads if (mine := attended(head, layer, layout)) is not None]
    H = zeros(layout.tokens, network.stream.width)
    return len(found), sum(fractions_of(mine) != fractions_of(attention(h, l, H, layout)) for mine, h, l in found)


def test_every_head_of_the_catalogue_attends_as_in_the_kernel(monkeypatch):
    seen = 0
    for record in CATALOGUE:
        sizes = small_sizes(record, {name: 3 for name in ("m",) if name in record.sizes})
        found, wrong = compared(at(record, sizes, drawn_parameters(record, sizes, {}, 1)))
        assert not wrong, record.name
        seen += found
    assert seen > 50
    monkeypatch.setattr(positional, "_scores", lambda columns, values, told, keys: np.arange(keys))
    assert compared(at(get("raw-sgd"), {"n": 2, "N": 2}))[1]


def of_a_head(seed, sink, mask, **more):
    """A head whose scores are small whole numbers that depend on positions, so that often many keys are equally good."""
    random = np.random.default_rng(seed)
    asked, told = (exact(random.integers(-1, 2, (2, 6))) / 3 for _ in range(2))

    def weights():
        x, code = stream = Stream(x=1, code=6)
        head = Head(query=asked @ code, key=told @ code, value=x, into=x, **more)
        return Transformer(stream, (Attention((head,), "hard", mask=mask, sink=sink),))

    return Construction(
        name="of-a-head", sizes={"n": 4, "m": 2}, data={"X": ("n", 1), "X_q": ("m", 1)}, weights=weights,
        prompt=lambda X, X_q: Prompt((Token(x=X),), (Token(x=X_q),), positions=(("code", "one-hot"),)),
        readout=lambda x: Readout(x, at="query"), algorithm=lambda X_q: X_q,
    )  # fmt: skip


@pytest.mark.parametrize("mask", ["causal", "strict", "everything", "causal window:2"])
@pytest.mark.parametrize("sink", [True, False])
def test_random_heads_attend_as_in_the_kernel(monkeypatch, sink, mask):
    instances = [at(of_a_head(seed, sink, mask)) for seed in range(12)]
    assert [compared(one) for one in instances] == [(1, 0)] * 12
    honest = positional._shares
    monkeypatch.setattr(positional, "_shares", lambda asked, told, view, sink: honest(asked, told, view, not sink))
    assert any(wrong for _, wrong in map(compared, instances))


def test_what_else_acts_on_attention_is_left_to_the_kernel(monkeypatch):
    mixed = at(of_a_head(0, True, "everything", mixing=exact(np.eye(6, dtype=int))), {"m": 2})
    assert compared(mixed)[0] == 0
    plain = at(of_a_head(0, True, "causal"))
    assert compared(plain)[0] == 1
    monkeypatch.setattr(positional, "SAFE", 2)
    assert compared(plain)[0] == 0


def test_numbers_beyond_64_bits_are_left_to_the_kernel():
    """Also where the keys are all zero, so that every score is."""
    record = of_a_head(0, False, "causal")

    def weights():
        x, code = stream = Stream(x=1, code=6)
        head = Head(query=(2**70 * ones(1, 6)) @ code, key=zeros(1, 6) @ code, value=x, into=x)
        return Transformer(stream, (Attention((head,), "hard", mask="causal"),))

    assert compared(at(replace(record, weights=weights))) == (0, 0)
