"""The program as a process: interrupts, and terminals without Greek letters."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.commands.run import table

PROGRAM = [sys.executable, "-m", "constructions"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize("words", [("show", "gd-step"), ("trace", "td-zero"), ("show", "no-such-ε"), ("new", "--help")])
def test_any_encoding_of_the_terminal_will_do(encoding, words):
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run([*PROGRAM, *words], capture_output=True, env=environment, check=False)
    assert done.returncode == (2 if "no-such-ε" in words else 0)
    assert b"Traceback" not in done.stderr
    assert done.stdout or done.stderr


def test_json_is_whole_in_any_encoding():
    texts = []
    for encoding in ("ascii", "utf-8"):
        environment = os.environ | {"PYTHONIOENCODING": encoding}
        texts.append(
            subprocess.run([*PROGRAM, "show", "gd-step", "--json"], capture_output=True, env=environment, check=True)
        )
    assert json.loads(texts[0].stdout.decode("ascii")) == json.loads(texts[1].stdout.decode("utf-8"))


def test_an_interrupt_ends_in_one_word(tmp_path):
    train = table(tmp_path / "train.csv", [("a", "y"), *((k, k - 25) for k in range(50))])
    query = table(tmp_path / "query.csv", [("a",), (1,)])
    options = ["--target", "y", "--train", train, "--query", query, "--set", "steps=100000", "--set", "eta=1/1000"]
    with subprocess.Popen(
        [*PROGRAM, "predict", "gd-looped", *options], stderr=subprocess.PIPE, stdout=subprocess.PIPE
    ) as run:
        assert run.stderr
        said = run.stderr.readline()  # the note with sizes and parameters: from here on it computes
        time.sleep(0.2)
        run.send_signal(signal.SIGINT)
        rest = run.stderr.read()
    assert (run.returncode, rest) == (130, b"interrupted\n"), said + rest
