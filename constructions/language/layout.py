"""Where the tokens of a prompt stand, and which of them a token can see."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from constructions.language.sublayers import Attention, BadNetwork, DeltaLayer, MesaLayer, Sublayer
from constructions.language.transformer import Transformer, written
from constructions.matrix import Matrix, below, beside, exact, identity, zeros
from constructions.matrix.rational import rational_matrix
from constructions.matrix.sizes import NeedsNumber, text


@dataclass(frozen=True, eq=False)
class View:
    """What a layer sees: `keys` picks the tokens that anyone sees, `visible` is boolean reader × key over them."""

    keys: Any
    visible: np.ndarray
    weights: Matrix | None = None  # a mask of weights, reader × key

    def masked(self, scores: Matrix) -> Matrix:
        """The scores, with 0 where nothing is seen."""
        return scores if self.visible.all() else scores * self._mask

    @cached_property
    def _mask(self) -> Matrix:
        """One matrix for all layers that see the same."""
        return rational_matrix(self.visible.astype(int))

    def weighted(self, attention: Matrix) -> Matrix:
        """Attention times the weights of the mask, where it has some."""
        return attention if self.weights is None else attention * self.weights


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the tokens of a prompt stand. One entry a token: is it context, which query owns it (−1: none), its position from 0.

    `codes` are the exact position codes (tokens × width); `fixed` names the registers that hold nothing but such a code.
    """

    context: np.ndarray
    owner: np.ndarray
    position: np.ndarray
    examples: Any
    codes: Matrix
    fixed: frozenset[str]

    @property
    def tokens(self) -> int:
        return len(self.position)

    @property
    def length(self) -> int:
        """T: the number of tokens in the prompt of one query."""
        return int(self.position.max()) + 1

    @property
    def solitary(self) -> bool:
        """One query or none: the prompt is a single sequence, so context tokens may see the query."""
        return len(set(self.owner[~self.context].tolist())) <= 1

    def visible(self, words: str) -> np.ndarray:
        """Boolean reader × key. Several queries stand for several prompts, so no query sees another's tokens."""
        own = self.owner[:, None] == self.owner[None, :]
        seen = self.context[None, :] | own | (self.context[:, None] & self.solitary)
        for word in words.split():
            width = window(word)
            seen = seen & (self._within(width) if width else MASKS[word](self))
        return seen

    def _within(self, width: int) -> np.ndarray:
        """Boolean reader × key: a token sees its own position and the width − 1 before it."""
        return self.position[:, None] - self.position[None, :] < width

    def alike(self, words: str) -> tuple[list[tuple[Any, Any]], Any]:
        """(readers, keys) for every set of keys that some tokens see, and for every token its place among all readers."""
        groups: dict[bytes, list[int]] = {}
        visible = self.visible(words)
        for token, seen in enumerate(visible):
            groups.setdefault(seen.tobytes(), []).append(token)
        order = np.argsort([token for readers in groups.values() for token in readers])
        return [(readers, np.flatnonzero(visible[readers[0]]).tolist()) for readers in groups.values()], order.tolist()

    def heard(self, sublayer: Sublayer) -> np.ndarray:
        """Boolean reader × token: whose values a sublayer may bring to a reader."""
        if isinstance(sublayer, DeltaLayer):
            return self.visible("causal")
        if not isinstance(sublayer, (Attention, MesaLayer)):
            return np.eye(self.tokens, dtype=bool)
        seen = self.visible(sublayer.mask if isinstance(sublayer.mask, str) else "everything")
        if isinstance(sublayer, Attention) and any(head.mixing is not None for head in sublayer.heads):
            seen = np.outer(seen.any(axis=1), seen.any(axis=0))
        return seen

    def runs(self) -> list[tuple[int, list[int]]]:
        """(query or −1, tokens) for the context and for every query's own tokens, in order."""
        return [(int(o), np.flatnonzero(self.owner == o).tolist()) for o in dict.fromkeys(self.owner.tolist())]

    def longer(self) -> Layout:
        """One token more at the end, which the network wrote; it has no position code, and belongs to the last token's query."""
        return replace(
            self,
            context=np.append(self.context, False),
            owner=np.append(self.owner, self.owner[-1]),
            position=np.append(self.position, self.position[-1] + 1),
            codes=below(self.codes, zeros(1, self.codes.shape[1])),
            fixed=frozenset(),
        )

    @cached_property
    def _views(self) -> dict[str, View]:
        return {}

    @cached_property
    def _known(self) -> dict[Hashable, Matrix]:
        return {}

    def once(self, key: Hashable, make: Callable[[], Matrix]) -> Matrix:
        """What `make` gives, which depends on this layout and the key alone."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def view(self, mask: str | Matrix) -> View:
        """What a layer with this mask sees; the same for every layer with the same words."""
        if isinstance(mask, Matrix):
            return self._view(mask)
        if mask not in self._views:
            self._views[mask] = self._view(mask)
        return self._views[mask]

    def _view(self, mask: str | Matrix) -> View:
        visible = self.visible(mask if isinstance(mask, str) else "everything")
        keys = np.flatnonzero(visible.any(axis=0)).tolist()
        weights = None if isinstance(mask, str) else mask[self.position.tolist(), self.position[keys].tolist()]
        return View(keys, visible[:, keys], weights)


# Every word of a mask is a condition on (reader, key); all words must hold.
MASKS = {
    "everything": lambda layout: np.ones((layout.tokens, layout.tokens), dtype=bool),
    "context": lambda layout: np.broadcast_to(layout.context[None, :], (layout.tokens, layout.tokens)),
    "query": lambda layout: np.broadcast_to(~layout.context[None, :], (layout.tokens, layout.tokens)),
    "causal": lambda layout: layout.position[None, :] <= layout.position[:, None],
    "strict": lambda layout: layout.position[None, :] < layout.position[:, None],
    "self": lambda layout: np.eye(layout.tokens, dtype=bool),
}


WINDOW = re.compile(r"window:([1-9][0-9]*)")  # the one word with a number: "causal window:4" sees four tokens


def window(word: str) -> int:
    """The number of a window's word, 0 for any other."""
    return int(found[1]) if (found := WINDOW.fullmatch(word)) else 0


def recent(count: Any, words: str = "causal") -> str:
    """The mask of a token that sees `count` tokens, its own the last of them: "causal window:4"."""
    if not isinstance(count, int):
        raise NeedsNumber(text(count))
    return f"{words} window:{count}"


# A position code is an exact T × width matrix, row t for the token at position t; a code may have room for longer prompts.
POSITIONS = {
    "one-hot": lambda length, width: identity(max(length, width))[:length],
    "index": lambda length, width: exact([[t + 1] for t in range(length)]),
    "binary": lambda length, width: exact([_bits(t, width) for t in range(length)]),
}


def _bits(number: int, width: int) -> list[int]:
    """A number's bits as ±1, the lowest first; zeros where it has more than `width`."""
    return [1 if number >> k & 1 else -1 for k in range(width)] if number < 2**width else [0] * width


def make_layout(
    examples: int,
    kinds: Sequence[int],
    queries: int,
    positions: Mapping[str, str],
    network: Transformer,
    filled: set[str],
) -> Layout:
    """`examples` items of kinds[0] tokens each, then `queries` queries of kinds[1] tokens each, which all follow the examples.

    `positions` names the registers that hold a position code, `filled` those that tokens put data into.
    """
    before, registers = examples * kinds[0], network.stream.registers
    owner = [-1] * before + [q for q in range(queries) for _ in range(kinds[1])]
    position = list(range(before)) + [before + t for _ in range(queries) for t in range(kinds[1])]
    length = before + kinds[1]
    table = {name: POSITIONS[word](length, registers[name]) for name, word in positions.items()}
    for name, code in table.items():
        if code.shape[1] != registers[name]:
            raise BadNetwork(
                f"the position register {name} has width {registers[name]}, its code needs {code.shape[1]}"
            )
    codes = beside(*(table.get(name, zeros(length, width)) for name, width in registers.items()))[position]
    changed = {name for layer in network.layers for name in written(layer, network.stream)}
    return Layout(
        context=np.array([o < 0 for o in owner], dtype=bool),
        owner=np.array(owner, dtype=int),
        position=np.array(position, dtype=int),
        examples=examples,
        codes=codes,
        fixed=frozenset(set(positions) - changed - filled),
    )
