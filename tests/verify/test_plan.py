"""At which sizes and points a construction is judged: the sizes by hand, the integers by their definition."""

import hashlib
from dataclasses import replace
from fractions import Fraction
from itertools import islice

import pytest

from constructions.language import (
    Attention,
    BadConstruction,
    Head,
    Parameter,
    Prompt,
    Readout,
    Repeat,
    Stream,
    Token,
    Transformer,
)
from constructions.matrix import ShapeMismatch, exact
from constructions.matrix.rational import fractions_of
from tests.controls.base import TRUE
from verify.domains import DOMAINS
from verify.plan import (
    COSTLIEST,
    Plan,
    cost_of,
    declared_cost,
    drawn,
    fill,
    mirrored,
    parameters_from,
    plan,
    sizes_of_data,
    stream_of_integers,
    symmetric_names,
    within_domain,
)
from verify.points import generic_instance, random_data, random_instance
from verify.standard import parameter_choices

GRAM = replace(  # a symmetric parameter beside a positive one, symmetric data, and a tuple of matrices
    TRUE,
    name="gram",
    parameters={
        "P": Parameter(shape=("d_x", "d_x"), symmetric=True),
        "lam": Parameter(positive=True),
        "W": Parameter(shape=("n", "d_y", "d_x")),
    },
    data={"S": ("d_x", "d_x"), "Y": ("n", "d_y")},
    domain={"S": "symmetric"},
    weights=lambda d_x, d_y, n: Transformer(Stream(x=d_x, y=d_y), ()),
    prompt=lambda Y: Prompt(context=(Token(y=Y),)),
    readout=lambda y: Readout(y, at="context"),
    algorithm=lambda S, Y: Y + 0 * S[0, 0] * Y,
)
SIZES = {"d_x": 3, "d_y": 2, "n": 5, "m": 2}


def priced(width, layers="1", **sizes):
    return replace(TRUE, sizes={**TRUE.sizes, **sizes}, resources={"width": width, "layers": layers})


# --- sizes -------------------------------------------------------------------------------------------------------


def test_more_examples_than_inputs_then_fewer_then_larger_ones():
    assert plan(TRUE).sizes == (
        {"d_x": 3, "d_y": 2, "n": 5, "m": 7},
        {"d_x": 7, "d_y": 5, "n": 2, "m": 3},
        {"d_x": 5, "d_y": 7, "n": 11, "m": 13},
    )
    assert plan(TRUE).seed == Plan(()).seed == 0 and plan(TRUE, seed=4).seed == 4


def test_what_is_given_is_fixed_and_equal_assignments_are_one():
    assert [sizes["n"] for sizes in plan(TRUE, {"n": 4}).sizes] == [4, 4, 4]
    assert plan(TRUE, SIZES).sizes == (SIZES,)


@pytest.mark.parametrize("k", [7, 10, 11])
def test_many_sizes_get_distinct_primes_until_there_are_none(k):
    names = [f"k_{i}" for i in range(k)]
    record = replace(
        GRAM,
        sizes={**TRUE.sizes, **dict.fromkeys(names, 2)},
        parameters={},
        data={"S": ("d_x", "d_x"), "Y": (" + ".join(["n", *names[3:]]), "d_y")},
        domain={},
        weights=lambda d_x, d_y: GRAM.weights(d_x, d_y, 1),
    )
    if k < 11:
        assert all(len({*sizes.values()} - {2}) >= k - 1 for sizes in plan(record).sizes)
        assert [len(sizes) for sizes in plan(record).sizes] == [4 + k] * 3
    else:
        with pytest.raises(BadConstruction, match="name 11 sizes, and distinct primes are at hand for 10; name fewer"):
            plan(record)


def test_in_words():
    assert plan(TRUE, SIZES).in_words == "d_x=3, d_y=2, n=5, m=2" and plan(TRUE, SIZES).where.startswith(
        "at the sizes d_x=3"
    )
    assert plan(TRUE).in_words.count("; ") == 2


@pytest.mark.parametrize(("default", "expected"), [(9, [3, 2, 1]), (2, [2, 2, 1]), (1, [2, 2, 1])])
def test_depth_is_3_2_1_and_at_most_its_default_but_for_2(default, expected):
    assert [sizes["steps"] for sizes in plan(priced("d_x", steps=default)).sizes] == expected


def test_large_networks_are_judged_at_smaller_sizes():
    """Widths 40·d_x = 120, 280, 200: the second is too wide."""
    assert COSTLIEST == 200
    assert [sizes["d_x"] for sizes in plan(priced("40*d_x")).sizes] == [3, 5]
    assert [sizes["d_x"] for sizes in plan(priced("40*d_x + 1")).sizes] == [
        3,
        2,
    ]  # one is left: the cheapest, and all 2
    large = plan(priced("100*d_x", "n")).sizes  # 1500, 1400, 5500: the cheapest is the second
    assert large == ({"d_x": 7, "d_y": 5, "n": 2, "m": 3}, {"d_x": 2, "d_y": 2, "n": 2, "m": 2})
    assert plan(priced("100*d_x", "n"), {"n": 6}).sizes[1] == {"d_x": 2, "d_y": 2, "n": 6, "m": 2}
    assert len(plan(priced("1000*d_x"), SIZES).sizes) == 1


def test_the_cost_is_width_times_depth():
    x, y = stream = Stream(x=3, y=2)
    layer = Attention((Head(query=x, key=x, value=y, into=y),), kernel="linear", mask="context")
    assert cost_of(Transformer(stream, (layer, Repeat(layer, 3)))) == 20
    assert declared_cost(priced("d_x + d_y", "n"), SIZES) == 25
    assert declared_cost(TRUE, SIZES) == declared_cost(priced("d_x +", "2"), SIZES) == 0


def test_sizes_of_data_are_those_that_a_shape_mentions_in_the_order_of_the_record():
    record = replace(TRUE, sizes={"steps": 3, **TRUE.sizes})
    assert sizes_of_data(record) == ["d_x", "d_y", "n", "m"]
    assert sizes_of_data(replace(GRAM, sizes={"steps": 1, **TRUE.sizes})) == ["d_x", "d_y", "n"]


# --- integers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [1, 8, 12, 61, 127])
def test_the_integers_are_the_top_bits_of_shake_256_of_the_words(bits):
    """By definition: seed = SHAKE(words, joined by U+001F), block k = SHAKE(seed + k), 64 numbers a block."""
    width = -(-bits // 8)
    seed = hashlib.shake_256(b"one\x1f2").digest(32)
    blocks = b"".join(hashlib.shake_256(seed + k.to_bytes(8, "big")).digest(64 * width) for k in range(3))
    numbers = [
        int.from_bytes(blocks[i : i + width], "big") // 2 ** (8 * width - bits) for i in range(0, 192 * width, width)
    ]
    assert list(islice(stream_of_integers(bits, "one", 2), 192)) == numbers
    assert max(numbers) < 2**bits and max(numbers) >= 2 ** (bits - 1)


def test_words_are_kept_apart():
    starts = [next(stream_of_integers(64, *words)) for words in (("ab",), ("a", "b"), ("b", "a"), ())]
    assert len(set(starts)) == 4


# --- values ------------------------------------------------------------------------------------------------------


def counting():
    count = iter(range(1, 1000))
    return lambda rows, columns: exact([[next(count) for _ in range(columns)] for _ in range(rows)])


def test_matrices_are_drawn_row_by_row():
    assert fractions_of(drawn(iter(range(1, 9)), 2, 3)) == [[1, 2, 3], [4, 5, 6]]
    assert fractions_of(fill((), counting())) == [[1]] and fractions_of(fill((3,), counting())) == [[1], [2], [3]]
    assert fractions_of(fill((1, 2), counting())) == [[1, 2]]
    first, second = fill((2, 1, 2), counting())
    assert [fractions_of(first), fractions_of(second)] == [[[1, 2]], [[3, 4]]]


def test_a_symmetric_matrix_is_one_plus_its_transpose():
    M = exact([[1, 2], [3, 4]])
    assert fractions_of(mirrored(M)) == [[2, 5], [5, 8]]
    assert [fractions_of(part) for part in mirrored([M, (M.T)])] == [[[2, 5], [5, 8]]] * 2
    assert symmetric_names(GRAM) == {"P", "S"}
    data = within_domain(GRAM, {"S": M, "Y": M})
    assert fractions_of(data["S"]) == [[2, 5], [5, 8]] and data["Y"] is M
    one_hot = replace(TRUE, domain={"X": "one-hot rows"})
    assert "one-hot rows" in DOMAINS and within_domain(one_hot, {"X": M})["X"] is M


def test_parameters_have_their_shapes_and_symmetries():
    asked = []

    def make(parameter, rows, columns):
        asked.append((parameter.positive, rows, columns))
        return exact([[i + 2 * j for j in range(columns)] for i in range(rows)])

    values = parameters_from(GRAM, {"d_x": 2, "d_y": 1, "n": 2}, make)
    assert asked == [(False, 2, 2), (True, 1, 1), (False, 1, 2), (False, 1, 2)]
    assert fractions_of(values["P"]) == [[0, 3], [3, 6]] and fractions_of(values["lam"]) == [[0]]
    assert [fractions_of(part) for part in values["W"]] == [[[0, 2]]] * 2


def test_random_points_are_the_next_integers_and_positive_ones_start_at_1():
    sizes = {**SIZES, "d_x": 2, "d_y": 1, "n": 1}
    instance = random_instance(GRAM, sizes, iter([1, 2, 3, 4, 0, 5, 6]))
    assert fractions_of(instance.parameters["P"]) == [[2, 5], [5, 8]]
    assert fractions_of(instance.parameters["lam"]) == [[1]] and fractions_of(instance.parameters["W"][0]) == [[5, 6]]
    data = random_data(instance, iter([1, 2, 3, 4, 7]))
    assert fractions_of(data["S"]) == [[2, 5], [5, 8]] and fractions_of(data["Y"]) == [[7]]


def test_a_generic_instance_depends_on_the_name_alone():
    first, again, other = (generic_instance(record, SIZES) for record in (GRAM, GRAM, replace(GRAM, name="other")))
    assert fractions_of(first.parameters["lam"]) == fractions_of(again.parameters["lam"])
    assert fractions_of(first.parameters["lam"]) != fractions_of(other.parameters["lam"])
    assert (
        fractions_of(first.parameters["lam"])[0][0]
        == 1 + list(islice(stream_of_integers(64, "generic", "gram"), 10))[9]
    )
    assert fractions_of(first.parameters["lam"])[0][0] > 2**40


# --- where parameters cannot be variables ------------------------------------------------------------------------


def test_the_defaults_come_first_then_two_draws_of_halves():
    default, *draws = parameter_choices(TRUE, SIZES)
    assert fractions_of(default["eta"]) == [[Fraction(1, 10)]] and len(draws) == 2
    assert len(list(parameter_choices(GRAM, SIZES))) == 2  # no defaults
    shaped = replace(GRAM, parameters={"lam": Parameter(shape=("d_x", "n"), default=[[1, 2]])})
    with pytest.raises(ShapeMismatch, match="the parameter lam has shape 1×2; it must be 3×5"):
        list(parameter_choices(replace(shaped, weights=lambda d_x, d_y: GRAM.weights(d_x, d_y, 1)), SIZES))
    without = replace(GRAM, parameters={}, weights=lambda d_x, d_y: GRAM.weights(d_x, d_y, 1))
    assert list(parameter_choices(without, SIZES)) == [{}]


def halves(name, draw, count, positive=False):
    numbers = stream_of_integers(32, "parameters", name, draw)
    sized = ((next(numbers) % 5 + 1, positive or next(numbers) % 2) for _ in range(count))
    return [(size if up else -size) / 2 for size, up in sized]


@pytest.mark.parametrize("draw", [0, 1])
def test_a_draw_is_of_halves_from_1_to_5_and_never_0(draw):
    record = replace(GRAM, parameters={"V": Parameter(shape=("n", "d_x"))})
    values = [float(v) for row in fractions_of(list(parameter_choices(record, SIZES))[draw]["V"]) for v in row]
    assert values == halves("gram", draw, 15)
    assert {abs(v) for v in values} <= {0.5, 1.0, 1.5, 2.0, 2.5} and min(values) < 0 < max(values)
    record = replace(GRAM, parameters={"V": Parameter(shape=("n", "d_x"), positive=True)})
    values = [float(v) for row in fractions_of(list(parameter_choices(record, SIZES))[draw]["V"]) for v in row]
    assert values == halves("gram", draw, 15, positive=True)
