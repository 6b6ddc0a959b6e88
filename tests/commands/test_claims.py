"""NAME@CLAIM: a record with several claims has several networks, and some of them a domain."""

import pytest

from constructions import get
from constructions.__main__ import main
from constructions.commands.options import file_of, find
from constructions.language import BadConstruction, at
from constructions.language.boxes import OutOfDomain, check_boxes

TRAIN, QUERY, FAR = "a,b,t\n0.5,0.25,0.5\n-0.25,0.5,0.1\n", "a,b\n0.5,-0.5\n", "a,b\n5,-0.5\n"


@pytest.fixture
def predict(tmp_path, capsys):
    for name, text in {"train": TRAIN, "query": QUERY, "far": FAR}.items():
        _ = (tmp_path / f"{name}.csv").write_text(text)

    def run(name, query="query", *more):
        files = ["--train", str(tmp_path / "train.csv"), "--target", "t", "--query", str(tmp_path / f"{query}.csv")]
        return main(["predict", name, *files, *more]), capsys.readouterr()

    return run


def test_a_claim_is_named_by_a_word_or_by_its_number():
    record = get("raw-ridge")
    assert find("raw-ridge").claims == record.claims
    for name, number in {"raw-ridge@1": 0, "raw-ridge@bilinear": 0, "raw-ridge@3": 2, "raw-ridge@composed": 2}.items():
        assert find(name).claims[0].text == record.claims[number].text
    assert find("raw-ridge@²").claims[0].text == record.claims[1].text  # a digit to Python, but no number
    assert find("raw-ridge@gelu").domain  # of the claims about GeLU the one with a domain
    layers = [type(at(find(f"raw-sgd-step@{word}")).network.layers[0]) for word in ("bilinear", "paper")]
    assert layers[0] is not layers[1]


def test_an_unknown_claim_is_answered_with_those_there_are(capsys):
    assert main(["show", "raw-ridge@nope"]) == 2
    told = capsys.readouterr().err
    assert "raw-ridge has no claim 'nope'" in told and "  2  with GeLU, network → algorithm as s²" in told
    assert (
        main(["show", "raw-ridge@"]) == 2 and main(["show", "raw-ridge@4"]) == 2 and main(["show", "raw-ridge@0"]) == 2
    )


def test_files_may_have_the_sign_in_their_path(tmp_path):
    assert file_of("a@b/c.py") == "a@b/c.py" and file_of("c.py:X@2") == "c.py"
    folder = tmp_path / "at@home"
    folder.mkdir()
    assert main(["new", str(folder / "mine.py")]) == 0
    assert find(str(folder / "mine.py")).name == find(f"{folder / 'mine.py'}@1").name


def test_the_networks_of_two_claims_predict_differently(predict):
    status, exactly = predict("raw-ridge")
    assert status == 0 and exactly.out.splitlines()[1].split()[-1] == "0"
    status, nearly = predict("raw-ridge@GeLU")
    assert status == 0 and 1e-7 < abs(float(nearly.out.splitlines()[1].split()[-1])) < 1e-4


def test_data_outside_the_box_of_a_claim_are_refused_until_the_box_is_made_larger(predict):
    status, told = predict("raw-ridge@GeLU", "far")
    assert status == 2 and not told.out
    assert "raw-ridge is proved for entries of X_q in [−1, 1]; these data have 5" in told.err
    assert predict("raw-ridge", "far")[0] == 0  # the identity has no box
    assert predict("raw-ridge@GeLU", "far", "--set", "B=5")[0] == 0


def test_a_box_is_checked_entry_by_entry():
    import numpy as np

    instance = at(find("raw-ridge@3"), {"d": 2, "n": 1, "N": 1, "m": 1}, {"B": 2})
    check_boxes(instance, {"X": np.array([[2.0, -2.0]])})
    with pytest.raises(OutOfDomain, match=r"entries of Y in \[−2, 2\]; these data have 2\.5"):
        check_boxes(instance, {"X": np.array([[2.0, 0]]), "Y": np.array([[-2.5]])})
    with pytest.raises(BadConstruction, match="B must be positive"):
        _ = at(find("raw-ridge@3"), {"d": 2, "n": 1, "N": 1, "m": 1}, {"B": -2})


def test_a_claim_alone_is_run_and_not_judged(capsys):
    """The other claims and their near misses would go unsaid."""
    from verify.__main__ import main as verify

    assert verify(["aff@1"]) == 2 and "no construction is called 'aff@1'; did you mean aff?" in capsys.readouterr().err
