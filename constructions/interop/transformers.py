"""Softmax constructions as models of Hugging Face transformers, Llama or GPT-2, which save_pretrained and from_pretrained know.

    from constructions.interop.transformers import boot
    host = boot("induction-head", beta=20)
    host.network.save_pretrained(folder)
    logits = host.network(**host.inputs(E=E)).logits
    host.answer(E=E)  # what stands in the logits where the construction is read

`host.py` has the words that all hosts share; `stock.py` says which constructions fit.
What their architectures have and a construction has not is made to do nothing:

norms      ε = 2^100 and gains of 2^50: rounded, mean square + ε is ε as long as the mean square of a token is below 2^75 in float32
           and 2^46 in float64, and 2^50/√ε = 1 exactly; where it is larger, the relative error is at most mean square/(2 ε).
           A Llama computes its norms in float32, so that a sublayer reads the stream rounded to float32 whatever its dtype is.
           GPT-2's also subtract the mean, which is 0: every coordinate of its stream stands there twice, the second time negated
scale      d_head is a power of 4, so that W_Q √d_head is exact
positions  every position number is 0, where RoPE turns nothing and a learned embedding of 0 adds nothing
mask       a mask of zeros is handed over, since the construction's own is written into its scores
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

from constructions.interop import need

need("transformers", "interpretability", "a model of Hugging Face transformers")

import torch  # noqa: E402
from torch import Tensor  # noqa: E402

from constructions.interop.host import Host  # noqa: E402
from constructions.interop.stock import GPT2, LLAMA, Stock, stock  # noqa: E402
from constructions.interop.torch.sublayers import MLPModule  # noqa: E402
from constructions.language import Construction, Instance, UnknownName  # noqa: E402
from constructions.language.quantifier import offer  # noqa: E402

EPSILON, GAIN = 2.0**100, 2.0**50
ARCHITECTURES = {"llama": LLAMA, "gpt2": GPT2}


def boot(
    construction: Construction | Instance | str,
    architecture: str = "llama",
    dtype: torch.dtype = torch.float64,
    **settings: Any,
) -> Host:
    """The construction as a `LlamaForCausalLM` or `GPT2LMHeadModel`. Raises `Unsupported`, with the sublayer that does not fit."""
    if architecture not in ARCHITECTURES:
        raise UnknownName(f"no architecture is called {architecture!r}; {offer(architecture, ARCHITECTURES)}")
    made = stock(construction, ARCHITECTURES[architecture], **settings)
    d_head = 4 ** max(1, math.ceil(math.log(made.d_head, 4)))
    library = import_module("transformers")
    with torch.device("cpu"), torch.random.fork_rng(devices=[]):  # its weights are drawn before they are replaced
        network = (_llama if architecture == "llama" else _gpt2)(library, made, d_head)
    state = {name: torch.zeros_like(value, dtype=torch.float64) for name, value in network.state_dict().items()}
    write = _write_llama if architecture == "llama" else _write_gpt2
    for number in range(len(made.layers)):
        write(state, number, made, d_head)
    for name, value in state.items():
        if "norm" in name or ".ln_" in name:
            _ = value.fill_(0.0 if name.endswith("bias") else GAIN)
    unembed = made.model.W_U.detach().T
    state["lm_head.weight"][:, : unembed.shape[1]] = unembed
    _ = network.double().load_state_dict(state, strict=True)
    return Host(network.to(dtype).eval(), made, _takes_twice if architecture == "gpt2" else _takes)


def _takes(network: Any, H: Tensor) -> dict[str, Tensor]:
    """The prompt as embeddings, and the mask and positions that do nothing."""
    H = torch.nn.functional.pad(H, (0, network.config.hidden_size - H.shape[-1]))
    batch, tokens = H.shape[:2]
    nowhere = torch.zeros(batch, tokens, dtype=torch.int64, device=H.device)
    return {"inputs_embeds": H, "attention_mask": H.new_zeros(batch, 1, tokens, tokens), "position_ids": nowhere}


def _takes_twice(network: Any, H: Tensor) -> dict[str, Tensor]:
    """The same where the stream is (h, −h)."""
    return _takes(network, torch.cat([H, -H], dim=-1))


def _llama(library: Any, made: Stock, d_head: int) -> Any:
    config = library.LlamaConfig(
        hidden_size=_multiple(made.width, made.heads),
        intermediate_size=made.hidden,
        num_hidden_layers=len(made.layers),
        num_attention_heads=made.heads,
        head_dim=d_head,
        hidden_act=made.activation,
        max_position_embeddings=made.tokens,
        rms_norm_eps=EPSILON,
        mlp_bias=True,
        **_read_out(made),
    )
    return library.LlamaForCausalLM(config)


def _gpt2(library: Any, made: Stock, d_head: int) -> Any:
    config = library.GPT2Config(
        n_embd=max(_multiple(2 * made.width, made.heads), made.heads * d_head),
        n_inner=made.hidden,
        n_layer=len(made.layers),
        n_head=made.heads,
        activation_function=made.activation,
        n_positions=made.tokens,
        layer_norm_epsilon=EPSILON,
        scale_attn_weights=False,
        **_read_out(made),
    )
    return library.GPT2LMHeadModel(config)


def _read_out(made: Stock) -> dict[str, Any]:
    """What both architectures are told of the answer: its width; it is no vocabulary, and no number in it is special."""
    width = made.model.W_U.shape[1]
    return {"vocab_size": width, "tie_word_embeddings": False, "bos_token_id": None, "eos_token_id": None}


def _multiple(width: int, of: int) -> int:
    return -(-width // of) * of


def _write_llama(state: dict[str, Tensor], number: int, made: Stock, d_head: int) -> None:
    """`nn.Linear` holds out × in; what a head does not need of d_head stays 0."""
    layer, width, at = made.layers[number], made.width, f"model.layers.{number}"
    for h, head in enumerate(layer.heads):
        scaled = (("q", head.W_Q * math.sqrt(d_head)), ("k", head.W_K), ("v", head.W_V))
        for word, matrix in scaled:
            row = h * d_head
            state[f"{at}.self_attn.{word}_proj.weight"][row : row + matrix.shape[1], :width] = matrix.T
        columns = slice(h * d_head, h * d_head + head.W_O.shape[0])
        state[f"{at}.self_attn.o_proj.weight"][:width, columns] = head.W_O.T
    if layer.mlp is None:
        return
    for word, (matrix, bias) in zip(("gate", "up", "down"), _projections(layer.mlp), strict=True):
        inner, outer = matrix.shape
        state[f"{at}.mlp.{word}_proj.weight"][:outer, :inner] = matrix.T
        state[f"{at}.mlp.{word}_proj.bias"][:outer] = bias


def _projections(mlp: MLPModule) -> tuple[tuple[Tensor, Tensor], ...]:
    """(in × out, bias) of σ(gate(h)) ∘ up(h) and of what it is written by; without gates, up is the constant 1."""
    read, b_in = mlp.whole("W_in").detach(), mlp.b_in.detach()
    gates = (
        (mlp.whole("W_gate"), mlp.b_gate) if hasattr(mlp, "W_gate") else (torch.zeros_like(read), torch.ones_like(b_in))
    )
    return (read, b_in), (gates[0].detach(), gates[1].detach()), (mlp.whole("W_out").detach(), mlp.b_out.detach())


def _write_gpt2(state: dict[str, Tensor], number: int, made: Stock, d_head: int) -> None:
    """`Conv1D` holds in × out; everything that is written is written a second time, negated, `width` further on."""
    layer, width, at = made.layers[number], made.width, f"transformer.h.{number}"
    c_attn, c_proj = state[f"{at}.attn.c_attn.weight"], state[f"{at}.attn.c_proj.weight"]
    whole = len(c_proj)  # heads × their size, which is the width of the network
    for h, head in enumerate(layer.heads):
        first = h * (whole // made.heads)
        for third, matrix in enumerate((head.W_Q, head.W_K, head.W_V)):
            start = third * whole + first
            c_attn[:width, start : start + matrix.shape[1]] = matrix
        rows = slice(first, first + head.W_O.shape[0])
        c_proj[rows, :width], c_proj[rows, width : 2 * width] = head.W_O, -head.W_O
    if layer.mlp is None:
        return
    W_out, b_out = layer.mlp.whole("W_out").detach(), layer.mlp.b_out.detach()
    hidden, own = W_out.shape
    state[f"{at}.mlp.c_fc.weight"][:own, :hidden] = layer.mlp.whole("W_in").detach()
    state[f"{at}.mlp.c_fc.bias"][:hidden] = layer.mlp.b_in.detach()
    for sign, start in ((1, 0), (-1, width)):
        state[f"{at}.mlp.c_proj.weight"][:hidden, start : start + own] = sign * W_out
        state[f"{at}.mlp.c_proj.bias"][start : start + own] = sign * b_out
