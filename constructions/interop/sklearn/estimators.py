"""The estimators: one class for every construction that predicts, with the signature of its record."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from constructions.catalogue import CATALOGUE
from constructions.interop.sklearn.classes import MODULE, OWN, blank, estimator_class
from constructions.interop.sklearn.network import BACKENDS, Network
from constructions.interop.sklearn.predictors import named_as, sizes_of, word_of
from constructions.interop.sklearn.probability import of_classes, probability_of
from constructions.language import Construction, UnknownName
from constructions.language.boxes import OutOfDomain
from constructions.language.cautions import cautions
from constructions.language.quantifier import offer

__all__ = ["InContextClassifier", "InContextRegressor", "OutOfDomain", "estimator_class"]


class _InContext(BaseEstimator):
    """What both kinds share. Parameters besides those of the record:

    fit_intercept  subtract the means of the training inputs and targets before they go into the prompt, and add the latter again;
                   what is centred may leave the box of a bounded record: False keeps data that are scaled into it inside
    backend        "numpy" (float64), or "torch" (in float32 where the data are float32)
    """

    record: ClassVar[Construction]
    named: ClassVar[str | Construction]
    construction: str | Construction
    fit_intercept: bool
    backend: str
    networks_: list[Network]

    @property
    def logits(self) -> bool:
        """Whether answers are logits of labels 0 and 1, which are not centred."""
        return False

    def __new__(cls, construction: str | Construction | None = None, **settings: Any) -> Any:
        if hasattr(cls, "record"):
            return super().__new__(cls)
        if construction is None:
            raise TypeError(f'{cls.__name__} needs a construction, e.g. {cls.__name__}("gd-steps", eta=0.1, steps=20)')
        return blank(construction, cls)

    def __reduce_ex__(self, protocol: Any) -> Any:
        """As any object; but a class of a claim, or of a record outside the catalogue, has no name to import: it is made again."""
        kind = type(self)
        if kind.__module__ != MODULE or self.record in CATALOGUE:
            return super().__reduce_ex__(protocol)
        return blank, (self.named, kind.__base__), self.__getstate__()

    def _network(self, X: np.ndarray, Y: np.ndarray) -> Network:
        if self.construction is not self.record and named_as(self.construction) != self.named:
            raise ValueError(
                f"this is a {type(self).__name__}, of {word_of(self.named)}: for another construction make another estimator"
            )
        if self.backend not in BACKENDS:
            raise UnknownName(f"no backend is called {self.backend!r}; {offer(self.backend, BACKENDS)}")
        self.x_mean_ = X.mean(axis=0) if self.fit_intercept else np.zeros_like(X[0])
        self.y_mean_ = self._middle(Y)
        inputs, targets = self._inputs(X), Y - self.y_mean_
        with self._boxed():
            network = Network.reading(self.construction, inputs, targets, self._settings(), self.backend)
            network.check_domain(network.X[:0])
        data = {"X": network.X, "Y": network.Y, "X_q": network.X[:1]}
        for text in cautions(self.record, network.instance, data):
            warnings.warn(text, ConvergenceWarning, stacklevel=4)
        return network

    def _answers(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=self._dtypes(), reset=False)
        with self._boxed():
            return np.column_stack([network.answers(self._inputs(X)) for network in self.networks_]) + self.y_mean_

    @contextmanager
    def _boxed(self) -> Iterator[None]:
        """What is outside of a box is told with what the estimator did to it, and what scikit-learn has against it."""
        try:
            yield
        except OutOfDomain as error:
            means = (
                "; these are centred: fit_intercept=False leaves them as they are given" if self.fit_intercept else ""
            )
            raise OutOfDomain(
                f"{error}{means} (MinMaxScaler((-1, 1), clip=True) scales X, TransformedTargetRegressor scales y)"
            ) from error

    def _inputs(self, X: np.ndarray) -> np.ndarray:
        """What goes into the prompt: centred inputs, and where labels are not centred an input that is 1, for an intercept."""
        centred = X - self.x_mean_
        return np.column_stack([centred, np.ones_like(X[:, 0])]) if self.logits and self.fit_intercept else centred

    def _middle(self, Y: np.ndarray) -> np.ndarray:
        """What is subtracted from the targets, and added again."""
        return Y.mean(axis=0) if self.fit_intercept and not self.logits else np.zeros_like(Y[0])

    def _settings(self) -> dict[str, Any]:
        """The sizes and parameters of the record."""
        return {k: value for k, value in self.get_params(deep=False).items() if k not in (*OWN, "construction")}

    def _dtypes(self) -> list[type]:
        return [np.float64, np.float32] if self.backend == "torch" else [np.float64]

    def _networks(self, X: np.ndarray, Y: np.ndarray) -> list[Network]:
        """One network for all targets, or one for each where the record has a single one."""
        if isinstance(sizes_of(self.record)["d_y"], int) and Y.shape[1] > 1:
            networks = [self._network(X, Y[:, [k]]) for k in range(Y.shape[1])]
            self.y_mean_ = self._middle(Y)
            return networks
        return [self._network(X, Y)]


class InContextRegressor(MultiOutputMixin, RegressorMixin, _InContext):
    """`InContextRegressor("gd-steps", eta=0.1, steps=20)`: predictions of a frozen network that learns from its prompt.

    `fit(X, y)` writes the examples into the prompt (nothing is trained), `predict(X)` runs the network, many queries at once.
    A float parameter is read as the decimal number that it prints as. NAME@CLAIM has the network of one claim, by its number or a
    word of it: InContextRegressor("raw-ridge@gelu"). Raises `OutOfDomain` where the record, or that claim, bounds its data;
    `python -m constructions.interop.sklearn.checks` lists these, and which of scikit-learn's checks meet the bound.
    """

    def fit(self, X: Any, y: Any) -> InContextRegressor:
        X, y = validate_data(self, X, y, dtype=self._dtypes(), multi_output=True, y_numeric=True)
        Y = np.asarray(y, dtype=X.dtype)
        self.single_ = Y.ndim == 1
        self.networks_ = self._networks(X, Y.reshape(len(Y), -1))
        return self

    def predict(self, X: Any) -> np.ndarray:
        answers = self._answers(X)
        return answers[:, 0] if self.single_ else answers

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # a few steps of an algorithm need not have arrived
        return tags


class InContextClassifier(ClassifierMixin, _InContext):
    """`InContextClassifier("ridge-closed-form", lam=1)`: least squares on targets ±1, one a class (as `RidgeClassifier`).

    Where the record says that its answer is a logit (`logistic`), labels are 0 and 1, an intercept is the weight of an input that
    is 1, and `predict_proba` is there if the record's mean is a probability at these parameters; what these mean the record says.
    `logistic` has probabilities where its pieces end in [0, 1], such as this ramp from 0 to 1 between the logits −2 and 2:

        InContextClassifier("logistic", M=2, knots=(-2, 2), bends=("1/4", "-1/4"), start=0)
    """

    @property
    def logits(self) -> bool:
        return self.record.mean is not None

    def fit(self, X: Any, y: Any) -> InContextClassifier:
        X, y = validate_data(self, X, y, dtype=self._dtypes())
        check_classification_targets(y)
        self.binarizer_ = LabelBinarizer(pos_label=1, neg_label=0 if self.logits else -1).fit(y)
        self.classes_ = self.binarizer_.classes_
        if len(self.classes_) < 2:
            raise ValueError(f"a classifier needs at least two classes; y has 1 class ({self.classes_.tolist()[0]!r})")
        Y = np.asarray(self.binarizer_.transform(y), dtype=X.dtype)
        self.networks_ = self._networks(X, Y)
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """The networks' answers: one number a query for two classes, else one a class."""
        answers = self._answers(X)
        return answers[:, 0] if len(self.classes_) == 2 else answers

    def _probability(self) -> Any:
        return probability_of(self.record, self._settings())

    @property
    def predict_proba(self) -> Any:
        """Queries × classes: the record's mean at the answers; of more than two classes one against the rest, normalised.
        Raises `AttributeError` where there is none, with the reason, which `available_if` would not show."""
        self._probability()
        return self._probabilities

    def _probabilities(self, X: Any) -> np.ndarray:
        answers = self._answers(X)
        return of_classes(self._probability(), answers)

    def predict(self, X: Any) -> np.ndarray:
        """The class of the larger answer; of two classes the second where its answer is positive, or likelier than not."""
        if len(getattr(self, "classes_", ())) == 2 and hasattr(self, "predict_proba"):
            return self.classes_[self.predict_proba(X).argmax(axis=1)]
        scores = self.decision_function(X)
        return self.classes_[(scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags
