"""What the layers compute that keep a matrix of what they have seen: the second page of `forward.py`."""

from __future__ import annotations

import numpy as np

from constructions.language.closed import refuse_while_closed
from constructions.language.layout import Layout
from constructions.language.memory import DeltaLayer, MesaLayer
from constructions.matrix import Matrix, below, exact, identity, ones, solve, zeros


def solve_ridge(layer: MesaLayer, H: Matrix, layout: Layout) -> Matrix:
    """H plus what a mesa layer adds to it: one linear system for all tokens that see the same keys."""
    refuse_while_closed()
    Q, K, V = H @ layer.query.dense.T, H @ layer.key.dense.T, H @ layer.value.dense.T
    outputs, (groups, order) = [], layout.alike(layer.mask)
    for readers, keys in groups:
        gram = K[keys].T @ K[keys] + exact(layer.ridge) * identity(K.shape[1])
        outputs.append((V[keys].T @ (K[keys] @ solve(gram, Q[readers].T))).T)
    return H + below(*outputs)[order] @ layer.into.dense


def remember(layer: DeltaLayer, H: Matrix, layout: Layout) -> Matrix:
    """H plus what a delta layer adds to it: the examples in order, and every query on its own after them."""
    refuse_while_closed()
    Q, K, V, rates = (H @ form.dense.T for form in (layer.query, layer.key, layer.value, layer.rate))
    left, outputs = zeros(V.shape[1], K.shape[1]), []
    for query, tokens in layout.runs():
        S = left
        for start in range(0, len(tokens), layer.chunk):
            rows = tokens[start : start + layer.chunk]
            S, read = written_in(S, Q[rows], K[rows], V[rows], rates[rows])
            outputs.append(read)
        left = S if query < 0 else left
    return H + below(*outputs) @ layer.into.dense


def written_in(S: Matrix, Q: Matrix, K: Matrix, V: Matrix, rates: Matrix) -> tuple[Matrix, Matrix]:
    """S after some tokens, and what each reads: u_t = β_t (v_t − S k_t − Σ_{i<t} u_i ⟨k_i, k_t⟩) are the changes, S + Σ u kᵀ."""
    count = K.shape[0]
    before, until = (exact(np.tril(np.ones((count, count), dtype=int), k)) for k in (-1, 0))
    changes = rates @ ones(1, V.shape[1]) * (V - K @ S.T)
    if count > 1:
        changes = solve(identity(count) + rates @ ones(1, count) * (K @ K.T) * before, changes)
    return S + changes.T @ K, Q @ S.T + (Q @ K.T) * until @ changes
