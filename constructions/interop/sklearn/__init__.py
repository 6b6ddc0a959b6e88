"""Constructed networks as scikit-learn estimators: `fit` writes the examples into the prompt, `predict` runs the frozen network.

    from constructions.interop.sklearn import InContextRegressor
    model = InContextRegressor("gd-steps", eta=0.1, steps=20)

There is one class for every construction that predicts, with its sizes and parameters as explicit parameters, e.g.
`GdStepsRegressor`; `InContextRegressor(NAME, …)` and `InContextClassifier(NAME, …)` make one of that class.
"""

from __future__ import annotations

from typing import Any

from constructions.interop import need

need("sklearn", "sklearn", "a construction as a scikit-learn estimator")

from constructions.interop.sklearn.estimators import (  # noqa: E402
    InContextClassifier,
    InContextRegressor,
    OutOfDomain,
    estimator_class,
)
from constructions.interop.sklearn.predictors import predictors  # noqa: E402

__all__ = ["InContextClassifier", "InContextRegressor", "OutOfDomain", "predictors"]


def __getattr__(name: str) -> Any:
    """`GdStepsRegressor` and its like, so that estimators can be imported, and pickled, by name."""
    for base in (InContextRegressor, InContextClassifier):
        for record in predictors():
            made = estimator_class(record, base)
            if made.__name__ == name:
                return made
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
