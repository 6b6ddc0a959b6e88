"""What the torch module costs: `make bench`, or `python -m tests.bench.torch_module`. All times are ratios within one run.

First against torch written by hand for the same layers (gd-steps, d = 16, n = 64, batch 1024, 4 layers); then one
network that is almost entirely zeros, held densely, by its nonzeros, and as "auto" chooses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from constructions.interop.torch import ConstructedTransformer, module

BATCH, N, D = 1024, 64, 16
ROUNDS = 7


def best(passes: Sequence[Callable[[], object]]) -> list[float]:
    """The least seconds of each, taking turns."""
    found = [float("inf")] * len(passes)
    for _ in range(ROUNDS):
        for number, one in enumerate(passes):
            start = time.perf_counter()
            _ = one()
            found[number] = min(found[number], time.perf_counter() - start)
    return found


def by_hand(model: ConstructedTransformer, H: Tensor) -> Callable[[], Tensor]:
    """H + (H W_Q)(C W_K)ᵀ (C W_V) W_O for the examples C of every layer, and nothing else."""
    layers = [[block.attn.whole(name).clone() for name in ("W_Q", "W_K", "W_V", "W_O")] for block in model.blocks]

    def run() -> Tensor:
        h = H
        for W_Q, W_K, W_V, W_O in layers:
            C = h[:, :N]
            h = h + ((h @ W_Q) @ (C @ W_K).mT) @ (C @ W_V) @ W_O
        return h

    return run


def against_torch_by_hand() -> None:
    model = module("gd-steps", d_x=D, d_y=1, n=N, m=1, steps=4, eta=0.125, W_0=0)
    shapes = {"X": (N, D), "Y": (N, 1), "X_q": (1, D)}
    H = model.embed(**{name: torch.randn(BATCH, *shape, dtype=torch.float64) for name, shape in shapes.items()})
    hand = by_hand(model, H)
    gap = float((model.stream(H) - hand()).abs().max())
    ours, theirs = best([lambda: model.stream(H), hand])
    print(f"gd-steps, d = {D}, n = {N}, batch {BATCH}: {ours / theirs:.2f} × torch by hand (difference {gap:.1e})")


def by_storage(name: str, batch: int = 64) -> None:
    for d in (2, 4, 8, 16):
        models = {storage: module(name, d=d, storage=storage) for storage in ("dense", "nonzeros", "auto")}
        shapes = models["auto"].shapes
        data = {key: torch.rand(batch, *shape, dtype=torch.float64) for key, shape in shapes.items()}
        seconds = best([partial(model, **data) for model in models.values()])
        ratios = ", ".join(f"{key} {t / seconds[0]:.2f}" for key, t in zip(models, seconds, strict=True))
        print(f"{name}, d = {d}, batch {batch}: {ratios} × dense")


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with torch.no_grad():
        against_torch_by_hand()
        by_storage("raw-ridge-step")
