"""A construction as a torch module: the prompt is embedded, the frozen layers run, the answer is read out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from constructions.catalogue import claimed
from constructions.interop import decimal
from constructions.interop.torch.block import blocks_of, tie
from constructions.interop.torch.cache import Cache
from constructions.interop.torch.hooks import Hook, Where, hooked
from constructions.interop.torch.shortcut import shortcut_of
from constructions.interop.torch.sublayers import AttentionModule
from constructions.interop.torch.weights import STORAGES, HookPoint, tensor
from constructions.language import Construction, Instance, UnknownName, at
from constructions.language.arriving import kept
from constructions.language.given import WrongData
from constructions.language.prompt import Segment
from constructions.language.quantifier import offer
from constructions.language.shapes import times


def module(
    construction: Construction | Instance | str,
    dtype: torch.dtype = torch.float64,
    device: torch.device | str | None = None,
    storage: str = "auto",
    **settings: Any,
) -> ConstructedTransformer:
    """A construction, its name or NAME@CLAIM, at the given sizes and parameters, e.g. module("gd-steps", n=8, steps=20, eta=0.1).

    A float parameter is read as the decimal number that it prints as. `storage` holds matrices "dense", by their "nonzeros",
    or ("auto") whichever was measured to be faster. A network that is almost all zeros then also runs at the price of its nonzeros
    on a CPU, in float64 and float32, where no gradient is wanted and no hook waits: under `torch.no_grad()`, or after
    `requires_grad_(False)`. An instance, such as `load` of `constructions.interop.files` gives, has its sizes and parameters
    already. Raises `UnknownName`, `BadConstruction` and what the record itself refuses.
    """
    if isinstance(construction, Instance):
        if settings:
            raise UnknownName(f"an instance has its sizes and parameters already; leave {', '.join(settings)} out")
        return ConstructedTransformer(construction, _storage(storage)).to(dtype=dtype, device=device)
    record = claimed(construction) if isinstance(construction, str) else construction
    given = {name: decimal(value) for name, value in settings.items()}
    sizes = {name: value for name, value in given.items() if name in record.sizes}
    parameters = {name: value for name, value in given.items() if name not in record.sizes}
    return ConstructedTransformer(at(record, sizes, parameters), _storage(storage)).to(dtype=dtype, device=device)


def _storage(word: str) -> str:
    if word not in STORAGES:
        raise UnknownName(f"no storage is called {word!r}; {offer(word, STORAGES)}")
    return word


class ConstructedTransformer(nn.Module):
    """answer = model(X=…, Y=…, X_q=…): data with any leading batch dimensions, batch × rows × width each.

    Parameters have the field's names: `blocks.0.attn.W_Q` (heads × width × d_head), `W_K`, `W_V`, `W_O`, `blocks.0.mlp.W_in`,
    `W_out`, …, `W_E_context`, `W_E_query`, `W_E_arriving` (kinds of token × item × width), `W_pos`, `W_U`. Tied layers
    share parameters. A network that reads what it wrote has blocks 0 … L − 1 in its first pass, L … 2L − 1 in its second.
    Gradients, also those of data alone, take the module's own pass and not the shortcut of networks that are almost all zeros.
    Everything is differentiable but the choice that hard attention makes (`hard` names those blocks): its gradient is 0.
    """

    def __init__(self, instance: Instance, storage: str = "auto") -> None:
        super().__init__()
        self.instance = instance
        network, width = instance.network, instance.network.stream.width
        self.queries = 0 if instance.query is None else instance.query.count
        self.together = self.queries <= 1 or (instance.query_blind and network.single)
        prompt = instance.layout_of(self.queries if self.together else 1)
        for name, part in (("W_E_context", instance.context), ("W_E_query", instance.query)):
            self.register_parameter(name, None if part is None else nn.Parameter(_embedding(part, instance)))
        coming = instance.arriving
        self.W_E_arriving: nn.Parameter | None
        self.kept: Tensor | None
        self.register_parameter("W_E_arriving", nn.Parameter(_embedding(coming, instance)) if coming else None)
        registers = network.stream.registers
        self.register_buffer("kept", tensor(kept(coming, registers)) if coming else None, persistent=False)
        self.W_pos, self.hook_embed = nn.Parameter(tensor(prompt.codes)), HookPoint()
        layouts = [prompt]
        while len(layouts) < network.passes:
            layouts.append(layouts[-1].longer())
        self.layout, self.layers = layouts[-1], len(network.unrolled)
        self.blocks = nn.ModuleList(
            block for layout in layouts for block in blocks_of(network.unrolled, layout, width, storage)
        )
        for number, block in enumerate(self.blocks):
            tie(block, self.blocks[number % self.layers])
        self.W_U = nn.Parameter(tensor(instance.readout.form.dense.T))
        self.shapes = {name: instance.shape_of(name) for name in instance.construction.data}
        self.answer_at = (*self.tokens_at(instance.readout.at),)
        self.shortcut = shortcut_of(self, storage)

    @property
    def hard(self) -> tuple[str, ...]:
        """The blocks with hard attention, through whose choice of keys no gradient flows."""
        named = self.named_modules(remove_duplicate=False)
        return tuple(name for name, part in named if isinstance(part, AttentionModule) and "hard" in part.kernels)

    def embed(self, **data: Tensor) -> Tensor:
        """The prompt as tokens, batch × tokens × width. Where queries may not share a pass, each is a prompt of the batch."""
        self._check(data)
        data = {name: rows.reshape(-1, *rows.shape[-2:]).to(self.W_U) for name, rows in data.items()}
        segments = []
        for part, weight in ((self.instance.context, self.W_E_context), (self.instance.query, self.W_E_query)):
            if part is not None:
                items = _items(part, data)
                if not self.together:
                    alone = part is self.instance.query
                    items = items.flatten(0, 1)[:, None] if alone else items.repeat_interleave(self.queries, dim=0)
                segments.append(torch.einsum("bni,kiw->bnkw", items, weight).flatten(1, 2))
        return self.hook_embed(torch.cat(segments, dim=1) + self.W_pos)

    def arriving(self, **data: Tensor) -> Tensor | None:
        """What arrives, batch × passes × width, 0 in the registers that nothing arrives in; None where nothing does."""
        part, weight = self.instance.arriving, self.W_E_arriving
        if part is None or weight is None:
            return None
        flat = {name: rows.reshape(-1, *rows.shape[-2:]).to(self.W_U) for name, rows in data.items()}
        coming = _items(part, flat) @ weight[0]
        return coming if self.together else coming.repeat_interleave(self.queries, dim=0)

    def stream(self, tokens: Tensor, coming: Tensor | None = None) -> Tensor:
        """The residual stream after the last layer, from tokens (batch × tokens × width) that `embed` or anybody made, and from
        what `arriving` gives."""
        tokens = resid = self._met(tokens, coming, 0)
        for number, block in enumerate(self.blocks):
            if number and number % self.layers == 0:  # the network has written a token, and reads what it wrote
                tokens = torch.cat([tokens, resid[:, -1:]], dim=1)
                tokens = resid = self._met(tokens, coming, number // self.layers)
            resid = block(resid)
        return resid

    def _met(self, tokens: Tensor, coming: Tensor | None, number: int) -> Tensor:
        """The prompt of a pass: what arrives overwrites its registers in the last token."""
        if coming is None or self.kept is None:
            return tokens
        last = tokens[:, -1:] @ self.kept + coming[:, number : number + 1]
        return torch.cat([tokens[:, :-1], last], dim=1)

    def forward(self, *unnamed: Any, **data: Tensor) -> Tensor:
        if unnamed:
            given = ", ".join(f"{name}=…" for name in self.shapes)
            raise WrongData(f"the data of {self.instance.construction.name} are given by name: model({given})")
        self._check(data)
        answer = None if self.shortcut is None or torch.compiler.is_compiling() else self.shortcut(self, data)
        if answer is None:
            answer = self.stream(self.embed(**data), self.arriving(**data))[:, self.answer_at] @ self.W_U
        rows = len(self.answer_at) * (1 if self.together else self.queries)
        return answer.reshape(*next(iter(data.values())).shape[:-2], rows, answer.shape[-1])

    def run_with_cache(self, names_filter: Where | None = None, **data: Tensor) -> tuple[Tensor, Cache]:
        """The answer, and every activation of this pass by name: those of one name, or that a condition on names takes."""
        where = names_filter or (lambda name: True)
        found: dict[str, Tensor] = {}
        with hooked(self, [(where, lambda activation, point: found.update({point.name: activation}))]):
            return self(**data), Cache(self, found)

    def run_with_hooks(self, fwd_hooks: Sequence[tuple[Where, Hook]] = (), **data: Tensor) -> Tensor:
        """The answer, with hooks for this pass alone, as in TransformerLens: pairs of an activation's name (or a condition on
        names) and a function of (activation, point), whose result replaces the activation unless it is None. `point.name` is
        the name. Raises `UnknownName`."""
        with hooked(self, fwd_hooks):
            return self(**data)

    def columns(self, register: str) -> slice:
        """Where a register stands in the stream."""
        registers = self.instance.network.stream.registers
        if register not in registers:
            raise UnknownName(f"the stream has no register {register!r}; {offer(register, registers)}")
        before = sum(width for name, width in list(registers.items())[: list(registers).index(register)])
        return slice(before, before + registers[register])

    def tokens_at(self, place: str) -> list[int]:
        """The numbers of the tokens that a place names: "query", "context", "everything", "last", "context[0]", …"""
        return self.instance.rows(self.layout, place)

    def _check(self, data: dict[str, Tensor]) -> None:
        name = self.instance.construction.name
        for wanted, shape in self.shapes.items():
            if wanted not in data:
                raise WrongData(f"{name} needs the data {wanted} of shape (…) × {times(shape)}")
            if not isinstance(data[wanted], Tensor):
                raise WrongData(
                    f"{wanted} is of type {type(data[wanted]).__name__}: make a tensor of it with torch.as_tensor"
                )
            if tuple(data[wanted].shape[-2:]) != tuple(shape):
                raise WrongData(
                    f"{wanted} has shape {times(data[wanted].shape)}; this module of {name} was built for (…) × {times(shape)}: "
                    f"build one with other sizes ({', '.join(self.instance.sizes)})"
                )
        first, *others = (data[wanted].shape[:-2] for wanted in self.shapes)
        if any(batch != first for batch in others):
            told = ", ".join(f"{wanted} {times(data[wanted].shape)}" for wanted in self.shapes)
            raise WrongData(
                f"the data of {name} must have the same batch dimensions; they are {told}: expand them first"
            )
        for extra in data:
            if extra not in self.shapes:
                raise WrongData(f"{name} takes no data {extra!r}; {offer(extra, self.shapes)}")


def _embedding(part: Segment, instance: Instance) -> Tensor:
    """Kinds of token × item width × stream width."""
    return torch.stack([tensor(one.T) for one in part.embeddings(instance.network.stream.registers)])


def _items(part: Segment, data: dict[str, Tensor]) -> Tensor:
    """Batch × items × item width: the data of every item, their declared products, and the constant 1."""
    item = part.item
    given = {name: data[name] for name in item.data}
    given |= {name: data[a] * data[b] for name, (a, b) in item.products.items()}
    first = next(iter(given.values()))
    given["1"] = first.new_ones(*first.shape[:2], 1)
    return torch.cat([given[name] for name in item.registers], dim=-1)
