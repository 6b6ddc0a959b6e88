"""The sublayers of a transformer record as torch modules. `constructions/language/forward.py` says what each computes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from constructions.interop.torch.weights import HookPoint, Weighted, tensor
from constructions.language.forward import KERNELS, NORMALISERS, column, scores
from constructions.language.layout import Layout, View
from constructions.language.positional import attended
from constructions.language.sublayers import MLP, Attention, Head, LayerNorm
from constructions.matrix import Matrix, below, beside, exact, identity, zeros
from constructions.matrix.floating import FACTOR_VALUES

ACTIVATIONS = {
    "identity": lambda u: u,
    "relu": torch.relu,
    "squared relu": lambda u: torch.relu(u) ** 2,
    "gelu": functional.gelu,
    "gelu tanh": lambda u: functional.gelu(u, approximate="tanh"),
}
ENTRYWISE = {"linear": lambda scores: scores, "relu": torch.relu, "exp": torch.exp}


class NormModule(nn.Module):
    """λ(h) = w · (h − mean h)/√(var h + ε) + b over the last dimension; with ε = 0 a constant token gives NaN."""

    epsilon: Tensor

    def __init__(self, norm: LayerNorm, width: int) -> None:
        super().__init__()
        self.w = nn.Parameter(tensor(column(norm.gain, width))[:, 0])
        self.b = nn.Parameter(tensor(column(norm.bias, width))[:, 0])
        self.register_buffer("epsilon", tensor(exact(norm.epsilon))[0, 0])

    def forward(self, resid: Tensor) -> Tensor:
        centred = resid - resid.mean(dim=-1, keepdim=True)
        return centred / ((centred**2).mean(dim=-1, keepdim=True) + self.epsilon).sqrt() * self.w + self.b


class AttentionModule(Weighted):
    """What the heads, and the skip, of an attention layer add to the stream.

    W_Q, W_K (heads × width × d_head), W_V (heads × width × d_value) and W_O (heads × d_value × width); heads that are
    narrower than the widest are filled with zeros. W_skip (width × width) where there are token-wise writes.
    """

    visible: Tensor | None
    mask_weights: Tensor | None
    mixing: Tensor | None
    fixed: Tensor | None
    fixed_heads: Tensor

    def __init__(self, layer: Attention, layout: Layout, width: int, storage: str) -> None:
        super().__init__(storage)
        self.kernels = tuple(head.kernel or layer.kernel for head in layer.heads)
        self.sink, self.heads = layer.sink, len(layer.heads)
        self.ln = NormModule(layer.norm, width) if layer.norm else None
        self._give_heads(layer, width)
        if layer.skip:
            forms = [(write.value.dense.T, write.into.dense) for write in layer.skip]
            self.give("W_skip", sum((value @ into for value, into in forms), start=zeros(width, width)))
        self.view = view = layout.view(layer.mask)
        self.keys = slice(view.keys[0], view.keys[-1] + 1) if _in_a_row(view.keys) else view.keys
        # a product of all tokens costs less than a copy of most of them
        self.slice_late = 2 * len(view.keys) > layout.tokens
        seen = torch.from_numpy(view.visible.copy())
        self.register_buffer("visible", None if seen.all() else seen)
        self.register_buffer("mask_weights", None if view.weights is None else tensor(view.weights))
        self.divisor = {"1/n": layout.examples, "1/T": layout.length}.get(layer.normaliser, 1)
        self.sums = layer.normaliser == "sum"
        self._fix(layer, layout, view)
        mixed = [identity(len(view.keys)) if head.mixing is None else head.mixing for head in layer.heads]
        some = any(head.mixing is not None for head in layer.heads)
        self.register_buffer("mixing", torch.stack([tensor(one) for one in mixed]) if some else None)
        self.hook_q, self.hook_k, self.hook_v = HookPoint(), HookPoint(), HookPoint()
        self.hook_attn_scores, self.hook_pattern, self.hook_z = HookPoint(), HookPoint(), HookPoint()

    def _give_heads(self, layer: Attention, width: int) -> None:
        d_head = max((head.query.width for head in layer.heads), default=0)
        d_value = max((head.value.width for head in layer.heads), default=0)
        for name, part, wide in (("W_Q", "query", d_head), ("W_K", "key", d_head), ("W_V", "value", d_value)):
            blocks = [_filled(head.forms[part].dense, wide).T for head in layer.heads]
            self.give(name, beside(*blocks) if blocks else zeros(width, 0), heads=self.heads)
        blocks = [_filled(head.into.dense, d_value) for head in layer.heads]
        self.give("W_O", below(*blocks) if blocks else zeros(0, width), heads=self.heads, stacked=True)
        self.d_head, self.d_value = d_head, d_value

    def forward(self, resid: Tensor) -> Tensor:
        read = resid if self.ln is None else self.ln(resid)
        q = self.hook_q(self._split(self.through("W_Q", read), self.d_head))
        k = self.hook_k(self._split(self._of_keys("W_K", read), self.d_head))
        v = self.hook_v(self._split(self._of_keys("W_V", read), self.d_value))
        pattern = self._weights(self.hook_attn_scores(q.transpose(1, 2) @ k.permute(0, 2, 3, 1)))
        if self.fixed is not None:
            pattern = torch.where(self.fixed_heads[:, None, None], self.fixed, pattern)
        pattern = self.hook_pattern(pattern if self.mixing is None else pattern @ self.mixing)
        z = self.hook_z((pattern @ v.transpose(1, 2)).transpose(1, 2))
        out = self.through("W_O", z.flatten(2))
        return out + self.through("W_skip", resid) if hasattr(self, "W_skip") else out

    def _of_keys(self, name: str, read: Tensor) -> Tensor:
        return self.through(name, read)[:, self.keys] if self.slice_late else self.through(name, read[:, self.keys])

    def _split(self, flat: Tensor, size: int) -> Tensor:
        """batch × tokens × (heads · size) as batch × tokens × heads × size."""
        return flat.reshape(*flat.shape[:2], self.heads, size)

    def _fix(self, layer: Attention, layout: Layout, view: View) -> None:
        """Hard heads that look at position codes alone have one pattern for all data, which is exact, as in the kernel."""
        found = [_fixed_pattern(head, layer, layout, view) for head in layer.heads]
        some = next((pattern for pattern in found if pattern is not None), None)
        stacked = None if some is None else torch.stack([torch.zeros_like(some) if p is None else p for p in found])
        self.register_buffer("fixed", stacked)
        self.register_buffer("fixed_heads", torch.tensor([pattern is not None for pattern in found]))

    def _weights(self, scores: Tensor) -> Tensor:
        """The attention weights of the scores (batch × heads × readers × keys)."""
        if len(set(self.kernels)) > 1:
            each = [self._by_kernel(kernel, scores[:, [h]]) for h, kernel in enumerate(self.kernels)]
            weights = torch.cat(each, dim=1)
        else:
            weights = self._by_kernel(self.kernels[0], scores) if self.kernels else scores
        if self.mask_weights is not None:
            weights = weights * self.mask_weights
        if self.sums:
            weights = weights / (weights.sum(dim=-1, keepdim=True) + int(self.sink))
        return weights if self.divisor == 1 else weights / self.divisor

    def _by_kernel(self, kernel: str, scores: Tensor) -> Tensor:
        if kernel in ("softmax", "hard"):
            return self._chosen(kernel, scores)
        weights = ENTRYWISE[kernel](scores)
        return weights if self.visible is None else weights * self.visible

    def _chosen(self, kernel: str, scores: Tensor) -> Tensor:
        """softmax, or the uniform weights on the best keys; rows that see nothing get zeros."""
        keys = scores.shape[-1]
        visible = self.visible
        if self.sink:  # one more key, of score 0, that everyone sees
            scores = functional.pad(scores, (0, 1))
            visible = None if visible is None else functional.pad(visible, (0, 1), value=True)
        if visible is not None:
            scores = scores.masked_fill(~visible, torch.finfo(scores.dtype).min)
        if kernel == "softmax":
            weights = torch.softmax(scores, dim=-1)
        else:
            best = scores == scores.amax(dim=-1, keepdim=True)
            weights = best / best.sum(dim=-1, keepdim=True).to(scores.dtype)
        weights = weights if visible is None else weights * visible
        return weights[..., :keys]


class MLPModule(Weighted):
    """σ(h W_in + b_in) ∘ (h W_gate + b_gate) W_out + b_out; W_gate only where some units have a gate."""

    b_in: Tensor
    b_gate: Tensor
    b_out: Tensor

    def __init__(self, layer: MLP, width: int, storage: str) -> None:
        super().__init__(storage)
        self.activation = layer.activation
        self.ln = NormModule(layer.norm, width) if layer.norm else None
        reads = [units.read.dense.T for units in layer.units]
        self.give("W_in", beside(*reads) if reads else zeros(width, 0))
        self._bias("b_in", [column(units.bias, units.read.width) for units in layer.units])
        if any(units.gate for units in layer.units):
            gates = [zeros(width, u.read.width) if u.gate is None else u.gate.dense.T for u in layer.units]
            self.give("W_gate", beside(*gates))
            self._bias("b_gate", [column(int(u.gate is None), u.read.width) for u in layer.units])
        written = [units.into.dense * FACTOR_VALUES.get(units.factor, 1) for units in layer.units]
        self.give("W_out", below(*written) if written else zeros(0, width))
        constants = (column(c.value, c.into.width).T @ c.into.dense for c in layer.constants)
        self._bias("b_out", [sum(constants, start=zeros(1, width)).T])
        self.hook_pre, self.hook_post = HookPoint(), HookPoint()

    def _bias(self, name: str, columns: list[Matrix]) -> None:
        made = tensor(below(*columns))[:, 0] if columns else torch.zeros(0, dtype=torch.float64)
        self.register_parameter(name, nn.Parameter(made))

    def forward(self, resid: Tensor) -> Tensor:
        read = resid if self.ln is None else self.ln(resid)
        active = ACTIVATIONS[self.activation](self.hook_pre(self.through("W_in", read) + self.b_in))
        if hasattr(self, "W_gate"):
            active = active * (self.through("W_gate", read) + self.b_gate)
        return self.through("W_out", self.hook_post(active)) + self.b_out


def _filled(rows: Matrix, height: int) -> Matrix:
    """More rows of zeros, so that all heads are equally wide."""
    missing = height - rows.shape[0]
    return below(rows, zeros(missing, rows.shape[1])) if missing else rows


def _in_a_row(keys: list[int]) -> bool:
    return bool(keys) and keys == list(range(keys[0], keys[-1] + 1))


def _fixed_pattern(head: Head, layer: Attention, layout: Layout, view: View) -> Tensor | None:
    """The attention pattern (readers × keys) of a hard head whose scores are the same for all data, or None."""
    read = {*head.query.blocks, *head.key.blocks}
    if (head.kernel or layer.kernel) != "hard" or layer.norm is not None or not read <= layout.fixed:
        return None
    if (found := attended(head, layer, layout)) is not None:
        return tensor(found)
    weights = view.weighted(KERNELS["hard"](scores(head, layer, layout.codes, view, layout), view, layer.sink))
    return tensor(NORMALISERS[layer.normaliser](weights, layout, layer.sink))
