"""`predict` and its files: inputs are never overwritten, and small oddities of CSV files do no harm."""

import pytest

from tests.commands.run import refused, table, works

TRAIN = [("a", "b", "y"), (1, 2, 3), (2, -1, -4), (0, 1, 1), (-1, 0, 1)]
QUERY = [("b", "a"), (1, 1), (2, 0)]


@pytest.fixture
def files(tmp_path):
    return {"train": table(tmp_path / "train.csv", TRAIN), "query": table(tmp_path / "query.csv", QUERY)}


def words(files, *more, name="gd-steps"):
    return ("predict", name, "--train", files["train"], "--query", files["query"], "--target", "y", *more)


@pytest.mark.parametrize("role", ["train", "query"])
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_an_input_is_never_overwritten(capsys, files, tmp_path, role, force):
    before = files[role].read_bytes()
    (tmp_path / "link.csv").symlink_to(files[role])
    for output in (files[role], tmp_path / "." / files[role].name, tmp_path / "link.csv"):
        message = refused(capsys, *words(files, "--output", output, *force))
        assert "it is the same file as the input" in message
    assert files[role].read_bytes() == before


def test_another_file_is_replaced_with_force_only(capsys, files, tmp_path):
    output = tmp_path / "out.csv"
    output.write_text("mine")
    message = refused(capsys, *words(files, "--output", output))
    assert "out.csv exists and is left as it is; choose another name, or replace it with --force" in message
    assert output.read_text() == "mine"
    works(capsys, *words(files, "--output", output, "--force"))
    assert output.read_text().startswith("row,network")


def test_blank_lines_are_skipped(capsys, files):
    plain = works(capsys, *words(files, "--json")).data
    lines = files["train"].read_text().splitlines()
    files["train"].write_text("\n" + "\n\n".join(lines) + "\n   \n,,\n\n,,\n", encoding="utf-8")
    assert works(capsys, *words(files, "--json")).data == plain
    files["query"].write_text("b,a\r\n1,1\r\n\r\n2,0\r\n,\r\n", encoding="utf-8")
    assert works(capsys, *words(files, "--json")).data == plain


def test_several_words_target_add_up(capsys, files):
    once = works(capsys, *words(files, "--json", "--target", "b")).data
    assert set(once[0]["network"]) == {"y", "b"}


def test_column_names_are_quoted_in_notes(capsys, files, tmp_path):
    rows = [("a", "target", "z"), (1, 100, 300), (2, 101, 301)]
    train, query = table(tmp_path / "t.csv", rows), table(tmp_path / "q.csv", [("a", "target", "z"), (1, 0, 0)])
    said = works(capsys, "predict", "gd-step", "--train", train, "--query", query, "--target", "target", "z")
    assert "the target 'target' is far from centred" in said.err
    assert "holds the target 'target', 'z': ignored" in said.err


def test_what_took_its_default_is_said(capsys, files):
    said = works(capsys, *words(files, "--set", "steps=3"))
    line = "note: gd-steps with d_x = 2, d_y = 1, n = 4, steps = 3, eta = 1/10 (default), W_0 = 0 (default)\n"
    assert line in said.err


def test_ascent_is_warned_of(capsys, files):
    said = works(capsys, *words(files, "--set", "eta=-1"))
    assert "warning: the step size eta = -1 is negative: that is gradient ascent" in said.err


def test_a_step_size_is_checked_where_the_gram_matrix_overflows(capsys, files, tmp_path):
    files["train"] = table(tmp_path / "vast.csv", [("a", "b", "y"), ("1e160", 2, 0), ("-1e160", 3, 0)])
    files["query"] = table(tmp_path / "q.csv", [("a", "b"), (0, 0)])
    message = refused(capsys, *words(files))
    assert "warning: the step size eta = 0.1 is above 2/λ_max = 2e-320" in message
    files["train"] = table(tmp_path / "large.csv", [("a", "b", "y"), ("1e154", 2, 0), ("-1e154", 3, 0)])
    assert "is above 2/λ_max = 2e-308" in works(capsys, *words(files)).err
