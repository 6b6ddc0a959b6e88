"""Numbers as they are typed: exact, and refused at once where no 64-bit float comes near."""

import time

import pytest

from tests.commands.run import refused, run, works

OUT = [
    "1e400",
    "-1e400",
    "1e-400",
    "1e10000000",
    "1e-10000000",
    "0e99999999999",
    "1e+999999999999999999",
    "1/1" + "0" * 330,
]


@pytest.mark.parametrize("value", OUT)
@pytest.mark.parametrize("shape", ["{}", '[["{}"]]'])
def test_a_number_out_of_range_is_refused_quickly(capsys, value, shape):
    start = time.monotonic()
    message = refused(capsys, "trace", "gd-step", "--set", f"eta={shape.format(value)}")
    assert "out of the range of a 64-bit float" in message
    assert time.monotonic() - start < 1


@pytest.mark.parametrize("value", ["1e400", "1e10000000"])
def test_a_matrix_of_bare_numbers_is_refused_too(capsys, value):
    assert "out of the range" in refused(capsys, "trace", "gd-step", "--set", f"W_0=[[{value},0]]")


@pytest.mark.parametrize(
    "value",
    ["9" * 5000, "0." + "1" * 5000, "1/" + "9" * 5000, "[" * 100_000, "[]", "[[]]", "[[true]]", "[[null]]", "{}"],
)
def test_long_and_odd_words_are_refused(capsys, value):
    assert "cannot read eta" in refused(capsys, "trace", "gd-step", "--set", f"eta={value}")


@pytest.mark.parametrize(
    ("value", "exact"),
    [("1e-308", None), ("1e300", 10**300), ("5e-324", None), ("1_000", 1000), ("1/3", "1/3"), ("-.5e1", -5)],
)
def test_numbers_within_range_stay_exact(capsys, value, exact):
    data = works(capsys, "trace", "gd-step", "--set", f"eta={value}", "--json").data
    if exact is not None:
        assert data["parameters"]["eta"] == [[exact]]


def test_a_size_out_of_range_is_no_size(capsys):
    for value in ("1e400", "1e10000000"):
        message = run(capsys, "trace", "gd-step", "--set", f"n={value}").err
        assert "the size n must be a whole number ≥ 1" in message
