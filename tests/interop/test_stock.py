"""Which constructions fit stock architectures: as listed, with a reason for every other, and a table for the site."""

import pytest

pytest.importorskip("torch")

from constructions import CATALOGUE, get
from constructions.interop.fits import fits, main
from constructions.interop.stock import LLAMA, stock
from docs.pages.reference import PRINTERS
from docs.pages.report import Reports
from tests.interop.fits import HOSTS, fitting, instance_of, prompts, told

EVERYWHERE = {
    "mov",
    "sigmoid-pieces",
    "plus-minus-heads",
    "denoising",
    "optimal-transport",
    "induction-head",
    "markov-k",
}
GATED = {"mul", "dot", "raw", "raw-sgd-step", "raw-sgd"}


def test_these_fit_and_others_have_a_reason():
    assert [*told()] == [record.name for record in CATALOGUE]
    assert all({*fitting(word)} >= EVERYWHERE for word in HOSTS)
    assert {*fitting("llama")} >= GATED | {"aff"} and {"aff"} <= {*fitting("gpt2")} and not GATED & {*fitting("gpt2")}
    for name, reason in {
        "gd-step": "layer 0: it has no linear attention",
        "ridge-closed-form": "layer 0: it has no Mesa",
        "div-by-norm": "layer 0: it has no MLP with a LayerNorm of its own",
        "bai-ridge": "layer 0: it has no relu attention, no normalised attention",
        "cot-gd": "it runs one prompt once",
    }.items():
        assert told()[name]["Llama"].startswith(reason)
    assert fits(get("aff"))["TransformerLens"] == "it has one activation of relu, gelu, gelu tanh, not identity"


def test_the_table_is_printed(capsys, monkeypatch):
    monkeypatch.setattr("constructions.interop.fits.fits_of_all", told)
    main()
    shown = capsys.readouterr().out
    assert "mul\n  Llama: fits\n  GPT-2: layer 0: it has no MLP with gates\n" in shown
    made = PRINTERS["hosts"](Reports({}))
    assert "| `mul` | fits | no | no |" in made and "| `gd-step` |" not in made


def answer_of(made, data):
    """A softmax transformer of four lines, in which no library has a part."""
    h, width = made.embed(**data), made.model.W_U.shape[0]
    for layer in made.layers:
        h = h + sum(((h @ x.W_Q) @ (h @ x.W_K).mT).softmax(-1) @ (h @ x.W_V) @ x.W_O for x in layer.heads)
        if layer.mlp is not None:
            h[..., :width] += layer.mlp(h[..., :width]).detach()
    return h[:, made.model.answer_at, :width] @ made.model.W_U.detach()


def test_the_layers_are_the_construction():
    for name in fitting("llama"):
        compare(name)


def compare(name):
    made, data = stock(instance_of(name), LLAMA), prompts(name)
    answer = made.model(**data).detach()
    scale = max(1.0, float(answer.abs().max()))
    assert float((answer_of(made, data) - answer).abs().max()) <= 1e-12 * scale, name
    last = made.layers[-1]
    if last.mlp is None:
        for head in last.heads:
            head.W_V.add_(1e-3)
    else:
        last.mlp.b_out.data.add_(1e-3)
    assert float((answer_of(made, data) - answer).abs().max()) > 1e-9 * scale, name
