"""`compare`: networks and textbook learners on drawn tasks, the logic of the seed paper's Figure 2, and λ → 0."""

import math
import re
from fractions import Fraction as F

import numpy as np
import pytest

from constructions import CATALOGUE, get
from constructions.commands.compare import baselines, command, to_zero
from constructions.commands.compare.baselines import BASELINES, inverse_square
from constructions.commands.compare.learners import learner, learners
from constructions.commands.compare.measure import implicit, mean, measured
from constructions.commands.compare.tasks import Setting
from constructions.language import at
from constructions.matrix import exact
from constructions.matrix.rational import fractions_of
from tests.commands.run import refused, run, works

ROUNDING = 1e-26  # squared distances of two ways to compute the same, for numbers of size 1


def setting(d=3, n=4, sigma=0.0, tau=1.0, tasks=6, seed=1):
    return Setting(d, n, sigma, tau, tasks, 4 * d, seed)


def distances(words, **options):
    """The largest SPD/d and ILWD/d of each other learner over all n."""
    drawn = setting(**options)
    rows = measured(drawn, learners(words, (), drawn.d), lambda: None)
    return {
        other: max(mean(part).value for row in rows if row.other == other for part in (row.spd, row.ilwd))
        for other in words[1:]
    }


@pytest.mark.parametrize(
    ("network", "textbook", "other"),
    [
        ("ridge-closed-form,lam=1/4", "ridge,lam=1/4", "ridge,lam=1/5"),
        ("raw-ridge,lam=1/4", "ridge,lam=1/4", "ols"),
        ("raw-sgd,alpha=1/50,lam=1/10", "sgd,alpha=1/50,lam=1/10", "sgd,alpha=1/50"),
        ("gd-steps,steps=5,eta=1/10", "gd,steps=5,eta=1/10", "gd,steps=4,eta=1/10"),
        ("gd-step,eta=1/10", "gd,eta=1/10", "gd,alpha=1/10"),
    ],
)
def test_a_network_is_its_textbook_and_not_another(network, textbook, other):
    found = distances((network, textbook, other), d=2, n=3, tasks=3, sigma=0.5)
    assert found[textbook] < ROUNDING and found[other] > 1e-8


def test_the_posterior_network_is_the_posterior_mean():
    words = ("posterior-mean,sigma=1/2,tau=3/4", "posterior", "posterior-mean,sigma=1/2", "ridge,lam=4/9")
    found = distances(words, sigma=0.5, tau=0.75)
    assert found["posterior"] < ROUNDING and found["ridge,lam=4/9"] < ROUNDING
    assert found["posterior-mean,sigma=1/2"] > 1e-4


def test_one_task_by_hand():
    """d = n = 1: ridge answers xy x′/(x² + λ), least squares y x′/x."""
    drawn = Setting(1, 1, 0.3, 2.0, 1, 5, 7)
    (task,) = drawn.draw()
    (row,) = measured(drawn, learners(("ridge,lam=1/2", "ols"), (), 1), lambda: None)
    (x,), (y,) = task.X[0], task.Y[0]
    gap = x * y / (x * x + 0.5) - y / x
    assert row.ilwd[0] == pytest.approx(gap**2, rel=1e-12)
    assert row.spd[0] == pytest.approx(gap**2 * np.mean(task.Q**2), rel=1e-12)
    assert mean(row.spd).error is None


def test_distances_are_divided_by_d():
    drawn = setting(d=2, n=1, tasks=1)
    (task,) = drawn.draw()
    (row,) = measured(drawn, learners(("ols", "truth"), (), 2), lambda: None)
    ends = [baselines.ols(task.first(1))[:, 0], task.Q @ task.w]
    assert row.spd[0] == pytest.approx(np.mean((ends[0] - ends[1]) ** 2) / 2, rel=1e-12)
    weights = baselines.shortest(task.first(1))[:, 0]
    assert row.ilwd[0] == pytest.approx(np.sum((weights - task.w) ** 2) / 2, rel=1e-12)


def test_both_distances_agree_in_expectation_for_linear_learners_and_not_for_neighbours():
    drawn = setting(d=3, n=3, sigma=0.5, tasks=150)
    rows = measured(drawn, learners(("ridge,lam=1", "ols", "sgd", "knn"), (), 3), lambda: None)
    for row in (row for row in rows if row.n == 3):
        gap = mean(row.spd - row.ilwd)
        assert (abs(gap.value) < 4 * gap.error) == (row.other != "knn"), row.other


@pytest.mark.parametrize(("sigma", "tau"), [("1/4", "1"), ("1/2", "3/2"), ("1/2", "1"), ("1/2", "3/4")])
def test_the_logic_of_figure_2(sigma, tau):
    """Among ridge(λ) the one with λ = σ²/τ² is nearest to the posterior mean: in predictions, and in weights."""
    lams = [F(1, 16), F(1, 9), F(1, 4), F(4, 9)]
    drawn = setting(d=4, n=3, sigma=float(F(sigma)), tau=float(F(tau)), tasks=25)
    words = ["posterior", "ols", *(f"ridge,lam={lam}" for lam in lams)]
    rows = measured(drawn, learners(words, (), 4), lambda: None)
    total = {word: sum(mean(row.spd).value for row in rows if row.other == word) for word in words[1:]}
    apart = {word: sum(mean(row.ilwd).value for row in rows if row.other == word) for word in words[1:]}
    best = f"ridge,lam={F(sigma) ** 2 / F(tau) ** 2}"
    for found in (total, apart):
        assert min(found, key=found.__getitem__) == best and found[best] < ROUNDING
        assert all(value > 1e-5 for word, value in found.items() if word != best)


def test_no_other_ridge_comes_nearer_to_the_truth():
    """The same minimum where it is no identity: distance from what made the data, task by task."""
    drawn = Setting(3, 4, 0.5, 1.0, 1000, 12, 5)
    words = ["truth", "ridge,lam=1/4", "ridge,lam=1/16", "ridge,lam=1"]
    rows = measured(drawn, learners(words, (), 3), lambda: None)
    own = sum(row.ilwd for row in rows if row.other == words[1])
    for other in words[2:]:
        excess = mean(sum(row.ilwd for row in rows if row.other == other) - own)
        assert excess.value > 3 * excess.error


def test_neighbours_by_hand():
    drawn = setting(d=2, n=4, tasks=1, sigma=0.5)
    (task,) = drawn.draw()
    away = np.linalg.norm(task.Q[:, None] - task.X[None], axis=2)
    order = np.argsort(away, axis=1)[:, :3]
    labels, near = task.Y[order, 0], np.take_along_axis(away, order, axis=1)
    assert baselines.knn(task, 3, "uniform")[:, 0] == pytest.approx(labels.mean(axis=1))
    weighted = (labels / near**2).sum(axis=1) / (1 / near**2).sum(axis=1)
    assert baselines.knn(task, 3, "distance")[:, 0] == pytest.approx(weighted)
    assert baselines.knn(task.first(2), 3, "uniform")[:, 0] == pytest.approx(np.full(8, task.Y[:2].mean()))


def test_a_query_that_is_an_example():
    assert inverse_square(np.array([[0.0, 2.0], [1.0, 2.0]])).tolist() == [[1, 0], [1, 0.25]]


def test_tasks_do_not_depend_on_what_else_is_drawn():
    (small,), (large, _) = Setting(2, 3, 1.0, 1.0, 1, 4, 3).draw(), Setting(2, 7, 1.0, 1.0, 2, 9, 3).draw()
    assert np.array_equal(small.X, large.X[:3]) and np.array_equal(small.Y, large.Y[:3])
    assert np.array_equal(small.w, large.w) and np.array_equal(small.Q, large.Q[:4])
    (other,) = Setting(2, 3, 1.0, 1.0, 1, 4, 4).draw()
    assert not np.array_equal(small.X, other.X)


def test_a_file_with_a_wrong_network_shows(capsys, tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(
        "from dataclasses import replace\nfrom constructions import get\n"
        "from constructions.least_squares.ridge_closed_form import weights\n"
        "WRONG = replace(get('ridge-closed-form'), name='wrong', weights=lambda d, d_y, lam: weights(d, d_y, 2 * lam))\n"
    )
    words = ("compare", "ridge", path, f"{path}:wrong,lam=1/20", "--tasks", "3", "--d", "2", "--json")
    said = works(capsys, *words, "--set", "lam=1/10")
    told = {(row["name"], row["n"]): row["spd"] for row in said.data["rows"]}
    assert all(told[str(path), n] > 1e-6 and told[f"{path}:wrong,lam=1/20", n] < ROUNDING for n in (1, 2, 3, 4))


def test_the_page(capsys):
    said = works(capsys, "compare", "ridge-closed-form", "ridge", "ols", "--set", "lam=1/4", "--d", "2", "--tasks", "5")
    lines = said.out.splitlines()
    assert lines[0].startswith(
        "5 tasks: w ~ N(0, 1²·I), x ~ N(0, I), y = wᵀx, without noise; d = 2; 8 queries each; seed 0"
    )
    assert lines[3:6] == ["A1 = ridge-closed-form with lam = 1/4", "A2 = ridge with lam = 1/4", "A3 = ols"]
    assert lines[7].split() == ["n", "SPD/d", "A2", "ILWD/d", "A2", "SPD/d", "A3", "ILWD/d", "A3"]
    assert [line.split()[0] for line in lines[8:]] == ["1", "2", "3", "4", "n"] and "n < d" in lines[-1]
    assert len(lines) == 8 + 4 + 1
    assert said.err.splitlines() == [
        *(f"note: {line}" for line in lines[3:6]),
        "note: n = 1, …, 4; d = 2; 5 tasks of 8 queries; seed 0",
    ]


def test_the_bound_that_is_used_is_printed(capsys):
    """A network is built for each n, with room for n examples."""
    words = ("compare", "raw-ridge", "ridge", "--d", "1", "--tasks", "1", "--n", "3")
    assert "A1 = raw-ridge with N = max(2, n) (default), lam = 1 (default)" in works(capsys, *words).out
    assert "A1 = raw-ridge with N = 5, lam" in works(capsys, *words, "--set", "N=5").out


def test_notes_come_before_the_computing(capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "measured", stop)
    said = run(capsys, "compare", "ridge", "ols", "--d", "2")
    assert said.status == 130 and said.err.startswith("note: A1 = ridge with lam")
    monkeypatch.setattr(command.to_zero, "approach", stop)
    said = run(capsys, "compare", "ridge", "ols", "--d", "2", "--lambda-to-zero")
    assert said.status == 130 and said.err.startswith("note: ridge with lam = 1, 1/10, …; n = 1; d = 2; seed 0")


def test_what_does_not_fit_into_memory(capsys, monkeypatch):
    def too_large(*_):
        raise MemoryError("Unable to allocate 29.1 TiB for an array with shape (4000000, 1000000)")

    monkeypatch.setattr(command, "measured", too_large)
    words = "compare ridge ols --d 1000000 --tasks 1"
    message = refused(capsys, *words.split())
    assert f"error: {words} does not fit into memory (Unable to allocate 29.1 TiB" in message
    assert message.endswith("; take smaller sizes\n")


def test_json_and_figure(capsys, tmp_path):
    pytest.importorskip("matplotlib")
    words = ("compare", "ridge", "ols", "knn", "--d", "2", "--n", "3", "--tasks", "4", "--json", "--figure")
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    said, again = works(capsys, *words, first), works(capsys, *words, second)
    assert said.data == again.data and first.read_bytes() == second.read_bytes()
    assert b"<svg" in first.read_bytes()
    assert [(row["n"], row["name"]) for row in said.data["rows"]] == [(n, k) for n in (1, 2, 3) for k in ("ols", "knn")]
    assert [row["n"] for row in said.data["under-determined"]] == [None, None]
    assert said.data["under-determined"][0]["spd"] == said.data["rows"][0]["spd"]  # n < 2 is n = 1
    assert said.data["others"][1] == {
        "name": "knn",
        "settings": "knn with k = 3 (default), weights = uniform (default)",
    }


REFUSED = {
    "raw-ridge@GeLU ols --lambda-to-zero": "the error of raw-ridge@GeLU grows as lam → 0",
    "rige ols": "no learner is called 'rige'; did you mean ridge",
    "ols ols": "ols is named twice; name it once, or give its settings: ols,NAME=VALUE",
    "ridge,lam=0 ols": r"lam must be > 0, got 0 \(ols is its limit\)",
    "ridge,lam=x ols": "cannot read lam=x: expected a number > 0 such as 0.05 or 1/20",
    "ridge,lam ols": "cannot read 'lam': expected ridge,lam=VALUE",
    "ridge,mu=1 ols": "ridge has no setting 'mu'; there is: lam",
    "knn,weights=far ols": "weights is 'far'; there is: uniform, distance",
    "gd,eta=1,alpha=1 ols": "gd takes eta in place of alpha; give one of them",
    "gd-step ols --set foo=1": "no learner takes 'foo'; there is: W_0, eta",
    "gd-steps,n=3 ols": "the size n of gd-steps comes from --d and --n; leave n=… out",
    "mesa-layer ols": "compare puts tables of numbers into prompts whose data are X",
    "gd,steps=400,alpha=1 ols --n 3": "gd,steps=400,alpha=1 overflows float64 on a task with n = 1: its iteration diverges",
    "ridge,lam=1e-300 ols": "XᵀX . λI is singular in float64 at λ = 1e-300; take a larger lam",
    "ols ridge --queries 2": "--queries must be at least d = 4, got 2: fewer do not determine a linear model",
    "ols ridge --d 0": "the size --d must be a whole number ≥ 1, got '0'",
    "ols ridge --sigma -1": "--sigma must be ≥ 0, got -1",
    "ols ridge --tau 0": "--tau must be > 0, got 0",
    "ols ridge --seed -1": "--seed must be a whole number ≥ 0, got -1",
    "ols ridge --figure a.png": "figures are SVG files; name it e.g. a.svg",
    "ols ridge --lambda-to-zero": "--lambda-to-zero compares one learner with ols, not with ridge",
    "knn ols --lambda-to-zero": "name a learner that has it, without lam=…, not knn",
    "ridge,lam=1 ols --lambda-to-zero": "name a learner that has it, without lam=…, not ridge,lam=1",
    "ridge ols --lambda-to-zero --set lam=1": "without lam=…, not ridge --set lam=1",
    "ridge ols --lambda-to-zero --set foo=1": "no learner takes 'foo'; there is: lam",
    "gd,alpha=1e300,steps=50 ols --lambda-to-zero": "steps=50 overflows float64 at every λ: .* smaller step size",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_refused(capsys, words):
    assert re.search(REFUSED[words], refused(capsys, "compare", *words.split()))


def test_baselines_and_constructions_have_different_names():
    assert not {*BASELINES} & {construction.name for construction in CATALOGUE}


def weights_of(word, d, n):
    return lambda lam, task: implicit(task.Q, np.asarray(learner(f"{word},lam={lam}", (), d).at(n)(task)).reshape(-1))


def approach(word, d, n, seed):
    (task,) = Setting(d, n, 0.5, 1.0, 1, 4 * d, seed).draw()
    read = weights_of(word, d, n)
    return task, to_zero.approach(word, lambda lam: read(lam, task), task)


@pytest.mark.parametrize("word", ["ridge", "ridge-closed-form"])
@pytest.mark.parametrize("seed", range(4))
def test_ridge_approaches_the_shortest_solution_with_order_1_until_float64_ends(word, seed):
    task, made = approach(word, 4, 2, seed)
    X, y = task.X, task.Y
    assert made.coefficient == pytest.approx((np.linalg.pinv(X) @ np.linalg.inv(X @ X.T) @ y)[:, 0], rel=1e-9)
    assert made.order == pytest.approx(1, abs=0.02)
    seen = [point for point in made.points if point.observed is not None]
    assert all(point.observed <= 1.001 * point.truncated + 3 * point.rounded for point in seen)
    lam, floor = made.end
    assert lam / 10 < made.best.lam < 10 * lam and floor / 10 < made.best.observed < 3 * floor
    below = [point for point in seen if point.lam < lam / 1000]
    assert below and all(point.observed > 10 * floor for point in below)  # a smaller λ is worse, not better


def test_the_floor_belongs_to_float64_and_not_to_the_network():
    """In exact arithmetic |ŵ(λ) − ŵ(0) + λc| = O(λ²) at λ = 10⁻¹², where float64 has lost the third digit."""
    X, Y, lam = [[1, 2, 0, -1], [0, 1, 1, 3]], [[2], [-1]], F(1, 10**12)
    instance = at(get("ridge-closed-form"), {"d": 4, "d_y": 1, "n": 2, "m": 4}, {"lam": lam})
    unit = [[int(i == j) for j in range(4)] for i in range(4)]
    data = {"X": exact(X), "Y": exact(Y), "X_q": exact(unit)}
    found = [row[0] for row in fractions_of(instance.run(data).answer)]
    # XXᵀ = [[6, −1], [−1, 11]], of determinant 65: a = (XXᵀ)⁻¹y and b = (XXᵀ)⁻¹a by Cramer's rule
    a = [F(11 * 2 - 1, 65), F(2 - 6, 65)]
    b = [(11 * a[0] + a[1]) / 65, (a[0] + 6 * a[1]) / 65]
    w, c = ([X[0][k] * v[0] + X[1][k] * v[1] for k in range(4)] for v in (a, b))
    assert all(abs(found[k] - w[k]) > lam * abs(c[k]) / 2 > 0 for k in range(4))
    assert all(abs(found[k] - w[k] + lam * c[k]) < lam**2 for k in range(4))


def test_with_more_examples_than_inputs_the_recursion_ends_long_before_the_normal_equations():
    """Sherman–Morrison starts from I/λ, whose rounding stays; the normal equations are well conditioned for n > d."""
    _, closed = approach("ridge-closed-form", 2, 3, 1)
    _, recursive = approach("raw-ridge", 2, 3, 1)
    assert closed.best.observed < 10 * closed.end[1]
    assert recursive.best.observed > 1000 * closed.best.observed and recursive.best.lam > 1000 * closed.best.lam


def test_a_learner_of_another_order_is_seen():
    """The planted error: weights that approach like √λ."""
    (task,) = Setting(3, 2, 0.5, 1.0, 1, 12, 0).draw()
    shortest = baselines.shortest(task)[:, 0]
    made = to_zero.approach("wrong", lambda lam: shortest + math.sqrt(lam), task)
    assert made.order == pytest.approx(0.5, abs=0.01)


def test_the_report_of_lambda_to_zero(capsys, tmp_path):
    pytest.importorskip("matplotlib")
    words = ("compare", "ridge", "ols", "--lambda-to-zero", "--seed", "2")
    said = works(capsys, *words, "--figure", tmp_path / "a.svg")
    assert said.out.startswith("ridge, against the shortest least-squares solution ŵ(0) = X⁺y: d = 4, n = 2, seed 2")
    assert "order in λ: 1.0" in said.out or "order in λ: 0.99" in said.out
    data = works(capsys, *words, "--json").data
    assert len(data["points"]) == 17 and set(data["predicted end"]) == set(data["observed end"]) == {"lam", "error"}
    assert (tmp_path / "a.svg").exists()


def test_noise_is_told_where_there_is_some(capsys):
    words = ("compare", "ridge", "ols", "--set", "lam=1", "--d", "2", "--tasks", "2", "--sigma", "1/2")
    assert "y = wᵀx + N(0, 0.5²); d = 2" in works(capsys, *words).out


def test_lambda_to_zero_needs_no_other(capsys):
    alone = works(capsys, "compare", "ridge", "--d", "2", "--lambda-to-zero").out
    assert alone == works(capsys, "compare", "ridge", "ols", "--d", "2", "--lambda-to-zero").out
    assert "what is ridge compared with?" in refused(capsys, "compare", "ridge", "--d", "2", "--set", "lam=1")
