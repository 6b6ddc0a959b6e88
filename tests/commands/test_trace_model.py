"""Where is the linear model? What is found in a stream is there, what is not there is not found, and the figure shows it."""

import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from constructions import get
from constructions.gradient_descent.raw_sgd_step import weights as chain
from constructions.language import BadConstruction, Equal, UnknownName, at
from constructions.views.trace import sample
from constructions.views.trace.model import ASKED
from constructions.views.trace.places import layouts, proportional, search
from constructions.views.trace.quantities import Quantity
from constructions.views.trace.run import trace
from constructions.views.trace.where import _times
from tests.commands.run import works


def standing(capsys, *words):
    """(quantity, index, register, factor) → columns and layers, in the first prompt of `trace`."""
    model = works(capsys, "trace", *words, "--json").data["model"]
    found = {}
    for one in model["standing"]:
        key = (one["quantity"], one["index"], one["register"], one["factor"])
        found.setdefault(key, []).append(("+".join(one["columns"]), one["layers"]))
    return found, model


def test_theorem_1_writes_the_weights_where_the_paper_says(capsys):
    """Operation 5 writes w in every column, 7 trains it beside y_1, 8 moves it to the column of x_2."""
    found, model = standing(capsys, "raw-sgd-step")
    assert found["w", 0, "w", 1] == [("x₁", [[5, 6]]), ("y₁", [[5, 6]]), ("x_q", [[5, 6]])]
    assert found["w", 1, "w", 1] == [("y₁", [[7, 9]]), ("x_q", [[8, 9]])]
    assert found["w", 1, ASKED, 1] == [("", [[9, 9]])]
    assert set(found) == {("w", 0, "w", 1), ("w", 1, "w", 1), ("w", 1, ASKED, 1)}
    assert model["nowhere"] == ["XᵀX", "XᵀY"]
    assert model["prompts"] == 3 and model["gap"] == 0


def test_theorem_2_builds_the_inverse_and_the_weights(capsys):
    found, _ = standing(capsys, "raw-ridge-step")
    assert found["A⁻¹", 0, "A", 1] == [(column, [[3, 14]]) for column in ("x₁", "y₁", "x_q")]
    assert found["A⁻¹", 1, "S", 1] == [(column, [[10, 14]]) for column in ("x₁", "y₁")]
    assert found["w", 1, "w", 1] == [("y₁", [[12, 14]]), ("x_q", [[13, 14]])]
    assert found["XᵀY", 1, "b", 1] == [("y₁", [[2, 14]])]
    assert found["XᵀX", 1, "o", 1] == [("x₁", [[6, 14]]), ("y₁", [[6, 14]])]  # A x xᵀA at λ = 1
    halved, _ = standing(capsys, "raw-ridge-step", "--set", "lam=2")
    assert ("XᵀX", 1, "o", "1/4") in halved and ("A⁻¹", 1, "S", 1) in halved


@pytest.mark.parametrize(
    ("name", "register", "copied", "round_"), [("raw-sgd", "w", "u", 8), ("raw-ridge", "w", "v", 15)]
)
def test_the_model_is_trained_layer_by_layer(capsys, name, register, copied, round_):
    """w_i stands beside y_i, is carried to y_{i+1}, and its copy stays in the column of x_{i+1} to the end."""
    found, model = standing(capsys, name, "--seed", "3")
    depth = at(get(name), {"n": 4, "m": 1}).network.layers
    for i in range(1, 5):
        columns = dict(found["w", i, register, 1])
        label, after = f"y{'₀₁₂₃₄'[i]}", f"x{'₀₁₂₃₄'[i + 1]}" if i < 4 else "x_q"
        (first, last), *_ = columns[label]
        assert set(columns) == {label} | ({f"y{'₀₁₂₃₄'[i + 1]}"} if i < 4 else set())
        ((copy, end),) = dict(found["w", i, copied, 1])[after]
        assert first < copy and end == len(depth)
        assert i == 4 or last - first == round_ - 1
    (own,) = [d for d in model["distances"] if d["quantity"] == "w" and d["register"] == register]
    assert Fraction(own["distance"][-1]) == 0 != Fraction(own["distance"][0])


def test_distances_are_those_of_the_textbook(capsys):
    page = works(capsys, "trace", "raw-sgd", "--json", "--seed", "3").data
    X, Y = ([list(map(Fraction, row)) for row in page["data"][name]] for name in ("X", "Y"))
    w, alpha, lam, path = [Fraction(0)] * 2, Fraction(1, 20), Fraction(1, 10), []
    for x, (y,) in zip(X, Y, strict=True):
        r = sum(a * b for a, b in zip(w, x, strict=True)) - y
        w = [a - 2 * alpha * (r * b + lam * a) for a, b in zip(w, x, strict=True)]
        path.append(w)
    (own,) = [d for d in page["model"]["distances"] if (d["quantity"], d["register"]) == ("w", "w")]
    for i, layer in enumerate(range(8, 33, 8)):
        assert Fraction(own["distance"][layer]) == max(abs(a - b) for a, b in zip(path[i], path[-1], strict=True))


def test_gradient_descent_in_the_answers(capsys):
    found, model = standing(capsys, "gd-steps", "--set", "steps=4")
    assert {key: value for key, value in found.items() if key[0] == "W"} == {
        ("W", k, ASKED, 1): [("", [[k, k]])] for k in (1, 2, 3, 4)
    }
    assert model["distances"][0]["distance"][-1] == 0


@pytest.mark.parametrize(
    ("name", "miss", "lost"),
    [
        ("raw-sgd-step", "decay-as-listed", "w₁"),
        ("raw-sgd", "the-same-layers-again", "w₂"),
        ("raw-ridge-step", "one-forgotten", "A⁻¹₁"),
        ("raw-ridge", "one-update-only", "w₂"),
        ("gd-steps", "forgotten-1/n", "W₁"),
    ],
)
def test_a_wrong_network_does_not_hold_the_model(name, miss, lost):
    theorem = get(name)
    wrong = theorem.variant(theorem.near_misses[miss])
    for record, holds in ((theorem, True), (wrong, False)):
        instance = at(record, sample.small_sizes(record, {}))
        made = trace(instance, sample.sample(instance, 3))
        found = {one.find.quantity.name for one in made.model.standings if abs(one.find.factor) == 1}
        assert (lost in found) is holds


M = [[Fraction(2), Fraction(3)], [Fraction(5), Fraction(7)]]
OTHER = [[Fraction(11), Fraction(13)], [Fraction(17), Fraction(19)]]


def spread(m, *, factor=1, transposed=False, stride=2):
    """A register of three rows and five columns: m in rows 2 and 3 of the columns 0 and 2."""
    rows = [list(row) for row in zip(*m, strict=True)] if transposed else m
    block = [[Fraction(t + 1), Fraction(0), Fraction(0)] for t in range(5)]
    for k, row in enumerate(rows):
        block[stride * k][1:] = [factor * entry for entry in row]
    return block


def found_in(blocks, *families):
    return search("r", blocks, [[Quantity("m", 1, True, m) for m in family] for family in families])


@pytest.mark.parametrize("factor", [1, Fraction(-1, 3)])
@pytest.mark.parametrize("transposed", [False, True])
def test_a_matrix_spread_over_columns(factor, transposed):
    blocks = [spread(m, factor=factor, transposed=transposed) for m in (M, OTHER)]
    (find,) = found_in(blocks, [M], [OTHER])
    assert (find.factor, find.transposed) == (factor, transposed)
    assert (find.place.tokens, find.place.start, find.place.width) == ((0, 2), 1, 2)
    wrong = [spread(M, factor=factor, transposed=transposed), spread(OTHER, factor=2 * factor, transposed=transposed)]
    assert found_in(wrong, [M], [OTHER]) == []  # the factor must be the same at every prompt
    blocks[1][2][2] += Fraction(1, 10**30)
    assert found_in(blocks, [M], [OTHER]) == []


def test_a_matrix_in_one_column():
    flat = [[2, 5, 3, 7]], [[11, 17, 13, 19]]
    (find,) = found_in([[list(map(Fraction, rows[0]))] for rows in flat], [M], [OTHER])
    assert find.transposed and find.place.tokens == (0,)
    assert (
        [columns for columns, _, _ in layouts([[1], [2]])] == [1, 2] == [columns for columns, _, _ in layouts([[1, 2]])]
    )


def test_constants_must_stand_as_they_are():
    """Every constant is a multiple of every other one."""
    one, three = (Fraction(1),), (Fraction(3),)
    assert proportional([three, three], [one, one]) is None
    assert proportional([(-1 * one[0],)] * 2, [one, one]) == (-1, 0.0)
    assert proportional([three, (Fraction(6),)], [one, (Fraction(2),)]) == (3, 0.0)
    assert proportional([(Fraction(0),)] * 2, [one, one]) is None


def test_zero_at_all_prompts_but_one_has_no_factor():
    """0 = f · 0 for every f, so one prompt alone fixes f and nothing checks it."""
    zero, five, seven = (Fraction(0),), (Fraction(5),), (Fraction(7),)
    assert proportional([zero, (Fraction(936600),)], [zero, five]) is None
    assert proportional([zero, five, seven], [zero, five, seven]) == (1, 0.0)
    assert proportional([zero, five, five], [zero, five, seven]) is None
    assert proportional([seven, five, seven], [zero, five, seven]) is None


@pytest.mark.parametrize("name", ["raw-sgd", "raw-ridge"])
def test_a_label_that_is_zero_hides_nothing_and_invents_nothing(capsys, name):
    """With seed 0 the first label is 0, and with it w₁; with seed 1 it is not."""
    (found, model), (other, _) = (standing(capsys, name, "--seed", seed) for seed in "01")
    assert found == other and found["w", 1, "w", 1]
    assert {1} <= {key[3] for key in found} <= {1, -1}
    assert model["prompts"] == 3


def test_a_factor_that_is_nearly_one_does_not_look_like_it():
    told = {
        1: "",
        -1: "−1",
        Fraction(1): "",
        Fraction(-1): "−1",
        Fraction(1, 2): "0.5",
        1 + 1e-9: "≈ 1",
        -1 - 1e-9: "≈ −1",
    }
    assert {factor: _times(factor) for factor in told} == told
    assert _times(Fraction(1000001, 1000000)) == "1000001/1000000"
    assert _times(-Fraction(999999, 1000000)) == "−999999/1000000"


def test_equal_rows_are_one_and_the_model_comes_first(capsys):
    page = works(capsys, "trace", "raw-ridge", "--model").out
    assert page.index("Where is the linear model?") < page.index("Layer by layer") < page.index("Answer\n")
    _, table = page.split("Layer by layer\n")
    rows = [re.split(r" {2,}", line.strip().replace("[0  0]", "[0 0]"))[:3] for line in table.splitlines()[1:3]]
    assert rows == [["0–9", "w₀, not written", "[0 0]"], ["10–25", "w₁", "[0 0]"]]


def test_floats_are_equal_to_rounding_and_no_further():
    told, value = [(0.1 + 0.2, 2.0), (3.0, 7.0)], [(0.3, 2.0), (3.0, 7.0)]
    factor, gap = proportional(told, value)
    assert factor == 1 and 0 < gap < 1e-15
    assert proportional([(0.3 + 1e-8, 2.0), (3.0, 7.0)], value) is None


def test_gelu_products_hold_the_initial_weights_to_rounding_and_the_trained_ones_nearly(capsys):
    theorem = get("raw-sgd-step")
    limit = replace(theorem, weights=chain.limit, claims=(Equal(),), steps=(), near_misses={})
    instance = at(limit, sample.small_sizes(limit, {}))
    made = trace(instance, sample.sample(instance, 0))
    assert "float64" in made.arithmetic.note
    found = {one.find.quantity.name: one for one in made.model.standings}
    assert "w₀" in found and "w₁" not in found and 0 <= made.model.gap < 1e-9
    slot = next(slot for slot in made.model.slots if (slot.family, slot.register) == ("w", "w"))
    assert 0 < slot.distances[-1] < 1e-3 < slot.distances[5]


def test_the_report_of_floats_says_so(capsys, tmp_path):
    path = tmp_path / "limit.py"
    path.write_text(
        "from dataclasses import replace\n"
        "from constructions import get\n"
        "from constructions.gradient_descent.raw_sgd_step import weights as chain\n"
        "from constructions.language import Equal\n"
        "LIMIT = replace(get('raw-sgd-step'), name='limit', weights=chain.limit, claims=(Equal(),), near_misses={})\n"
    )
    page = works(capsys, "trace", path, "--model").out
    assert "to rounding only" in page and "gaps up to 0 " not in page and "integers, in exact rationals" not in page
    assert "After layer" not in page


def test_the_page_is_short_and_says_where(capsys):
    page = works(capsys, "trace", "raw-sgd-step", "--model").out
    assert "After layer" not in page
    assert "nowhere, up to a constant factor: XᵀX, XᵀY" in page
    assert [line.split() for line in page.splitlines() if line.startswith("  w₁ (final)   w ")] == [
        ["w₁", "(final)", "w", "y₁", "7–9"],
        ["w₁", "(final)", "w", "x_q", "8–9"],
    ]


def test_what_is_drawn_is_what_was_found(capsys, tmp_path, monkeypatch):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    drawn, close = [], pyplot.close
    monkeypatch.setattr(pyplot, "close", lambda figure: (drawn.append(figure), close(figure)))
    model = works(capsys, "trace", "raw-sgd-step", "--json", "--figure", tmp_path / "a.svg").data["model"]
    (figure,) = drawn
    heat = next(panel for panel in figure.axes if panel.get_title().startswith("how far"))
    assert [label.get_text() for label in heat.get_yticklabels()] == ["w in w", "w in the answers"]
    values = heat.collections[0].get_array()
    final = max(abs(Fraction(entry)) for entry in (Fraction(159, 200),))
    for row, slot in zip(values, model["distances"], strict=True):
        told = [np.nan if entry is None else float(Fraction(entry) / final) for entry in slot["distance"]]
        assert np.ma.filled(row, np.nan) == pytest.approx(told, nan_ok=True)
    named = {(text.get_text(), *text.get_position()) for text in heat.texts}
    assert named == {("w₀", 5, 0), ("w₁", 7, 0), ("w₁", 9, 1)}


def test_what_no_record_names_is_found_too(capsys):
    """bai-ridge declares nothing: the algorithm's own weights are looked for, and stand in every column."""
    found, _ = standing(capsys, "bai-ridge")
    assert {layers for layers in map(str, (layers for _, layers in found["W", 0, "w", 1]))} == {"[[2, 3]]"}
    page = works(capsys, "trace", "bai-ridge", "--model").out
    assert "W (final)" in page and "W₀" not in page
    spread, _ = standing(capsys, "newton-inverse")
    assert [
        columns for columns, _ in next(value for key, value in spread.items() if key[2] == "x" and key[1] == 2)
    ] == ["a₁+a₂+a₃+a₄"]
    assert "columns joined by + hold one row of the matrix each" in works(capsys, "trace", "newton-inverse").out
    assert "Where is the linear model?" not in works(capsys, "trace", "mov").out


def test_quantities_ask_for_what_is_declared():
    with pytest.raises(UnknownName, match="quantity w of raw-sgd asks for 'Z', which is not declared"):
        replace(get("raw-sgd"), quantities={"w": lambda Z: Z})


def test_a_quantity_of_several_shapes_is_refused():
    record = replace(get("ridge-closed-form"), quantities={"w": lambda X, Y: (X.T @ Y, X.T @ X)})
    instance = at(record, {"d": 2, "d_y": 1, "n": 3, "m": 1})
    with pytest.raises(
        BadConstruction, match="the quantity w of ridge-closed-form has matrices of the shapes 2×1, 2×2"
    ):
        trace(instance, sample.sample(instance, 0))


def test_floats_in_which_nothing_stands_say_so_in_plain_words(capsys, tmp_path):
    """Of a smoother it said: with gaps up to 0 of the largest entry."""
    path = tmp_path / "smoother.py"
    path.write_text(SMOOTHER)
    page = works(capsys, "trace", path, "--model").out
    told = "looked for at this prompt and at 2 others of large random integers: nothing was found"
    assert told in page and "gaps up to" not in page and "0 is not looked for" not in page


SMOOTHER = """
from constructions.language import Attention, Construction, Head, Prompt, Readout, Stream, Token, Transformer, functions
from constructions.matrix import softmax


def weights(d_x, d_y):
    x, y = stream = Stream(x=d_x, y=d_y)
    head = Head(query=x, key=x, value=y, into=y)
    return Transformer(stream, layers=(Attention((head,), kernel="softmax", mask="context"),))


def prompt(X, Y, X_q):
    return Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),))


def readout(y):
    return Readout(y, at="query")


def algorithm(X, Y, X_q):
    return softmax(X_q @ X.T) @ Y


SMOOTH = Construction(
    name="smoother",
    title="A softmax head is a kernel smoother",
    sizes={"d_x": 2, "d_y": 1, "n": 3, "m": 2},
    data={"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("m", "d_x")},
    **functions(weights, prompt, readout, algorithm),
)
"""
