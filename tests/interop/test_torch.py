"""Constructions as torch modules: the same answers as the kernel, the field's names, hooks that read and write."""

import copy
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from constructions import CATALOGUE, get
from constructions.interop.torch import ConstructedTransformer, module
from constructions.language import (
    MLP,
    Attention,
    BadConstruction,
    DeltaLayer,
    Head,
    LayerNorm,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    Units,
    UnknownName,
    Write,
    at,
)
from constructions.language import Construction as Record
from constructions.language.given import WrongData
from constructions.matrix import exact, ones, zeros
from constructions.matrix.floating import array_of, floats
from constructions.views.trace.sample import drawn_parameters, sample, small_sizes


def tensors(data, batch=()):
    return {name: torch.tensor(rows, dtype=torch.float64).expand(*batch, -1, -1) for name, rows in data.items()}


def small(construction, **sizes):
    sizes = small_sizes(construction, {name: size for name, size in sizes.items() if name in construction.sizes})
    return at(construction, sizes, drawn_parameters(construction, sizes, {}, 1))


def of_the_kernel(instance, data):
    return array_of(instance.run({name: floats(np.array(rows)) for name, rows in data.items()}).answer)


GD = {"d_x": 3, "d_y": 2, "n": 4, "m": 2, "steps": 3, "eta": 0.5, "W_0": 0}
WIDE = {"X": (4, 3), "Y": (4, 2), "X_q": (2, 3)}


def gd(**settings):
    return module("gd-steps", **{**GD, **settings})


def draw(batch=(), seed=0, shapes=WIDE):
    make = torch.Generator().manual_seed(seed)
    return {
        name: torch.randint(-3, 4, (*batch, *shape), generator=make).to(torch.float64) for name, shape in shapes.items()
    }


@pytest.mark.parametrize("storage", ["auto", "nonzeros"])
@pytest.mark.parametrize("construction", CATALOGUE, ids=lambda c: c.name)
def test_every_construction_agrees_with_the_kernel(construction, storage):
    """On small integers sums are exact; what is divided or rooted may differ in the last bits."""
    instance = small(construction, m=3)
    data = sample(instance, seed=1)
    model = ConstructedTransformer(instance, storage)
    answer = model(**tensors(data, batch=(2,))).detach().numpy()
    expected = of_the_kernel(instance, data)
    scale = max(
        1.0, max(float(part.detach().abs().max()) for part in model.run_with_cache(**tensors(data))[1].values())
    )
    assert answer.shape == (2, *expected.shape) and (answer[0] == answer[1]).all()
    assert np.abs(answer[1] - expected).max() <= 64 * np.finfo(np.float64).eps * scale


@pytest.mark.parametrize("storage", ["dense", "nonzeros"])
def test_on_small_integers_the_module_is_the_kernel_bit_for_bit(storage):
    """η/n = 1/8: every number is a small multiple of a power of two, so no order of summation can matter."""
    model, data = gd(storage=storage), draw()
    expected = of_the_kernel(model.instance, {name: rows.numpy() for name, rows in data.items()})
    assert (model(**data).detach().numpy() == expected).all()
    with torch.no_grad():
        model.blocks[0].attn.W_V.view(-1)[model.blocks[0].attn.W_V.view(-1).nonzero()[0]] += 2.0**-30
    assert not (model(**data).detach().numpy() == expected).all()


def test_batches_of_any_shape_even_empty_and_of_one_shape_only():
    for construction, shapes in ((gd(), WIDE), (module("causal-lm"), None)):
        shapes = shapes or construction.shapes
        for batch in ((), (0,), (2, 0), (2, 3)):
            assert construction(**draw(batch, shapes=shapes)).shape[: len(batch)] == batch
    data, model = draw((2,)), gd()
    turned = {name: rows.mT.contiguous().mT for name, rows in data.items()}
    assert not turned["X"].is_contiguous() and (model(**turned) == model(**data)).all()
    with pytest.raises(WrongData, match=r"the same batch dimensions; they are X 2×4×3, Y 2×4×2, X_q 2×3: expand them"):
        model(**{**data, "X_q": data["X_q"][0]})


def test_a_module_can_be_copied_and_takes_numbers_of_numpy():
    model, data = module("gd-steps", **{**GD, "n": np.int64(4), "eta": torch.tensor(0.5)}), draw()
    again = copy.deepcopy(model)
    assert (again(**data) == model(**data)).all() and again.W_U is not model.W_U


def test_layers_without_heads_and_heads_of_width_0():
    def network(layers):
        def weights(d):
            stream = Stream(x=d, y=1)
            return Transformer(stream, layers(stream))

        return replace(
            get("gd-step"),
            weights=weights,
            sizes={"d": 2, "n": 3, "m": 2},
            data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
            prompt=lambda X, Y, X_q: Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q, y=ones(1, 2) @ X_q),)),
            readout=lambda y: Readout(y, at="query"),
            algorithm=lambda X, Y, X_q: X_q @ X.T @ Y,
            parameters={}, near_misses={}, invariant=None, steps=(), resources={}, quantities={}, cautions=(), dead=None,
        )  # fmt: skip

    def nothing(x):
        return Head(zeros(0, 2) @ x, zeros(0, 2) @ x, ones(1, 2) @ x, ones(1, 2) @ x)

    for layers in (
        lambda s: (),
        lambda s: (Attention((), "linear", "context", skip=(Write(s["y"], s["y"]),)),),
        lambda s: (Attention((nothing(s["x"]), nothing(s["x"])), "softmax", "context"),),
    ):
        instance = at(network(layers))
        data = sample(instance, 1)
        answer = ConstructedTransformer(instance)(**tensors(data)).detach().numpy()
        np.testing.assert_allclose(answer, of_the_kernel(instance, data), atol=1e-15)


def test_parameters_have_the_names_of_the_field_and_tied_layers_share_them():
    model = gd(steps=1)
    shapes = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
    assert shapes["blocks.0.attn.W_Q"] == shapes["blocks.0.attn.W_K"] == (1, 5, 3)
    assert shapes["blocks.0.attn.W_O"] == (1, 2, 5) and shapes["W_U"] == (5, 2)
    looped = module("gd-looped", d_x=2, d_y=1, n=4, m=1, eta=0.5, W_0=0)
    assert len(looped.blocks) > 1 and len({id(block.attn.W_V) for block in looped.blocks}) == 1
    assert len({id(block) for block in looped.blocks}) == len(looped.blocks)


def test_the_cache_holds_every_stream_and_pattern_and_registers_by_layer():
    model, data = gd(), draw((2, 5))
    answer, cache = model.run_with_cache(**data)
    assert answer.shape == (2, 5, 2, 2) and (answer == model(**data)).all()
    assert cache["blocks.2.attn.hook_pattern"].shape == (10, 1, 6, 4)
    for layer in range(3):
        assert (cache[f"blocks.{layer}.hook_resid_post"] == cache.stream(layer + 1)).all()
    assert (cache.readout("x", 3, "query") == data["X_q"].reshape(10, 2, 3)).all()
    iterates = get("gd-steps")
    states = at(iterates, {k: GD[k] for k in ("d_x", "d_y", "n", "m", "steps")}, {"eta": "1/2", "W_0": 0}).iterates(
        {name: floats(rows[0, 0].numpy()) for name, rows in data.items()}
    )
    W = array_of(states[2])
    assert (cache.readout("y", 2, "query")[0].detach().numpy() == -data["X_q"][0, 0].numpy() @ W.T).all()
    with pytest.raises(UnknownName, match=r"the network has 3 layers, so layer is 0 … 3"):
        cache.stream(4)
    with pytest.raises(UnknownName, match="did you mean"):
        cache["blocks.2.attn.hook_patern"]
    with pytest.raises(UnknownName, match="no register 'z'"):
        cache.readout("z", 1)


def test_a_hook_replaces_an_activation():
    """Without what layer 2 adds, three steps are two."""
    model, data = gd(), draw()
    handle = model.blocks[1].hook_attn_out.register_forward_hook(lambda point, inputs, out: torch.zeros_like(out))
    knocked_out = model(**data)
    handle.remove()
    assert (knocked_out == gd(steps=2)(**data)).all() and not (knocked_out == model(**data)).all()


def test_hooks_by_name_for_one_pass_as_in_transformer_lens():
    model, data = gd(), draw()
    seen = []

    def nothing(activation, hook):
        seen.append(hook.name)
        return 0 * activation

    def late(name):
        return name.endswith("hook_attn_out") and not name.startswith("blocks.0.")

    assert (model.run_with_hooks(fwd_hooks=[("blocks.1.hook_attn_out", nothing)], **data) == gd(steps=2)(**data)).all()
    assert (model.run_with_hooks(fwd_hooks=[(late, nothing)], **data) == gd(steps=1)(**data)).all()
    assert seen == ["blocks.1.hook_attn_out"] * 2 + ["blocks.2.hook_attn_out"]
    assert (model.run_with_hooks(fwd_hooks=[("hook_embed", lambda x, hook: None)], **data) == model(**data)).all()

    def fails(activation, hook):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        model.run_with_hooks(fwd_hooks=[("blocks.1.hook_attn_out", nothing), ("blocks.2.hook_attn_out", fails)], **data)
    assert not any(part._forward_hooks for part in model.modules())
    with pytest.raises(UnknownName, match=r"no activation is called 'blocks\.1\.hook_out'; "):
        model.run_with_hooks(fwd_hooks=[("blocks.1.hook_attn_out", nothing), ("blocks.1.hook_out", nothing)], **data)
    with pytest.raises(UnknownName, match="no activation satisfies the condition"):
        model.run_with_hooks(fwd_hooks=[(lambda name: False, nothing)], **data)


def test_the_cache_takes_short_names_and_holds_what_was_asked_for():
    model = gd()
    _, cache = model.run_with_cache(**draw())
    assert cache["pattern", 1] is cache["blocks.1.attn.hook_pattern"]
    assert cache["resid_post", -1] is cache[f"blocks.{len(model.blocks) - 1}.hook_resid_post"]
    for wrong in (("patern", 1), ("pattern", 99), ("pattern", -99), "blocks.1.attn.hook_patern"):
        with pytest.raises(UnknownName, match=r"no activation is called .*\? list\(cache\) has all") as told:
            _ = cache[wrong]
        assert len(str(told.value)) < 300
    _, few = model.run_with_cache(names_filter=lambda name: name.endswith("pattern"), **draw())
    _, one = model.run_with_cache(names_filter="blocks.1.attn.hook_pattern", **draw())
    assert list(one) == ["blocks.1.attn.hook_pattern"] and all(name.endswith("pattern") for name in few) and few
    assert len(repr(cache)) < 120 and len(repr(model.instance)) < 160


def test_a_hook_whose_result_has_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"the hook at blocks\.0\.hook_resid_post returned the shape 1×1×1"):
        gd().run_with_hooks([("blocks.0.hook_resid_post", lambda activation, point: activation[:1, :1, :1])], **draw())


def test_it_is_differentiable_and_says_where_it_is_not():
    model, data = gd(), draw()
    data["Y"].requires_grad_(True)
    model(**data).sum().backward()
    assert data["Y"].grad is not None and data["Y"].grad.abs().sum() > 0
    assert model.blocks[0].attn.W_V.grad is not None and model.hard == ()
    assert module("mov").hard == ("blocks.0.attn",)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_other_dtypes(dtype):
    model, data = gd(dtype=dtype, n=4), draw()
    assert {p.dtype for p in model.parameters()} == {dtype} and model(**data).dtype == dtype
    error = (model(**data).double() - gd()(**data)).abs().max() / gd()(**data).abs().max()
    assert error <= 40 * torch.finfo(dtype).eps


def test_it_compiles_to_one_graph():
    model, data = gd(), draw((3,))
    assert (torch.compile(model, backend="eager", fullgraph=True)(**data) == model(**data)).all()


SLOW = pytest.mark.skipif(
    os.environ.get("HYPOTHESIS_PROFILE") != "nightly", reason="one is enough by day: HYPOTHESIS_PROFILE=nightly"
)


@pytest.mark.filterwarnings("ignore")  # torch's own, of its compiler
@pytest.mark.skipif(shutil.which("c++") is None, reason="there is no C++ compiler, which inductor needs")
@pytest.mark.parametrize("name", ["gd-step", pytest.param("induction-head", marks=SLOW)])
def test_it_compiles_with_inductor(name):
    model = ConstructedTransformer(small(get(name)))
    data = tensors(sample(model.instance, seed=1), batch=(2,))
    with torch.no_grad():
        expected, made = model(**data), torch.compile(model, fullgraph=True)(**data)
    assert float((made - expected).abs().max()) <= 1e-14 * max(1.0, float(expected.abs().max()))


def test_a_network_that_writes_tokens_and_reads_them():
    """Two passes: the second sees the token that the first wrote, through the same weights."""

    def weights(d):
        x, y = stream = Stream(x=d, y=d)
        head = Head(query=x, key=x, value=x - y, into=y)
        return Transformer(
            stream, (Attention((head,), kernel="linear", mask="causal", normaliser="1/n"),) * 2, passes=3
        )

    record = replace(
        looking_back("linear"), weights=weights, sizes={"d": 2, "n": 3, "m": 2}, readout=lambda y: Readout(y, at="last")
    )
    instance, data = at(record), draw(shapes={"X": (3, 2), "X_q": (2, 2)}, seed=5)
    model = ConstructedTransformer(instance)
    answer, cache = model.run_with_cache(**data)
    expected = of_the_kernel(instance, {name: rows.numpy() for name, rows in data.items()})
    np.testing.assert_allclose(answer.detach().numpy(), expected, rtol=1e-12)
    assert len(model.blocks) == 6 and len(list(model.blocks.parameters())) == 4
    assert cache.stream(2).shape[1] == 6 and cache["blocks.0.hook_resid_pre"].shape[1] == 4


def test_per_head_kernels_mixed_values_and_delta_layers():
    def weights(d, n):
        x, y = stream = Stream(x=d, y=d)
        mixing = exact([[1, 2, 0], [0, 1, 0], [3, 0, "1/2"]])
        heads = [Head(x, x, x, y, kernel=kernel, mixing=mixing if kernel == "relu" else None) for kernel in KERNELS]
        attention = Attention(tuple(heads), kernel="linear", mask="context")
        deltas = tuple(DeltaLayer(x, x, y, rate=exact([[1, 0]]) @ x / 8, into=y, chunk=chunk) for chunk in (1, 2))
        return Transformer(stream, (attention, *deltas))

    instance = at(replace(looking_back("linear"), weights=weights))
    data = draw(shapes={"X": (3, 2), "X_q": (3, 2)}, seed=4)
    expected = of_the_kernel(instance, {name: rows.numpy() for name, rows in data.items()})
    np.testing.assert_allclose(ConstructedTransformer(instance)(**data).detach().numpy(), expected, rtol=1e-12)


KERNELS = ("linear", "relu", "exp", "softmax", "hard")
CHOOSING = [("softmax", "none"), ("hard", "none")]


def looking_back(kernel, mlp=False, **more):
    """Context tokens see the query, so that every query is a prompt of its own."""

    def weights(d, n):
        x, y = stream = Stream(x=d, y=d)
        layers = [Attention((Head(query=x, key=x, value=x, into=y),), kernel=kernel, mask="everything", **more)] * 2
        gates = MLP((Units(read=x, gate=y, into=y), Units(read=y, into=x, bias=1, factor="√(π/2)")), "gelu tanh")
        normed = MLP((Units(read=x, into=y),), "relu", norm=LayerNorm(epsilon="1/2", gain=2, bias=1))
        return Transformer(stream, (*layers, gates, normed) if mlp else layers)

    return Record(
        name="looking-back",
        title="context tokens that see the query",
        sizes={"d": 2, "n": 3, "m": 3},
        data={"X": ("n", "d"), "X_q": ("m", "d")},
        weights=weights,
        prompt=lambda X, X_q: Prompt(context=(Token(x=X),), query=(Token(x=X_q, y=X_q),)),
        readout=lambda y: Readout(y, at="query"),
        algorithm=lambda X, X_q: X_q,
    )


@pytest.mark.parametrize("mlp", [False, True])
@pytest.mark.parametrize("sink", [False, True])
@pytest.mark.parametrize(
    "kernel, normaliser", [(k, n) for k in ("linear", "relu") for n in ("1/n", "1/T", "sum")] + CHOOSING
)
def test_every_kernel_where_each_query_is_a_prompt_of_its_own(kernel, normaliser, sink, mlp):
    sink = sink and normaliser in ("sum", "none")
    instance = at(looking_back(kernel, mlp, normaliser=normaliser, sink=sink))
    model = ConstructedTransformer(instance)
    data = draw(shapes={"X": (3, 2), "X_q": (3, 2)}, seed=3)
    data = {name: rows.abs() + 1 for name, rows in data.items()}
    expected = of_the_kernel(instance, {name: rows.numpy() for name, rows in data.items()})
    assert not model.together
    np.testing.assert_allclose(model(**data).detach().numpy(), expected, rtol=1e-12)
    assert model(**{name: rows.expand(4, -1, -1) for name, rows in data.items()}).shape == (4, 3, 2)


def test_what_is_wrong_is_said():
    with pytest.raises(UnknownName, match="no construction is called 'gd-stepz'"):
        module("gd-stepz")
    with pytest.raises(UnknownName, match="has no parameter 'etta'"):
        gd(etta=1)
    with pytest.raises(UnknownName, match="no storage is called 'sparse'"):
        gd(storage="sparse")
    with pytest.raises(BadConstruction, match="whole number"):
        gd(steps=0)
    with pytest.raises(WrongData, match="built for"):
        gd()(**draw(shapes={**WIDE, "X": (5, 3)}))
    with pytest.raises(WrongData, match="needs the data X_q"):
        gd()(X=torch.zeros(4, 3), Y=torch.zeros(4, 2))


def test_data_that_are_no_tensors_or_have_no_names_are_refused():
    model, data = gd(), draw((2,))
    with pytest.raises(WrongData, match=r"the data of gd-steps are given by name: model\(X=…, Y=…, X_q=…\)"):
        model(*data.values())
    with pytest.raises(WrongData, match=r"X is of type ndarray: make a tensor of it with torch\.as_tensor"):
        model(**{name: rows.numpy() for name, rows in data.items()})


@pytest.mark.parametrize("name", ["ridge-closed-form", "mesa-layer", "delta-rule"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_layers_that_solve_do_so_in_sixteen_bits_too(name, dtype):
    model = ConstructedTransformer(small(get(name)))
    data = tensors(sample(model.instance, seed=1), batch=(2,))
    expected = model(**data).detach()
    answer = model.to(dtype)(**data)
    assert answer.dtype == dtype
    scale = max(1.0, float(expected.abs().max()))
    assert float((answer.double() - expected).detach().abs().max()) <= 64 * torch.finfo(dtype).eps * scale
