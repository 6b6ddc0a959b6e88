"""`trace`: the stream by hand, honest reading, the textbook beside it, and the figure."""

import re
from fractions import Fraction

import pytest

from constructions import CATALOGUE, get
from constructions.language import at
from constructions.views.trace import sample
from constructions.views.trace.numbers import vanishes
from constructions.views.trace.run import trace
from tests.commands.run import refused, works


@pytest.mark.parametrize("construction", CATALOGUE, ids=lambda construction: construction.name)
def test_every_construction_is_traced(capsys, construction):
    said = works(capsys, "trace", construction.name)
    assert "Before the first layer: the prompt" in said.out
    assert "network" in said.out
    record = works(capsys, "trace", construction.name, "--json").data
    assert len(record["layers"]) == len(at_small(construction).network.unrolled) + 1
    assert record["answer"]["equal"] is record["exact"]


def at_small(construction):
    sizes = sample.small_sizes(construction, {})
    return at(construction, sizes, sample.drawn_parameters(construction, sizes, {}, 0))


def test_eight_layers_are_eight_steps_of_the_textbook(capsys):
    record = works(capsys, "trace", "gd-steps", "--set", "steps=8", "--json").data
    X, Y = record["data"]["X"], record["data"]["Y"]
    W = [Fraction(0), Fraction(0)]
    for layer in record["layers"]:
        assert [Fraction(entry) for entry in layer["weights"][0]] == W
        assert layer["equal"] is True
        residuals = [sum(w * a for w, a in zip(W, x, strict=True)) - y[0] for x, y in zip(X, Y, strict=True)]
        assert Fraction(layer["loss"]) == sum(r * r for r in residuals) / (2 * len(X))
        slope = [sum(r * x[k] for r, x in zip(residuals, X, strict=True)) / len(X) for k in range(2)]
        W = [w - Fraction(1, 10) * g for w, g in zip(W, slope, strict=True)]
    page = works(capsys, "trace", "gd-steps", "--set", "steps=8").out
    assert page.count("equal") == 9 + 9 + 1 + 1


def test_weights_are_read_from_the_stream_and_not_from_the_theorem():
    construction = get("gd-steps")
    wrong = construction.variant(construction.near_misses["forgotten-1/n"])
    instance = at(wrong, sample.small_sizes(wrong, {}))
    made = trace(instance, sample.sample(instance, 0))
    right = at(construction, sample.small_sizes(construction, {}))
    truth = trace(right, sample.sample(right, 0))
    assert made.weights[1] != truth.weights[1]
    assert made.weights[-1] != made.learned


def test_a_wrong_network_is_not_called_equal(capsys, tmp_path):
    path = tmp_path / "wrong_sign.py"
    works(capsys, "new", path)
    path.write_text(path.read_text().replace("value=sign * eta / n * y", "value=-sign * eta / n * y"))
    page = works(capsys, "trace", path).out
    assert "equal" not in page
    assert "difference [" in page


def test_first_prompt_can_be_checked_by_hand(capsys):
    page = works(capsys, "trace", "gd-step", "--set", "n=1", "--set", "d_x=1", "--set", "eta=1/2", "--json").data
    ((x,),), ((y,),) = page["data"]["X"], page["data"]["Y"]
    ((left,), _) = page["layers"][1]["stream"]["y"]
    assert x
    assert Fraction(left) == y - Fraction(1, 2) * y * x * x


def test_softmax_runs_in_floats_and_claims_nothing(capsys):
    page = works(capsys, "trace", "induction-head").out
    assert "run in float64, because softmax has no value in exact rationals; so nothing here is called equal" in page
    assert page.count("equal") == 1


def test_only_rational_zeros_vanish():
    assert vanishes([[Fraction(0), 0]])
    assert not vanishes([[Fraction(0), 0.0]])
    assert not vanishes([[Fraction(0), Fraction(1, 10**30)]])


def test_symbols_stay_symbols():
    instance = at_small(get("induction-head"))
    for seed in range(20):
        rows = sample.sample(instance, seed)["E"]
        assert all(sorted(row) == [0] * (len(row) - 1) + [1] for row in rows)
        assert rows[-1] in rows[:-1]


def test_seed_draws_another_prompt(capsys):
    first = works(capsys, "trace", "gd-step", "--json").data["data"]
    assert first == works(capsys, "trace", "gd-step", "--json").data["data"]
    assert first != works(capsys, "trace", "gd-step", "--seed", 1, "--json").data["data"]


def test_diverging_step_size_is_warned_of(capsys):
    said = works(capsys, "trace", "gd-steps", "--set", "eta=3")
    assert "warning: the step size eta = 3 is above 2/λ_max" in said.err


@pytest.mark.parametrize("words", [("gd-steps", "--set", "steps=8"), ("gd-steps", "--set", "d_x=3"), ("td-zero",)])
def test_figure_is_the_same_every_time(capsys, tmp_path, words):
    pytest.importorskip("matplotlib")
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    works(capsys, "trace", *words, "--figure", first)
    works(capsys, "trace", *words, "--figure", second)
    text = first.read_text()
    assert text == second.read_text()
    assert "#0072b2" in text
    assert "fill: #ffffff" in text
    assert "<dc:date>" not in text


def test_bad_words_for_trace(capsys, tmp_path, monkeypatch):
    assert "figures are SVG files" in refused(capsys, "trace", "gd-step", "--figure", tmp_path / "a.png")
    assert "there is no folder" in refused(capsys, "trace", "gd-step", "--figure", tmp_path / "none" / "a.svg")
    assert "has no weights to draw" in refused(capsys, "trace", "mesa-layer", "--figure", tmp_path / "a.svg")
    assert not (tmp_path / "a.svg").exists()
    assert "eta is set twice" in refused(capsys, "trace", "gd-step", "--set", "eta=1", "--set", "eta=2")
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    message = refused(capsys, "trace", "gd-step", "--figure", tmp_path / "a.svg")
    assert "--figure needs matplotlib; install it with: python -m pip install matplotlib" in message


def test_no_column_of_a_summary_is_empty(capsys):
    for construction in CATALOGUE:
        page = works(capsys, "trace", construction.name).out
        assert "loss" not in page or "loss R(W)" in page
    assert "loss" not in works(capsys, "trace", "td-zero").out
    assert re.search(
        r"layer +weights in the stream +textbook iterate +difference +loss\n", works(capsys, "trace", "gd-step").out
    )


def test_tokens_are_called_what_they_are(capsys):
    assert works(capsys, "trace", "induction-head", "--json").data["tokens"][0] == "token 1"
    assert works(capsys, "trace", "gd-step", "--json").data["tokens"] == [f"example {k}" for k in (1, 2, 3, 4)] + [
        "query 1"
    ]
    assert works(capsys, "trace", "gd-interleaved", "--json").data["tokens"][:3] == [
        "example 1.1",
        "example 1.2",
        "example 2.1",
    ]


def test_legends_lie_outside_the_panels_and_curves_have_names(tmp_path, capsys, monkeypatch):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    drawn = []
    close = pyplot.close
    monkeypatch.setattr(pyplot, "close", lambda figure: (drawn.append(figure), close(figure)))
    works(capsys, "trace", "gd-steps", "--set", "steps=8", "--figure", tmp_path / "a.svg")
    works(capsys, "trace", "td-zero", "--figure", tmp_path / "b.svg")
    for figure in drawn:
        assert all(panel.get_legend() is None for panel in figure.axes)
        (legend,) = figure.legends
        top = legend.get_window_extent().y1
        assert all(panel.get_tightbbox().y0 >= top for panel in figure.axes)
    assert [text.get_text() for text in drawn[1].axes[0].texts] == ["$w_{1}$", "$w_{2}$"]
