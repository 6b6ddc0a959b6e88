"""Torch modules that are copied, pickled and saved whole: the same answers, hooks and shortcut, and never another network's."""

import copy
import io
import pickle
from dataclasses import replace

import pytest

pytest.importorskip("torch")

import torch

from constructions import get
from constructions.catalogue import claimed
from constructions.interop.files import load, save
from constructions.interop.torch import ConstructedTransformer, module
from constructions.language import Transformer, at
from constructions.matrix import exact
from constructions.matrix.rational import fractions_of
from constructions.views.trace.sample import drawn_parameters, small_sizes


def small(name):
    record = claimed(name)
    sizes = small_sizes(record, {})
    return ConstructedTransformer(at(record, sizes, drawn_parameters(record, sizes, {}, 1)))


def drawn(model):
    make = torch.Generator().manual_seed(0)
    return {name: torch.rand(2, *s, generator=make, dtype=torch.float64) for name, s in model.shapes.items()}


def saved_whole(model):
    file = io.BytesIO()
    torch.save(model, file)
    return torch.load(io.BytesIO(file.getvalue()), weights_only=False)


@pytest.mark.parametrize("again", [copy.deepcopy, saved_whole, lambda model: pickle.loads(pickle.dumps(model))])
@pytest.mark.parametrize(
    "name", ["gd-steps", "denoising", "functional-gd", "raw-ridge-step", "raw-sgd-step@gelu", "cot-gd"]
)
def test_a_copy_is_the_same_network(name, again):
    model = small(name)
    data, other = drawn(model), again(model)
    with torch.no_grad():
        assert torch.equal(other(**data), model(**data)) and other is not model
        assert (model.shortcut is None) == (other.shortcut is None)
        if model.shortcut is not None:
            assert torch.equal(other.shortcut(other, data), model.shortcut(model, data))
    (answer, cache), (expected, theirs) = other.run_with_cache(**data), model.run_with_cache(**data)
    assert torch.equal(answer, expected) and all(torch.equal(cache[key], theirs[key]) for key in theirs)


def test_what_was_changed_stays_changed():
    model = module("raw-ridge-step", d=2, m=1)
    data = drawn(model)
    with torch.no_grad():
        before = model(**data)
        model.blocks[3].mlp.W_in[0, 0] += 1
        changed = model(**data)
        assert torch.equal(saved_whole(model)(**data), changed) and not torch.equal(changed, before)
    model.blocks[5].mlp.activation = "squared relu"
    other = saved_whole(model)
    with torch.no_grad():
        assert other.shortcut(other, data) is None


def test_a_network_that_no_builder_builds_is_not_pickled(tmp_path):
    instance = at(get("gd-steps"))
    shorter = replace(instance, network=Transformer(instance.network.stream, instance.network.layers[:1]))
    _ = save(instance, tmp_path)
    for other in (shorter, shorter.with_queries(3), load(tmp_path)):
        with pytest.raises(
            pickle.PicklingError, match=r"loaded from files, or changed .*: keep the files .* state_dict"
        ):
            saved_whole(ConstructedTransformer(other))
    more = pickle.loads(pickle.dumps(instance.with_queries(3)))
    assert more.sizes["m"] == 3 and more.query.count == 3


def test_a_copy_of_a_matrix_is_over_the_same_numbers():
    a = exact([["1/3", 2]])
    for b in (copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        assert fractions_of(a + b) == fractions_of(2 * a)
