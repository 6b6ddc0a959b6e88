"""A layer of a transformer record as a torch module, and all layers in order."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping

from torch import Tensor, nn

from constructions.interop.torch.memory import DeltaModule, MesaModule
from constructions.interop.torch.sublayers import AttentionModule, MLPModule, NormModule
from constructions.interop.torch.weights import HookPoint
from constructions.language.layout import Layout
from constructions.language.sublayers import MLP, Attention, DeltaLayer, LayerNorm, MesaLayer
from constructions.language.transformer import Block, Single

NAMES = {Attention: "attn", MesaLayer: "mesa", DeltaLayer: "delta", MLP: "mlp", LayerNorm: "ln"}
MODULES: Mapping[type, Callable[..., nn.Module]] = {
    Attention: AttentionModule,
    MesaLayer: MesaModule,
    DeltaLayer: DeltaModule,
    MLP: lambda layer, layout, width, storage: MLPModule(layer, width, storage),
    LayerNorm: lambda layer, layout, width, storage: NormModule(layer, width),
}


class BlockModule(nn.Module):
    """One layer: sublayers in a row, each of which adds to the stream; a LayerNorm on the residual path replaces it."""

    def __init__(self, layer: Single, layout: Layout, width: int, storage: str) -> None:
        super().__init__()
        order: list[str] = []
        self.hook_resid_pre, self.hook_resid_post = HookPoint(), HookPoint()
        for sublayer in layer.sublayers if isinstance(layer, Block) else (layer,):
            kind = NAMES[type(sublayer)]
            name = kind if kind not in order else f"{kind}_{sum(n.startswith(kind) for n in order) + 1}"
            order.append(name)
            setattr(self, name, MODULES[type(sublayer)](sublayer, layout, width, storage))
            setattr(self, f"hook_{name}_out", HookPoint())
        self.order = tuple(order)
        if len(order) > 1:
            self.hook_resid_mid = HookPoint()

    def forward(self, resid: Tensor) -> Tensor:
        resid = self.hook_resid_pre(resid)
        for number, name in enumerate(self.order):
            part, out = getattr(self, name), getattr(self, f"hook_{name}_out")
            resid = out(part(resid)) + (0 if isinstance(part, NormModule) else resid)
            if number == 0 and len(self.order) > 1:
                resid = self.hook_resid_mid(resid)
        return self.hook_resid_post(resid)


def blocks_of(layers: tuple[Single, ...], layout: Layout, width: int, storage: str) -> Iterator[BlockModule]:
    """One module a layer; a layer that is repeated shares all its tensors."""
    made: dict[int, BlockModule] = {}
    for layer in layers:
        if (first := made.get(id(layer))) is None:
            made[id(layer)] = first = BlockModule(layer, layout, width, storage)
            yield first
        else:
            kept = {id(shared): shared for shared in (*first.parameters(), *first.buffers())}
            yield copy.deepcopy(first, kept)


def tie(block: nn.Module, first: nn.Module) -> None:
    """Let a block have the parameters of another that was made from the same layer."""
    for (_, mine), (_, its) in zip(block.named_modules(), first.named_modules(), strict=True):
        for name in dict(mine.named_parameters(recurse=False)):
            setattr(mine, name, getattr(its, name))
