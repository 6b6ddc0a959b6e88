"""Torch modules at the price of their nonzeros: the same answers, and never where anybody looks inside or changed a number."""

import copy

import pytest

pytest.importorskip("torch")

import torch
from torch import nn
from torch.overrides import BaseTorchFunctionMode

from constructions import CATALOGUE
from constructions.interop.torch import ConstructedTransformer, module
from constructions.interop.torch.shortcut import Shortcut
from constructions.matrix import Pole
from constructions.views.trace.sample import sample
from tests.interop.test_torch import small, tensors

DTYPES = [torch.float64, torch.float32]


def almost_zero(name="raw-ridge-step", dtype=torch.float64, **settings):
    model = module(name, dtype=dtype, **{"d": 2, "m": 1, **settings})
    make = torch.Generator().manual_seed(0)
    return model, {name: torch.rand(3, *shape, generator=make, dtype=dtype) for name, shape in model.shapes.items()}


def short(model, data):
    """What the shortcut says without gradients: an answer, or None."""
    with torch.no_grad():
        answer = model.shortcut(model, data)
    return None if answer is None else answer.reshape(3, -1)


def own(model, data):
    """The module's own pass, as with hooks."""
    with torch.no_grad():
        return model.run_with_cache(**data)[0]


def called(model, data):
    with torch.no_grad():
        return model(**data)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("construction", CATALOGUE, ids=lambda c: c.name)
def test_every_construction_gives_the_same_answers(construction, dtype):
    instance = small(construction, m=3)
    model = ConstructedTransformer(instance, "nonzeros").to(dtype)
    data = {name: rows.to(dtype) for name, rows in tensors(sample(instance, seed=1), batch=(2,)).items()}
    with torch.no_grad():
        answer, (expected, cache) = model.shortcut(model, data), model.run_with_cache(**data)
    assert answer is not None and answer.dtype == dtype
    assert (model(**data).detach() == expected).all()  # with gradients
    scale = max(1.0, max(float(part.abs().max()) for part in cache.values()))
    assert float((answer.reshape(expected.shape) - expected).abs().max()) <= 64 * torch.finfo(dtype).eps * scale


@pytest.mark.parametrize("claim", ["gelu", "paper"])
def test_networks_with_gelu_and_layer_norm(claim):
    model, data = almost_zero(name=f"raw-ridge-step@{claim}", storage="nonzeros")
    with torch.no_grad():
        expected, cache = model.run_with_cache(**data)
    scale = max(float(part.abs().max()) for part in cache.values())
    assert float((short(model, data) - expected[..., 0]).abs().max()) <= 64 * torch.finfo(torch.float64).eps * scale


def test_it_is_taken_where_nearly_everything_is_zero_and_only_there():
    model, data = almost_zero()
    assert (called(model, data).reshape(3, -1) == short(model, data)).all()
    assert module("raw-ridge-step", d=2, storage="dense").shortcut is None and module("gd-steps").shortcut is None
    attending = module("gd-steps", d_x=32, d_y=1, n=64, m=1, steps=4)
    data = {name: torch.ones(3, *shape, dtype=torch.float64) for name, shape in attending.shapes.items()}
    assert attending.shortcut is not None and short(attending, data) is None  # attention costs more than its weights


def test_batches_of_any_shape_even_empty_and_data_of_any_dtype():
    model, _ = almost_zero()
    for batch in ((), (0,), (2, 0), (2, 3)):
        data = {name: torch.ones(*batch, *shape, dtype=torch.bfloat16) for name, shape in model.shapes.items()}
        assert called(model, data).shape == (*batch, 1, 1) and called(model, data).dtype == torch.float64


def hook_on(model, seen):
    return model.blocks[3].mlp.hook_post.register_forward_hook(lambda point, inputs, out: seen.append(out) or 0 * out)


def test_hooks_are_called_and_what_they_return_counts(monkeypatch):
    (model, data), seen = almost_zero(), []
    before = called(model, data)
    handle = hook_on(model, seen)
    assert not (called(model, data) == before).all() and len(seen) == 1
    monkeypatch.setattr(Shortcut, "_watched", lambda self: False)
    assert (called(model, data) == before).all() and len(seen) == 1  # so it is this check that sees the hook
    handle.remove()
    monkeypatch.undo()
    assert (called(model, data) == before).all()
    with torch.no_grad():
        _, cache = model.run_with_cache(**data)
    assert cache["blocks.3.mlp.hook_post"].shape[0] == 3 and short(model, data) is not None


def of_everybody(model, seen):
    return nn.modules.module.register_module_forward_hook(lambda part, inputs, out: seen.append(part))


def before_it(model, seen):
    return model.blocks[3].register_forward_pre_hook(lambda part, inputs: seen.append(part))


@pytest.mark.parametrize("register", [hook_on, of_everybody, before_it])
def test_every_kind_of_hook(register):
    (model, data), seen = almost_zero(), []
    handle = register(model, seen)
    assert short(model, data) is None and called(model, data) is not None and seen
    handle.remove()
    assert short(model, data) is not None


def test_another_forward_of_a_part_is_called():
    """So nnsight looks inside."""
    model, data = almost_zero()
    plain, model.blocks[3].mlp.forward = model.blocks[3].mlp.forward, lambda resid: 0 * resid
    assert (called(model, data) == own(model, data)).all()
    model.blocks[3].mlp.forward = plain
    assert short(model, data) is None  # still its own


def in_place(model):
    with torch.no_grad():
        model.blocks[3].mlp.W_in[0, 0] += 1


def through_data(model):
    version = model.blocks[3].mlp.W_in._version
    model.blocks[3].mlp.W_in.data[0, 0] += 1
    assert model.blocks[3].mlp.W_in._version == version  # no counter of torch knows


def through_numpy(model):
    model.blocks[3].mlp.W_in.detach().numpy()[0, 0] += 1


def another_memory(model):
    model.blocks[3].mlp.W_in.data = model.blocks[3].mlp.W_in.data * 2


def turned(model):
    model.blocks[0].attn.W_skip.data = model.blocks[0].attn.W_skip.data.mT


def another_parameter(model):
    model.blocks[3].mlp.W_in = nn.Parameter(2 * model.blocks[3].mlp.W_in.detach())


def another_part(model):
    model.blocks[3] = copy.deepcopy(model.blocks[4])


def fewer_parts(model):
    model.blocks = model.blocks[:-1]


def another_attribute(model):
    model.blocks[3].mlp.activation = "squared relu"


def another_mask(model):
    model.blocks[0].attn.fixed[:] = 0


def a_step_of_training(model):
    torch._foreach_sub_([parameter.detach() for parameter in model.parameters()], 0.1)


def loaded(model):
    model.load_state_dict({name: 2 * value if "mlp" in name else value for name, value in model.state_dict().items()})


class Doubled(ConstructedTransformer):
    def stream(self, tokens, coming=None):
        return 2 * super().stream(tokens, coming)


def another_class(model):
    model.__class__ = Doubled


def a_method_of_its_own(model):
    model.stream = lambda tokens, coming=None: 2 * type(model).stream(model, tokens, coming)


def a_method_of_a_part(model):
    part = model.blocks[3].mlp
    part.through = lambda *words: 2 * type(part).through(part, *words)


def another_reading(model):
    model.answer_at = (0,)


def shared_and_changed(model):
    model.blocks[3].mlp.W_in.share_memory_()
    with torch.no_grad():
        model.blocks[3].mlp.W_in.mul_(3)


CHANGES = [another_class, a_method_of_its_own, a_method_of_a_part, another_reading, shared_and_changed,
           in_place, through_data, through_numpy, another_memory, another_parameter, another_part, fewer_parts,
           another_attribute, another_mask, a_step_of_training, loaded]  # fmt: skip


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_is_never_ignored(change, early):
    model, data = almost_zero()
    before = None if early else called(model, data)
    change(model)
    assert short(model, data) is None and (called(model, data) == own(model, data)).all()
    assert before is None or not (called(model, data) == before).all()


def test_classes_that_change_and_modes_are_seen(monkeypatch):
    model, data = almost_zero()
    assert short(model, data) is not None
    with BaseTorchFunctionMode():
        assert short(model, data) is None
    kind = type(model.blocks[3].mlp)
    monkeypatch.setattr(kind, "forward", lambda part, resid: 0 * resid)
    assert short(model, data) is None
    monkeypatch.undo()
    assert short(model, data) is not None
    del model.blocks[3].mlp.activation
    assert short(model, data) is None


def test_shared_memory_that_was_freed_is_never_read():
    model, data = almost_zero()
    before = called(model, data)
    places = [one.data_ptr() for one in model.parameters()]
    _ = model.share_memory()
    assert places != [one.data_ptr() for one in model.parameters()]
    assert not model.shortcut.seen.still([*model.shortcut.seen.tensors])
    assert (called(model, data) == before).all() and short(model, data) is not None


def test_what_is_no_finite_number_takes_the_modules_own_pass():
    model, data = almost_zero()
    data["X_q"][0, 0, 0] = float("nan")
    assert short(model, data) is None and called(model, data).isnan().equal(own(model, data).isnan())
    model, data = almost_zero()
    signs = torch.complex(data["X"], data["X"]).conj().imag
    assert signs.is_neg() and short(model, {**data, "X": signs}) is None
    assert (called(model, {**data, "X": signs}) == own(model, {**data, "X": -data["X"]})).all()


def test_without_that_comparison_a_change_would_be_ignored(monkeypatch):
    model, data = almost_zero()
    before = called(model, data)
    through_data(model)
    monkeypatch.setattr(Shortcut, "_as_built", lambda self, model: True)
    assert (called(model, data) == before).all()


def test_numbers_that_come_back_are_the_same_network():
    model, data = almost_zero()
    before, state = called(model, data), copy.deepcopy(model.state_dict())
    in_place(model)
    assert short(model, data) is None
    model.load_state_dict(state)
    assert (called(model, data) == before).all() and short(model, data) is not None


def test_copies_dtypes_and_back():
    model, data = almost_zero()
    for one in (model, copy.deepcopy(model)):
        assert short(copy.deepcopy(one).eval(), data) is not None
    again = copy.deepcopy(model)
    through_data(again)
    assert short(again, data) is None and short(model, data) is not None and short(copy.deepcopy(again), data) is None
    single = {name: rows.float() for name, rows in data.items()}
    assert short(model.float(), single).dtype == torch.float32
    assert short(model.double(), data) is not None  # its weights are the same in both
    assert called(model.bfloat16(), data).dtype == torch.bfloat16 and short(model, data) is None
    third, data = almost_zero(lam=3)
    assert short(third, data) is not None and short(third.float(), data) is not None
    assert short(third.double(), data) is None  # 1/3 was rounded to float32


def test_gradients_go_through_the_modules_own_pass():
    model, data = almost_zero()
    model(**data).sum().backward()
    assert model.W_U.grad is not None and model(**data).grad_fn is not None
    _ = model.requires_grad_(False)
    assert model(**data).grad_fn is None and model.shortcut(model, data) is not None
    data["Y"].requires_grad_(True)
    model(**data).sum().backward()
    assert data["Y"].grad.abs().sum() > 0 and model.shortcut(model, data) is None


@pytest.mark.filterwarnings("ignore")  # torch tells of its own future
def test_the_transforms_of_torch():
    model, data = almost_zero()
    _ = model.requires_grad_(False)
    expected = called(model, data)

    def by(Y):
        return model(**{**data, "Y": Y})

    each = torch.func.vmap(by)(data["Y"].expand(2, -1, -1, -1))
    torch.testing.assert_close(each, expected.expand(2, -1, -1, -1), rtol=1e-12, atol=1e-14)
    answer, slope = torch.func.jvp(by, (data["Y"],), (data["Y"],))
    torch.testing.assert_close((answer, slope), (expected, expected), rtol=1e-12, atol=1e-14)  # it is linear in Y
    with torch.autograd.forward_ad.dual_level(), torch.no_grad():
        dual = torch.autograd.forward_ad.make_dual(data["Y"], data["Y"])
        assert torch.autograd.forward_ad.unpack_dual(by(dual)).tangent is not None
    zeros = {name: torch.zeros_like(value) for name, value in model.named_parameters()}
    assert (torch.func.functional_call(model, zeros, kwargs=data) == 0).all()
    made = torch.compile(model, backend="eager", fullgraph=True)(**data)
    torch.testing.assert_close(made, expected, rtol=1e-12, atol=1e-14)


def test_where_the_compiled_pass_divides_by_0_the_modules_own_says_so(monkeypatch):
    model, data = almost_zero()
    data = {name: torch.full_like(rows, torch.inf) for name, rows in data.items()}
    assert not called(model, data).isfinite().any()

    def pole(self, data):
        raise Pole("division by zero")

    plans = type(next(iter(model.shortcut.plans.values())))
    monkeypatch.setattr(plans, "run", pole)
    assert short(model, data) is None and not called(model, data).isfinite().any()
