"""Constructions in Hugging Face transformers, as it is installed: `make interpretability`."""

import re
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from constructions import CATALOGUE
from constructions.interop import transformers as hosts
from constructions.interop.stock import GPT2, LLAMA, stock
from constructions.interop.transformers import boot
from constructions.language import UnknownName
from constructions.matrix import Unsupported
from tests.interop.fits import fitting, instance_of, prompts

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")

# What a pass may differ by, of the largest number in it. A Llama rounds what a sublayer reads to float32 in every dtype.
ERROR = {
    ("llama", torch.float64): 2.0**-20,
    ("gpt2", torch.float64): 2.0**-42,
    ("llama", torch.float32): 2.0**-18,
    ("gpt2", torch.float32): 2.0**-16,
}
HELD = [(word, name) for word in ("llama", "gpt2") for name in fitting(word)]


def gap(host, data):
    answer, cache = host.model.run_with_cache(**data)
    scale = max(1.0, *(float(part.detach().abs().max()) for part in cache.values()))
    return float((host.answer(**data).double() - answer).detach().abs().max()) / scale


@pytest.mark.parametrize("architecture, name", HELD)
def test_the_network_is_the_construction_also_after_it_was_saved_and_loaded(tmp_path, architecture, name):
    from transformers import AutoModelForCausalLM

    host, data = boot(instance_of(name), architecture), prompts(name)
    assert gap(host, data) <= ERROR[architecture, torch.float64]
    host.network.save_pretrained(tmp_path)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float64)
    assert (host.on(loaded).answer(**data) == host.answer(**data)).all()
    last = dict(loaded.named_parameters())["lm_head.weight"]
    with torch.no_grad():
        last[last != 0] += 1e-3
    assert gap(host.on(loaded), data) > ERROR[architecture, torch.float64]


def test_in_float32_as_they_usually_run():
    for word, name in (("llama", "induction-head"), ("llama", "raw-sgd-step"), ("gpt2", "induction-head")):
        host = boot(instance_of(name), word, torch.float32)
        assert {part.dtype for part in host.network.parameters()} == {torch.float32}
        assert gap(host, prompts(name)) <= ERROR[word, torch.float32]


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_any_implementation_of_attention_and_never_without_the_mask(attention):
    host, data = boot(instance_of("optimal-transport")), prompts("optimal-transport")
    host.network.set_attn_implementation(attention)
    assert gap(host, data) <= ERROR["llama", torch.float64]
    inputs = host.inputs(**data)
    del inputs["attention_mask"]
    with torch.no_grad():  # the library's own mask is causal
        causal = host.network(**inputs).logits[:, host.model.answer_at]
    assert float((causal - host.answer(**data).detach()).abs().max()) > 1e-2


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_the_norms_do_nothing_because_their_epsilon_is_huge(monkeypatch, architecture):
    host = boot(instance_of("mov"), architecture)
    data = {name: rows * 2.0**18 for name, rows in prompts("mov").items()}
    assert gap(host, data) <= ERROR[architecture, torch.float64]
    monkeypatch.setattr(hosts, "EPSILON", 1e-6)
    monkeypatch.setattr(hosts, "GAIN", 1e-3)
    assert gap(boot(instance_of("mov"), architecture), prompts("mov")) > 1e-3


def test_what_does_not_fit_is_refused_with_the_sublayer_and_the_reason():
    for record in CATALOGUE:
        for word, host in (("llama", LLAMA), ("gpt2", GPT2)):
            if record.name not in fitting(word):
                with pytest.raises(Unsupported, match=host.name):
                    stock(instance_of(record.name), host)
    with pytest.raises(Unsupported, match="layer 0: Llama has no linear attention"):
        boot("gd-step")
    with pytest.raises(Unsupported, match="layer 0: GPT-2 has no MLP with gates"):
        boot("mul", "gpt2")
    with pytest.raises(UnknownName, match="did you mean gpt2"):
        boot("mov", "gpt-2")


def test_hidden_states_are_the_streams_of_the_construction():
    host, data = boot(instance_of("induction-head")), prompts("induction-head")
    with torch.no_grad():
        states = host.network(**host.inputs(**data), output_hidden_states=True).hidden_states
    _, cache = host.model.run_with_cache(**data)
    width, tokens = host.model.W_U.shape[0], host.model.layout.tokens
    for layer in range(len(host.stock.layers)):
        assert float((states[layer][:, :tokens, :width] - cache.stream(layer)).detach().abs().max()) <= 2.0**-20


def test_the_lines_of_the_page_run():
    page = (Path(__file__).parents[2] / "docs/reference/interop.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict = {}
    exec(code, names)
    host, at = names["host"], names["host"].model.answer_at
    stream = host.model.run_with_cache(**names["data"])[1].stream(1)
    assert (
        float((names["streams"][0][:, : stream.shape[1], : stream.shape[2]] - stream).detach().abs().max()) <= 2.0**-20
    )
    assert (names["answer"] == host.answer(**names["data"])).all() and (names["answer"] == names["logits"][:, at]).all()
