"""What is remembered is found again by all that it depends on: nothing that differs in any of it shares an entry."""

from functools import partial

import flint
import pytest

from constructions.language.quantifier import names_of
from verify.arithmetic import ball
from verify.arithmetic.ball import precision, surely_nonzero


def computed(x):
    return x * (-x / flint.arb(2).sqrt()).erfc() / 2


def parts(x):
    return x.mid().man_exp(), x.rad().man_exp()


@pytest.mark.parametrize("bits", [53, 256])
def test_gelu_is_that_of_the_ball_and_of_the_precision(bits):
    """Balls that share the middle, the radius or the numbers of another one come one after the other, at every precision."""
    given = [flint.arb(m, r) for m in (1, -1, 0.5, 2) for r in (0, 1e-9, 1e-5)] + [flint.arb(0, 1)]
    with precision(bits):
        for _ in range(2):
            assert [parts(ball._gelu(x)) for x in given] == [parts(computed(x)) for x in given]


def test_another_precision_is_another_value():
    with precision(53):
        rough = ball._gelu(flint.arb(1))
    with precision(256):
        assert ball._gelu(flint.arb(1)).rad() < rough.rad()


def test_what_is_remembered_does_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(ball, "KEPT", 4)
    monkeypatch.setattr(ball, "_gelus", {})
    for k in range(1, 20):
        assert parts(ball._gelu(flint.arb(k))) == parts(computed(flint.arb(k)))
        assert len(ball._gelus) <= 4


def test_gelu_beyond_all_bounds_is_not_remembered(monkeypatch):
    monkeypatch.setattr(ball, "_gelus", {})
    assert not ball._gelu(flint.arb("nan")).is_finite() and not ball._gelus


@pytest.mark.parametrize(("middle", "radius", "sure"), [(0, 0, False), (1, 0, True), (1, 1, False), (-1, 0.5, True)])
def test_a_ball_is_surely_not_zero_only_where_it_excludes_zero(middle, radius, sure):
    assert surely_nonzero(flint.arb(middle, radius)) is sure
    assert not surely_nonzero(flint.arb("nan"))


def one(d, n, *, sign=1):
    return d


def two(d, n, eta):
    return d


def test_names_are_those_of_the_function_that_is_asked():
    """Of functions with one name, and of one whose code or defaults change."""
    namesakes = [eval(f"lambda {names}: 0") for names in ("d", "n", "d, n")]
    assert [names_of(f) for f in namesakes for _ in range(2)] == [
        ("d",),
        ("d",),
        ("n",),
        ("n",),
        ("d", "n"),
        ("d", "n"),
    ]

    def changing(d, n, *, sign=1):
        return d

    assert names_of(changing) == ("d", "n") and names_of(partial(changing, sign=2)) == ("d", "n")
    changing.__kwdefaults__ = {}
    assert names_of(changing) == ("d", "n", "sign")
    changing.__code__ = two.__code__
    assert names_of(changing) == ("d", "n", "eta")
    changing.__wrapped__ = one  # what it shows instead of itself
    assert names_of(changing) == ("d", "n")
