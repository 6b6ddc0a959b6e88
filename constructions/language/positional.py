"""Where hard heads that look at positions alone attend, found at the price of the nonzeros.

`forward.attention` compares every score of such a head; that is what it means, and what the verifier uses. But most readers ask for
the same thing, and here a row of scores is made once for all of them: a network of thousands of layers is run in seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import lcm

import numpy as np

from constructions.language.forward import by_position
from constructions.language.layout import Layout, View
from constructions.language.sublayers import Attention, Head
from constructions.language.transformer import Transformer
from constructions.matrix import Matrix
from constructions.matrix.opaque import entries_in
from constructions.matrix.rational import RATIONAL, Rational, sparse_matrix

SAFE = 2**62  # scores below it are computed in 64 bits


@dataclass(frozen=True, eq=False)
class Rows:
    """The nonzeros of an exact matrix, without its denominator, row by row: row i has `begins[i]` to `begins[i + 1]`."""

    columns: np.ndarray
    values: np.ndarray
    begins: np.ndarray
    largest: int

    @staticmethod
    def of(matrix: Rational) -> Rows:
        rows, columns, values = matrix.nonzeros
        begins = np.searchsorted(rows, np.arange(matrix.shape[0] + 1))
        return Rows(columns, values, begins, max(map(abs, values.tolist()), default=0))

    def row(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        within = slice(self.begins[i], self.begins[i + 1])
        return self.columns[within], self.values[within]


def know_positions(layout: Layout, network: Transformer) -> None:
    """Let the layout know the attention of every head that depends on positions alone, where nothing else acts on it."""
    for layer in {id(part): part for part in network.sublayers if isinstance(part, Attention)}.values():
        for head in layer.heads:
            if by_position(head, layer, layout) and (found := attended(head, layer, layout)) is not None:
                _ = layout.once((layer, head), lambda found=found: found)


def attended(head: Head, layer: Attention, layout: Layout) -> Matrix | None:
    """Its attention (reader × key), exactly; None where that is more than the shares of the best keys."""
    view = layout.view(layer.mask)
    if head.mixing is not None or view.weights is not None or layer.normaliser != "none":
        return None
    codes = layout.codes if len(view.keys) == layout.tokens else layout.codes[view.keys]
    parts = (layout.codes @ head.query.dense.T, (codes @ head.key.dense.T).T)
    asked, told = (Rows.of(entries_in(part, RATIONAL)) for part in parts)
    if max(asked.largest, 1) * max(told.largest, 1) * max(len(told.begins), 1) >= SAFE:
        return None
    found = [*_shares(asked, told, view, layer.sink)]
    common = lcm(*(count for _, _, count in found))
    none = np.zeros(0, dtype=np.int64)
    places = np.concatenate([none, *(reader * len(view.keys) + keys for reader, keys, _ in found)])
    values = np.concatenate([none, *(np.full(len(keys), common // count) for _, keys, count in found)])
    order = np.argsort(places)
    return sparse_matrix(view.visible.shape, places[order], values[order]) / common


def _shares(asked: Rows, told: Rows, view: View, sink: bool) -> Iterator[tuple[int, np.ndarray, int]]:
    """Every reader that attends to some key, its best keys, and with how many of these there are, the sink among them."""
    for readers, (columns, values) in _alike(asked):
        scores = _scores(columns, values, told, len(view.keys))
        if sink and scores.max(initial=-1) < 0:
            continue  # the sink is better than any key, whichever of them is seen
        for reader in readers:
            seen = np.flatnonzero(view.visible[reader])
            top = scores[seen].max(initial=0) if sink else scores[seen].max() if len(seen) else 0
            best = seen[scores[seen] == top]
            if len(best):
                yield reader, best, len(best) + int(sink and top == 0)


def _alike(asked: Rows) -> Iterator[tuple[list[int], tuple[np.ndarray, np.ndarray]]]:
    """Readers that ask for the same thing, as far as that is seen at once, and the nonzeros of what they ask for."""
    counts = np.diff(asked.begins)
    lone = np.flatnonzero(counts == 1)
    first = asked.begins[lone]
    pairs = np.stack([asked.columns[first], asked.values[first].astype(np.int64)])
    kinds, which = np.unique(pairs, axis=1, return_inverse=True)
    for kind in range(kinds.shape[1]):
        yield lone[which.ravel() == kind].tolist(), (kinds[:1, kind], kinds[1:, kind])
    for reader in np.flatnonzero(counts != 1).tolist():
        yield [reader], asked.row(reader)


def _scores(columns: np.ndarray, values: np.ndarray, told: Rows, keys: int) -> np.ndarray:
    """What every key scores with a query that has these nonzeros."""
    scores = np.zeros(keys, dtype=np.int64)
    for column, value in zip(columns.tolist(), values.tolist(), strict=True):
        where, entries = told.row(column)
        scores[where] += value * entries.astype(np.int64)
    return scores
