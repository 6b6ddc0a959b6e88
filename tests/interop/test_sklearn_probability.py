"""Probabilities of classes: where the answer is a logit of one, and nowhere else; against an independent logistic regression."""

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris, load_wine
from sklearn.preprocessing import StandardScaler

from constructions.gadgets.sigmoid_pieces import SIGMOID
from constructions.interop.sklearn import InContextClassifier, predictors

CHORDS = dict(zip(("knots", "bends", "start"), SIGMOID, strict=True), M=17)
RAMP = {"M": 2, "knots": (-2, 2), "bends": ("1/4", "-1/4"), "start": 0}


def two_classes(rows=60):
    X, y = load_iris(return_X_y=True)
    X, y = StandardScaler().fit_transform(X[50:, :2]), np.array(["versicolor", "virginica"])[y[50:] - 1]
    order = np.random.default_rng(0).permutation(len(X))[:rows]
    return X[order], y[order]


def by_hand(X, y, link, steps, eta):
    """Gradient descent from 0 on centred inputs and an input that is 1."""
    Z = np.column_stack([X - X.mean(axis=0), np.ones(len(X))])
    w = np.zeros(Z.shape[1])
    for _ in range(steps):
        w -= eta / len(Z) * Z.T @ (link(Z @ w) - y)
    return Z @ w


def test_the_ramp_of_the_docstring_has_probabilities():
    X = np.linspace(-1, 1, 6).reshape(-1, 1)
    model = InContextClassifier("logistic", M=2, knots=(-2, 2), bends=("1/4", "-1/4"), start=0).fit(X, X[:, 0] > 0)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)


def test_it_is_gradient_descent_of_logistic_regression_but_for_the_chords():
    X, y = two_classes()
    model = InContextClassifier("logistic", steps=10, eta=0.5, **CHORDS).fit(X, y)
    label = (y == "virginica").astype(float)

    def chords(s):
        return np.interp(s, np.arange(-8, 9), np.round(1 / (1 + np.exp(-np.arange(-8.0, 9))), 4))

    exactly, nearly = (by_hand(X, label, link, 10, 0.5) for link in (chords, lambda s: 1 / (1 + np.exp(-s))))
    np.testing.assert_allclose(model.decision_function(X), exactly, rtol=1e-9, atol=1e-12)
    found = model.predict_proba(X)
    np.testing.assert_allclose(found[:, 1], chords(exactly), rtol=1e-9)
    gap = np.abs(found[:, 1] - 1 / (1 + np.exp(-nearly))).max()
    assert 1e-6 < gap < 1 / 80 + 10 * 0.5 / 80
    assert (found.sum(axis=1) == 1).all() and (model.predict(X) == model.classes_[found.argmax(axis=1)]).all()
    assert model.score(X, y) > 0.7


def test_several_classes_are_one_against_the_rest():
    X, y = load_wine(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    model = InContextClassifier("logistic", steps=4, eta=1, **RAMP).fit(X[::4], y[::4])
    found, scores = model.predict_proba(X[1::4]), model.decision_function(X[1::4])
    each = np.clip((scores + 2) / 4, 0, 1)
    np.testing.assert_allclose(found, each / each.sum(axis=1, keepdims=True), rtol=1e-12)
    assert (model.predict(X[1::4]) == scores.argmax(axis=1)).all() and model.score(X[1::4], y[1::4]) > 0.9
    below = model.predict_proba(-1e3 * np.ones((1, 13)))
    assert below.sum() == pytest.approx(1)


def test_copies_keep_matrices_among_the_parameters():
    X, y = two_classes(30)
    model = InContextClassifier("logistic", steps=2, **CHORDS)
    again = pickle.loads(pickle.dumps(clone(model).fit(X, y)))
    assert (again.predict_proba(X) == model.fit(X, y).predict_proba(X)).all()


def refused(model):
    with pytest.raises(AttributeError) as told:
        _ = model.predict_proba
    assert not hasattr(model, "predict_proba")
    return str(told.value)


def test_they_are_absent_where_the_answer_is_none():
    names = {record.name for record in predictors() if hasattr(InContextClassifier(record.name), "predict_proba")}
    assert not names  # at the defaults of `logistic` the mean has no upper bound
    assert "no probabilities, nor logits of them; take decision_function" in refused(InContextClassifier("gd-steps"))
    told = refused(InContextClassifier("logistic"))
    assert (
        "a probability is in [0, 1]. What decides: knots, where the slope of g changes; 16 chords of σ: M=17 and "
        in told
    )
    assert "; bends, by how much; start, value of g left of all knots" in told
    assert "knots has shape 3×1; it must be 2×1" in refused(InContextClassifier("logistic", knots=(1, 2, 3)))
    falling = InContextClassifier("logistic", **{**RAMP, "bends": ("-1/4", "1/4"), "start": 1})
    assert "its mean falls where the logit rises" in refused(falling)
    X, y = two_classes(40)
    calibrated = CalibratedClassifierCV(InContextClassifier("ridge-closed-form", lam=1), cv=2).fit(X, y)
    assert calibrated.predict_proba(X).shape == (40, 2)
