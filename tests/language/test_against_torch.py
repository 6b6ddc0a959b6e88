"""Random transformers: forward() in float64 against an independent torch network, and against exact rationals."""

import numpy as np
import pytest
import torch
from hypothesis import assume, event, given
from hypothesis import strategies as st

from constructions.language import Attention, Head, MesaLayer, Stream, Transformer, Write, stack
from constructions.language.forward import KERNELS, NORMALISERS, forward
from constructions.language.layout import MASKS, Layout
from constructions.matrix import Pole, exact, zeros
from constructions.matrix.floating import array_of, floats
from constructions.matrix.rational import fractions_of
from tests.language.plain_torch import plain_forward
from verify.strategies import matrices

MASK_WORDS = ("everything", "context", "causal", "strict", "self", "causal context", "strict context", "query")
UNIT = 1e-9  # relative to the majorant; float64 alone would need about 1e-13 here


@st.composite
def networks(draw):
    """A transformer over random registers, with its input, as (network, tokens, context flags).

    Ties and vanishing sums are decided by rounding, so hard attention and the normaliser "sum" appear only while the
    stream still holds integers: in the first layer that is not purely integral, at the latest.
    """
    examples, query = draw(st.integers(1, 3), label="n"), draw(st.integers(0, 1), label="query")
    depth, tokens = draw(st.integers(1, 3), label="depth"), examples + query
    stream = Stream(**{f"r{i}": draw(st.integers(1, 2)) for i in range(draw(st.integers(1, 3)))})
    whole, integral, layers = stack(*stream), True, []

    def form(width):
        return draw(matrices(width, stream.width, bound=1)) @ whole

    def head():
        inner, outer = draw(st.integers(1, 2)), draw(st.integers(1, 2))
        return {"query": form(inner), "key": form(inner), "value": form(outer), "into": form(outer)}

    for _ in range(depth):
        kernel = draw(st.sampled_from(["linear", "relu", "softmax", "mesa", *(["hard"] if integral else [])]))
        mask = draw(st.sampled_from([*MASK_WORDS, "weights"] if kernel != "mesa" else MASK_WORDS))
        if kernel == "mesa":
            layers.append(MesaLayer(**head(), ridge=draw(st.integers(1, 2)), mask=mask))
            integral = False
            continue
        exact_sums = integral and kernel in ("linear", "relu")
        normaliser = draw(st.sampled_from(["none", "1/n", "1/T", *(["sum"] if exact_sums else [])]))
        integral = integral and normaliser == "none" and kernel in ("linear", "relu")
        words = draw(matrices(tokens, tokens)) if mask == "weights" else mask
        heads = tuple(Head(**head()) for _ in range(draw(st.integers(1, 2))))
        skip = tuple(Write(form(1), form(1)) for _ in range(draw(st.integers(0, 1))))
        layers.append(Attention(heads, kernel, words, normaliser, skip))
    layout = Layout(
        context=np.arange(tokens) < examples,
        owner=np.where(np.arange(tokens) < examples, -1, 0),
        position=np.arange(tokens),
        examples=examples,
        codes=zeros(tokens, stream.width),
        fixed=frozenset(),
    )
    return Transformer(stream, tuple(layers)), draw(matrices(tokens, stream.width, bound=2)), layout


def dense(form):
    return torch.from_numpy(array_of(form.dense).copy())


def plain(layer):
    """A layer record as the words and dense arrays that the torch network reads."""
    if isinstance(layer, MesaLayer):
        head = (dense(layer.query), dense(layer.key), dense(layer.value), dense(layer.into).T)
        return {"kernel": "mesa", "ridge": layer.ridge, "mask": layer.mask, "heads": [head], "skip": []}
    words = layer.mask if isinstance(layer.mask, str) else "everything"
    return {
        "kernel": layer.kernel,
        "mask": words,
        "weights": None if isinstance(layer.mask, str) else torch.from_numpy(array_of(layer.mask).copy()),
        "normaliser": layer.normaliser,
        "heads": [(dense(h.query), dense(h.key), dense(h.value), dense(h.into).T) for h in layer.heads],
        "skip": [(dense(w.value), dense(w.into).T) for w in layer.skip],
    }


def majorant(network, H, layout):
    """An upper bound of everything that is added up, and the largest score that goes into an exponential or an inverse.

    |weights| ≤ |q||k| for linear and relu, ≤ 1 for softmax and hard; sums of integers divide by at least 1.
    """
    size, steepest = np.abs(array_of(H)), 0.0
    for layer in map(plain, network.layers):
        add = np.zeros_like(size)
        for W_Q, W_K, W_V, W_O in ([abs(part.numpy()) for part in head] for head in layer["heads"]):
            q, k, v = size @ W_Q.T, size @ W_K.T, size @ W_V.T
            if layer["kernel"] == "mesa":
                add += (v.T @ k / layer["ridge"]).sum(axis=1) @ W_O.T * q.sum(axis=1, keepdims=True)
                steepest = max(steepest, (k * k).sum())
                continue
            a = q @ k.T
            if layer["kernel"] in ("softmax", "hard"):
                steepest, a = max(steepest, a.max() if layer["kernel"] == "softmax" else 0.0), np.ones_like(a)
            if layer["weights"] is not None:
                a = a * abs(layer["weights"].numpy())
            add += a @ v @ W_O.T
        for value, into in layer["skip"]:
            add += size @ abs(value.numpy()).T @ abs(into.numpy()).T
        size = size + add
    return size, steepest


@given(networks())
def test_forward_agrees_with_plain_torch(case):
    network, tokens, layout = case
    bound, steepest = majorant(network, tokens, layout)
    assume(bound.max() < 2**50 and steepest < 1e4)  # integers stay exact; exponentials and inverses stay tame
    try:
        ours = array_of(forward(network, floats(array_of(tokens)), layout)[-1])
    except Pole:
        assume(False)
    theirs = plain_forward(
        [plain(layer) for layer in network.layers],
        torch.from_numpy(array_of(tokens).copy()),
        layout.context.tolist(),
        layout.examples,
    ).numpy()
    event("kernels " + " ".join(getattr(layer, "kernel", "mesa") for layer in network.layers))
    assert np.all(np.abs(ours - theirs) <= UNIT * (1 + bound))


@given(networks())
def test_exact_rationals_agree_with_float64(case):
    network, tokens, layout = case
    assume(all(getattr(layer, "kernel", "mesa") != "softmax" for layer in network.layers))
    bound, steepest = majorant(network, tokens, layout)
    assume(bound.max() < 2**50 and steepest < 1e4)
    try:
        truth = forward(network, tokens, layout)[-1]
    except Pole:
        with pytest.raises(Pole):
            forward(network, floats(array_of(tokens)), layout)
        return
    ours = array_of(forward(network, floats(array_of(tokens)), layout)[-1])
    assert np.all(np.abs(ours - array_of(truth)) <= UNIT * (1 + bound))


def test_the_comparison_covers_every_word():
    assert {word for mask in MASK_WORDS for word in mask.split()} == set(MASKS)
    assert set(KERNELS) == {
        "linear",
        "relu",
        "softmax",
        "hard",
        "exp",
    }  # exp, in test_forward_by_hand.py, overflows here
    assert set(NORMALISERS) == {"none", "1/n", "1/T", "sum"}


def test_the_comparison_can_fail():
    """The prompt (1; 3), (2; 5), (4; 0) with the query hidden and with it seen, as computed by hand."""
    x, y = stream = Stream(x=1, y=1)
    tokens = exact([[1, 3], [2, 5], [4, 0]])
    answers = {}
    for mask in ("context", "everything"):
        layer = Attention((Head(x, x, y + x, y),), "linear", mask)
        layout = Layout(np.array([True, True, False]), np.array([-1, -1, 0]), np.arange(3), 2, zeros(3, 2), frozenset())
        ours = fractions_of(forward(Transformer(stream, (layer,)), tokens, layout)[-1])
        theirs = plain_forward(
            [plain(layer)], torch.from_numpy(array_of(tokens).copy()), [True, True, False], 2
        ).tolist()
        assert [[float(entry) for entry in row] for row in ours] == theirs
        answers[mask] = theirs[2][1]
    assert answers == {"context": 72.0, "everything": 136.0}
