"""Functions that read or replace activations by name during one pass: what `run_with_hooks` and `run_with_cache` are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from constructions.interop.torch.weights import HookPoint
from constructions.language.quantifier import UnknownName, offer
from constructions.language.shapes import times

Hook = Callable[[Tensor, HookPoint], Tensor | None]  # (activation, where) → what replaces it, or None
Where = str | Callable[[str], bool]  # a name such as "blocks.0.attn.hook_pattern", or a condition on names


@contextmanager
def hooked(model: nn.Module, hooks: Iterable[tuple[Where, Hook]]) -> Iterator[None]:
    """The hooks are there inside, in order, and gone afterwards, whatever happens. Raises `UnknownName` before any is set."""
    points = {name: part for name, part in model.named_modules() if isinstance(part, HookPoint)}
    chosen = [(name, hook) for where, hook in hooks for name in _names(points, where)]
    handles = []
    try:
        for name, hook in chosen:
            points[name].name = name
            handles.append(points[name].register_forward_hook(_called(hook)))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _names(points: dict[str, HookPoint], where: Where) -> list[str]:
    found = [name for name in points if where(name)] if callable(where) else [name for name in points if name == where]
    if not found:
        told = (
            "no activation satisfies the condition of a hook"
            if callable(where)
            else f"no activation is called {where!r}"
        )
        raise UnknownName(f"{told}; {offer('' if callable(where) else where, points)}")
    return found


def _called(hook: Hook) -> Any:
    def called(point: HookPoint, inputs: Any, activation: Tensor) -> Tensor | None:
        found = hook(activation, point)
        if isinstance(found, Tensor) and found.shape != activation.shape:
            raise ValueError(
                f"the hook at {point.name} returned the shape {times(found.shape)}, and the activation has "
                f"{times(activation.shape)}: return that shape, or None to leave it as it is"
            )
        return found

    return called
