"""Layers that keep a matrix of what they have seen, as torch modules: `constructions/language/memory_forward.py` in torch."""

from __future__ import annotations

import torch
from torch import Tensor

from constructions.interop.torch.weights import HookPoint, Weighted, tensor
from constructions.language.layout import Layout
from constructions.language.sublayers import DeltaLayer, MesaLayer
from constructions.matrix import exact


def solved(system: Tensor, right: Tensor, **triangular: bool) -> Tensor:
    """The solution of a system of linear equations; in 16 bits, which torch has no solver for, it is found in float32."""
    wide = torch.promote_types(system.dtype, torch.float32)
    solve = torch.linalg.solve_triangular if triangular else torch.linalg.solve
    return solve(system.to(wide), right.to(wide), **triangular).to(right.dtype)


class MesaModule(Weighted):
    """Attention that solves: z_i = V_iᵀ K_i (K_iᵀ K_i + ridge·I)⁻¹ q_i over the keys and values that token i sees."""

    ridge: Tensor

    def __init__(self, layer: MesaLayer, layout: Layout, width: int, storage: str) -> None:
        super().__init__(storage)
        for name, form in (("W_Q", layer.query), ("W_K", layer.key), ("W_V", layer.value)):
            self.give(name, form.dense.T)
        self.give("W_O", layer.into.dense)
        self.register_buffer("ridge", tensor(exact(layer.ridge))[0, 0])
        self.groups, self.order = layout.alike(layer.mask)
        self.hook_q, self.hook_k, self.hook_v, self.hook_z = HookPoint(), HookPoint(), HookPoint(), HookPoint()

    def forward(self, resid: Tensor) -> Tensor:
        q = self.hook_q(self.through("W_Q", resid))
        k = self.hook_k(self.through("W_K", resid))
        v = self.hook_v(self.through("W_V", resid))
        parts = []
        for readers, keys in self.groups:
            K, V = k[:, keys], v[:, keys]
            gram = K.mT @ K + self.ridge * torch.eye(K.shape[-1], dtype=K.dtype, device=K.device)
            parts.append((V.mT @ (K @ solved(gram, q[:, readers].mT))).mT)
        return self.through("W_O", self.hook_z(torch.cat(parts, dim=1)[:, self.order]))


class DeltaModule(Weighted):
    """S ← S + β (v − S k) kᵀ from token to token, then z = S q; every query goes on from what the examples leave."""

    def __init__(self, layer: DeltaLayer, layout: Layout, width: int, storage: str) -> None:
        super().__init__(storage)
        for name, form in (("W_Q", layer.query), ("W_K", layer.key), ("W_V", layer.value), ("W_beta", layer.rate)):
            self.give(name, form.dense.T)
        self.give("W_O", layer.into.dense)
        self.chunk, self.runs = int(layer.chunk), layout.runs()
        self.hook_q, self.hook_k, self.hook_v, self.hook_beta = HookPoint(), HookPoint(), HookPoint(), HookPoint()
        self.hook_z = HookPoint()

    def forward(self, resid: Tensor) -> Tensor:
        q, k = self.hook_q(self.through("W_Q", resid)), self.hook_k(self.through("W_K", resid))
        v, beta = self.hook_v(self.through("W_V", resid)), self.hook_beta(self.through("W_beta", resid))
        left, read = v.new_zeros(v.shape[0], v.shape[2], k.shape[2]), []
        for query, tokens in self.runs:
            S = left
            for start in range(0, len(tokens), self.chunk):
                rows = tokens[start : start + self.chunk]
                S, out = _written_in(S, q[:, rows], k[:, rows], v[:, rows], beta[:, rows])
                read.append(out)
            left = S if query < 0 else left
        return self.through("W_O", self.hook_z(torch.cat(read, dim=1)))


def _written_in(S: Tensor, q: Tensor, k: Tensor, v: Tensor, beta: Tensor) -> tuple[Tensor, Tensor]:
    """S (batch × d_value × d_head) after the tokens of a chunk, and what each of them reads."""
    changes = beta * (v - k @ S.mT)
    if k.shape[1] > 1:
        system = torch.eye(k.shape[1], dtype=k.dtype, device=k.device) + beta * torch.tril(k @ k.mT, diagonal=-1)
        changes = solved(system, changes, upper=False, unitriangular=True)
    return S + changes.mT @ k, q @ S.mT + torch.tril(q @ k.mT) @ changes
