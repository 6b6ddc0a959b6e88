"""The weights of a network in safetensors: one tensor for each block of a form, in float64."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from constructions.interop.files.values import Damaged
from constructions.language import Instance
from constructions.language.sublayers import parts_of
from constructions.language.transformer import Layer, Stack, layers_of, sublayers_of
from constructions.matrix import Matrix
from constructions.matrix.floating import FLOAT64
from constructions.matrix.opaque import entries_in


def in_float64(instance: Instance, metadata: Mapping[str, str]) -> bytes:
    """What the file holds."""
    return save_tensors({name: _float(block) for name, block in named_blocks(instance)}, metadata=dict(metadata))


def check_tensors(instance: Instance, packed: bytes, path: Path, digest: str | None) -> None:
    """Every tensor is the rounding of the exact block of its name; and the file is the one that was written."""
    try:
        tensors = load_tensors(packed)
    except SafetensorError as error:
        raise Damaged(f"{path} is no safetensors file, or is cut off: {error}") from error
    expected = dict(named_blocks(instance))
    for name, block in expected.items():
        if name not in tensors:
            raise Damaged(f"{path} lacks the tensor {name!r}")
        exact = _float(block)
        if tensors[name].shape != exact.shape or tensors[name].dtype != exact.dtype:
            kinds = (f"{a.dtype} of shape {a.shape}" for a in (tensors[name], exact))
            raise Damaged(f"{path}: {name!r} is {next(kinds)}, not {next(kinds)}")
        if (wrong := np.argwhere(tensors[name] != exact)).size:
            i, j = wrong[0].tolist()
            raise Damaged(
                f"{path}: entry ({i}, {j}) of {name!r} is {tensors[name][i, j]!r}, the exact weight is {exact[i, j]!r}"
            )
    if extra := next((name for name in tensors if name not in expected), None):
        raise Damaged(f"{path} has the tensor {extra!r}, which the network does not have")
    if hashlib.sha256(packed).hexdigest() != digest:
        raise Damaged(f"{path} is not the file that was written (its digest differs)")


def named_blocks(instance: Instance) -> Iterator[tuple[str, Matrix]]:
    """Every block of every form of the network, by place: layer, part, form, register."""
    for number, layer in enumerate(written_layers(instance)):
        for place, sublayer in enumerate(sublayers_of(layer)):
            for part, record in parts_of(sublayer):
                for word, form in record.forms.items():
                    for register, block in form.blocks.items():
                        yield ".".join(filter(None, ("layers", str(number), str(place), part, word, register))), block


def written_layers(instance: Instance) -> tuple[Layer, ...]:
    """The layers as they are written: a stack by its layers, a repeated one once."""
    layers = instance.network.layers
    return tuple(one for layer in layers for one in (layers_of(layer) if isinstance(layer, Stack) else (layer,)))


def _float(block: Matrix) -> np.ndarray:
    return np.ascontiguousarray(entries_in(block, FLOAT64), dtype=np.float64)
