"""What a forward pass costs by the nonzeros of its weights, and by all their entries: `make bench`, or this NAME.

Times are the best of a few passes in this process, on one core, which take turns on the same network and data:

nonzeros  the compiled pass (`constructions/language/compiled.py`)
dense     the same plan, in which every product with weights is one product of dense float64 arrays made beforehand
torch     the torch module with dense float64 parameters, without gradients
kernel    the pass of `forward.py` with dense float64 arrays made beforehand; it takes one prompt at a time

× is the fastest of the last three against the first. `built` is building the network and compiling it; bytes are what the two
plans keep.
"""

from __future__ import annotations

import os

os.environ |= {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}  # before numpy is imported

import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch

from constructions import get
from constructions.interop.torch import ConstructedTransformer
from constructions.language import Construction, Instance, at
from constructions.language.compiled import compiled
from constructions.language.transformer import forms_of
from constructions.matrix import Matrix
from constructions.matrix.compiled import How
from constructions.matrix.floating import floats
from tests.bench.sparse import DenseFloats

WIDTHS, BATCHES = (2, 4, 8, 16, 32), (1, 64, 1024)
PATIENCE = 4.0  # seconds for one number
LARGEST = 4e11  # multiplications; more would take minutes densely


def best(run: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of the fastest run, and its result."""
    found, result = np.inf, run()  # the first makes what is kept
    end = time.perf_counter() + PATIENCE
    for _ in range(20):
        start = time.perf_counter()
        result = run()
        found = min(found, time.perf_counter() - start)
        if time.perf_counter() > end:
            break
    return found, result


def kept(make: Callable[[], Any]) -> tuple[Any, int]:
    """What is made, and the bytes that it keeps."""
    tracemalloc.start()
    made = make()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return made, size


def ways(instance: Instance, batch: int, sparse: Any, dense: Any) -> Mapping[str, Callable[..., np.ndarray]]:
    """Every kind of pass, as a function of arrays."""
    model = ConstructedTransformer(instance, "dense")
    arithmetic = DenseFloats(True)

    def by_torch(**data: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return model(**{name: torch.from_numpy(rows) for name, rows in data.items()}).numpy()

    def by_kernel(**data: np.ndarray) -> np.ndarray:
        given = {name: Matrix(arithmetic, floats(rows[0])._entries) for name, rows in data.items()}
        return instance.run(given).answer._entries[None]

    found = {"nonzeros": sparse, "dense": dense, "torch": by_torch}
    return {**found, "kernel": by_kernel} if batch == 1 else found


def table(construction: Construction, show: Callable[[str], Any] = print) -> None:
    random = np.random.default_rng(0)
    show(f"{construction.name}: times in ms")
    head = ("d", "built", "batch", "nonzeros", "dense", "torch", "kernel", "×", "weights ≠ 0", "bytes", "bytes dense")
    show("".join(f"{word:>13}" for word in head))
    for d in WIDTHS:
        start = time.perf_counter()
        instance = at(construction, {**construction.sizes, "d": d, "m": 1})
        _ = compiled(instance)
        built = time.perf_counter() - start
        (sparse, few), (dense, many) = (kept(partial(compiled, instance, How(dense=dense))) for dense in (False, True))
        forms = [form.dense._entries for layer in instance.network.layers for form in forms_of(layer)]
        nonzeros = sum(len(entries.nonzeros[0]) for entries in forms)
        for batch in BATCHES:
            if batch > 1 and batch * sum(np.prod(entries.shape) for entries in forms) > LARGEST / 64:
                continue
            data = {name: random.normal(size=(batch, *instance.shape_of(name))) for name in construction.data}
            passes = ways(instance, batch, sparse, dense)
            results = {kind: best(partial(one, **data)) for kind, one in passes.items()}
            check(construction, d, {kind: result for kind, (_, result) in results.items()})
            seconds = {kind: found for kind, (found, _) in results.items()}
            ratio = min(t for kind, t in seconds.items() if kind != "nonzeros") / seconds["nonzeros"]
            cells = [str(d), f"{1000 * built:.0f}", str(batch)]
            cells += [
                f"{1000 * seconds[k]:.2f}" if k in seconds else "" for k in ("nonzeros", "dense", "torch", "kernel")
            ]
            cells += [f"{ratio:.1f}", f"{nonzeros:,}", f"{few:,}", f"{many:,}"]
            show("".join(f"{cell:>13}" for cell in cells))


def check(construction: Construction, d: int, results: Mapping[str, np.ndarray]) -> None:
    first, *others = results.values()
    gap = max(float(np.abs(other - first).max()) for other in others) / max(1.0, float(np.abs(first).max()))
    if not gap <= 1e-10:
        raise SystemExit(f"the passes of {construction.name} at d = {d} differ by {gap} of the largest answer")


def main(names: list[str]) -> None:
    torch.set_num_threads(1)
    for name in names or ["raw-ridge-step"]:
        table(get(name))


if __name__ == "__main__":
    main(sys.argv[1:])
