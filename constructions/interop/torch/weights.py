"""Exact weights as torch parameters: dense, or by their nonzeros where nearly everything is zero."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from constructions.matrix import Matrix
from constructions.matrix.floating import FLOAT64, rounded
from constructions.matrix.opaque import entries_in
from constructions.matrix.rational import RATIONAL

STORAGES = ("auto", "dense", "nonzeros")
SPARSE = 48  # entries to a nonzero from which products by nonzeros were faster, as tests/bench/torch_module.py measures
LEAST = 4096  # entries; smaller matrices are always dense


def tensor(matrix: Matrix) -> Tensor:
    """An exact matrix as a float64 tensor, each entry correctly rounded."""
    return torch.from_numpy(np.array(entries_in(matrix, FLOAT64), dtype=np.float64, order="C"))


class HookPoint(nn.Module):
    """The identity. A forward hook here reads an activation by name, or replaces it by what it returns."""

    name: str = ""  # as `run_with_hooks` tells it to a hook

    def forward(self, activation: Tensor) -> Tensor:
        return activation


class Weighted(nn.Module):
    """A module whose matrices may be held by their nonzeros. `storage` is "dense", "nonzeros" or "auto"."""

    def __init__(self, storage: str) -> None:
        super().__init__()
        self.storage = storage
        self.shapes: dict[str, tuple[int, int]] = {}

    def give(self, name: str, matrix: Matrix, heads: int = 0, stacked: bool = False) -> None:
        """The parameter `name` of an in × out matrix.

        Dense it has that shape; with heads, whose columns stand side by side, heads × in × out/heads, and heads × in/heads × out
        where their rows are stacked, as in TransformerLens. By nonzeros it is the vector of those, and the buffer
        `name_places` (2 × nonzeros) has their rows and columns.
        """
        inner, outer = int(matrix.shape[0]), int(matrix.shape[1])
        self.shapes[name] = (inner, outer)
        if (held := _nonzeros(matrix, self.storage)) is not None:
            places, values = held
            self.register_buffer(f"{name}_places", places)
        else:
            values = tensor(matrix)
            if heads and stacked:
                values = values.reshape(heads, inner // heads, outer)
            elif heads:
                values = values.reshape(inner, heads, outer // heads).transpose(0, 1).contiguous()
        self.register_parameter(name, nn.Parameter(values))

    def whole(self, name: str) -> Tensor:
        """The matrix of that name, in × out, however it is held."""
        weight: Tensor = getattr(self, name)
        inner, outer = self.shapes[name]
        if weight.dim() == 1:
            rows, columns = getattr(self, f"{name}_places")
            return weight.new_zeros(inner, outer).index_put((rows, columns), weight)
        side_by_side = weight.dim() == 3 and weight.shape[1] == inner and weight.shape[0] > 1
        return (weight.transpose(0, 1) if side_by_side else weight).reshape(inner, outer)

    def through(self, name: str, h: Tensor) -> Tensor:
        """h @ W for the matrix of that name, over the last dimension of h."""
        weight: Tensor = getattr(self, name)
        if weight.dim() > 1:
            return h @ self.whole(name)
        # Whole rows of hᵀ are picked, scaled and added: contiguous memory, and a cost of nonzeros × tokens.
        inner, outer = self.shapes[name]
        rows, columns = getattr(self, f"{name}_places")
        turned = h.reshape(-1, inner).T.contiguous()
        sums = turned.new_zeros(outer, turned.shape[1]).index_add(0, columns, turned[rows] * weight[:, None])
        return sums.T.reshape(*h.shape[:-1], outer)


def _nonzeros(matrix: Matrix, storage: str) -> tuple[Tensor, Tensor] | None:
    """The places (rows and columns) and the values of the nonzero entries, or None where the matrix is better dense."""
    if storage == "dense":
        return None
    exact = entries_in(matrix, RATIONAL)
    rows, columns, values = exact.nonzeros
    size = matrix.shape[0] * matrix.shape[1]
    if storage == "auto" and (size < LEAST or len(values) * SPARSE > size):
        return None
    places = np.array([rows, columns], dtype=np.int64)
    return torch.from_numpy(places), torch.from_numpy(rounded(values, exact.denominator))
