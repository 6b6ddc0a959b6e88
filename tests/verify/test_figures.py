"""Figures show what was computed: tests of the data that are plotted, of the alt text, and of what a reader can tell apart."""

import csv
import json
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from constructions import get
from constructions.language import Attention, Head, Repeat, Stream, Transformer, Within, at
from constructions.matrix import exp
from constructions.matrix.rational import fractions_of
from constructions.views.theorem.letters import symbolic

pytest.importorskip("matplotlib")

from verify.__main__ import main
from verify.command.plain import as_json
from verify.figures.agreement import agreement, differences, path
from verify.figures.attention import attention
from verify.figures.bound import bound, bound_at
from verify.figures.defects import defects, gap
from verify.figures.depth import depth
from verify.figures.every import FIGURES
from verify.figures.knob import fitted, knob
from verify.figures.near_misses import defect, near_misses
from verify.figures.stream import stream
from verify.figures.style import INK, NETWORK, SHARE, TEXTBOOK, save, styled
from verify.figures.subject import NotShown, Subject
from verify.figures.weights import layers, middles, weights, written
from verify.judge import verify

NONE = {"verdicts": []}
STEPS = get("gd-steps")


def with_weights_of(miss):
    return replace(STEPS, weights=STEPS.near_misses[miss].replaces["weights"])


def drawn(make, construction=STEPS, report=NONE):
    with styled():
        return make(Subject.of(construction, report))


def test_the_weights_are_the_dense_matrices_with_their_letters():
    drawing, subject = drawn(weights), Subject.of(STEPS, NONE)
    panels = [axes for axes in drawing.figure.axes if axes.axison]
    first = subject.instance.network.unrolled[0]
    forms = [*first.heads[0].forms.values()]
    assert len(panels) == len(forms) == 4
    for axes, form in zip(panels, forms, strict=True):
        assert axes.images[0].get_array().tolist() == [[float(v) for v in row] for row in fractions_of(form.dense)]
        assert [label.get_text() for label in axes.get_xticklabels()] == ["x", "y"]
    assert [[label.get_text() for label in axes.get_yticklabels()] for axes in panels] == [["x"], ["x"], ["y"], ["y"]]
    assert [text.get_text() for text in panels[2].texts] == ["η[l]/n W_0", "−η[l]/n I"]
    assert panels[0].get_title() == "layer 1 (× 2) head 1 query"
    assert sum(Fraction(row[5]) for row in drawing.rows) == sum(
        v for f in forms for row in fractions_of(f.dense) for v in row
    )


def test_a_repeated_layer_is_drawn_once_and_one_that_differs_is_not():
    record = get("gd-looped")
    panels = [axes.get_title() for axes in drawn(weights, record).figure.axes]
    assert panels == [f"layer 1 (× 2) head 1 {name}" for name in ("query", "key", "value", "into")]

    def several(d_x, d_y, n, eta, W_0):
        x, y = stream = Stream(x=d_x, y=d_y)
        once, twice = (Attention((Head(x, x, k * eta / n * y, y),), kernel="linear", mask="context") for k in (1, 2))
        return Transformer(stream, (once, Repeat(once, 2), twice, once))

    planted = replace(record, weights=several, resources={}, near_misses={}, invariant=None, steps=())
    told = layers(Subject.of(planted, NONE).instance.network, symbolic(planted, {}).instance.network)
    assert [(layer.number, layer.times) for layer in told] == [(1, 3), (4, 1), (5, 1)]
    unlike = at(STEPS, {"d_x": 2, "d_y": 1, "n": 3, "m": 1, "steps": 2}, {"eta": ["1/10", "1/5"]}).network
    (alone,) = layers(unlike, symbolic(STEPS, {}).instance.network)  # the same letters: one drawing, of the first
    assert alone.times == 2 and alone.panels[2].numbers[0][2] == Fraction(-1, 30)


def test_rows_have_the_names_of_what_is_written_where_their_sizes_are_known():
    registers = {"x": 2, "y": 1}
    assert written(["x", "y"], 3, registers) == registers and middles(registers) == {"x": 0.5, "y": 2.0}
    assert written(["k"], 4, registers) == {"k": 4} and written(["x", "u"], 3, registers) == {"x+u": 3}


def test_attention_is_the_inner_products_signed_for_linear_heads_and_shares_for_softmax():
    drawing, subject = drawn(attention), Subject.of(STEPS, NONE)
    X, X_q = (np.array(subject.trace.data[name]) for name in ("X", "X_q"))
    shown = drawing.figure.axes[0].images[0]
    assert (shown.get_array() == np.vstack([X, X_q]) @ X.T).all() and shown.norm.vmin == -shown.norm.vmax
    softmax = drawn(attention, get("induction-head"))
    images = [axes.images[0] for axes in softmax.figure.axes if axes.axison]
    assert {(image.norm.vmin, image.norm.vmax) for image in images} == {(0, 1)}
    with pytest.raises(NotShown, match="no layer is attention"):
        drawn(attention, get("ridge-closed-form"))


def test_the_stream_is_the_one_of_the_trace_with_one_scale_a_register():
    drawing, made = drawn(stream), Subject.of(STEPS, NONE).trace
    panels = drawing.figure.axes
    for line, layer in enumerate((0, 1, 2)):
        y = panels[2 * line + 1].images[0]
        assert y.get_array().tolist() == [[float(row[2])] for row in made.streams[layer]]
    assert len({axes.images[0].norm.vmax for axes in panels[1::2]}) == 1 and panels[1].get_title() == "y (±2)"


def test_network_and_algorithm_agree_in_the_figure_and_a_planted_error_shows():
    right, wrong = drawn(agreement), drawn(agreement, with_weights_of("query-is-a-key"))
    book, network = (line.get_ydata() for line in right.figure.axes[0].lines)
    assert (book == network).all() and "answers are equal" in right.alt
    assert max(differences(Subject.of(STEPS, NONE)).values()) < 1e-14
    book, network = (line.get_ydata() for line in wrong.figure.axes[0].lines)
    assert (book != network).any() and "apart" in wrong.alt
    assert max(differences(Subject.of(with_weights_of("query-is-a-key"), NONE)).values()) > 0.01


def test_defects_by_size_are_rounding_and_a_planted_error_is_seen_at_every_size():
    right, wrong = drawn(defects), drawn(defects, with_weights_of("forgotten-1/n"))
    assert len(right.rows) == 48 and [axes.get_title() for axes in right.figure.axes[:3]] == [
        f"steps = {k}" for k in (1, 2, 3)
    ]
    sizes = {row[:3]: float(row[3]) for row in right.rows}
    assert max(sizes.values()) < 1e-14 and sizes[2, 4, 1] == gap(STEPS, ["d_x", "n", "steps"], (2, 4, 1))
    assert all((float(row[3]) > 0.01) == (row[1] > 1) for row in wrong.rows)  # at n = 1 nothing is forgotten
    first = right.figure.axes[0]
    zeros, none = first.lines
    assert len(zeros.get_xdata()) == sum(sizes[d, n, 1] == 0 for d in (1, 2, 3, 4) for n in (1, 2, 4, 8)) > 0
    assert len(none.get_xdata()) == 0 and first.images[0].get_array().mask.sum() == len(zeros.get_xdata())
    with pytest.raises(NotShown, match="no dimension and number of examples"):
        drawn(defects, get("mul"))
    crossed = drawn(defects, get("div")).figure.axes[0].lines[1]  # at some sizes the drawn prompts divide by zero
    assert 0 < len(crossed.get_xdata()) < 16


def test_exact_zeros_are_drawn_apart_from_small_differences():
    some, none, unit = drawn(agreement).figure.axes[1].lines
    assert some.get_marker() != none.get_marker() and none.get_fillstyle() == "none" and (some.get_ydata() > 0).all()
    assert set(unit.get_ydata()) == {2.0**-53}


def test_the_implicit_weights_stand_on_the_iterates_and_a_planted_error_does_not():
    drawing = drawn(path)
    network, book, _ = drawing.figure.axes[0].lines
    assert (np.array(network.get_data()) == np.array(book.get_data())).all()
    assert "each on a textbook iterate" in drawing.alt and len(drawing.rows) == 3
    assert "not all on textbook iterates" in drawn(path, with_weights_of("forgotten-1/n")).alt
    with pytest.raises(NotShown, match="no weight vector"):
        drawn(path, get("induction-head"))


def test_the_slope_is_that_of_the_claim():
    drawing = drawn(knob, get("plus-minus-heads"))
    slope, error = (float(word) for word in drawing.title.rsplit("slope ", 1)[1].split(" ± "))
    assert abs(slope - 2) < 0.05 and error < 0.05 and "claimed order 2" in drawing.alt
    assert len(drawing.rows) >= 5 and len(drawing.rows[0]) == 8
    with pytest.raises(NotShown, match="no claim is a limit"):
        drawn(knob)


def test_a_slope_is_fitted_above_rounding_only():
    ts = [2.0**-k for k in range(12)]
    found = fitted(ts, np.array([t**3 + 1e-9 * (-1) ** k for k, t in enumerate(ts)]))
    assert abs(found.slope - 3) < 0.02 and ts[found.last] ** 3 > 1e-9
    linear = fitted(ts, np.array(ts))
    assert abs(linear.slope - 1) < 1e-9  # another order is another slope
    with pytest.raises(NotShown, match="a slope needs 5"):
        fitted(ts, np.array([1.0, 0.5] + [0.5] * 10))


def test_near_misses_are_those_of_the_report_and_one_that_is_not_refuted_looks_different():
    record = get("gd-step")
    report = as_json(verify(record, methods=("near-misses",)))
    judged = {v["subject"]: v for v in report["verdicts"] if v["kind"] == "near miss"}
    judged["wrong-sign"] |= {"standing": "undecided"}  # as if the verifier had not been able to say
    drawing = drawn(near_misses, record, report)
    assert {row[0]: row[3] for row in drawing.rows} == {name: v["standing"] for name, v in judged.items()}
    bars = drawing.figure.axes[0].patches
    assert [bar.get_width() for bar in bars] == [defect(v) for v in judged.values()] and defect(
        judged["wrong-sign"]
    ) == 2
    odd = [
        row[0] for row, bar in zip(drawing.rows, bars, strict=True) if bar.get_facecolor() != bars[0].get_facecolor()
    ]
    assert odd == ["wrong-sign"] and len(drawing.rows) == 4
    assert all(name in drawing.alt for name in judged)
    with pytest.raises(NotShown, match="no near miss was judged"):
        drawn(near_misses)


def luminance(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    return sum(
        w * (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4)
        for w, c in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
    )


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("page", ["#ffffff", "#131416"])
def test_every_ink_stands_out_from_a_light_and_from_a_dark_page(page):
    assert contrast(INK, page) > 4.2  # 4.29 is what one grey can have on both
    assert min(contrast(colour, page) for colour in (NETWORK, TEXTBOOK, SHARE)) > 3
    assert contrast("#000000", "#131416") < 3  # what this test would refuse


@pytest.mark.parametrize("name", ["gd-steps", "raw-sgd-step", "plus-minus-heads"])
def test_no_tick_labels_overlap(name):
    with styled():
        for make in (weights, attention, stream, agreement):
            made = make(Subject.of(get(name), NONE)).figure
            made.canvas.draw()
            for axes in made.axes:
                for axis in (axes.xaxis, axes.yaxis):
                    boxes = [t.get_window_extent() for t in axis.get_ticklabels() if t.get_text() and t.get_visible()]
                    hits = [(a, b) for a, b in pairwise(boxes) if a.shrunk(0.9, 0.9).overlaps(b)]
                    assert not hits, f"{make.__name__} of {name}: labels of {axes.get_title()} overlap"


@pytest.mark.parametrize(
    ("name", "what"), [("value-iteration", "sweeps"), ("kalman-filter", "T"), ("cot-gd", "steps"), ("lasso", "steps")]
)
def test_answers_by_depth_are_those_of_network_and_algorithm(name, what):
    drawing = drawn(depth, get(name))
    rows = [tuple(map(float, row)) for row in drawing.rows]
    assert drawing.columns[0] == what and {row[0] for row in rows} == set(range(1, 11))
    assert len({row[3] for row in rows}) > 5
    gap = max(abs(row[2] - row[3]) for row in rows)
    assert 1e-3 < gap < 1 if name == "kalman-filter" else gap < 1e-12


def test_answers_by_depth_show_a_sweep_that_is_missing():
    record = get("value-iteration")
    short = replace(record, weights=record.near_misses["not-erased"].replaces["weights"])
    drawing = drawn(depth, short)
    assert max(abs(float(row[2]) - float(row[3])) for row in drawing.rows) > 0.1


def test_where_nothing_is_deeper_no_depth_is_drawn():
    with pytest.raises(NotShown, match="no size makes the network deeper"):
        _ = drawn(depth, get("denoising"))


@pytest.mark.parametrize("name", ["kalman-filter", "markov-k"])
def test_errors_lie_below_the_bound_that_is_drawn(name):
    drawing = drawn(bound, get(name))
    rows = np.array([list(map(float, row)) for row in drawing.rows])
    assert drawing.columns[:2] == ("beta", "bound") and len(rows) > 4
    assert (np.diff(rows[:, 1]) < 0).all() and rows[:, 2:].max() > 1e-3
    assert (rows[:, 2:] <= rows[:, [1]] * (1 + 1e-9) + 1e-15).all()


def test_a_bound_that_is_too_small_is_seen_below_the_errors():
    record = get("markov-k")
    small = Within(lambda n, beta: (n + 1) * exp(-4 * beta))
    rows = [[float(x) for x in row] for row in drawn(bound, replace(record, claims=(small,))).rows]
    assert any(max(row[2:]) > row[1] for row in rows)


def test_what_has_no_bound_is_not_drawn():
    with pytest.raises(NotShown, match="no claim is a bound"):
        _ = drawn(bound, get("denoising"))
    with pytest.raises(NotShown, match="the bound falls with no positive parameter"):
        _ = drawn(bound, get("sigmoid-pieces"))


def test_the_command_writes_figures_with_data_and_alt_text(tmp_path, capsys):
    folder = tmp_path / "made/here"
    assert (
        main(["gd-step", "--jobs", "1", "--method", "near-misses", "--figures", str(folder)]) == 1
    )  # nothing was claimed
    assert f"figures written: {folder}" in capsys.readouterr().err
    index = json.loads((folder / "gd-step/figures.json").read_text(encoding="utf-8"))
    assert {one["name"] for one in index["figures"]} | {*index["left out"]} == {*FIGURES} and "knob" in index[
        "left out"
    ]
    for one in index["figures"]:
        svg, png, data = (folder / "gd-step" / file for file in one["files"])
        assert "gd-step" in one["alt"] and len(one["alt"]) > 40
        text = svg.read_text(encoding="utf-8")
        assert one["title"] in text and "T00:" not in text and png.stat().st_size > 1000
        with data.open(encoding="utf-8") as file:
            assert len(list(csv.reader(file))) >= 2


def test_the_same_figure_is_the_same_bytes(tmp_path):
    texts = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        with styled():
            _ = save(weights(Subject.of(STEPS, NONE)), tmp_path / name)
        texts.append([(tmp_path / name / f"weights.{kind}").read_bytes() for kind in ("svg", "png", "csv")])
    assert texts[0] == texts[1] and b"<svg" in texts[0][0]


def test_what_cannot_be_drawn_is_said_before_anything_is_judged(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["gd-step", "--figures", str(tmp_path / "file")]) == 2
    assert "it is a file; name a folder" in capsys.readouterr().err
    assert main(["--check", "c.json", "--figures", str(tmp_path)]) == 2
    assert "draws nothing: leave --figures out" in capsys.readouterr().err


def test_a_bound_is_drawn_where_it_has_a_value():
    """With so small a ridge the divisors of raw-ridge may be 0, and its bound says nothing."""
    with pytest.raises(NotShown, match="the bound falls with no positive parameter"):
        _ = drawn(bound, get("raw-ridge"))
    assert bound_at(get("raw-ridge"), get("raw-ridge").claims[2], "lam", Fraction(1, 1000)) == np.inf
