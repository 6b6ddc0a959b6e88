"""Which constructions fit which stock architecture, at sizes that are small enough to try them all."""

from functools import cache

import torch

from constructions import get
from constructions.interop.fits import fits_of_all
from constructions.language import at
from constructions.views.trace.sample import drawn_parameters, sample, small_sizes

HOSTS = {"llama": "Llama", "gpt2": "GPT-2", "lens": "TransformerLens"}


@cache
def told():
    return fits_of_all()


def fitting(word):
    """The names of the constructions that fit."""
    return [name for name, found in told().items() if not found[HOSTS[word]]]


def instance_of(name):
    record = get(name)
    sizes = small_sizes(record, {})
    return at(record, sizes, drawn_parameters(record, sizes, {}, 1))


def prompts(name):
    """Two prompts, batch first."""
    instance = instance_of(name)
    draws = [sample(instance, seed) for seed in (1, 2)]
    return {key: torch.tensor([draw[key] for draw in draws], dtype=torch.float64) for key in draws[0]}
