"""torch tensors of any float dtype on any device: what users of neural networks run. torch is optional and loaded here only."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import numpy as np

from constructions.matrix import Arithmetic, Matrix, Pole, Unsupported, exact
from constructions.matrix.floating import FACTOR_VALUES
from verify.arithmetic.formats import Format, nearest


class TorchFloats(Arithmetic):
    """2-D tensors of one dtype on one device, e.g. TorchFloats(BFLOAT16, "cuda:0")."""

    def __init__(self, format: Format, device: str = "cpu") -> None:
        if find_spec("torch") is None:
            raise Unsupported("torch is not installed (pip install icl-constructions[torch])")
        self.torch = importlib.import_module("torch")
        self.format, self.device = format, self.torch.device(device)
        self.dtype = getattr(self.torch, format.name)
        self.name = f"{format.name} in torch" + ("" if device == "cpu" else f" on {device}")

    def widened(self, a: Any) -> np.ndarray:
        return a.detach().to(self.torch.float64).cpu().numpy()

    def _narrowed(self, a: np.ndarray) -> Any:
        return self.torch.from_numpy(np.array(a)).to(device=self.device, dtype=self.dtype)

    def shape(self, a: Any) -> tuple[int, int]:
        return tuple(a.shape)

    def lift(self, exact: Matrix) -> Any:
        return self._narrowed(nearest(exact))

    def add(self, a: Any, b: Any) -> Any:
        return a + b

    def negate(self, a: Any) -> Any:
        return -a

    def times(self, a: Any, b: Any) -> Any:
        return a * b

    def scale(self, s: Any, a: Any) -> Any:
        return s[0, 0] * a

    def matmul(self, a: Any, b: Any) -> Any:
        with self._accumulating():
            return a @ b

    @contextmanager
    def _accumulating(self) -> Iterator[None]:
        """On CUDA, sums of bfloat16 may be split and rounded in bfloat16 by default; that is another format."""
        matmul, name = self.torch.backends.cuda.matmul, "allow_bf16_reduced_precision_reduction"
        if self.device.type != "cuda" or self.format.bits == self.format.accumulate:
            yield
            return
        before = getattr(matmul, name)
        setattr(matmul, name, False)
        try:
            yield
        finally:
            setattr(matmul, name, before)

    def transpose(self, a: Any) -> Any:
        return a.T

    def take(self, a: Any, rows: list[int], columns: list[int]) -> Any:
        picked = [self.torch.tensor(part, dtype=self.torch.long, device=self.device) for part in (rows, columns)]
        return a.index_select(0, picked[0]).index_select(1, picked[1])

    def join(self, parts: Sequence[Any], axis: int) -> Any:
        return self.torch.cat(list(parts), dim=axis)

    def reciprocal(self, a: Any) -> Any:
        if bool((a == 0).any()):
            raise Pole("division by zero")
        return 1 / a

    def solve(self, a: Any, b: Any) -> Any:
        """Elimination with partial pivoting; bfloat16 has none, so it is done in float32 and rounded once."""
        wide = self.torch.float32 if self.format.accumulate > self.format.bits else self.dtype
        try:
            return self.torch.linalg.solve(a.to(wide), b.to(wide)).to(self.dtype)
        except RuntimeError as error:  # torch says so in many words, one of them "singular"
            if "singular" not in str(error):
                raise
            raise Pole(f"singular linear system: {error}") from error

    def relu(self, a: Any) -> Any:
        return self.torch.relu(a)

    def gelu(self, a: Any) -> Any:
        return self.torch.nn.functional.gelu(a)

    def gelu_tanh(self, a: Any) -> Any:
        return self.torch.nn.functional.gelu(a, approximate="tanh")

    def reciprocal_sqrt(self, a: Any) -> Any:
        if not bool((a > 0).all()):
            raise Pole("1/√ of a number that is not positive")
        return 1 / self.torch.sqrt(a)

    def factor(self, word: str) -> Any:
        return self.lift(exact(FACTOR_VALUES[word]))

    def exp(self, a: Any) -> Any:
        return self.torch.exp(a)

    def softmax(self, a: Any, visible: np.ndarray) -> Any:
        seen = self.torch.from_numpy(np.array(visible)).to(self.device)
        weights = self.torch.softmax(a.masked_fill(~seen, float("-inf")), dim=1)
        return weights.masked_fill(~seen, 0.0)

    def hardmax(self, a: Any, visible: np.ndarray) -> Any:
        seen = self.torch.from_numpy(np.array(visible)).to(self.device)
        scores = a.masked_fill(~seen, float("-inf"))
        best = (seen & (scores == scores.amax(dim=1, keepdim=True))).to(self.dtype)
        return best / best.sum(dim=1, keepdim=True).clamp(min=1)
