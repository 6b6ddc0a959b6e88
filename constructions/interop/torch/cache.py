"""What `run_with_cache` returns: activations by name, and registers by layer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from torch import Tensor

from constructions.language.quantifier import UnknownName

if TYPE_CHECKING:
    from constructions.interop.torch.module import ConstructedTransformer


class Cache(Mapping[str, Tensor]):
    """Every activation of one pass under TransformerLens' names, e.g. "blocks.0.attn.hook_pattern" (batch × head × reader × key),
    "blocks.3.hook_resid_post" (batch × token × width). `activations` maps those names to tensors.
    Short as there: cache["pattern", 0], cache["resid_post", -1]. Raises `UnknownName`."""

    def __init__(self, model: ConstructedTransformer, activations: Mapping[str, Tensor]) -> None:
        self.model, self.activations = model, dict(activations)

    def __getitem__(self, name: str | tuple[str, int]) -> Tensor:
        full = self._named(*name) if isinstance(name, tuple) and len(name) == 2 else name
        if full not in self.activations:
            near = get_close_matches(str(full), self.activations, n=3) or list(self.activations)[:3]
            raise UnknownName(
                f"no activation is called {name!r}; did you mean {' or '.join(near)}? list(cache) has all {len(self.activations)}"
            )
        return self.activations[full]

    def __repr__(self) -> str:
        return f"Cache of {self.model.instance.construction.name}: {len(self.activations)} activations, list(cache) names them"

    def _named(self, word: str, layer: int) -> str:
        """The name that ends with this word, in a block that is counted from the end where the number is negative."""
        blocks = len(self.model.blocks)
        number = layer + blocks if layer < 0 else layer
        pattern = re.compile(rf"blocks\.{number}\.(\w+\.)*hook_{re.escape(word)}")
        return next((name for name in self.activations if pattern.fullmatch(name)), f"blocks.{number}.hook_{word}")

    def __iter__(self) -> Iterator[str]:
        return iter(self.activations)

    def __len__(self) -> int:
        return len(self.activations)

    def stream(self, layer: int) -> Tensor:
        """The residual stream (batch × tokens × width) after `layer` layers; 0 is the embedded prompt, −1 the end."""
        layers, passed = self.model.layers, len(self.model.blocks) - self.model.layers  # the streams of the last pass
        if not -layers - 1 <= layer <= layers:
            raise UnknownName(
                f"the network has {layers} layers, so layer is 0 … {layers} (or −1 for the end), not {layer}"
            )
        number = layer % (layers + 1)
        if number == 0:
            return self[f"blocks.{passed}.hook_resid_pre"] if layers else self["hook_embed"]
        return self[f"blocks.{passed + number - 1}.hook_resid_post"]

    def readout(self, register: str, layer: int, at: str = "everything") -> Tensor:
        """What stands in a register after `layer` layers, at "everything", "context", "query", "last" or e.g. "context[0]"
        (batch × tokens × width of the register)."""
        return self.stream(layer)[:, self.model.tokens_at(at)][..., self.model.columns(register)]
