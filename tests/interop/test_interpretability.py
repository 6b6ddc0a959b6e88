"""Constructed networks in nnsight and in TransformerLens, as they are installed: `make interpretability`."""

from importlib.util import find_spec

import pytest

pytest.importorskip("torch")

import torch

from constructions import CATALOGUE
from constructions.interop import MissingLibrary
from constructions.interop.torch import module
from constructions.matrix import Unsupported
from tests.interop.fits import fitting, instance_of, prompts

GD = {"d_x": 2, "d_y": 1, "n": 4, "m": 1, "steps": 3, "eta": 0.5, "W_0": 0}


def draw(model, batch=2):
    make = torch.Generator().manual_seed(0)
    return {name: torch.randn(batch, *s, generator=make, dtype=torch.float64) for name, s in model.shapes.items()}


@pytest.mark.filterwarnings("ignore")
def test_nnsight_reads_and_writes_activations_by_name():
    nnsight = pytest.importorskip("nnsight")
    model = module("gd-steps", **GD)
    data, traced = draw(model), nnsight.NNsight(model)
    with traced.trace(**data):
        pattern = traced.blocks[1].attn.hook_pattern.output.save()
        stream = traced.blocks[1].hook_resid_post.output.save()
    answer, cache = model.run_with_cache(**data)
    assert (stream == cache.stream(2)).all() and (pattern == cache["blocks.1.attn.hook_pattern"]).all()
    with traced.trace(**data):
        traced.blocks[1].hook_attn_out.output[:] = 0
        without = traced.output.save()
    assert (without == module("gd-steps", **{**GD, "steps": 2})(**data)).all() and not (without == answer).all()


@pytest.mark.filterwarnings("ignore")
def test_nnsight_writes_a_register_by_name_and_the_answer_is_the_algorithms():
    """Another model, put into the register that holds what is left of it, is trained further there: three steps less one."""
    nnsight = pytest.importorskip("nnsight")
    model = module("gd-steps", **{**GD, "m": 2})
    data, y, W = draw(model, batch=1), model.columns("y"), torch.tensor([[1.0], [-2.0]], dtype=torch.float64)
    inputs = torch.cat([data["X"], data["X_q"]], dim=1)
    labels = torch.cat([data["Y"], 0 * data["X_q"][..., :1]], dim=1)
    traced = nnsight.NNsight(model)
    with traced.trace(**data):  # every token holds y − ⟨w, x⟩
        traced.blocks[0].hook_resid_post.output[:, :, y] = labels - inputs @ W
        answer = traced.output.save()
    X, Y, w = data["X"][0], data["Y"][0], W
    for _ in range(2):
        w = w - 0.5 / len(X) * X.T @ (X @ w - Y)
    torch.testing.assert_close(answer[0], data["X_q"][0] @ w, rtol=1e-12, atol=1e-13)
    assert float((answer - model(**data)).abs().max()) > 1e-2


@pytest.mark.filterwarnings("ignore")
def test_nnsight_reads_the_stream_of_every_construction():
    nnsight = pytest.importorskip("nnsight")
    for record in CATALOGUE:
        model, data = module(instance_of(record.name)), prompts(record.name)
        traced = nnsight.NNsight(model)
        with torch.no_grad():  # where the module may take its shortcut
            with traced.trace(**data):
                stream = traced.blocks[-1].hook_resid_post.output.save()
                answer = traced.output.save()
            expected, cache = model.run_with_cache(**data)
        assert (stream == cache.stream(-1)).all() and torch.equal(answer, expected), record.name


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", fitting("lens") if find_spec("transformer_lens") else ["mov"])
def test_transformer_lens_computes_the_same(name):
    pytest.importorskip("transformer_lens")
    from constructions.interop.transformer_lens import boot

    host, data = boot(instance_of(name)), prompts(name)
    logits, cache = host.network.run_with_cache(**host.inputs(**data))
    answer, ours = host.model.run_with_cache(**data)
    scale = max(1.0, *(float(part.detach().abs().max()) for part in ours.values()))
    assert float((logits[:, host.model.answer_at] - answer).detach().abs().max()) <= 1e-14 * scale
    width, tokens = host.model.W_U.shape[0], host.model.layout.tokens
    same = len(host.stock.layers) == len(host.model.blocks)  # else a layer of ours is several of theirs
    for layer in range(len(host.stock.layers) if same else 0):
        theirs = cache[f"blocks.{layer}.hook_resid_post"][:, :tokens, :width]
        assert float((theirs - ours.stream(layer + 1)).detach().abs().max()) <= 1e-14 * scale
    with torch.no_grad():
        weights = host.network.unembed.weight
        weights[weights != 0] += 1e-3
    assert float((host.answer(**data) - answer).detach().abs().max()) > 1e-9


@pytest.mark.filterwarnings("ignore")
def test_transformer_lens_has_the_same_attention_patterns():
    pytest.importorskip("transformer_lens")
    from constructions.interop.transformer_lens import boot

    for name in ("denoising", "induction-head", "plus-minus-heads"):
        host, data = boot(instance_of(name)), prompts(name)
        _, cache = host.network.run_with_cache(**host.inputs(**data))
        _, ours = host.model.run_with_cache(**data)
        tokens, keys = host.model.layout.tokens, host.model.blocks[0].attn.view.keys
        theirs, mine = cache["blocks.0.attn.hook_pattern"], ours["blocks.0.attn.hook_pattern"]
        assert float((theirs[:, : mine.shape[1], :tokens, keys] - mine).detach().abs().max()) <= 1e-14


def test_what_the_stock_model_cannot_hold_is_refused_with_the_reason():
    pytest.importorskip("transformer_lens")
    from constructions.interop.transformer_lens import boot

    with pytest.raises(Unsupported, match="has no linear attention"):
        boot("gd-step")
    with pytest.raises(Unsupported, match="has no Mesa"):
        boot("ridge-closed-form")


def test_a_missing_library_is_named_with_the_command_to_install_it(monkeypatch):
    from constructions import interop

    monkeypatch.setattr(interop, "find_spec", lambda name: None)
    with pytest.raises(MissingLibrary, match=r'pip install "icl-constructions\[torch\]"'):
        interop.need("torch", "torch", "a construction as a torch module")
