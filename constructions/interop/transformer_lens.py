"""Softmax constructions as TransformerLens models (`TransformerBridge.boot_native`), in float64, with every hook of theirs.

    from constructions.interop.transformer_lens import boot
    host = boot("induction-head", beta=20)
    logits, cache = host.network.run_with_cache(**host.inputs(E=E))
    host.answer(E=E)  # what stands in the logits where the construction is read

`host.py` has the words that all hosts share; `stock.py` says which constructions fit.
TransformerLens divides scores by √d_head, so W_Q is times that.
"""

from __future__ import annotations

import math
import warnings
from importlib import import_module
from typing import Any

from constructions.interop import need

need("transformer_lens", "interpretability", "a TransformerLens model")

import torch  # noqa: E402
from torch import Tensor  # noqa: E402

from constructions.interop.host import Host  # noqa: E402
from constructions.interop.stock import TRANSFORMER_LENS, Stock, StockLayer, stock  # noqa: E402
from constructions.language import Construction, Instance  # noqa: E402


def boot(construction: Construction | Instance | str, **settings: Any) -> Host:
    """The construction as a `TransformerBridge`. Raises `Unsupported`, with the reason, where that cannot hold it."""
    config_of, bridges = import_module("transformer_lens.config"), import_module("transformer_lens.model_bridge")

    made = stock(construction, TRANSFORMER_LENS, **settings)
    config = config_of.TransformerBridgeConfig(
        n_layers=len(made.layers),
        d_model=made.width,
        n_ctx=made.tokens,
        d_head=made.d_head,
        n_heads=made.heads,
        d_mlp=made.hidden,
        act_fn=made.activation,
        d_vocab=made.model.W_U.shape[1],
        normalization_type=None,
        attention_dir="bidirectional",
        seed=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bridge = bridges.TransformerBridge.boot_native(config).double()  # cfg.dtype alone leaves float32 weights
    state = {name: torch.zeros_like(value) for name, value in bridge.state_dict().items()}
    for number, layer in enumerate(made.layers):
        _write(state, f"blocks.{number}", layer, made)
    unembed = made.model.W_U.detach().T
    state["unembed.weight"][:, : unembed.shape[1]] = unembed
    _ = bridge.load_state_dict(state, strict=True)
    return Host(bridge, made, _takes)


def _takes(network: Any, H: Tensor) -> dict[str, Tensor]:
    return {"input": H}


def _write(state: dict[str, Tensor], name: str, layer: StockLayer, made: Stock) -> None:
    q, k, v = (state[f"{name}.attn.{word}.weight"].reshape(made.heads, made.d_head, -1) for word in "qkv")
    o = state[f"{name}.attn.o.weight"].reshape(-1, made.heads, made.d_head)
    for h, head in enumerate(layer.heads):
        # use_attn_scale=False is ignored there: scores are always divided by √d_head
        q[h, : head.W_Q.shape[1]] = head.W_Q.T * math.sqrt(made.d_head)
        k[h, : head.W_K.shape[1]], v[h, : head.W_V.shape[1]] = head.W_K.T, head.W_V.T
        o[:, h, : head.W_O.shape[0]] = head.W_O.T
    if layer.mlp is not None:
        W_in, W_out = layer.mlp.whole("W_in").detach(), layer.mlp.whole("W_out").detach()
        width, hidden = W_in.shape
        read, written = state[f"{name}.mlp.in.weight"], state[f"{name}.mlp.out.weight"]
        read[:hidden, :width], state[f"{name}.mlp.in.bias"][:hidden] = W_in.T, layer.mlp.b_in.detach()
        written[:width, :hidden], state[f"{name}.mlp.out.bias"][:width] = W_out.T, layer.mlp.b_out.detach()
