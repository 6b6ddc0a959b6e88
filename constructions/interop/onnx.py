"""A construction as an ONNX graph: its torch module, exported; inputs are the data by name, the output is `answer`."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from constructions.interop import need
from constructions.language import Instance
from constructions.language.sublayers import MLP, DeltaLayer, MesaLayer
from constructions.matrix import Unsupported


def save_onnx(instance: Instance, path: Path) -> Path:
    """Write the graph alone into a file; `save` of `constructions.interop.files` writes it beside the exact weights, under a
    digest. Raises what `graph_of` does."""
    _ = path.write_bytes(graph_of(instance))
    return path


def graph_of(instance: Instance) -> bytes:
    """The graph for batches of any size (float64). Raises `MissingLibrary`, and `Unsupported` for layers that solve, and GeLU."""
    for library in ("torch", "onnx", "onnxscript"):
        need(library, "onnx", "an ONNX file")
    if any(isinstance(s, MesaLayer) or (isinstance(s, DeltaLayer) and s.chunk > 1) for s in instance.network.sublayers):
        raise Unsupported(f"{instance.construction.name} solves linear systems, for which ONNX has no operator")
    if any(isinstance(s, MLP) and s.activation == "gelu" for s in instance.network.sublayers):
        raise Unsupported(
            f"{instance.construction.name} has GeLU units, and onnxruntime has no error function in float64"
        )
    import torch

    from constructions.interop.torch import ConstructedTransformer

    class InOrder(torch.nn.Module):
        """The module with its data in order, as graphs have their inputs."""

        def __init__(self) -> None:
            super().__init__()
            self.model = ConstructedTransformer(instance, "dense").eval()

        def forward(self, *data: Any) -> Any:
            return self.model(**dict(zip(self.model.shapes, data, strict=True)))

    graph, batch = InOrder(), torch.export.Dim("batch")
    data = tuple(torch.ones(2, *shape, dtype=torch.float64) for shape in graph.model.shapes.values())
    with _quiet():
        program = torch.onnx.export(
            graph,
            data,
            dynamo=True,
            verbose=False,
            input_names=list(graph.model.shapes),
            output_names=["answer"],
            dynamic_shapes={"data": tuple({0: batch} for _ in data)},
        )
    if program is None:
        raise Unsupported(f"torch exported no graph of {instance.construction.name}")
    return program.model_proto.SerializeToString()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """torch tells of its passes, and of operators of libraries that are not installed."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
