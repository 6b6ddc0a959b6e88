"""What kind a sublayer is: its words as plain data, and the line that says them."""

from __future__ import annotations

from typing import Any

from constructions.language import MLP, Attention, DeltaLayer, LayerNorm, MesaLayer
from constructions.language.sublayers import Sublayer
from constructions.matrix import Matrix, exact
from constructions.matrix.formula import formula_text
from constructions.matrix.sizes import equal
from constructions.views.text import counted_from_one, size_text

NORMALISED = ("softmax", "hard")  # kernels whose weights sum to 1 by themselves
SINK = "a key of score 0 and value 0"
UNIT_SINK = "weight 1 of value 0 in the sum"


def described(sublayer: Sublayer) -> dict[str, Any]:
    """The words of a sublayer: "kind" first, then what belongs to that kind."""
    if isinstance(sublayer, Attention):
        return _attention(sublayer)
    if isinstance(sublayer, MesaLayer):
        return _mesa(sublayer)
    if isinstance(sublayer, DeltaLayer):
        return _delta(sublayer)
    if isinstance(sublayer, MLP):
        return _mlp(sublayer)
    return {"kind": "LayerNorm", "norm": norm_record(sublayer)}


def _attention(layer: Attention) -> dict[str, Any]:
    mask = layer.mask
    if isinstance(mask, Matrix):
        mask = f"given weights M[reader, key] = {counted_from_one(formula_text(mask))}"
    return {
        "kind": f"{layer.kernel} attention",
        "heads": len(layer.heads),
        "mask": mask,
        "normaliser": "" if layer.kernel in NORMALISED and layer.normaliser == "none" else layer.normaliser,
        "sink": "" if not layer.sink else SINK if layer.kernel in NORMALISED else UNIT_SINK,
        "norm": norm_record(layer.norm),
        "skip": len(layer.skip),
    }


def _mesa(layer: MesaLayer) -> dict[str, Any]:
    ridge = formula_text(layer.ridge if isinstance(layer.ridge, Matrix) else exact(layer.ridge))
    return {"kind": f"mesa layer, ridge {ridge}", "heads": 1, "mask": layer.mask, "normaliser": "", "skip": 0}


def _delta(layer: DeltaLayer) -> dict[str, Any]:
    at_once = "" if equal(layer.chunk, 1) else f", {size_text(layer.chunk)} tokens at once"
    return {"kind": f"delta layer{at_once}", "heads": 1, "mask": "causal", "normaliser": "", "skip": 0}


def _mlp(layer: MLP) -> dict[str, Any]:
    return {
        "kind": "MLP",
        "hidden": size_text(layer.hidden),
        "activation": layer.activation,
        "gated": any(units.gate is not None for units in layer.units),
        "factors": [units.factor for units in layer.units],
        "norm": norm_record(layer.norm),
    }


def norm_record(norm: LayerNorm | None) -> dict[str, str] | None:
    """Gain, bias and epsilon of a LayerNorm as formulas; of a column it is said that it is one."""
    if norm is None:
        return None
    return {name: _number(getattr(norm, name)) for name in ("gain", "bias", "epsilon")}


def _number(value: Any) -> str:
    value = exact(value)
    return counted_from_one(formula_text(value)) if equal(value.shape[0], 1) else "in the table"


def line(layer: dict[str, Any]) -> str:
    """The words of a sublayer in one line."""
    if layer["kind"] == "LayerNorm":
        return f"{norm_text(layer['norm'])}, in place of the stream"
    norm = [f"norm: {norm_text(layer['norm'])}"] if layer.get("norm") else []
    if layer["kind"] == "MLP":
        units = f"{layer['hidden']} hidden unit" + ("" if layer["hidden"] == "1" else "s")
        gated = ", gated" if layer["gated"] else ""
        return ", ".join(["MLP", units, f"activation: {layer['activation']}{gated}", *norm, "skip: residual"])
    heads = f"{layer['heads']} head" + ("" if layer["heads"] == 1 else "s")
    normaliser = [f"normaliser: {layer['normaliser']}"] if layer["normaliser"] else []
    sink = [f"sink: {layer['sink']}"] if layer.get("sink") else []
    skip = "residual and token-wise linear skip" if layer["skip"] else "residual"
    return ", ".join([layer["kind"], heads, f"mask: {layer['mask']}", *normaliser, *sink, *norm, f"skip: {skip}"])


def norm_text(norm: dict[str, str]) -> str:
    return f"LayerNorm (gain {norm['gain']}, bias {norm['bias']}, epsilon {norm['epsilon']})"
