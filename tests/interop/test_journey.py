"""What people do with an estimator: data sets of their own, frames, strings, odd numbers, searches, files."""

import io

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("pandas")

import pandas
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import make_classification, make_friedman1, make_friedman2, make_friedman3, make_regression
from sklearn.ensemble import BaggingRegressor, StackingRegressor
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from constructions.interop.sklearn import InContextClassifier, InContextRegressor


def ridge(**settings):
    return InContextRegressor("ridge-closed-form", **settings)


def same(ours, theirs, X, y):
    expected = theirs.fit(X, y).predict(X)
    np.testing.assert_allclose(ours.fit(X, y).predict(X), expected, rtol=0, atol=1e-9 * np.abs(expected).max())


def frame(rows=60):
    draw = np.random.default_rng(0)
    columns = {
        "age": draw.integers(18, 80, rows),
        "w": draw.normal(size=rows).astype("float32"),
        "flag": draw.random(rows) > 0.5,
    }
    words = {"city": draw.choice(["a", "b", "c"], rows), "kind": pandas.Categorical(draw.choice(["x", "y"], rows))}
    made = pandas.DataFrame({**columns, **words})
    return made, pandas.Series(0.1 * made.age + made.w + (made.city == "a"), name="target")


@pytest.mark.parametrize("make", [make_friedman1, make_friedman2, make_friedman3])
@pytest.mark.parametrize("scale", [1, 1e8, 1e-8])
def test_data_of_any_scale(make, scale):
    X, y = make(n_samples=90, random_state=0)
    same(
        make_pipeline(StandardScaler(), ridge(lam=1)),
        make_pipeline(StandardScaler(), Ridge(alpha=1)),
        scale * X,
        scale * y,
    )
    if scale == 1:
        same(ridge(lam=1), Ridge(alpha=1), X, y)  # columns of scales 1 to 1000


def test_a_network_of_a_layer_for_every_operation_on_real_sizes():
    X, y = make_friedman1(n_samples=60, n_features=6, random_state=1)
    same(
        make_pipeline(StandardScaler(), InContextRegressor("raw-ridge", lam=2)),
        make_pipeline(StandardScaler(), Ridge(alpha=2)),
        X,
        y,
    )


def test_frames_with_columns_of_words_numbers_and_truth_values():
    X, y = frame()
    columns = make_column_transformer(
        (OneHotEncoder(), ["city", "kind"]), (StandardScaler(), ["age", "w"]), remainder="passthrough"
    )
    same(make_pipeline(columns, ridge(lam=1)), make_pipeline(columns, Ridge(alpha=1)), X, y)
    assert cross_val_score(make_pipeline(columns, ridge(lam=1)), X, y, cv=3).min() > 0.9
    numbers = X[["age", "w"]].astype({"age": "Int64"})
    model = ridge(lam=1).fit(numbers, y)
    assert model.feature_names_in_.tolist() == ["age", "w"]
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(numbers[["w", "age"]])
    with pytest.raises(ValueError, match="could not convert string to float"):
        ridge().fit(X, y)
    assert ridge().fit(numbers, X[["w"]]).predict(numbers).shape == (60, 1)


@pytest.mark.parametrize("cast", [
    lambda X: X.astype(int), lambda X: X > 0, lambda X: X.astype(object), lambda X: X.tolist(), np.asfortranarray,
    lambda X: X.astype(np.float16), lambda X: np.column_stack([X, np.ones(len(X))]), lambda X: 0 * X + 1, lambda X: X[:, :1],
])  # fmt: skip
def test_inputs_of_every_kind(cast):
    X, y = make_regression(40, 3, n_targets=2, random_state=0)
    same(ridge(lam=1), Ridge(alpha=1), cast(X), y)
    assert np.isfinite(InContextRegressor("gd-steps", eta="1/100", steps=3).fit(cast(X), y).predict(cast(X))).all()


def test_one_example_and_labels_of_words_and_truth_values():
    X, y = make_regression(30, 3, random_state=0)
    assert (ridge().fit(X[:1], y[:1]).predict(X) == y[0]).all()
    expected = RidgeClassifier(alpha=1).fit(X, (y > 0).astype(int)).predict(X)
    words = np.where(y > 0, "up", "down")
    for labels in (
        words,
        y > 0,
        pandas.Categorical(words),
        pandas.Series(words, dtype="string"),
    ):
        ours = InContextClassifier("ridge-closed-form", lam=1).fit(X, labels)
        assert (ours.predict(X) == ours.classes_[expected]).all()
        assert {*ours.predict(X)} <= {*ours.classes_}
    X, y = make_classification(80, 6, n_classes=3, n_informative=4, random_state=0)
    assert (
        InContextClassifier("ridge-closed-form", lam=1).fit(X, y).predict(X) == RidgeClassifier().fit(X, y).predict(X)
    ).all()


def test_what_no_network_reads_is_refused():
    X, y = make_regression(20, 3, random_state=0)
    sparse = pytest.importorskip("scipy.sparse").csr_matrix(X)
    for wrong, told in (
        (np.where(X > 1, np.nan, X), "contains NaN"),
        (np.where(X > 1, np.inf, X), "infinity"),
        (X + 0j, "Complex"),
        (X[:0], "0 sample"),
    ):
        with pytest.raises(ValueError, match=told):
            ridge().fit(wrong, y[: len(wrong)])
    with pytest.raises(TypeError, match=r"Sparse data was passed.*toarray"):
        ridge().fit(sparse, y)
    with pytest.raises(TypeError, match="sample_weight"):
        ridge().fit(X, y, sample_weight=np.ones(20))
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        InContextClassifier("gd-steps").fit(X, y)


def test_searches_ensembles_and_files():
    joblib = pytest.importorskip("joblib")
    X, y = make_regression(40, 3, noise=5, random_state=0)
    assert GridSearchCV(ridge(), {"lam": [0.1, 1.0, 1000]}, cv=3, n_jobs=1).fit(X, y).best_params_["lam"] < 1000
    grid = {"steps": np.arange(1, 4), "eta": np.logspace(-3, -1, 3)}
    assert GridSearchCV(InContextRegressor("gd-steps"), grid, cv=3).fit(X, y).best_params_ == {"steps": 3, "eta": 0.1}
    drawn = RandomizedSearchCV(ridge(), {"lam": [np.float32(0.5), 2]}, n_iter=2, cv=2, random_state=0).fit(X, y)
    assert drawn.best_score_ > 0.9
    choice = GridSearchCV(
        make_pipeline(StandardScaler(), ridge()), {"ridgeclosedformregressor": [InContextRegressor("gd-step"), ridge()]}
    )
    assert type(choice.fit(X, y).best_estimator_[-1]) is type(ridge())
    models = [
        TransformedTargetRegressor(ridge(), transformer=StandardScaler()),
        BaggingRegressor(ridge(), n_estimators=2, random_state=0),
        StackingRegressor([("a", ridge()), ("b", InContextRegressor("gd-steps"))]),
    ]
    for model in models:
        assert model.fit(X, y).score(X, y) > 0.9
    file = io.BytesIO()
    joblib.dump(ridge(lam=2).fit(X, y), file)
    _ = file.seek(0)
    assert (joblib.load(file).predict(X) == ridge(lam=2).fit(X, y).predict(X)).all()
