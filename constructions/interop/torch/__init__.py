"""Any construction as a `torch.nn.Module` with ordinary parameters, under the names that TransformerLens uses.

from constructions.interop.torch import module
model = module("gd-steps", d_x=3, n=8, steps=4, eta=0.1)
answer, cache = model.run_with_cache(X=X, Y=Y, X_q=X_q)
cache["blocks.2.attn.hook_pattern"], cache.readout("y", layer=2)
"""

from __future__ import annotations

from constructions.interop import need

need("torch", "torch", "a construction as a torch module")

from constructions.interop.torch.cache import Cache  # noqa: E402
from constructions.interop.torch.module import ConstructedTransformer, module  # noqa: E402

__all__ = ["Cache", "ConstructedTransformer", "module"]
