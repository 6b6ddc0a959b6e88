"""Which constructions fit stock architectures: as listed, with a reason for every other, and a table for the site."""

import pytest

pytest.importorskip("torch")

from constructions import CATALOGUE, get
from constructions.interop.stock import LLAMA, fits, fits_of_all, main, stock
from docs.pages.reference import PRINTERS
from docs.pages.report import Reports
from tests.interop.fits import FITS, instance_of, prompts

HOSTS = {"llama": "Llama", "gpt2": "GPT-2", "lens": "TransformerLens"}


@pytest.fixture(scope="module")
def told():
    return fits_of_all()


def test_exactly_those_fit_that_are_tried_in_the_libraries(told):
    assert [*told] == [record.name for record in CATALOGUE]
    for name, found in told.items():
        assert {host for host, reason in found.items() if not reason} == {HOSTS[h] for h in FITS.get(name, ())}, name
    for name, reason in {
        "gd-step": "layer 0: it has no linear attention",
        "ridge-closed-form": "layer 0: it has no Mesa",
        "div-by-norm": "layer 0: it has no MLP with a LayerNorm of its own",
        "bai-ridge": "layer 0: it has no relu attention, no normalised attention",
        "cot-gd": "it runs one prompt once",
    }.items():
        assert told[name]["Llama"].startswith(reason)
    assert fits(get("aff"))["TransformerLens"] == "it has one activation of relu, gelu, gelu tanh, not identity"


def test_the_table_is_printed(told, capsys, monkeypatch):
    monkeypatch.setattr("constructions.interop.stock.fits_of_all", lambda: told)
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


@pytest.mark.parametrize("name", FITS)
def test_the_layers_are_the_construction(name):
    made, data = stock(instance_of(name), LLAMA), prompts(name)
    answer = made.model(**data).detach()
    scale = max(1.0, float(answer.abs().max()))
    assert float((answer_of(made, data) - answer).abs().max()) <= 1e-12 * scale
    last = made.layers[-1]
    if last.mlp is None:
        for head in last.heads:
            head.W_V.add_(1e-3)
    else:
        last.mlp.b_out.data.add_(1e-3)
    assert float((answer_of(made, data) - answer).abs().max()) > 1e-9 * scale
