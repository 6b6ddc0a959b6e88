"""Which constructions fit which stock architecture, at sizes that are small enough to try them all."""

import torch

from constructions import get
from constructions.commands.trace.sample import drawn_parameters, sample, small_sizes
from constructions.language import at

EVERY, LLAMA = ("llama", "gpt2", "lens"), ("llama",)
FITS = {
    "mov": EVERY,
    "aff": ("llama", "gpt2"),
    "mul": LLAMA,
    "dot": LLAMA,
    "raw": LLAMA,
    "raw-sgd-step": LLAMA,
    "raw-sgd": LLAMA,
    "sigmoid-pieces": EVERY,
    "plus-minus-heads": EVERY,
    "denoising": EVERY,
    "optimal-transport": EVERY,
    "induction-head": EVERY,
    "markov-k": EVERY,
}


def instance_of(name):
    record = get(name)
    sizes = small_sizes(record, {})
    return at(record, sizes, drawn_parameters(record, sizes, {}, 1))


def prompts(name):
    """Two prompts, batch first."""
    instance = instance_of(name)
    draws = [sample(instance, seed) for seed in (1, 2)]
    return {key: torch.tensor([draw[key] for draw in draws], dtype=torch.float64) for key in draws[0]}
