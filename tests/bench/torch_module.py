"""What the torch module costs: `make bench`, or `python -m tests.bench.torch_module`. All times are ratios within one run.

First against torch written by hand for the same layers (gd-steps, d = 16, n = 64, batch 1024, 4 layers); then one
network that is almost entirely zeros:

dense     all entries of the weights; the others say how many times faster they are
own       the module's own pass, with matrices held as "auto" chooses: what runs with hooks, gradients, or changed weights
auto      the module as it comes, which takes the shortcut (`constructions/interop/torch/shortcut.py`)
compared  what the shortcut spends on seeing that nothing has changed, as a share of auto
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from constructions.interop.torch import ConstructedTransformer, module

BATCH, N, D = 1024, 64, 16
ROUNDS, IN_A_ROW = 7, 3


def best(passes: Sequence[Callable[[], object]]) -> list[float]:
    """The least seconds of each, taking turns; a few in a row, as users run them, so that none finds the caches of another."""
    found = [float("inf")] * len(passes)
    for _ in range(ROUNDS):
        for number, one in enumerate(passes):
            for _ in range(IN_A_ROW):
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


def by_storage(name: str) -> None:
    for d in (2, 4, 8, 16):
        dense, own, auto = (module(name, d=d, m=1, storage=storage) for storage in ("dense", "auto", "auto"))
        own.shortcut = None
        for batch in (1, 64, 1024 if d < 16 else 256):
            data = {key: torch.rand(batch, *shape, dtype=torch.float64) for key, shape in auto.shapes.items()}
            told = auto.shortcut
            if told is None or (answer := told(auto, data)) is None:
                raise SystemExit(f"{name}, d = {d}: the shortcut is not taken")
            gap = float((dense(**data) - answer.reshape(batch, 1, 1)).abs().max())
            if gap > 1e-12:
                raise SystemExit(f"{name}, d = {d}: the passes differ by {gap}")
            passes = [partial(model, **data) for model in (dense, own, auto)]
            seconds = best([*passes, partial(told.untouched, auto)])
            faster, compared = [seconds[0] / t for t in seconds[1:3]], seconds[3] / seconds[2]
            print(
                f"{name}, d = {d}, batch {batch}: own {faster[0]:.1f}, auto {faster[1]:.1f} × as fast as dense "
                f"({1000 * seconds[0]:.2f} ms); compared {compared:.0%}"
            )


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with torch.no_grad():
        against_torch_by_hand()
        by_storage("raw-ridge-step")
