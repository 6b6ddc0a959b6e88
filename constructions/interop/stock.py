"""A construction in a stock softmax transformer, or why it is none: `fits.py` says it of all.

Libraries know one kind of attention, softmax of ⟨q_i, k_j⟩/√d_head over all tokens or over earlier ones, and MLPs of a few kinds.
Every other mask is written into the scores: the stream gets a one-hot code of the position, and a key that a reader must not see
gets −`FAR`, whose exponential is exactly 0 in floating point; hard heads that look at positions alone are written the same way,
and a token-wise write beside attention is a head in which every token sees itself. A null logit, and whatever a reader looks at
that sees nothing, is one more token at the end: it sees itself alone, so what stands there depends on no data, and its value is
made 0 by the code of its position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from constructions.interop import need

need("torch", "torch", "a construction in a stock architecture")

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from constructions.interop.torch import ConstructedTransformer, module  # noqa: E402
from constructions.interop.torch.sublayers import AttentionModule, MLPModule  # noqa: E402
from constructions.language import Construction, Instance  # noqa: E402
from constructions.matrix import Unsupported  # noqa: E402

FAR = 2.0**13  # e^−8192 is 0 in every format; a power of two, so that sums with it lose least


@dataclass(frozen=True)
class Architecture:
    """A host's name, its words for the activations that its MLPs know, and whether they have gates."""

    name: str
    activations: dict[str, str]
    gates: bool

    def activation(self, mlps: Sequence[MLPModule]) -> str:
        """Its word for the activation of these MLPs. Raises `Unsupported`."""
        words = {mlp.activation for mlp in mlps} or {next(iter(self.activations))}
        if len(words) > 1 or not words <= {*self.activations}:
            raise Unsupported(
                f"{self.name} has one activation of {', '.join(self.activations)}, not {', '.join(sorted(words))}"
            )
        return self.activations[words.pop()]


TRANSFORMER_LENS = Architecture(
    "TransformerLens", {"relu": "relu", "gelu": "gelu", "gelu tanh": "gelu_new"}, gates=False
)
TOKENWISE = {"identity": "linear", "relu": "relu", "squared relu": "relu2", "gelu": "gelu", "gelu tanh": "gelu_new"}
LLAMA = Architecture("Llama", TOKENWISE, gates=True)
GPT2 = Architecture("GPT-2", TOKENWISE, gates=False)


@dataclass(frozen=True, eq=False)
class StockHead:
    """softmax(⟨h W_Q, h W_K⟩) over all tokens, on streams with a code of the position: matrices in × out, no scale."""

    W_Q: Tensor
    W_K: Tensor
    W_V: Tensor
    W_O: Tensor


@dataclass(frozen=True, eq=False)
class StockLayer:
    """Attention and then an MLP, each of which may be missing."""

    heads: tuple[StockHead, ...]
    mlp: MLPModule | None


@dataclass(frozen=True, eq=False)
class Stock:
    """The layers of `model`, the stream's width with codes, and the sizes that a host needs."""

    model: ConstructedTransformer = field(repr=False)
    layers: tuple[StockLayer, ...] = field(repr=False)
    activation: str
    null: bool

    @property
    def tokens(self) -> int:
        return self.model.layout.tokens + self.null

    @property
    def width(self) -> int:
        return self.model.W_U.shape[0] + self.tokens

    @property
    def heads(self) -> int:
        return max([len(layer.heads) for layer in self.layers], default=0) or 1

    @property
    def d_head(self) -> int:
        heads = [head for layer in self.layers for head in layer.heads]
        return max([max(head.W_Q.shape[1], head.W_V.shape[1]) for head in heads], default=1)

    @property
    def hidden(self) -> int:
        return max([layer.mlp.b_in.shape[0] for layer in self.layers if layer.mlp], default=0) or 1

    def embed(self, **data: Tensor) -> Tensor:
        """The prompt as a host takes it, batch × tokens × width: the stream and a one-hot position."""
        H = nn.functional.pad(self.model.embed(**data).detach(), (0, 0, 0, int(self.null)))
        positions = torch.eye(H.shape[1], dtype=H.dtype).expand(H.shape[0], -1, -1)
        return torch.cat([H, positions], dim=-1)


def stock(construction: Construction | Instance | str, host: Architecture, **settings: Any) -> Stock:
    """The construction as such layers. Raises `Unsupported`, with the sublayer that does not fit and the reason."""
    return stock_of(module(construction, dtype=torch.float64, storage="dense", **settings), host)


def stock_of(model: ConstructedTransformer, host: Architecture) -> Stock:
    """The same for a torch module with dense parameters in float64."""
    if not model.together or len(model.blocks) > model.layers:
        raise Unsupported(
            f"{host.name} runs one prompt once: this construction needs a prompt for each query, or several passes"
        )
    pairs: list[tuple[AttentionModule | None, MLPModule | None]] = []
    for number, part in ((n, part) for n, block in enumerate(model.blocks) for part in _sublayers(block)):
        if reason := _misfit(part, host):
            raise Unsupported(f"layer {number}: {host.name} has no {reason}")
        if isinstance(part, AttentionModule):
            pairs.append((part, None))
        elif isinstance(part, MLPModule):
            pairs.append((pairs.pop()[0] if pairs and pairs[-1][1] is None else None, part))
    activation = host.activation([mlp for _, mlp in pairs if mlp])
    null = any(bool(_seen(one, h)[1].any()) for one, _ in pairs if one for h in range(one.heads))
    tokens, state = model.layout.tokens + null, torch.zeros(model.W_U.shape[0], dtype=torch.float64)
    layers = []
    for attention, mlp in pairs:
        layers.append(StockLayer(_heads(attention, tokens, state if null else None) if attention else (), mlp))
        if attention and hasattr(attention, "W_skip"):
            state = state + state @ attention.whole("W_skip").detach()
        state = state if mlp is None else state + mlp(state[None, None])[0, 0].detach()
    return Stock(model, tuple(layers), activation, null)


def _sublayers(block: Any) -> list[nn.Module]:
    return [getattr(block, name) for name in block.order]


def _misfit(part: nn.Module, host: Architecture) -> str:
    """What the host lacks for a sublayer, or nothing."""
    if isinstance(part, MLPModule):
        reasons = {
            "MLP with a LayerNorm of its own": part.ln,
            "MLP with gates": hasattr(part, "W_gate") and not host.gates,
        }
    elif isinstance(part, AttentionModule):
        fixed = part.fixed_heads.tolist()
        kernels = {kernel for kernel, known in zip(part.kernels, fixed, strict=True) if not known}
        reasons = {
            f"{', '.join(sorted(kernels - {'softmax'}))} attention": kernels - {"softmax"},
            "LayerNorm before attention": part.ln,
            "normalised attention": part.sums or part.divisor != 1,
            "weights in a mask": part.mask_weights is not None or part.mixing is not None,
        }
    else:
        reasons = {type(part).__name__.removesuffix("Module"): True}
    return ", no ".join(text for text, there in reasons.items() if there)


def _seen(part: AttentionModule, head: int) -> tuple[Tensor, Tensor]:
    """Boolean reader × key: the keys that a head may choose from, or does choose where its pattern is fixed; and for every
    reader whether it may look at the null token."""
    if part.fixed is not None and part.fixed_heads[head]:
        seen = part.fixed[head] > 0
        return seen, part.fixed[head].sum(dim=1) < 1 / (
            1 + 1 / (seen.sum(dim=1) + 0.5)
        )  # a sink is among the best, or alone
    seen = torch.from_numpy(part.view.visible.copy())
    return seen, ~seen.any(dim=1) | part.sink


def _allowed(part: AttentionModule, head: int, tokens: int) -> Tensor:
    """Boolean token × token, with the null token where there is one, which sees itself."""
    seen, none = _seen(part, head)
    keys = list(range(len(seen)))[part.keys] if isinstance(part.keys, slice) else part.keys
    allowed = torch.zeros(tokens, tokens, dtype=torch.bool)
    allowed[: len(seen), keys] = seen
    if tokens > len(seen):
        allowed[:-1, -1], allowed[-1, -1] = none, True
    return allowed


def _heads(part: AttentionModule, tokens: int, state: Tensor | None) -> tuple[StockHead, ...]:
    """The heads, and one for token-wise writes; `state` is what the null token holds, if there is one."""
    W_Q, W_K, W_V, W_O = (getattr(part, word).detach() for word in ("W_Q", "W_K", "W_V", "W_O"))
    made = []
    for h in range(part.heads):
        looks = not part.fixed_heads[h]
        Q, K = (W[h] if looks else W[h][:, :0] for W in (W_Q, W_K))
        made.append(_head(Q, K, W_V[h], W_O[h], _allowed(part, h, tokens), state))
    if hasattr(part, "W_skip"):
        skip = part.whole("W_skip").detach()
        columns = skip.any(dim=0).nonzero()[:, 0]
        into = torch.eye(skip.shape[0], dtype=skip.dtype)[columns]
        itself = torch.eye(tokens, dtype=torch.bool)
        made.append(_head(skip[:, :0], skip[:, :0], skip[:, columns], into, itself, None))
    return tuple(made)


def _head(Q: Tensor, K: Tensor, V: Tensor, O: Tensor, allowed: Tensor, state: Tensor | None) -> StockHead:
    """The head on a stream with codes: reader i gives −FAR·[i must not see j] to coordinate j, and key j has 1 there."""
    tokens, none = len(allowed), V.new_zeros(len(allowed), V.shape[1])
    if state is not None:
        none[-1] = -state @ V
    return StockHead(
        W_Q=torch.block_diag(Q, -FAR * (~allowed).double()),
        W_K=torch.block_diag(K, torch.eye(tokens, dtype=K.dtype)),
        W_V=torch.cat([V, none]),
        W_O=nn.functional.pad(O, (0, tokens)),
    )
