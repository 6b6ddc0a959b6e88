"""Softmax constructions as TransformerLens models (`TransformerBridge.boot_native`), in float64, with every hook of theirs.

    from constructions.interop.transformer_lens import boot
    host = boot("induction-head", beta=20)
    logits, cache = host.bridge.run_with_cache(host.tokens(E=E))

TransformerLens knows softmax over all earlier tokens, or over all. Every other mask is written into the scores: the stream gets a
one-hot code of the position, and a key that a reader must not see gets −`FAR`, whose exponential is exactly 0 in floating point;
hard heads that look at positions alone are written the same way. A null logit, and whatever a reader looks at that sees nothing, is
one more token of zeros at the end. TransformerLens divides scores by √d_head, so W_Q is times that.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from constructions.interop import need

need("transformer_lens", "interpretability", "a TransformerLens model")
need("torch", "torch", "a TransformerLens model")

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from constructions.interop.torch import ConstructedTransformer, module  # noqa: E402
from constructions.interop.torch.sublayers import AttentionModule, MLPModule  # noqa: E402
from constructions.language import Construction  # noqa: E402
from constructions.matrix import Unsupported  # noqa: E402

FAR = (
    2.0**13
)  # e^−8192 is 0 in every floating-point format; a power of two, so that sums with it are exact enough to be 0
ACTIVATIONS = {"relu": "relu", "gelu": "gelu", "gelu tanh": "gelu_new"}
Pair = tuple[AttentionModule | None, MLPModule | None]


@dataclass(frozen=True)
class Host:
    """`bridge` is the TransformerLens model, `model` the torch module it was made from, `null` whether there is a null token."""

    bridge: Any
    model: ConstructedTransformer
    null: bool

    def tokens(self, **data: Tensor) -> Tensor:
        """The prompt as TransformerLens takes it, batch × tokens × (width + tokens): the stream and a one-hot position."""
        H = nn.functional.pad(self.model.embed(**data).detach(), (0, 0, 0, int(self.null)))
        positions = torch.eye(H.shape[1], dtype=H.dtype).expand(H.shape[0], -1, -1)
        return torch.cat([H, positions], dim=-1)

    def answer(self, **data: Tensor) -> Tensor:
        """The answer that stands in the logits at the tokens where the construction is read."""
        return self.bridge(self.tokens(**data))[:, self.model.answer_at]


def boot(construction: Construction | str, **settings: Any) -> Host:
    """The construction in a stock architecture. Raises `Unsupported`, with the reason, where that cannot hold it."""
    config_of, bridges = import_module("transformer_lens.config"), import_module("transformer_lens.model_bridge")

    model = module(construction, dtype=torch.float64, storage="dense", **settings)
    pairs = _pairs(model)
    null = any(_needs_null(attention) for attention, _ in pairs if attention)
    tokens, width = model.layout.tokens + null, model.W_U.shape[0]
    heads = max((pair.heads for pair, _ in pairs if pair), default=1)
    d_head = max((max(pair.d_head + tokens, pair.d_value) for pair, _ in pairs if pair), default=1)
    mlps = [mlp for _, mlp in pairs if mlp]
    config = config_of.TransformerBridgeConfig(
        n_layers=len(pairs),
        d_model=width + tokens,
        n_ctx=tokens,
        d_head=d_head,
        n_heads=heads,
        d_mlp=max((mlp.b_in.shape[0] for mlp in mlps), default=1),
        act_fn=_activation(mlps),
        d_vocab=model.W_U.shape[1],
        normalization_type=None,
        attention_dir="bidirectional",
        seed=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bridge = bridges.TransformerBridge.boot_native(config).double()  # cfg.dtype alone leaves float32 weights
    state = {name: torch.zeros_like(value) for name, value in bridge.state_dict().items()}
    for number, (attention, mlp) in enumerate(pairs):
        if attention:
            _write_attention(state, f"blocks.{number}.attn", attention, tokens, (heads, d_head))
        if mlp:
            _write_mlp(state, f"blocks.{number}.mlp", mlp)
    state["unembed.weight"][:, :width] = model.W_U.detach().T
    _ = bridge.load_state_dict(state, strict=True)
    return Host(bridge, model, null)


def _pairs(model: ConstructedTransformer) -> list[Pair]:
    """The sublayers as blocks of attention and then an MLP, each of which may be missing."""
    if not model.together or len(model.blocks) > model.layers:
        raise Unsupported(
            "TransformerLens runs one prompt once: this construction needs a prompt for each query, or several passes"
        )
    pairs: list[Pair] = []
    for part in (part for block in model.blocks for part in _sublayers(block)):
        if isinstance(part, AttentionModule):
            _check(part)
            pairs.append((part, None))
        elif isinstance(part, MLPModule) and part.ln is None and not hasattr(part, "W_gate"):
            pairs.append((pairs.pop()[0] if pairs and pairs[-1][1] is None else None, part))
        else:
            raise Unsupported(f"TransformerLens' stock model has no {_name(part)}")
    if any(attention and _needs_null(attention) for attention, _ in pairs):
        zero = torch.zeros(1, 1, model.W_U.shape[0], dtype=torch.float64)
        if any(mlp is not None and bool(mlp(zero).any()) for _, mlp in pairs):
            raise Unsupported("a null token must stay 0, but an MLP of this construction writes to a token of zeros")
    return pairs


def _sublayers(block: Any) -> list[nn.Module]:
    return [getattr(block, name) for name in block.order]


def _needs_null(part: AttentionModule) -> bool:
    """Whether there is a null logit, or a reader that sees nothing."""
    return part.sink or not all(bool(_seen(part, h).any(dim=1).all()) for h in range(part.heads))


def _name(part: nn.Module) -> str:
    return (
        "MLP with gates or a LayerNorm of its own"
        if isinstance(part, MLPModule)
        else type(part).__name__.removesuffix("Module")
    )


def _check(part: AttentionModule) -> None:
    fixed = part.fixed_heads.tolist()
    kernels = {kernel for kernel, known in zip(part.kernels, fixed, strict=True) if not known}
    reasons = {
        f"{', '.join(sorted(kernels - {'softmax'}))} attention": kernels - {"softmax"},
        "token-wise writes beside attention": hasattr(part, "W_skip"),
        "a LayerNorm before attention": part.ln,
        "normalised attention": part.sums or part.divisor != 1,
        "weights in a mask": part.mask_weights is not None or part.mixing is not None,
    }
    if found := [text for text, there in reasons.items() if there]:
        raise Unsupported(f"TransformerLens' stock model has no {', no '.join(found)}")


def _activation(mlps: Sequence[MLPModule]) -> str:
    words = {mlp.activation for mlp in mlps} or {"relu"}
    if len(words) > 1 or not words <= {*ACTIVATIONS}:
        raise Unsupported(
            f"TransformerLens' stock model has one activation of {', '.join(ACTIVATIONS)}, not {', '.join(sorted(words))}"
        )
    return ACTIVATIONS[words.pop()]


def _write_attention(
    state: dict[str, Tensor], name: str, part: AttentionModule, tokens: int, shape: tuple[int, int]
) -> None:
    heads, d_head = shape
    q, k, v = (state[f"{name}.{word}.weight"].reshape(heads, d_head, -1) for word in "qkv")
    o = state[f"{name}.o.weight"].reshape(-1, heads, d_head)
    W_Q, W_K, W_V, W_O = (getattr(part, word).detach() for word in ("W_Q", "W_K", "W_V", "W_O"))
    width = W_Q.shape[1]
    for h in range(part.heads):
        if not part.fixed_heads[h]:
            q[h, : W_Q.shape[2], :width], k[h, : W_K.shape[2], :width] = W_Q[h].T, W_K[h].T
        # reader i gives −FAR·[i must not see j] to coordinate j, and key j has 1 there
        q[h, W_Q.shape[2] : W_Q.shape[2] + tokens, width:] = -FAR * (~_allowed(part, h, tokens)).T.double()
        k[h, W_Q.shape[2] : W_Q.shape[2] + tokens, width:] = torch.eye(tokens, dtype=torch.float64)
        q[h] *= math.sqrt(d_head)  # use_attn_scale=False is ignored there: scores are always divided by √d_head
        v[h, : W_V.shape[2], :width], o[:width, h, : W_O.shape[1]] = W_V[h].T, W_O[h].T


def _seen(part: AttentionModule, head: int) -> Tensor:
    """Boolean reader × key: the keys that a head may choose from, or does choose where its pattern is fixed."""
    if part.fixed is not None and part.fixed_heads[head]:
        return part.fixed[head] > 0
    return torch.from_numpy(part.view.visible.copy())


def _allowed(part: AttentionModule, head: int, tokens: int) -> Tensor:
    """Boolean token × token, with the null token where there is one: seen by itself, with a sink, and by who sees nothing."""
    seen = _seen(part, head)
    keys = list(range(len(seen)))[part.keys] if isinstance(part.keys, slice) else part.keys
    allowed = torch.zeros(tokens, tokens, dtype=torch.bool)
    allowed[: len(seen), keys] = seen
    if tokens > len(seen):
        allowed[-1, -1] = True
        allowed[:-1, -1] = ~seen.any(dim=1) | part.sink
    return allowed


def _write_mlp(state: dict[str, Tensor], name: str, part: MLPModule) -> None:
    W_in, W_out = part.whole("W_in").detach(), part.whole("W_out").detach()
    width, hidden = W_in.shape
    state[f"{name}.in.weight"][:hidden, :width], state[f"{name}.in.bias"][:hidden] = W_in.T, part.b_in.detach()
    state[f"{name}.out.weight"][:width, :hidden], state[f"{name}.out.bias"][:width] = W_out.T, part.b_out.detach()
