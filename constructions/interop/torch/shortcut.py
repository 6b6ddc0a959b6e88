"""The forward pass of a module at the price of its nonzeros, for as long as nobody looks inside and nothing has changed.

`constructions/language/compiled.py` knows the network that was built. So before every pass all numbers of the module are compared,
bit by bit, with those that it was built with (torch's own counters do not see what is written through `.data` or numpy), and its
parts with those that it was built of; that costs what reading the parameters costs. Where anything differs, a gradient is wanted or
a hook is waiting, the module's own pass is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from operator import is_, itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.jit import is_tracing  # pyright: ignore[reportPrivateImportUsage]
from torch.nn.modules import module as of_modules
from torch.overrides import _get_current_function_mode
from torch.utils import _python_dispatch as dispatch

from constructions.interop.torch.sublayers import ACTIVATIONS
from constructions.interop.torch.weights import LEAST, HookPoint, Weighted
from constructions.language.compiled import compiled
from constructions.matrix import Pole, Unsupported
from constructions.matrix.compiled import How, Plan
from constructions.matrix.operations import CARRIED_OUT

if TYPE_CHECKING:
    from constructions.interop.torch.module import ConstructedTransformer

WORTH = 8  # multiplications densely to one by nonzeros, from which this was faster at every size of tests/bench/torch_module.py
PASS = ("embed", "arriving", "stream", "_met")  # what `forward` calls
DTYPES = {torch.float64: np.float64, torch.float32: np.float32}


@dataclass(frozen=True, eq=False)
class Seen:
    """The tensors of a module at its last pass, their `memory`, and what stood there when it was `built`, in their dtype."""

    tensors: list[Tensor]
    aliases: list[Tensor]
    memory: list[memoryview]
    places: list[int]
    built: bytes

    def still(self, tensors: list[Tensor]) -> bool:
        """Whether the same tensors lie in the same memory; what stands there is another question."""
        same = len(tensors) == len(self.tensors) and all(map(is_, tensors, self.tensors))
        return same and all(map(Tensor.is_set_to, tensors, self.aliases)) and _places(tensors) == self.places


def _places(tensors: list[Tensor]) -> list[int]:
    """Addresses: `share_memory` moves numbers, and the tensors stay set to each other."""
    return [one.data_ptr() for one in tensors]


UNSEEN = Seen([], [], [], [], b"")


def shortcut_of(model: ConstructedTransformer, storage: str) -> Shortcut | None:
    """None where the storage is "dense", or the network too small to care."""
    matrices = [shape for part in model.modules() if isinstance(part, Weighted) for shape in part.shapes.values()]
    large = sum(rows * columns for rows, columns in matrices) >= LEAST
    always = storage == "nonzeros"
    return Shortcut(model, always) if always or (storage == "auto" and large) else None


class Shortcut:
    """answer = shortcut(model, data), or None where the module's own pass is due. With `always`, even where it is not worth it."""

    def __init__(self, model: ConstructedTransformer, always: bool) -> None:
        self.always, self.plans = always, dict[torch.dtype, Plan | None]()
        self.inside = tuple(part for part in model.modules() if part is not model)
        self.parts = tuple(part for part in self.inside if not isinstance(part, HookPoint))
        usual = {*vars(nn.Module())} - {"_parameters", "_modules"}
        own = [[name for name in vars(part) if name not in usual] for part in (model, *self.parts)]
        self.fields = tuple(itemgetter(*names) for names in own)
        # of attributes; `shortcut` itself comes after this
        self.counts = [len(vars(part)) + (part is model) for part in (model, *self.parts)]
        self.made_of = self._made_of(model)
        self.built = [tensor.detach().clone() for tensor in self._tensors(model)]
        self.seen = UNSEEN

    def __call__(self, model: ConstructedTransformer, data: Mapping[str, Tensor]) -> Tensor | None:
        """The answers (batch × rows × width), all batch dimensions in one."""
        if torch.is_grad_enabled() and any([one.requires_grad for one in (*self._tensors(model), *data.values())]):
            return None
        plan = self._plan(model)
        if plan is None or not all(map(_plain, data.values())) or not self.untouched(model):
            return None
        made = {name: rows.detach().to(model.W_U).reshape(-1, *rows.shape[-2:]) for name, rows in data.items()}
        flat = {name: rows.numpy() for name, rows in made.items()}
        if not all(np.isfinite(rows).all() for rows in flat.values()):
            return None  # 0 times NaN is NaN, and zeros are left out here
        try:
            with np.errstate(all="ignore"):
                answer = plan.run(flat)
        except Pole:
            return None
        return torch.from_numpy(answer) if np.isfinite(answer).all() else None  # what is inf or NaN, its own pass says

    def untouched(self, model: ConstructedTransformer) -> bool:
        """Whether nobody looks inside, and nothing has changed since the module was built."""
        return not self._watched() and self._as_built(model)

    def _plan(self, model: ConstructedTransformer) -> Plan | None:
        """What is done instead, if that is worth it."""
        dtype = model.W_U.dtype
        if dtype not in DTYPES:
            return None
        if dtype not in self.plans:
            plan = compiled(model.instance, How(DTYPES[dtype], {**CARRIED_OUT, "smooth": _smooth})).plan
            worth = self.always or plan.densely >= WORTH * plan.multiplications
            self.plans[dtype], self.built = (plan, self.built) if worth else (None, [])  # nothing will be compared
        return self.plans[dtype]

    def _watched(self) -> bool:
        """Whether anybody wants to see, or to change, what happens inside: a hook, another `forward`, a mode of torch."""
        for part in self.inside:
            if part._forward_hooks or part._forward_pre_hooks or "forward" in vars(part):
                return True
        modes = dispatch.is_in_torch_dispatch_mode() or _get_current_function_mode() is not None
        return bool(of_modules._has_any_global_hook()) or modes or is_tracing()

    def _as_built(self, model: ConstructedTransformer) -> bool:
        """Whether the module consists of what it was built of, and every number is what it was."""
        if [len(vars(part)) for part in (model, *self.parts)] != self.counts:
            return False  # an attribute more is a method of its own, or one less
        try:
            now, tensors = self._made_of(model), self._tensors(model)
        except KeyError:
            return False
        if len(now) != len(self.made_of) or not all(map(is_, now, self.made_of)):
            return False
        if not self.seen.still(tensors):
            self.seen = self._look(tensors, model.W_U.dtype)
        return bool(self.seen.built) and b"".join(self.seen.memory) == self.seen.built

    def _made_of(self, model: ConstructedTransformer) -> list[Any]:
        """Everything but numbers that a pass depends on: the parts, their classes and attributes, and their parameters."""
        parts = (model, *self.parts)
        kinds = [type(part) for part in parts]
        passes = [kind.forward for kind in kinds] + [getattr(kinds[0], name) for name in PASS]
        fields = [own(vars(part)) for own, part in zip(self.fields, parts, strict=True)]
        held = [each.values() for part in parts for each in (part._parameters, part._modules)]
        return [*kinds, *passes, *chain.from_iterable(fields), *chain.from_iterable(held)]

    def _tensors(self, model: ConstructedTransformer) -> list[Tensor]:
        found = [one for part in (model, *self.parts) for one in (*part._parameters.values(), *part._buffers.values())]
        return [one for one in found if one is not None]

    def _look(self, tensors: list[Tensor], dtype: torch.dtype) -> Seen:
        """What there is to compare; nothing to compare with where the pass cannot be ours."""
        ours, aliases = {torch.bool, torch.int64, dtype}, [one.detach() for one in tensors]
        usual = len(tensors) == len(self.built) and all(map(_plain, aliases))
        if not usual or not all(a.device.type == "cpu" and a.dtype in ours and a.is_contiguous() for a in aliases):
            return Seen(tensors, aliases, [], _places(tensors), b"")
        built = [then.to(now.dtype).numpy().data for then, now in zip(self.built, aliases, strict=True)]
        return Seen(tensors, aliases, [one.numpy().data for one in aliases], _places(tensors), b"".join(built))

    def __getstate__(self) -> dict[str, Any]:
        """For copies of the module, which look for themselves."""
        return {**vars(self), "plans": {}, "seen": UNSEEN}


def _smooth(detail: tuple[str, int]) -> Callable[[np.ndarray], np.ndarray]:
    """GeLU as the module computes it; numpy has no error function."""
    function, order = detail
    if order:
        raise Unsupported(f"a forward pass has no derivative of {function}")
    return lambda a: ACTIVATIONS[function](torch.from_numpy(a)).numpy()


def _plain(tensor: Tensor) -> bool:
    """Whether a tensor is numbers and nothing more: no subclass, no dimension or tangent of `torch.func`, no sign to come."""
    alone = type(tensor) is Tensor and torch.func.debug_unwrap(tensor) is tensor and not tensor.is_neg()
    return alone and forward_ad.unpack_dual(tensor).tangent is None
