# %% [markdown]
# # Ridge regression in context, beside scikit-learn's
#
# Here a frozen network takes the place of `sklearn.linear_model.Ridge` in a real pipeline: scaling, a grid search over
# the penalty, a held-out score. Its `fit` trains nothing. It writes the examples into a prompt; `predict` runs the
# forward pass. The theorem behind it is `ridge-closed-form`: *for every $\lambda > 0$ there are weights such that for
# all examples and questions the network answers $x_q^\top (X^\top X + \lambda I)^{-1} X^\top y$*. What it rests on is
# said by `python -m verify ridge-closed-form`.

# %%
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from constructions.interop.sklearn import InContextRegressor

X, y = load_diabetes(return_X_y=True, scaled=False)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)
print(f"{len(X_train)} examples in the prompt, {len(X_test)} questions, {X.shape[1]} measurements each")
assert X_train.shape == (221, 10)

# %% [markdown]
# ## One penalty
#
# The same penalty for both. scikit-learn calls it `alpha` and puts it beside the *sum* of squares, and so does the
# theorem (`lam`): no conversion. Constructions differ in this, so read the statement first.

# %%
in_context = make_pipeline(StandardScaler(), InContextRegressor("ridge-closed-form", lam=10)).fit(X_train, y_train)
library = make_pipeline(StandardScaler(), Ridge(alpha=10)).fit(X_train, y_train)
ours, theirs = in_context.predict(X_test), library.predict(X_test)
gap = np.abs(ours - theirs).max() / np.abs(theirs).max()
print("first predictions of the network:", *(f"{value:.2f}" for value in ours[:3]))
print("first predictions of Ridge:      ", *(f"{value:.2f}" for value in theirs[:3]))
assert gap < 1e-12

# %% [markdown]
# The two agree to rounding. They share no code: the library solves by Cholesky factors, and the network is one layer
# that keeps what it reads as two matrices and divides by one of them
# (`python -m constructions show ridge-closed-form`).
#
# ## The penalty by cross-validation
#
# The network is a scikit-learn estimator, so everything that takes one takes it. The grid search makes a new network
# for each penalty and each fold, with the fold's examples in its prompt.

# %%
GRID = [1, 10, 100]
search = GridSearchCV(in_context, {"ridgeclosedformregressor__lam": GRID}, cv=3).fit(X_train, y_train)
check = GridSearchCV(library, {"ridge__alpha": GRID}, cv=3).fit(X_train, y_train)
(chosen,), (expected,) = search.best_params_.values(), check.best_params_.values()
scores, known = search.cv_results_["mean_test_score"], check.cv_results_["mean_test_score"]
for lam, score in zip(GRID, scores, strict=True):
    print(f"lam = {lam:3}: mean R² {score:.3f}{'  (chosen)' if lam == chosen else ''}")
assert chosen == expected and np.abs(scores - known).max() < 1e-12

# %% [markdown]
# Both searches choose the same penalty, with the same scores in every fold. On the held-out half:

# %%
held_out = search.score(X_test, y_test)
print(f"held out: R² = {held_out:.3f}")
assert abs(held_out - check.score(X_test, y_test)) < 1e-12

# %% [markdown]
# ## Several steps instead of the closed form
#
# `gd-steps` takes gradient steps, one a layer, from zero. It needs a step size below $2/\lambda_{\max}$ (lesson 6),
# and says so when yours is too large. With more layers it comes nearer to least squares, which is ridge regression
# without a penalty.

# %%
least_squares = make_pipeline(StandardScaler(), Ridge(alpha=1e-8)).fit(X_train, y_train).predict(X_test)
distances = {}
for steps in (5, 20, 80):
    model = make_pipeline(StandardScaler(), InContextRegressor("gd-steps", eta=0.2, steps=steps)).fit(X_train, y_train)
    distances[steps] = float(np.abs(model.predict(X_test) - least_squares).mean())
    print(f"{steps} layers: mean distance from least squares {distances[steps]:.2f}")
assert distances[5] > distances[20] > distances[80]

# %% [markdown]
# Early stopping of gradient descent acts like a penalty, and here one can see it as depth.
#
# ## What this is good for
#
# Not for speed: reading 221 examples for every question costs more than a Cholesky factor. It is a network whose
# algorithm is *known*, in the place where a network whose algorithm is unknown would stand. Probe it, prune it,
# quantise it, and compare with `Ridge`: whatever your tool reports, you know the truth.
