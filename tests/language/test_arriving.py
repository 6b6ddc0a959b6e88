"""Data that arrive while a network writes: by hand, in torch, in files, and what makes no sense."""

from dataclasses import replace
from fractions import Fraction as F
from functools import partial

import numpy as np
import pytest
import torch

from constructions.interop.files import load, save
from constructions.interop.torch import ConstructedTransformer
from constructions.language import (
    Attention,
    BadNetwork,
    Construction,
    Head,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    UnknownName,
    Write,
    at,
    recent,
)
from constructions.matrix import exact
from constructions.matrix.floating import array_of, floats
from constructions.matrix.rational import fractions_of
from verify.engines.learning import learns
from verify.scrutiny.digest import described_instance, fingerprint


def weights(T, *, mask="causal", passes=0):
    """h ← (x + Σ_j x_j y_j, y): what a token sees is multiplied, x by y."""
    x, y, one = stream = Stream(x=1, y=1, one=1)
    layer = Attention((Head(query=one, key=y, value=x, into=x),), "linear", mask, skip=(Write(one, y),))
    return Transformer(stream, (layer,), passes=passes or T)


RECORD = Construction(
    name="arrivals",
    title="Products of what was written and what arrives",
    weights=weights,
    prompt=lambda x_0, Y: Prompt(query=(Token(x=x_0, y=9, one=1),), arriving=Token(y=Y)),
    readout=lambda x: Readout(x, at="last"),
    algorithm=lambda x_0, Y: x_0,
    sizes={"T": 3},
    data={"x_0": ("1", 1), "Y": ("T", 1)},
)
DATA = {"x_0": [[2]], "Y": [[3], [5], [-1]]}


def answer(record, data=DATA, **sizes):
    return fractions_of(at(record, sizes).run({name: exact(rows) for name, rows in data.items()}).answer)


def test_what_arrives_overwrites_its_registers_in_the_last_token_of_a_pass():
    """y_0 = 3 takes the place of the prompt's 9: 2 + 2·3 = 8. Then (8; 5), where the network had left 3 + 1 in y: 8 + 2·3 + 8·5
    = 54. Then (54; −1): 54 + 2·3 + 8·5 − 54 = 46."""
    assert answer(RECORD, {"x_0": [[2]], "Y": [[3]]}, T=1) == [[8]]
    assert answer(RECORD, {"x_0": [[2]], "Y": [[3], [5]]}, T=2) == [[54]]
    assert answer(RECORD) == [[46]]
    assert answer(replace(RECORD, weights=partial(weights, mask="self"))) == [[0]]  # 8, 48, 48 − 48


def test_without_arrivals_the_network_reads_what_it_wrote():
    """9 + 1 is written into y, and read: 2 + 2·9 = 20, then 20 + 2·9 + 20·10 = 238."""
    alone = replace(
        RECORD,
        weights=lambda: weights(2),
        sizes={},
        data={"x_0": ("1", 1)},
        prompt=lambda x_0: Prompt(query=(Token(x=x_0, y=9, one=1),)),
        algorithm=lambda x_0: x_0,
    )
    assert answer(alone, {"x_0": [[2]]}) == [[238]]


def test_a_window_sees_the_latest_tokens():
    """Two tokens: 8, then 54, then 54 + 8·5 − 54 = 40. One token: 8, 8 + 8·5 = 48, 48 − 48 = 0."""
    for count, expected in ((1, 0), (2, 40), (3, 46), (10, 46)):
        assert answer(replace(RECORD, weights=partial(weights, mask=recent(count)))) == [[expected]]


@pytest.mark.parametrize("word", ["window:0", "window:", "window:-1", "window:x", "windows:2"])
def test_a_window_has_a_positive_number(word):
    with pytest.raises(UnknownName, match="is no word of a mask"):
        _ = at(replace(RECORD, weights=lambda T: weights(T, mask=f"causal {word}")))


def test_the_torch_module_takes_arrivals_in_batches():
    data = {"x_0": np.array([[[2.0]], [[1.0]]]), "Y": np.array([[[3.0], [5.0], [-1.0]], [[0.5], [2.0], [4.0]]])}
    model = ConstructedTransformer(at(RECORD))
    found = model(**{name: torch.tensor(rows) for name, rows in data.items()}).detach().numpy()
    for k in range(2):
        expected = array_of(at(RECORD).run({name: floats(rows[k]) for name, rows in data.items()}).answer)
        np.testing.assert_allclose(found[k], expected, rtol=1e-14)
    assert found[0] == [[46]]
    answer, cache = model.run_with_cache(**{name: torch.tensor(rows) for name, rows in data.items()})
    assert cache["blocks.1.hook_resid_pre"][0].tolist() == [[2, 3, 1], [8, 5, 1]]
    assert (answer.detach().numpy() == found).all()


def test_several_queries_each_meet_what_arrives():
    several = replace(
        RECORD,
        sizes={"T": 3, "m": 2},
        data={"x_0": ("m", 1), "Y": ("T", 1)},
    )
    assert answer(several, {**DATA, "x_0": [[2], [F(1, 2)]]}) == [[46], [F(23, 2)]]
    model = ConstructedTransformer(at(several))
    rows = {"x_0": [[2.0], [0.5]], "Y": [[3.0], [5.0], [-1.0]]}
    found = model(**{name: torch.tensor(value, dtype=torch.float64) for name, value in rows.items()})
    assert found.tolist() == [[46], [11.5]]


def test_files_and_digests_know_what_arrives(tmp_path):
    instance = at(RECORD)
    _ = save(instance, tmp_path)
    loaded = load(tmp_path)
    assert fingerprint(loaded) == fingerprint(instance) and described_instance(loaded) == described_instance(instance)
    assert fractions_of(loaded.run({name: exact(rows) for name, rows in DATA.items()}).answer) == [[46]]
    doubled = at(replace(RECORD, prompt=lambda x_0, Y: Prompt((), (Token(x=x_0, one=1),), (), Token(y=2 * Y))))
    assert described_instance(doubled)["prompt"] != described_instance(instance)["prompt"]
    assert fingerprint(doubled) != fingerprint(instance)


def test_the_last_arrival_belongs_to_the_token_that_is_answered():
    """A network that answers with what arrived last has learned nothing from the others."""

    def points(T):
        return [
            {"x_0": exact([[1]]), "Y": exact([[k + 2] for k in range(T)])},
            {"x_0": exact([[3]]), "Y": exact([[2 * k - 5] for k in range(T)])},
        ]

    last = replace(RECORD, readout=lambda y: Readout(y, at="last"))
    assert learns(at(RECORD), points(3)) and not learns(at(last), points(3))
    assert not learns(at(RECORD, {"T": 1}), points(1))  # one observation, which stands in the token itself


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"weights": lambda T: weights(T, passes=2)},
            "3 items arrive, one before each pass, and the network runs 2 times",
        ),
        (
            {"prompt": lambda x_0, Y: Prompt((Token(x=Y),), (Token(x=x_0, one=1),), arriving=Token(y=Y))},
            "what arrives and what stands in the prompt are items of one axis, T",
        ),
    ],
)
def test_arrivals_that_make_no_sense(change, sentence):
    with pytest.raises(BadNetwork, match=sentence):
        _ = at(replace(RECORD, **change))


def test_what_arrives_names_registers():
    wrong = replace(RECORD, prompt=lambda x_0, Y: Prompt(query=(Token(x=x_0),), arriving=Token(z=Y)))
    with pytest.raises(UnknownName, match="a token fills the register 'z'"):
        _ = at(wrong)
