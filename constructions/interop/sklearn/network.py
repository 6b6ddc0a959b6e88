"""A frozen network that has read its examples, and answers queries in batches."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from constructions.catalogue import claimed
from constructions.interop import decimal
from constructions.interop.sklearn.passes import Passes, passes_of
from constructions.language import Construction, Instance, at
from constructions.language.boxes import check_boxes
from constructions.language.extent import FLOATS, check_extent
from constructions.language.regression import regression_sizes
from constructions.language.statement import Box
from constructions.language.sublayers import Attention

BATCH = 256  # queries a pass
MOST = 2**28  # entries of an attention pattern that a pass may make (2 GiB)
FAR = 100  # times the largest target, for queries as large as the examples; a diverging iteration is soon beyond
BACKENDS = ("numpy", "torch")


@dataclass(frozen=True)
class Network:
    """The passes of an instance, and the examples in its prompt: inputs (n × d_x) and targets (n × d_y).

    `made_of` are the arguments of `reading`: a pickle holds those, and the network is built anew when it is loaded.
    """

    passes: Passes
    X: np.ndarray
    Y: np.ndarray
    backend: str
    made_of: tuple[Any, ...]

    @property
    def instance(self) -> Instance:
        return self.passes.instance

    def __reduce__(self) -> Any:
        return Network.reading, self.made_of

    @staticmethod
    def reading(
        construction: Construction | str, X: np.ndarray, Y: np.ndarray, settings: Mapping[str, Any], backend: str
    ) -> Network:
        """The network for as many examples, inputs and targets as there are. Raises what the record itself refuses."""
        record = claimed(construction) if isinstance(construction, str) else construction
        roles = regression_sizes(record)
        if roles is None:
            raise ValueError(f"{record.name} does not predict: its data are {', '.join(record.data)}, not X, Y and X_q")
        sizes = {roles["n"]: len(X), roles["d_x"]: X.shape[1], roles["m"]: 1}
        sizes |= {} if isinstance(roles["d_y"], int) else {roles["d_y"]: Y.shape[1]}
        if len(X) ** 2 > MOST:
            raise MemoryError(
                f"{len(X)} examples are a prompt whose attention pattern has {len(X) ** 2:,} entries; take fewer examples "
                "(a network learns from what stands in its prompt, all at once)"
            )
        given = {name: value for name, value in settings.items() if value is not None}
        own = {name: whole(value) for name, value in given.items() if name in record.sizes}
        parameters = {name: decimal(value) for name, value in given.items() if name in record.parameters}
        check_extent(record, record.with_sizes({**own, **sizes}), FLOATS)
        if any(
            isinstance(word, Box) for word in record.domain.values()
        ):  # a small network knows its box, and is soon built
            small = at(record, {**own, **sizes, roles["n"]: 1}, parameters)
            check_boxes(small, {"X": X, "Y": Y})
        made_of = (construction, X, Y, dict(settings), backend)
        return Network(passes_of(record, {**own, **sizes}, parameters), X, Y, backend, made_of)

    def check_domain(self, X_q: np.ndarray) -> None:
        """Refuse data outside a box that the record declares."""
        check_boxes(self.instance, {"X": self.X, "Y": self.Y, "X_q": X_q})

    def answers(self, X_q: np.ndarray) -> np.ndarray:
        """The network's answer for every query (m × d_y)."""
        self.check_domain(X_q)
        parts = [self._batch(X_q[k : k + BATCH]) for k in range(0, len(X_q), BATCH)]
        answer = np.concatenate(parts)
        if not np.isfinite(answer).all():
            raise ValueError(
                f"{self.instance.construction.name} overflows on these data: its iteration diverges; take a smaller step size or "
                "scale the inputs (StandardScaler)"
            )
        self._check_size(answer, X_q)
        return answer

    def _check_size(self, answer: np.ndarray, X_q: np.ndarray) -> None:
        """Warn of answers that no fit of these targets gives, where the record has no cautions of its own."""
        record, farther = self.instance.construction, _largest(X_q) / (_largest(self.X) or 1)
        if record.cautions or _largest(answer) <= FAR * _largest(self.Y) * max(1, farther):
            return
        warnings.warn(
            f"answers of {record.name} are as large as {_largest(answer):.3g}, and its targets at most {_largest(self.Y):.3g}: its "
            "iteration overshoots or diverges on these data; take a smaller step size, or scale the inputs (StandardScaler)",
            ConvergenceWarning,
            stacklevel=5,
        )

    def _batch(self, X_q: np.ndarray) -> np.ndarray:
        data = {"X": self.X, "Y": self.Y, "X_q": X_q}
        with np.errstate(all="ignore"):  # an overflow ends in inf or NaN, which is refused with a sentence
            if self.backend == "numpy":
                return self.passes.answers(data)
            return _in_torch(self.instance.with_queries(len(X_q)), data)


def _largest(rows: np.ndarray) -> float:
    return float(np.abs(rows).max(initial=0))


def whole(value: Any) -> Any:
    """A size as it is given, also by numpy, pandas or a grid of floats: 4.0 is 4; what is no whole number is left as it is."""
    return int(value) if isinstance(value, (float, np.floating, np.integer)) and float(value).is_integer() else value


def _in_torch(instance: Instance, data: Mapping[str, np.ndarray]) -> np.ndarray:
    """The same pass by the torch module, in the dtype of the data."""
    import torch

    from constructions.interop.torch import ConstructedTransformer

    _check_patterns(instance)
    tensors = {name: torch.from_numpy(np.ascontiguousarray(rows)) for name, rows in data.items()}
    with torch.no_grad():
        model = ConstructedTransformer(instance).to(tensors["X"].dtype)
        return model(**tensors).numpy()


def _check_patterns(instance: Instance) -> None:
    """A torch module keeps what hard heads attend to as matrices, one for each layer of a program."""
    layers = [part for part in instance.network.sublayers if isinstance(part, Attention) and part.kernel == "hard"]
    if (entries := sum(len(layer.heads) for layer in layers) * instance.layout.tokens**2) > MOST:
        raise MemoryError(
            f"the attention of {instance.construction.name} on so many examples has {entries:,} entries in a torch module; take "
            'backend="numpy", which keeps the nonzeros alone, or fewer examples'
        )
