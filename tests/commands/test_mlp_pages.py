"""Pages, traces and predictions of networks with MLPs, norms, sinks and blocks (`small_mlps.py`)."""

import re
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest

from constructions.commands.vocabulary import words_of_the_language
from constructions.language import (
    MLP,
    Attention,
    Block,
    Constant,
    Head,
    LayerNorm,
    Repeat,
    Stream,
    Transformer,
    at,
    build,
)
from constructions.language.forward import ACTIVATIONS
from constructions.language.sublayers import parts_of
from constructions.language.transformer import sublayers_of
from constructions.matrix import Size, below, exact
from constructions.matrix.arithmetic import FACTORS
from constructions.matrix.formula import letters
from constructions.matrix.rational import fractions_of
from constructions.views.text import shown
from constructions.views.theorem.blocks import numbers
from constructions.views.theorem.layers import layer_records, layer_sections, plain_layer
from constructions.views.trace.asked import linear
from tests.commands import small_mlps
from tests.commands.run import refused, table, works
from tests.language.small import bare

FILE = Path(small_mlps.__file__)
NAMES = ["multiply", "gelu-multiply", "block", "square"]


def named(name):
    return f"{FILE}:{name}"


def page_of(layers):
    """The sections of a network's layers, its widths in letters."""

    def weights(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        return Transformer(stream, layers(x, y))

    record = bare(weights=weights)
    instance = build(record, {name: Size.named(name) for name in record.sizes}, {})
    return "\n\n".join(layer_sections(layer_records(instance.network)))


@pytest.mark.parametrize("name", NAMES)
def test_every_small_record_is_shown(capsys, name):
    for more in ((), ("--numbers",), ("--json",), ("--json", "--numbers")):
        assert works(capsys, "show", named(name), *more).out


def test_a_bilinear_mlp_on_a_page(capsys):
    page = works(capsys, "show", named("multiply")).out
    assert "\nLayer: MLP, d hidden units, activation: identity, gated, skip: residual\n\n  units\n" in page
    assert "\n    read (d × 3·d)\n          x   y   z\n      z   I   ·   ·\n" in page
    assert "\n    gate (d × 3·d)\n          x   y   z\n      z   ·   I   ·\n" in page
    assert "bias" not in page.partition("\nLayer")[2].partition("\nReadout")[0]


def test_stacked_gelu_units_keep_their_rows_apart_and_name_their_factor(capsys):
    page = works(capsys, "show", named("gelu-multiply")).out
    assert "\nLayer: MLP, 4·d hidden units, activation: gelu, skip: residual\n\n  units, times √(π/2)\n" in page
    assert re.search(r"\n +u2 +−s I +−s I +·\n", page) and re.search(r"\n +u4 +· +· +−1/\(4·s²\) I\n", page)
    record = works(capsys, "show", named("gelu-multiply"), "--json").data["layers"][0]
    assert (record["kind"], record["hidden"], record["factors"]) == ("MLP", "4·d", ["√(π/2)"])
    numbers = works(capsys, "show", named("gelu-multiply"), "--numbers", "--set", "d=1").out
    assert re.search(r"\n +u4 +−0\.1 +0\.1 +·\n", numbers)


def test_a_block_is_one_layer_with_its_sublayers(capsys):
    page = works(capsys, "show", named("block")).out
    assert "\nLayer 1: a block of 2 sublayers\n\n  1. softmax attention, 1 head, mask: everything, sink: a key" in page
    assert (
        "\n  2. MLP, 2·d hidden units, activation: relu, norm: LayerNorm (gain 2, bias 0, epsilon 1/100), skip" in page
    )
    assert "\nLayer 2: LayerNorm (gain 1, bias 0, epsilon 0), in place of the stream\n" in page
    first, second = works(capsys, "show", named("block"), "--json").data["layers"]
    assert (first["kind"], first["first"], second["first"]) == ("block", "1", "2")
    attention, mlp = first["sublayers"]
    assert attention["sink"] == "a key of score 0 and value 0" and attention["norm"] is None
    assert mlp["norm"] == {"gain": "2", "bias": "0", "epsilon": "1/100"} and mlp["factors"] == ["1", "√(π/2)"]
    assert second["norm"] == {"gain": "1", "bias": "0", "epsilon": "0"} and not second["tables"]
    assert mlp["tables"]["units 1"]["bias"]["entries"] == [["b"]]
    assert mlp["tables"]["units 2"]["bias"]["entries"] == [["each −1/2"]]
    assert mlp["tables"]["constant"]["value"]["entries"] == [["b"]]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_printed_of_a_form_is_its_dense_matrix(name):
    """Every table of numbers, entry by entry, against the matrix that runs."""
    record = {r.name: r for r in vars(small_mlps).values() if hasattr(r, "near_misses")}[name]
    instance, count = at(record), 0
    records = [plain_layer(layer) for layer in layer_records(instance.network, numbers)]
    for layer, made in zip(instance.network.layers, records, strict=True):
        for sublayer, told in zip(sublayers_of(layer), made.get("sublayers", [made]), strict=True):
            parts = list(parts_of(sublayer))
            assert len(parts) == len(told["tables"])
            for (_, part), blocks in zip(parts, told["tables"].values(), strict=True):
                for form_name, form in part.forms.items():
                    dense = [[shown(e) if e else "·" for e in row] for row in fractions_of(form.dense)]
                    assert blocks[form_name]["entries"] == dense
                    count += 1
    assert count >= 2


def test_columns_of_a_norm_are_a_table_by_register():
    gains = lambda x, y: (  # noqa: E731
        LayerNorm(gain=below(letters("g", (x.width, 1)), letters("h", (y.width, 1))), bias=exact("1/2")),
    )
    page = page_of(gains)
    assert "Layer: LayerNorm (gain in the table, bias 1/2, epsilon 0), in place of the stream\n\n  norm\n" in page
    assert "gain (d_x+d_y × 1)\n          1\n      x   g\n      y   h" in page


def test_sink_and_norm_of_attention_are_said_and_kinds_of_sinks_are_told_apart():
    def layer(x, y, kernel, normaliser="none", **more):
        return Attention((Head(x, x, y, y),), kernel, "everything", normaliser, **more)

    linear_sink = page_of(lambda x, y: (layer(x, y, "linear", "sum", sink=True, norm=LayerNorm(epsilon=2)),))
    assert linear_sink.startswith(
        "Layer: linear attention, 1 head, mask: everything, normaliser: sum, sink: weight 1 of value 0 in the sum, "
        "norm: LayerNorm (gain 1, bias 0, epsilon 2), skip: residual\n"
    )
    assert "sink: a key of score 0 and value 0" in page_of(lambda x, y: (layer(x, y, "hard", sink=True),))
    plain = page_of(lambda x, y: (layer(x, y, "softmax"),))
    assert "sink" not in plain and "norm" not in plain


def test_a_repeated_block_and_an_mlp_of_constants():
    page = page_of(lambda x, y: (Repeat(Block((MLP((), "relu", constants=(Constant(3, y),)),)), 4),))
    assert page.startswith(
        "Layers 1, …, 4, all with the same weights: a block of 1 sublayer\n\n  1. MLP, 0 hidden units"
    )
    assert "value (d_y × 1)\n" in page and "each 3" in page


def test_the_words_are_in_the_vocabulary():
    words = words_of_the_language()
    for word in (*ACTIVATIONS, *FACTORS, "MLP", "LayerNorm", "gelu_tanh(a)", "reciprocal_sqrt(a)"):
        assert word in words


# ---- traces


def test_traces_of_mlps(capsys):
    page = works(capsys, "trace", named("multiply")).out
    assert "exact rationals" in page and re.search(r"row 1 .* equal\n", page)
    record = works(capsys, "trace", named("multiply"), "--json").data
    assert record["answer"]["equal"] and len(record["layers"]) == 2
    page = works(capsys, "trace", named("gelu-multiply")).out
    assert "run in float64, because gelu has no value in exact rationals" in page
    record = works(capsys, "trace", named("block"), "--json").data
    assert len(record["layers"]) == 3 and not record["exact"]


def test_no_weights_are_read_from_a_stream_whose_answer_is_not_linear_in_the_query(capsys):
    """At unit vectors x ∘ x and x agree, and so would say W = I; one more query tells them apart."""
    page = works(capsys, "trace", named("square")).out
    assert "weights in the stream" not in page
    told = works(capsys, "trace", named("square"), "--json").data
    assert all(layer["weights"] is None and layer["loss"] is None for layer in told["layers"])
    assert "weights in the stream" in works(capsys, "trace", "gd-step").out


def test_linear_is_exact_in_rationals_and_up_to_rounding_in_floats():
    probe = [3, 5]
    assert linear([[F(1)], [F(2)], [F(13)]], probe)
    assert not linear([[F(1)], [F(2)], [13 + F(1, 10**30)]], probe)
    assert linear([[0.1], [0.2], [1.3 + 1e-15]], probe)
    assert not linear([[0.1], [0.2], [1.3001]], probe)
    assert not linear([[0.1], [0.2], [float("nan")]], probe)


def test_a_norm_of_a_constant_token_is_refused_with_a_sentence(capsys, tmp_path):
    path = tmp_path / "flat.py"
    _ = path.write_text(
        FILE.read_text().replace("query=(Token(x=X, y=X),)", "query=(Token(x=0 * X),)"), encoding="utf-8"
    )
    normed = path.read_text(encoding="utf-8").replace(
        "(MLP((Units(read=x, gate=y", "(LayerNorm(), MLP((Units(read=x, gate=y"
    )
    _ = path.write_text(normed, encoding="utf-8")
    assert "1/√ of a number that is not positive" in refused(capsys, "trace", f"{path}:square")


# ---- predictions


PREDICTOR = '''"""Twice a step of gradient descent: attention, then relu(u) − relu(−u) = u, in one block."""

from fractions import Fraction

from constructions.language import (
    MLP, Attention, Block, Construction, Head, Prompt, Readout, Stream, Token, Transformer, Units, stack,
)


def weights(d_x, d_y, n):
    x, y = stream = Stream(x=d_x, y=d_y)
    step = Attention((Head(x, x, y / n, y),), kernel="linear", mask="context")
    double = MLP((Units(stack(y, -y), stack(y, -y)),), "relu")
    return Transformer(stream, (Block((step, double)),))


DOUBLE = Construction(
    name="double",
    title="Twice a step",
    weights=weights,
    prompt=lambda X, Y, X_q: Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),)),
    readout=lambda y: Readout(y, at="query"),
    algorithm=lambda X, Y, X_q, n: 2 * (X_q @ X.T @ Y) / n,
    sizes={"d_x": 2, "d_y": 1, "n": 3, "m": 2},
    data={"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("m", "d_x")},
)
'''


def test_predictions_through_a_block(capsys, tmp_path):
    path = tmp_path / "double.py"
    _ = path.write_text(PREDICTOR)
    X, Y, X_q = np.array([[1, 2], [3, -1], [0, 1]]), np.array([[1], [-2], [5]]), np.array([[1, 1], [2, -3]])
    train = table(tmp_path / "train.csv", [("a", "b", "y"), *np.hstack([X, Y]).tolist()])
    query = table(tmp_path / "query.csv", [("a", "b"), *X_q.tolist()])
    said = works(capsys, "predict", path, "--train", train, "--query", query, "--target", "y", "--json")
    expected = (2 * X_q @ X.T @ Y / 3)[:, 0]
    assert [row["network"] for row in said.data] == pytest.approx(expected.tolist(), rel=1e-14)
    assert [row["algorithm"] for row in said.data] == pytest.approx(expected.tolist(), rel=1e-14)
    assert "weights in the stream" in works(capsys, "trace", path).out  # the answer is linear in the query
