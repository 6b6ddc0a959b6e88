"""`predict`: real data through the frozen network, and every sentence for bad input."""

import csv
import json
import time
from dataclasses import replace

import numpy as np
import pytest

from constructions import get
from constructions.commands.predict import passes as passes_module
from constructions.commands.predict import progress as progress_module
from constructions.language import at
from constructions.language.cautions import cautions
from constructions.matrix.floating import array_of, floats
from tests.commands.run import refused, run, table, works

TRAIN = [("a", "b", "y"), (1, 2, 3), (2, -1, -4), (0, 1, 1), (-1, 0, 1)]
QUERY = [("b", "a"), (1, 1), (2, 0)]


def descent(X, Y, X_q, eta, steps):
    """Gradient descent on the half mean squared error, from zero."""
    W = np.zeros((Y.shape[1], X.shape[1]))
    for _ in range(steps):
        W = W - eta * ((X @ W.T - Y).T @ X) / len(X)
    return X_q @ W.T


@pytest.fixture
def files(tmp_path):
    return {"train": table(tmp_path / "train.csv", TRAIN), "query": table(tmp_path / "query.csv", QUERY)}


def remarks(said):
    """What is said on stderr after the line with sizes and parameters."""
    first, *rest = said.err.splitlines()
    assert first.startswith("note: gd-step")
    return rest


def words(files, *more, name="gd-steps", target=("y",)):
    return ("predict", name, "--train", files["train"], "--query", files["query"], "--target", *target, *more)


def test_columns_are_matched_by_name(capsys, files):
    said = works(capsys, *words(files, "--set", "eta=0.05", "--set", "steps=7", "--json"))
    X, Y = np.array([row[:2] for row in TRAIN[1:]], float), np.array([row[2:] for row in TRAIN[1:]], float)
    expected = descent(X, Y, np.array([(1, 1), (0, 2)], float), 0.05, 7)
    for row, value in zip(said.data, expected[:, 0], strict=True):
        assert row["network"] == pytest.approx(value, rel=1e-12)
        assert row["algorithm"] == pytest.approx(value, rel=1e-12)
        assert row["difference"] == row["network"] - row["algorithm"]
    assert remarks(said) == []


def test_diabetes_through_one_hundred_layers(capsys, tmp_path):
    bunch = pytest.importorskip("sklearn.datasets").load_diabetes(scaled=False)
    names = [*bunch.feature_names, "progression"]
    rows = [[*map(repr, map(float, x)), repr(float(y))] for x, y in zip(bunch.data, bunch.target, strict=True)]
    train = table(tmp_path / "train.csv", [names, *rows])
    query = table(tmp_path / "query.csv", [names[:-1], *(row[:-1] for row in rows)])
    options = ("--set", "eta=0.05", "--set", "steps=100", "--standardize", "--intercept", "--json")
    said = works(capsys, *words({"train": train, "query": query}, *options, target=("progression",)))
    X = (bunch.data - bunch.data.mean(axis=0)) / bunch.data.std(axis=0)
    X = np.column_stack([X, np.ones(len(X))])
    expected = descent(X, bunch.target[:, None], X, 0.05, 100)[:, 0]
    network = np.array([row["network"] for row in said.data])
    assert network.shape == (442,)
    assert np.max(np.abs(network - expected) / np.abs(expected)) < 1e-10
    assert max(abs(row["difference"]) / abs(row["algorithm"]) for row in said.data) < 1e-10
    assert np.corrcoef(network, bunch.target)[0, 1] > 0.7
    assert remarks(said) == []


def test_several_targets_and_the_output_file(capsys, files, tmp_path):
    output = tmp_path / "out.csv"
    said = works(capsys, *words(files, "--output", output, "--json", target=("y", "b")))
    assert set(said.data[0]["network"]) == {"y", "b"}
    assert "holds the target 'b': ignored" in said.err
    with output.open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["network b"]) for row in rows] == [row["network"]["b"] for row in said.data]
    works(capsys, *words(files, "--output", output, "--force"))
    assert output.read_text().splitlines()[0] == "row,network,algorithm,difference"


def test_table_names_its_columns(capsys, files):
    lines = works(capsys, *words(files)).out.splitlines()
    assert lines[0].split() == ["row", "network", "algorithm", "difference"]
    assert len(lines) == 3


def test_query_file_may_hold_the_target(capsys, files, tmp_path):
    bare = works(capsys, *words(files, "--json"))
    files["query"] = table(tmp_path / "with.csv", [("y", "b", "a"), ("?", 1, 1), ("", 2, 0)])
    said = works(capsys, *words(files, "--json"))
    assert said.data == bare.data
    assert "holds the target 'y': ignored, the network does not see it" in said.err


def test_queries_in_several_batches_give_the_same_answers(capsys, files, tmp_path, monkeypatch):
    files["query"] = table(tmp_path / "many.csv", [("a", "b"), *((k, -k) for k in range(7))])
    whole = works(capsys, *words(files, "--json")).data
    monkeypatch.setattr(passes_module, "BATCH", 2)
    parts = works(capsys, *words(files, "--json")).data
    assert [row["network"] for row in parts] == pytest.approx([row["network"] for row in whole], rel=1e-13)


def test_intercept_comes_after_standardizing(capsys, files):
    said = works(capsys, *words(files, "--standardize", "--intercept", "--set", "steps=3", "--json"))
    X, Y = np.array([row[:2] for row in TRAIN[1:]], float), np.array([row[2:] for row in TRAIN[1:]], float)
    X_q = (np.array([(1, 1), (0, 2)], float) - X.mean(axis=0)) / X.std(axis=0)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    X, X_q = (np.column_stack([a, np.ones(len(a))]) for a in (X, X_q))
    expected = descent(X, Y, X_q, 0.1, 3)[:, 0]
    assert [row["network"] for row in said.data] == pytest.approx(expected, rel=1e-12)


def test_far_from_centred_target_is_said(capsys, files, tmp_path):
    files["train"] = table(tmp_path / "far.csv", [("a", "b", "y"), (1, 2, 100), (2, 1, 101)])
    assert "note: the target 'y' is far from centred (mean 100.5" in works(capsys, *words(files)).err
    assert remarks(works(capsys, *words(files, "--intercept"))) == []
    files["train"] = table(tmp_path / "near.csv", [("a", "b", "y"), (1, 2, 1), (2, 1, 3.1)])
    assert "far from centred" in works(capsys, *words(files)).err
    files["train"] = table(tmp_path / "at.csv", [("a", "b", "y"), (1, 2, 1), (2, 1, -3)])
    assert remarks(works(capsys, *words(files))) == []


def test_divergence_is_warned_of_and_overflow_refused(capsys, files):
    said = works(capsys, *words(files, "--set", "eta=3"))
    assert "warning: the step size eta = 3 is above 2/λ_max" in said.err
    message = refused(capsys, *words(files, "--set", "eta=1e40", "--set", "steps=9"))
    assert "the network overflows float64 on these data: the iteration diverges" in message


def test_a_caution_that_breaks_down_says_so():
    def breaks_down(X):
        raise np.linalg.LinAlgError("no convergence")

    construction = replace(get("gd-step"), cautions=(breaks_down,))
    (text,) = cautions(construction, at(construction), {"X": np.ones((1, 1))})
    assert text.startswith("no check of the step size was possible on these data (no convergence)")


def test_inputs_too_large_for_floats(capsys, files, tmp_path):
    files["train"] = table(tmp_path / "vast.csv", [("a", "b", "y"), ("1e300", 2, 3), ("-1e300", 3, -3)])
    message = refused(capsys, *words(files))
    assert "overflows float64" in message


BAD_TRAIN = {
    "a,b,y\n1,2,3\n1,nan,4\n": "row 2 (line 3), column 'b': nan is not a finite number",
    "a,b,y\n1,2,-Inf\n": "row 1 (line 2), column 'y': -Inf is not a finite number",
    "a,b,y\n1,1e999,4\n": "row 1 (line 2), column 'b': 1e999 is too large",
    "a,b,y\n1,two,4\n": "row 1 (line 2), column 'b': 'two' is not a number",
    "a,b,y\n1,1_0,4\n": "row 1 (line 2), column 'b': '1_0' is not a number",
    "a,b,y\n1,,4\n": "row 1 (line 2), column 'b': the cell is empty",
    "": "is empty; expected a header line",
    "\n\n": "is empty; expected a header line",
    "a,b,y\n": "has a header and no rows",
    "a,b,y\n1,2,3\n1,2\n": "row 2 (line 3): 2 cells, but the header names 3 columns",
    "a,b,y\n1,2,3\n\n1,2\n": "row 2 (line 4): 2 cells, but the header names 3 columns",
    "a,b,y\n1,2,3\n,,\n1,2,3\n": "row 2 (line 3), column 'a': the cell is empty",
    "a,b,b,y\n1,2,3,4\n": "the column 'b' appears 2 times in the header",
    "a,,y\n1,2,3\n": "column 2 has no name in the header",
    "a;b;y\n1;2;3\n": "separate columns by commas",
    "1,2,3\n4,5,6\n": "the first line holds numbers only",
    "a,b,z\n1,2,3\n": "has no target column 'y'; it has 'a', 'b', 'z'",
    "y\n1\n": "has only target columns ('y')",
    '"a,b,y\n1,2,3\n': "as CSV in UTF-8",
}


@pytest.mark.parametrize(("text", "sentence"), BAD_TRAIN.items())
def test_bad_training_files(capsys, files, tmp_path, text, sentence):
    files["train"] = tmp_path / "bad.csv"
    files["train"].write_text(text)
    message = refused(capsys, *words(files, "--output", tmp_path / "out.csv"))
    assert sentence in message
    assert "bad.csv" in message
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([("a",), (1,)], "lacks the input columns 'b'"),
        ([("a", "b", "c"), (1, 2, 3)], "has the unknown columns 'c'"),
        ([("a", "c"), (1, 2)], "lacks the input columns 'b' and has the unknown columns 'c'"),
        ([("a", "b"), (1, "x")], "row 1 (line 2), column 'b': 'x' is not a number"),
        ([("a", "b")], "has a header and no rows"),
    ],
)
def test_bad_query_files(capsys, files, tmp_path, rows, sentence):
    files["query"] = table(tmp_path / "bad.csv", rows)
    message = refused(capsys, *words(files))
    assert sentence in message
    assert "bad.csv" in message


def test_files_that_cannot_be_read(capsys, files, tmp_path):
    files["train"] = tmp_path / "none.csv"
    assert "none.csv: No such file or directory" in refused(capsys, *words(files))
    files["train"] = tmp_path
    assert "Is a directory" in refused(capsys, *words(files))
    files["train"] = tmp_path / "latin.csv"
    files["train"].write_bytes(b"a,b,y\xe9\n1,2,3\n")
    assert "as CSV in UTF-8" in refused(capsys, *words(files))


def test_output_that_cannot_be_written(capsys, files, tmp_path):
    assert "there is no folder" in refused(capsys, *words(files, "--output", tmp_path / "none" / "out.csv"))
    assert "it is a folder" in refused(capsys, *words(files, "--output", tmp_path))
    locked = tmp_path / "locked.csv"
    locked.write_text("kept")
    locked.chmod(0o400)
    said = run(capsys, *words(files, "--output", locked, "--force"))
    if said.status:  # an administrator may write anywhere
        assert "permission denied" in said.err
        assert locked.read_text() == "kept"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--set", "etta=1"), "gd-steps has no size or parameter 'etta'; did you mean eta"),
        (("--set", "eta"), "cannot read 'eta': expected NAME=VALUE"),
        (("--set", "eta="), "cannot read 'eta=': expected NAME=VALUE"),
        (("--set", "eta=nan"), "cannot read eta=nan: expected an exact number"),
        (("--set", "eta=1/0"), "cannot read eta=1/0: expected an exact number"),
        (("--set", "eta=[[NaN]]"), "cannot read eta=[[NaN]]: expected an exact number"),
        (("--set", "W_0=[[1,2"), "cannot read W_0=[[1,2: expected an exact number"),
        (("--set", "W_0=[[1,2,3]]"), "the parameter W_0 has shape 1×3; it must be 1×2"),
        (("--set", "W_0=[[1,2],[3]]"), "the rows of a matrix must have equal length"),
        (("--set", "steps=0"), "the size steps must be a whole number ≥ 1, got '0'"),
        (("--set", "steps=2.5"), "the size steps must be a whole number ≥ 1, got '2.5'"),
        (("--set", "steps=many"), "the size steps must be a whole number ≥ 1, got 'many'"),
        (("--set", "n=4"), "the size n comes from the files"),
    ],
)
def test_bad_settings(capsys, files, more, sentence):
    assert sentence in refused(capsys, *words(files, *more))


def test_unknown_parameter_says_what_there_is(capsys, files):
    message = refused(capsys, *words(files, "--set", "alpha=1"))
    assert "eta (steps, default 1/10): step sizes for the ½·mean loss, one a layer" in message
    assert "W_0 (d_y×d_x, default 0): initial weights" in message
    assert "steps (default 2)" in message


def test_constructions_that_do_not_predict(capsys, files):
    message = refused(capsys, *words(files, name="gd-stepz"))
    assert "no construction is called 'gd-stepz'; did you mean gd-step or gd-steps or raw-sgd-step?" in message
    assert "mesa-layer takes K (n×d_k), V (n×d_v), Q (n×d_k)" in refused(capsys, *words(files, name="mesa-layer"))
    assert "induction-head takes E (n×S); E: one-hot rows" in refused(capsys, *words(files, name="induction-head"))
    assert "causal-lm reads its answer at everything" in refused(capsys, *words(files, name="causal-lm"))
    message = refused(capsys, *words(files, name="linear-attention-recursion"))
    assert "linear-attention-recursion needs P, Q; give it with --set P=…" in message


def test_fixed_number_of_targets(capsys, files):
    zero = "[[[[0,0],[0,0]]]]"
    more = ("--set", "steps=1", "--set", "heads=1", "--set", f"P={zero}", "--set", f"Q={zero}")
    message = refused(capsys, *words(files, *more, name="linear-attention-recursion", target=("y", "b")))
    assert "takes 1 target, got 2" in message


def test_standardizing_a_constant_column_is_refused(capsys, files, tmp_path):
    files["train"] = table(tmp_path / "flat.csv", [("a", "b", "y"), (1, 2, 3), (2, 2, 4)])
    message = refused(capsys, *words(files, "--standardize"))
    assert "cannot standardize 'b': constant in" in message
    files["train"] = table(tmp_path / "vast.csv", [("a", "b", "y"), ("1e308", 2, 3), ("-1e308", 3, 4)])
    assert "overflow or vanish in float64" in refused(capsys, *words(files, "--standardize"))


def test_target_named_twice(capsys, files):
    assert "the target column 'y' is named twice" in refused(capsys, *words(files, target=("y", "y")))


def test_misuse_of_the_command_line_exits_with_two(capsys):
    assert run(capsys, "predict", "gd-step").status == 2
    assert run(capsys, "prophesy").status == 2
    assert run(capsys).status == 2
    for command in ("list", "show", "trace", "predict", "new"):
        said = run(capsys, command, "--help")
        assert said.status == 0
        assert "examples:" in said.out


def test_progress_is_a_line_now_and_then_in_a_log(capsys, monkeypatch):
    monkeypatch.setattr(progress_module, "PATIENCE", 0.0)
    with progress_module.progress("working"):
        pass
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress_module, "EVERY", 0.01)
    with progress_module.progress("working", 4):
        time.sleep(0.2)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) > 1 and set(lines) == {"working 0 %, 0 s"}
    state = progress_module.Progress("working", 4)
    assert state.line(3.2) == "working 0 %, 3 s"
    state.advance()
    assert state.line(4) == "working 25 %, 4 s"


def test_the_note_says_the_bound_that_is_used_and_comes_first(capsys, files, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(passes_module, "at", stop)
    said = run(capsys, *words(files, name="raw-ridge"))
    assert said.status == 130
    assert said.err.startswith("note: raw-ridge with d = 2, n = 4, N = 4 (to fit the data), lam = 1 (default)")


def test_progress_counts_every_layer_of_every_batch(capsys, files, tmp_path, monkeypatch):
    files["query"] = table(tmp_path / "many.csv", [("a", "b"), *((k, -k) for k in range(5))])
    monkeypatch.setattr(passes_module, "BATCH", 2)
    seen = []
    monkeypatch.setattr(progress_module.Progress, "advance", lambda state: seen.append(state.total))
    works(capsys, *words(files, "--set", "steps=6"))
    assert seen == [3 * 7] * 21


def test_layer_by_layer_is_the_forward_pass():
    for name in ("gd-interleaved", "gd-looped", "gd-plus-plus"):
        instance = at(get(name))
        draw = np.random.default_rng(0)
        data = {key: floats(draw.normal(size=instance.shape_of(key))) for key in get(name).data}
        ours = array_of(passes_module.network_answer(instance, data, lambda: None))
        assert np.array_equal(ours, array_of(instance.run(data).answer))


def test_json_holds_no_nan(capsys, files):
    text = works(capsys, *words(files, "--json")).out
    assert json.loads(text, parse_constant=lambda word: pytest.fail(word))


def test_a_step_on_one_example_takes_a_file_of_one_row(tmp_path, capsys):
    for rows in (1, 2):
        (tmp_path / f"{rows}.csv").write_text("x1,x2,y\n" + "0.5,0.25,1\n" * rows)
    (tmp_path / "query.csv").write_text("x1,x2\n0.5,1\n")
    words = ["--target", "y", "--query", str(tmp_path / "query.csv")]
    train = str(tmp_path / "1.csv")
    (row,) = works(capsys, "predict", "raw-sgd-step@paper", "--train", train, *words, "--json").data
    assert 0 < abs(row["difference"]) < 1e-3
    told = refused(capsys, "predict", "raw-sgd-step", "--train", str(tmp_path / "2.csv"), *words)
    assert "raw-sgd-step takes 1 example, got 2" in told


def test_a_column_without_a_name_may_be_an_index_of_pandas(capsys, files, tmp_path):
    files["train"] = table(tmp_path / "index.csv", [("", "a", "b", "y"), (0, 1, 2, 3), (1, 2, -1, -4)])
    told = refused(capsys, *words(files))
    assert "column 1 has no name" in told and "to_csv(…, index=False)" in told
    files["train"] = table(tmp_path / "hole.csv", [("a", "", "y"), (0, 1, 2), (1, 2, -1)])
    assert "index=False" not in refused(capsys, *words(files))


def test_a_column_of_words_is_said_before_what_the_queries_lack(capsys, files, tmp_path):
    files["train"] = table(tmp_path / "words.csv", [("a", "b", "cat", "y"), (1, 2, "red", 3), (2, -1, "blue", -4)])
    told = refused(capsys, *words(files))
    assert "words.csv, row 1 (line 2), column 'cat': 'red' is not a number" in told and "lacks" not in told
