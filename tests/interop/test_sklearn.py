"""Constructed networks as scikit-learn estimators: scikit-learn's own checks, and real data beside its own models."""

import os
import pickle
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_linnerud, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, Ridge, RidgeClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from constructions import get
from constructions.interop import sklearn as estimators
from constructions.interop.sklearn import (
    InContextClassifier,
    InContextRegressor,
    OutOfDomain,
    checks,
    network,
    passes,
    predictors,
)
from constructions.interop.sklearn.checks import bounded, outcomes
from constructions.language import BadConstruction, Box, UnknownName, positional
from constructions.matrix import arithmetic
from constructions.matrix.arithmetic import TooLong
from constructions.matrix.floating import array_of, floats
from docs.pages.reference import PRINTERS
from docs.pages.report import Reports

GIVEN = {"linear-attention-recursion": {"P": 1, "Q": 1}}  # parameters without a default
LONG = {
    "check_regressors_train",
    "check_regressor_data_not_an_array",
}  # checks whose data are 200 examples of 10 features
DEEP = {  # those that run by night only, where layers grow with the examples
    "raw-sgd": LONG,
    "raw-ridge": {
        *LONG,
        "check_fit_idempotent",
        "check_regressors_int",
        "check_dtype_object",
        "check_regressor_multioutput",
    },
}
RAMP = {"M": 2, "knots": (-2, 2), "bends": ("1/4", "-1/4"), "start": 0}  # from 0 to 1 between logits −2 and 2
SAME64, SAME32 = 1e-9, 2e-3  # relative, of float64 and float32, for condition numbers up to 10⁴


def checked(model):
    """The checks of scikit-learn that did not pass, with what they said."""
    found = outcomes(model)
    assert len(found.passed) + len(found.failed) > 45
    return [*found.failed.items(), *((name, "not run, or refused") for name in (*found.skipped, *found.out_of_domain))]


@pytest.mark.filterwarnings("ignore")  # the suite feeds odd data on purpose
@pytest.mark.parametrize("record", [r for r in predictors() if r.name not in DEEP], ids=lambda r: r.name)
def test_regressors_pass_the_whole_suite(record):
    assert not checked(InContextRegressor(record.name, **GIVEN.get(record.name, {})))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", DEEP)
def test_regressors_whose_layers_grow_with_the_examples_pass_the_suite(name):
    """Some checks by day, all with HYPOTHESIS_PROFILE=nightly: 13 s and 30 s (`python -m constructions.interop.sklearn.checks`)."""
    if os.environ.get("HYPOTHESIS_PROFILE") == "nightly":
        assert not checked(InContextRegressor(name))
        return
    seen = set()
    for model, check in estimator_checks_generator(InContextRegressor(name)):
        seen.add(word := check.func.__name__)
        if word not in DEEP[name]:
            check(model)
    assert DEEP[name] < seen and len(seen - DEEP[name]) > 43


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["gd-step", "gd-steps", "ridge-closed-form", "posterior-mean"])
def test_classifiers_pass_the_whole_suite(name):
    assert not checked(InContextClassifier(name))


@pytest.mark.filterwarnings("ignore")
def test_a_classifier_with_probabilities_passes_the_whole_suite():
    model = InContextClassifier("logistic", steps=1, eta=1, **RAMP)
    assert hasattr(model, "predict_proba") and not checked(model)


@pytest.mark.filterwarnings("ignore")
def test_the_suite_sees_a_planted_error():
    class Forgetful(estimators.GdStepRegressor):
        def predict(self, X):
            self.eta = 1
            return super().predict(X)

    Forgetful.record = get("gd-step")
    assert any("dict" in name for name, _ in checked(Forgetful()))


def test_parameters_are_those_of_the_record_and_survive_cloning_and_pickling():
    model = InContextRegressor("gd-steps", eta=0.1, steps=20)
    assert repr(model) == "GdStepsRegressor(eta=0.1, steps=20)" and isinstance(model, InContextRegressor)
    assert model.get_params() == clone(model).get_params() == pickle.loads(pickle.dumps(model)).get_params()
    assert model.set_params(steps=3).steps == 3
    X, y = load_diabetes(return_X_y=True)
    fitted = pickle.loads(pickle.dumps(model.fit(X[:50], y[:50])))
    assert (fitted.predict(X[50:60]) == model.predict(X[50:60])).all()
    assert type(estimators.RidgeClosedFormRegressor(lam=2)) is type(InContextRegressor("ridge-closed-form"))


OWN = replace(get("gd-steps"), name="own-steps")  # a record outside the catalogue, held by a module
SAME_NAME = replace(get("gd-steps"), title="another theorem of this name")


@pytest.mark.parametrize("record", [OWN, SAME_NAME], ids=lambda r: r.title)
def test_a_users_own_record_survives_cloning_pickling_and_cross_validation(record):
    X, y = scaled(load_diabetes, 20)
    model = InContextRegressor(record, eta="1/10").fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    assert again.record is record and (again.predict(X) == model.predict(X)).all()
    assert (clone(model).fit(X, y).predict(X) == model.predict(X)).all()
    assert np.isfinite(cross_val_score(model, X, y, cv=2)).all()


def test_a_record_that_no_module_holds_is_pickled_only_without_lambdas():
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(InContextRegressor(replace(OWN, name="of-nobody")))


def test_a_class_has_subclasses_and_refuses_unknown_parameters_too():
    class Mine(estimators.GdStepsRegressor):
        pass

    X, y = scaled(load_diabetes, 20)
    assert (Mine(eta=0.1).fit(X, y).predict(X) == estimators.GdStepsRegressor(eta=0.1).fit(X, y).predict(X)).all()
    with pytest.raises(UnknownName, match="GdStepsRegressor has no parameter 'etaa'; did you mean eta"):
        estimators.GdStepsRegressor(etaa=0.1)


def test_a_network_with_room_is_as_large_as_the_examples_need():
    X, y = scaled(load_diabetes, 12)
    X = X[:, :2]
    model = InContextRegressor("batch-gd", alpha=0.01)
    assert model.get_params()["N"] is None
    for n in (12, 2, 5):
        assert model.fit(X[:n], y[:n]).networks_[0].instance.sizes["N"] >= n
    with pytest.raises(BadConstruction, match="at N = 3 serves n ≤ 3, and n = 12; give a larger N"):
        model.set_params(N=3).fit(X, y)


def test_a_column_of_targets_float32_and_labels_of_words():
    X, y = scaled(load_diabetes, 20)
    model = InContextRegressor("gd-steps", steps=np.int64(3), eta=np.float32(0.1))
    flat, column = model.fit(X, y).predict(X), model.fit(X, y[:, None]).predict(X)
    assert column.shape == (20, 1) and (column[:, 0] == flat).all()
    assert model.fit(X.astype(np.float32), y).predict(X.astype(np.float32)).dtype == np.float64
    words = np.array(["low", "high", "middle"])[np.digitize(y, [100, 200])]
    assert set(InContextClassifier("ridge-closed-form", lam=1).fit(X, words).predict(X)) <= set(words)


def scaled(load, rows=None):
    X, y = load(return_X_y=True)
    X = X[:, X.std(axis=0) > 0]
    order = np.random.default_rng(0).permutation(len(X))[:rows]
    return StandardScaler().fit_transform(X)[order], y[order]


@pytest.mark.parametrize("load", [load_diabetes, load_linnerud])
def test_ridge_in_context_is_ridge(load):
    X, y = scaled(load)
    half = len(X) // 2
    ours = InContextRegressor("ridge-closed-form", lam=1).fit(X[:half], y[:half]).predict(X[half:])
    theirs = Ridge(alpha=1).fit(X[:half], y[:half]).predict(X[half:])
    np.testing.assert_allclose(ours, theirs, rtol=SAME64)
    wrong = Ridge(alpha=1.001).fit(X[:half], y[:half]).predict(X[half:])
    assert np.abs(wrong / theirs - 1).max() > 100 * SAME64


@pytest.mark.parametrize(
    "load, rows", [(load_iris, None), (load_wine, None), (load_breast_cancer, 300), (load_digits, 240)]
)
def test_ridge_classification_in_context_is_ridge_classification(load, rows):
    X, y = scaled(load, rows)
    half = len(X) // 2
    ours = InContextClassifier("ridge-closed-form", lam=10).fit(X[:half], y[:half])
    theirs = RidgeClassifier(alpha=10).fit(X[:half], y[:half])
    expected = theirs.decision_function(X[half:])
    np.testing.assert_allclose(ours.decision_function(X[half:]), expected, rtol=0, atol=SAME64 * np.abs(expected).max())
    assert (ours.predict(X[half:]) == theirs.predict(X[half:])).all()


@pytest.mark.parametrize("load, Model, Reference", [
    (load_diabetes, InContextRegressor, Ridge), (load_wine, InContextClassifier, RidgeClassifier),
    (load_breast_cancer, InContextClassifier, RidgeClassifier), (load_linnerud, InContextRegressor, Ridge),
])  # fmt: skip
def test_float32_stays_float32_in_torch(load, Model, Reference):
    pytest.importorskip("torch")
    X, y = scaled(load, 200)
    X = X.astype(np.float32)
    model = Model("ridge-closed-form", lam=4, backend="torch").fit(X, y)
    theirs = Reference(alpha=4).fit(X.astype(np.float64), y)
    answer = model.predict(X) if Model is InContextRegressor else model.decision_function(X)
    expected = theirs.predict(X) if Model is InContextRegressor else theirs.decision_function(X)
    assert model.networks_[0].X.dtype == np.float32
    np.testing.assert_allclose(answer, expected, rtol=0, atol=SAME32 * np.abs(expected).max())


def test_many_steps_arrive_at_least_squares():
    """On orthonormal inputs η = 1 arrives in one step; on diabetes' own, the distance falls as gradient descent says."""
    X, y = scaled(load_diabetes, 100)
    Q = np.linalg.qr(X - X.mean(axis=0))[0] * 10
    one = InContextRegressor("gd-step", eta=1).fit(Q, y).predict(Q)
    np.testing.assert_allclose(one, LinearRegression().fit(Q, y).predict(Q), rtol=SAME64)
    few, many = (InContextRegressor("gd-steps", eta=0.2, steps=k).fit(X, y).score(X, y) for k in (2, 60))
    assert few < many <= LinearRegression().fit(X, y).score(X, y)


def test_pipelines_searches_and_cross_validation():
    X, y = load_diabetes(return_X_y=True)
    X, y = X[:120], y[:120]
    pipe = make_pipeline(StandardScaler(), InContextRegressor("gd-steps", eta=0.1, steps=2))
    search = GridSearchCV(pipe, {"gdstepsregressor__steps": [1, 8], "gdstepsregressor__eta": [0.01, 0.1]}, cv=3).fit(
        X, y
    )
    assert search.best_params_ == {"gdstepsregressor__steps": 8, "gdstepsregressor__eta": 0.1}
    assert cross_val_score(pipe, X, y, cv=3).shape == (3,)


def test_the_seed_papers_ridge_network():
    X, y = scaled(load_diabetes, 8)
    X = X[:, :3]
    ours = InContextRegressor("raw-ridge", lam=1).fit(X[:5], y[:5]).predict(X[5:])
    np.testing.assert_allclose(ours, Ridge(alpha=1).fit(X[:5], y[:5]).predict(X[5:]), rtol=SAME64)


def of_the_kernel(model, X):
    """The same answers by the forward pass itself, operation by operation."""
    net = model.networks_[0]
    data = {"X": net.X, "Y": net.Y, "X_q": X - model.x_mean_}
    answer = net.instance.with_queries(len(X)).run({name: floats(rows) for name, rows in data.items()}).answer
    return array_of(answer)[:, 0] + model.y_mean_[0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("record", predictors(), ids=lambda r: r.name)
def test_the_pass_of_an_estimator_is_the_networks(record):
    X = np.random.default_rng(0).normal(size=(12, 2)) / 2
    y = X @ [1, -2] + 0.1 * X[:, 0] ** 2
    for queries in (1, 5):  # five are filled up to eight
        model = InContextRegressor(record.name, **GIVEN.get(record.name, {})).fit(X[:6], y[:6])
        expected = of_the_kernel(model, X[-queries:])
        np.testing.assert_allclose(model.predict(X[-queries:]), expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_the_pass_of_an_estimator_is_no_other_networks(monkeypatch):
    """The comparison above sees a layer that attends elsewhere, and a weight that is another one."""
    X = np.random.default_rng(0).normal(size=(12, 2)) / 2
    model = InContextRegressor("raw-sgd").fit(X, X[:, 0])
    expected, honest = of_the_kernel(model, X), positional._scores
    monkeypatch.setattr(positional, "_scores", lambda *words: np.roll(honest(*words), 1))
    passes.forget()
    assert np.abs(InContextRegressor("raw-sgd").fit(X, X[:, 0]).predict(X) - expected).max() > 1e-3
    monkeypatch.undo()
    passes.forget()
    assert np.abs(InContextRegressor("raw-sgd", alpha=0.051).fit(X, X[:, 0]).predict(X) - expected).max() > 1e-6


def test_a_torch_module_that_would_not_fit_in_memory_is_refused(monkeypatch):
    pytest.importorskip("torch")
    X = np.random.default_rng(0).normal(size=(6, 2))
    model = InContextRegressor("raw-sgd", backend="torch").fit(X, X[:, 0])
    np.testing.assert_allclose(model.predict(X), InContextRegressor("raw-sgd").fit(X, X[:, 0]).predict(X), rtol=1e-12)
    monkeypatch.setattr(network, "MOST", 10_000)
    with pytest.raises(MemoryError, match=r'has 11,664 entries in a torch module; take backend="numpy"'):
        _ = model.predict(X)


def test_networks_are_shared_between_fits_and_told_apart():
    X = np.random.default_rng(0).normal(size=(6, 2))
    one, same, other = (
        InContextRegressor("gd-steps", eta=eta).fit(X, X[:, 0]).networks_[0] for eta in (0.1, "1/10", 0.2)
    )
    rows = [[0.5, 0]]
    of_rows = [InContextRegressor("gd-steps", W_0=np.array(rows) * k).fit(X, X[:, 0]).networks_[0] for k in (1, 2)]
    assert one.passes is not other.passes and of_rows[0].passes is not of_rows[1].passes
    assert pickle.loads(pickle.dumps(of_rows[1])).passes is of_rows[1].passes
    assert (one.answers(X) == same.answers(X)).all() and not (one.answers(X) == other.answers(X)).all()


def test_numbers_of_very_many_digits_are_refused_before_anybody_waits(monkeypatch):
    monkeypatch.setattr(arithmetic, "BITS", 2**14)
    X = np.random.default_rng(0).normal(size=(6, 2))
    with pytest.raises(TooLong, match=r"about [56],\d\d\d digits, .*: take fewer steps"):
        InContextRegressor("ridge-newton", steps=40).fit(X, X[:, 0])


def test_what_is_wrong_is_said():
    X, y = scaled(load_diabetes, 20)
    with pytest.raises(
        TypeError, match=r'needs a construction, e\.g\. InContextRegressor\("gd-steps", eta=0\.1, steps=20\)'
    ):
        InContextRegressor()
    with pytest.raises(UnknownName, match="no construction is called 'gd-stepp'"):
        InContextRegressor("gd-stepp")
    with pytest.raises(UnknownName, match="GdStepsRegressor has no parameter 'step'; did you mean steps"):
        InContextRegressor("gd-steps", step=3)
    for name in ("td-zero", "causal-lm"):
        with pytest.raises(UnknownName, match=rf"{name} does not predict: .*; these do: gd-step, "):
            InContextRegressor(name)
    with pytest.raises(UnknownName, match="the parameter P has no default"):
        InContextRegressor("linear-attention-recursion").fit(X, y)
    with pytest.raises(UnknownName, match="no backend is called 'jax'"):
        InContextRegressor("gd-step", backend="jax").fit(X, y)
    with pytest.raises(ValueError, match="for another construction make another estimator"):
        InContextRegressor("gd-step").set_params(construction="gd-steps").fit(X, y)
    with pytest.raises(MemoryError, match="take fewer examples"):
        InContextRegressor("gd-step").fit(np.zeros((20_000, 1)), np.zeros(20_000))
    with pytest.raises(ValueError, match=r"at least two classes; y has 1 class \('x'\)"):
        InContextClassifier("gd-step").fit(X, np.array(["x"] * 20))
    with pytest.raises(BadConstruction, match=r"the size steps must be a whole number ≥ 1, got 2\.5"):
        InContextRegressor("gd-steps", steps=2.5).fit(X, y)
    with pytest.raises(BadConstruction, match="take smaller sizes"):
        InContextRegressor("gd-steps", steps=10**9).fit(X, y)


def test_divergence_is_warned_of_and_then_refused():
    X, y = scaled(load_diabetes, 20)
    with pytest.warns(UserWarning, match="above 2/λ_max"):
        model = InContextRegressor("gd-steps", eta=1000, steps=120).fit(X, y)
    with pytest.raises(ValueError, match="overflows on these data"):
        model.predict(X)


def test_answers_beyond_all_targets_are_warned_of():
    X, y = scaled(load_diabetes, 30)
    far = InContextRegressor("bai-ridge", steps=30, eta=3).fit(X, y)
    with pytest.warns(ConvergenceWarning, match=r"answers of bai-ridge are as large as .*e\+.*overshoots or diverges"):
        _ = far.predict(X)
    near = InContextRegressor("bai-ridge", steps=30).fit(X, y)
    assert np.isfinite(near.predict(1e6 * X)).all()  # far queries have large answers
    with pytest.warns(ConvergenceWarning, match=r"above 2/λ_max = .* of the kernel on these 30 inputs"):
        _ = InContextRegressor("functional-gd", steps=2).fit(X, y)
    with pytest.warns(ConvergenceWarning, match="the kernel overflows on these inputs"):
        _ = InContextRegressor("functional-gd", steps=2).fit(100 * X, y)
    small = InContextRegressor("functional-gd", steps=2, eta=0.0001, c=(1, 0, 0, 0)).fit(X, y)
    assert np.isfinite(small.predict(X)).all()


def test_sizes_are_whole_numbers_also_from_grids_of_floats():
    X, y = scaled(load_diabetes, 20)
    answers = [
        InContextRegressor("gd-steps", steps=k).fit(X, y).predict(X) for k in (3, 3.0, np.float64(3), np.int32(3))
    ]
    assert all((one == answers[0]).all() for one in answers)


def test_a_bounded_domain_is_kept():
    bounded = replace(get("gd-step"), domain={"X": Box(2), "Y": Box(Fraction(1, 2))}, claims=get("gd-step").claims)
    X = np.array([[1.0], [-2.0], [1.5]])
    model = InContextRegressor(bounded, fit_intercept=False).fit(X, X[:, 0] / 8)
    assert model.predict(X).shape == (3,)
    with pytest.raises(OutOfDomain, match=r"entries of X in \[−2, 2\]; these data have 2\.5"):
        model.fit(X * 1.25, X[:, 0] / 8)
    with pytest.raises(OutOfDomain, match=r"entries of Y in \[−0\.5, 0\.5\]"):
        model.fit(X, X[:, 0])


BOXED = replace(get("gd-step"), name="boxed", domain={"X": Box(2), "Y": Box(2)})


def test_the_checks_that_meet_a_bounded_domain_are_listed_apart():
    found = outcomes(InContextRegressor(BOXED))
    assert {"check_regressors_train", "check_regressors_int", "check_fit_idempotent"} <= {*found.out_of_domain}
    assert {"check_fit2d_1sample", "check_dict_unchanged"} <= {*found.passed}
    no_word = {
        "check_parameters_default_constructible"
    }  # scikit-learn knows no parameter that is a record of one's own
    assert {*found.failed} == no_word

    class Forgetful(type(InContextRegressor(BOXED))):
        def predict(self, X):
            self.lost = True
            return super().predict(X)

    assert {*outcomes(Forgetful()).failed} > no_word


def test_every_construction_in_a_box_refuses_what_lies_outside():
    assert bounded() and all("@" in name for name in bounded())
    X = np.array([[0.5, -0.25], [0.25, 0.5], [-0.75, 0.0]])
    for name in bounded():
        model = InContextRegressor(name).fit(X, X[:, 0])
        assert np.isfinite(model.predict(X)).all()
        with pytest.raises(OutOfDomain, match="proved for entries of X"):
            model.predict(9 * X)
        with pytest.raises(OutOfDomain, match="proved for entries of Y"):
            model.fit(X, 9 * X[:, 0])


@pytest.mark.parametrize("Model", [InContextRegressor, InContextClassifier])
def test_data_scaled_into_a_box_stay_inside_without_an_intercept(Model):
    X, y = load_diabetes(return_X_y=True)
    y = y[:8] / 400 if Model is InContextRegressor else y[:8] > 150
    scaler = MinMaxScaler((-1, 1), clip=True)
    with pytest.raises(
        OutOfDomain, match=r"these are centred: fit_intercept=False leaves them as they are given \(MinMax"
    ):
        make_pipeline(scaler, Model("raw-ridge@gelu")).fit(X[:8, :3], y)
    model = make_pipeline(scaler, Model("raw-ridge@gelu", fit_intercept=False)).fit(X[:8, :3], y)
    assert model.predict(9 * X[8:12, :3]).shape == (4,)
    with pytest.raises(OutOfDomain) as told:
        model[-1].predict(9 * np.ones((1, 3)))
    assert "centred" not in str(told.value)


def test_a_file_is_no_name_and_the_message_says_what_to_pass():
    with pytest.raises(UnknownName, match=r"of a file pass the record itself: load_file\('mine\.py'\)\[0\]"):
        InContextRegressor("mine.py")


def test_what_is_outside_is_refused_before_a_network_is_built(monkeypatch):
    """A thousand examples would be thousands of layers."""
    asked, honest = [], network.at
    monkeypatch.setattr(
        network, "at", lambda record, sizes, given: asked.append(sizes["n"]) or honest(record, sizes, given)
    )
    X = 9 * np.random.default_rng(0).normal(size=(1000, 2))
    with pytest.raises(OutOfDomain):
        InContextRegressor("raw-ridge@gelu").fit(X, X[:, 0])
    assert asked == [1]


def test_a_claim_names_a_network():
    X, y = np.array([[0.5, -0.25], [0.25, 0.5], [-0.75, 0.0]]), np.array([0.5, 0.1, -0.5])
    nearly = InContextRegressor("raw-ridge@gelu", lam=2, B=1)
    assert repr(nearly) == "RawRidgeGeluRegressor(lam=2)" and nearly.get_params()["construction"] == "raw-ridge@gelu"
    assert type(clone(nearly)) is type(nearly) and type(InContextRegressor("ICL-0016@GeLU")) is type(nearly)
    answer = nearly.fit(X, y).predict(X)
    again = pickle.loads(pickle.dumps(nearly))
    assert (again.predict(X) == answer).all() and (again.fit(X, y).predict(X) == answer).all()
    gap = np.abs(answer - InContextRegressor("raw-ridge", lam=2).fit(X, y).predict(X)).max()
    assert 1e-9 < gap < 1e-3  # another network, and almost the same answers
    with pytest.raises(UnknownName, match=r"raw-ridge has no claim 'nope'; give a number or a word of one"):
        InContextRegressor("raw-ridge@nope")
    with pytest.raises(ValueError, match="for another construction make another estimator"):
        nearly.set_params(construction="raw-ridge").fit(X, y)


def test_the_command_lists_and_tells_what_failed(monkeypatch, capsys):
    assert checks.main(["--list"]) == 0
    listed = capsys.readouterr().out
    assert all(f"{name}: " in listed for name in bounded()) and "X: all entries in [−B, B]" in listed
    assert all(f"| `{name}` |" in PRINTERS["bounded"](Reports({})) for name in bounded())
    assert checks.main(["gd-stepp"]) == 2 and "no construction is called 'gd-stepp'" in capsys.readouterr().err
    outside, inside = OutOfDomain("far"), AssertionError("a sentence of the check")
    inside.__context__ = outside

    def found(*errors):
        said = [("a", "passed", None), ("b", "failed", outside), ("c", "failed", inside), ("d", "skipped", "no pandas")]
        said += [("a", "failed", error) for error in errors]
        return [{"check_name": name, "status": status, "exception": error} for name, status, error in said]

    monkeypatch.setattr(checks, "check_estimator", lambda model, on_fail, on_skip: found())
    assert checks.main(["gd-step"]) == 0
    assert capsys.readouterr().out.endswith("  1 checks pass\n  2 raise OutOfDomain: b, c\n  1 were skipped: d\n")
    monkeypatch.setattr(checks, "check_estimator", lambda model, on_fail, on_skip: found(ValueError("wrong")))
    assert checks.main(["gd-step"]) == 1
    assert "  0 checks pass\n" in (told := capsys.readouterr().out) and told.endswith("  a failed: wrong\n")


def test_what_is_no_name_and_what_is_no_number_is_told_by_name():
    with pytest.raises(TypeError, match="expected a construction, or the name of one"):
        InContextRegressor(3)
    X, y = np.ones((4, 2)), np.ones(4)
    with pytest.raises(ValueError, match=r"the parameter eta must be exact numbers such as 1/10 or '0.05', not 'abc'"):
        InContextRegressor("gd-steps", eta="abc", steps=2).fit(X, y)
    with pytest.raises(TypeError, match="nan is not a real number"):
        InContextRegressor("gd-steps", eta=float("nan"), steps=2).fit(X, y)
