"""A construction in a model of another library. The words are the same for all of them:

host.network             the model of that library, with its own hooks, caches and files
host.inputs(**data)      what it is called with: host.network(**host.inputs(**data))
host.answer(**data)      the construction's answer, which stands in the model's logits
host.model               the torch module of the same construction; host.model.shapes has the shapes of the data
host.on(network)         the same around another copy of the network, e.g. one that was loaded from files
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from constructions.interop.stock import Stock
from constructions.interop.torch import ConstructedTransformer


@dataclass(frozen=True)
class Host:
    """`network` is the library's model, `stock` the layers that it was made from; `takes` says how it takes a prompt."""

    network: Any
    stock: Stock
    takes: Callable[[Any, Tensor], dict[str, Any]]

    @property
    def model(self) -> ConstructedTransformer:
        """The torch module of the same construction."""
        return self.stock.model

    def inputs(self, **data: Tensor) -> dict[str, Any]:
        """What the network is called with, in its dtype: the prompt (batch × tokens × width) as the stream and a one-hot position,
        and whatever else it must be told."""
        first = next(self.network.parameters())
        return self.takes(self.network, self.stock.embed(**data).to(first))

    def answer(self, **data: Tensor) -> Tensor:
        """The answer that stands in the logits at the tokens where the construction is read (batch × rows × columns)."""
        out = self.network(**self.inputs(**data))
        return getattr(out, "logits", out)[:, self.model.answer_at]

    def on(self, network: Any) -> Host:
        """The same for another copy of the network."""
        return replace(self, network=network)
