"""Softmax constructions as TransformerLens models (`TransformerBridge.boot_native`), in float64, with every hook of theirs.

    from constructions.interop.transformer_lens import boot
    host = boot("induction-head", beta=20)
    logits, cache = host.bridge.run_with_cache(host.tokens(E=E))

`stock.py` says which constructions that are. TransformerLens divides scores by √d_head, so W_Q is times that.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from constructions.interop import need

need("transformer_lens", "interpretability", "a TransformerLens model")

import torch  # noqa: E402
from torch import Tensor  # noqa: E402

from constructions.interop.stock import TRANSFORMER_LENS, Stock, StockLayer, stock  # noqa: E402
from constructions.interop.torch import ConstructedTransformer  # noqa: E402
from constructions.language import Construction, Instance  # noqa: E402


@dataclass(frozen=True)
class Host:
    """`bridge` is the TransformerLens model, `stock` the layers that it was made from."""

    bridge: Any
    stock: Stock

    @property
    def model(self) -> ConstructedTransformer:
        """The torch module of the same construction."""
        return self.stock.model

    def tokens(self, **data: Tensor) -> Tensor:
        """The prompt as TransformerLens takes it, batch × tokens × (width + tokens): the stream and a one-hot position."""
        return self.stock.embed(**data)

    def answer(self, **data: Tensor) -> Tensor:
        """The answer that stands in the logits at the tokens where the construction is read."""
        return self.bridge(self.tokens(**data))[:, self.model.answer_at]


def boot(construction: Construction | Instance | str, **settings: Any) -> Host:
    """The construction in a stock architecture. Raises `Unsupported`, with the reason, where that cannot hold it."""
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
    return Host(bridge, made)


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
