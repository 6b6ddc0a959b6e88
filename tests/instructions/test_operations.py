"""Operations one by one: what they refuse and in which words, that the past cannot see the future, and shared layers."""

import pytest

from constructions.instructions import aff, compiled, div, dot, mov, mul, raw, together
from constructions.language import BadConstruction, BadNetwork, Equal, Stream, UnknownName
from constructions.matrix import identity
from tests.controls.base import TRUE
from tests.instructions.columns import COLUMNS, START, after, plain

d = 2


def test_mov_to_an_earlier_column():
    x, y, *_ = plain()
    with pytest.raises(BadNetwork, match="mov copies from column 2 to column 1: a column sees earlier columns only"):
        mov(x, source=2, target=1, into=y)


def test_columns_before_the_first():
    """A negative number would be counted from the end by the bounds, and be no column at all for attention."""
    x, y, z, *_ = plain()
    for operation in (
        lambda: mov(x, source=-1, target=0, into=y),
        lambda: raw("+", x, y, into=z, columns={1: (-1,)}),
        lambda: raw("+", x, y, into=z, columns={-1: (-1,)}),
    ):
        with pytest.raises(BadNetwork, match="names column -1: columns are numbered from 0"):
            operation()


def test_widths_that_do_not_fit():
    x, y, z, a, c = plain()
    for wrong, sentence in (
        (lambda: mov(x, source=0, target=1, into=a), "mov: x has width 2 and a has width 1; they must be equal"),
        (lambda: aff(a, into=z), "aff: a has width 1 and z has width 2; they must be equal"),
        (lambda: dot(x, a, into=c), "dot: x has width 2 and a has width 1; they must be equal"),
        (lambda: div(x, c, into=a), "div: x has width 2 and a has width 1; they must be equal"),
        (lambda: div(x, y, into=z), r"div divides by one number; the divisor \(reads y\) has width 2"),
        (lambda: raw("+", x, a, into=z, columns={0: (0,)}), "raw: x has width 2 and a has width 1"),
        (lambda: raw("×", x, y, into=a, columns={0: (0,)}), "raw: out must be 1×2, it is 2×2"),
        (lambda: raw("-", x, y, into=z, columns={0: (0,)}), r"raw adds \(\+\) or multiplies \(×\); it got '-'"),
        (lambda: raw("+", x, y, into=z, columns={0: (1,)}), r"raw at column 0 reads \[1\]: name columns that are not"),
        (lambda: raw("+", x, y, into=z, columns={0: ()}), r"raw at column 0 reads \[\]: .* at least one"),
    ):
        with pytest.raises(BadNetwork, match=sentence):
            wrong()


def test_the_last_product_of_appendix_b_as_printed():
    """`mul(; d, 1, 1, …)` multiplies a vector by one number; w′ᵀx is a 1 × d matrix times a d × 1 matrix."""
    x, w, o = Stream(x=d, w=d, o=1)
    with pytest.raises(BadNetwork, match=r"mul of 2×1 and 1×1 matrices: right \(reads x\) has width 2, not 1"):
        mul(w, x, into=o, sizes=(d, 1, 1))
    assert mul(w, x, into=o, sizes=(1, d, 1)).out.shape == (1, d)


def test_a_layer_that_cannot_be_shared():
    x, y, z, a, c = plain()
    with pytest.raises(BadNetwork, match="two operations cannot share a layer: one writes z, which the other uses"):
        together(aff(x, into=z), aff(y, into=z))
    with pytest.raises(BadNetwork, match="one writes y, which the other uses"):
        together(aff(x, into=y), dot(y, z, into=a))
    with pytest.raises(BadNetwork, match="one writes y, which the other uses"):
        together(dot(y, z, into=a), aff(x, into=y))
    everywhere = {0: (0,), 1: (1,)}
    with pytest.raises(BadNetwork, match="two raw operations cannot share a layer: both gather their operands in the"):
        together(raw("+", x, x, into=y, columns=everywhere), raw("×", x, x, into=z, columns=everywhere))
    with pytest.raises(BadNetwork, match="div needs the attention of its layer for itself"):
        compiled(plain(), (together(div(a, c, into=identity(d)[0] @ z), mov(x, source=0, target=1, into=y)),), length=3)


def test_names_that_are_taken_and_fidelities_that_are_none():
    x, column = stream = Stream(x=1, column=1)
    with pytest.raises(BadNetwork, match="the register name column is the machine's own: give yours another name"):
        compiled(stream, (aff(x, into=column),), length=3)
    with pytest.raises(UnknownName, match="'exactly' is no fidelity; did you mean exact"):
        compiled(plain(), (), length=3, fidelity="exactly")


def one_of_each(stream):
    x, y, z, a, c = stream
    return {
        "mov": mov(x, source=0, target=2, into=y),
        "mov to itself": mov(x, source=1, target=1, into=y),
        "aff": aff(x - 2 * y, into=z, constant=3),
        "mul": mul(x, a, into=z, sizes=(d, 1, 1)),
        "dot": dot(x, y, into=a),
        "div": div(x, c, into=z),
        "raw +": raw("+", x, y, into=z, columns={1: (0, 1), 2: (0,)}),
        "raw ×": raw("×", x, y, into=z, columns={1: (0, 1), 2: (0, 1, 2)}),
    }


@pytest.mark.parametrize("name", one_of_each(plain()))
def test_a_later_column_changes_no_earlier_one(name):
    """The last column is another one; columns 0 and 1 come out the same."""
    stream = plain()
    operation = one_of_each(stream)[name]
    other = {register: [*rows[:2], [entry + 31 for entry in rows[2]]] for register, rows in START.items()}
    before, then = after(stream, (operation,)), after(stream, (operation,), other)
    assert before != then
    assert {r: rows[:2] for r, rows in before.items()} == {r: rows[:2] for r, rows in then.items()}


def test_by_hand():
    """x = (1,2) (3,−4) (5,7), y = (2,5) (−1,3) (4,6), a = 17, 19, −23, c = 2, −5, 7."""
    stream = plain()
    found = {name: after(stream, (operation,)) for name, operation in one_of_each(stream).items()}
    z, same = COLUMNS["z"], [COLUMNS["y"][0], COLUMNS["y"][1]]
    assert found["mov"]["y"] == [*same, [1, 2]]
    assert found["aff"]["z"] == [[0, -5], [8, -7], [0, -2]]
    assert found["mul"]["z"] == [[17, 34], [57, -76], [-115, -161]]
    assert found["dot"]["a"] == [[12], [-15], [62]]
    assert [[5 * entry for entry in row] for row in found["div"]["z"][1:2]] == [[-3, 4]]
    assert found["raw +"]["z"] == [z[0], [2 - 1, -1 + 3], [1 + 4, 2 + 6]]
    assert found["raw ×"]["z"] == [z[0], [2 * -1, -1 * 3], [3 * 4, 10]]
    for name, registers in found.items():
        written = {"mov": "y", "mov to itself": "y", "dot": "a"}.get(name, "z")
        assert {r: rows for r, rows in registers.items() if r != written} == {
            r: rows for r, rows in START.items() if r != written
        }, name


PAIRS = {
    "mov and aff": lambda x, y, z, a, c: (mov(x, source=0, target=1, into=y), aff(x + x, into=z, constant=1)),
    "mul and dot": lambda x, y, z, a, c: (mul(x, c, into=z, sizes=(d, 1, 1)), dot(x, y, into=a)),
    "two mov": lambda x, y, z, a, c: (mov(x, source=0, target=2, into=y), mov(x, source=1, target=2, into=z)),
    "raw and aff": lambda x, y, z, a, c: (raw("×", x, x, into=z, columns={2: (0, 1)}), aff(x, into=y)),
    "div and dot": lambda x, y, z, a, c: (div(x, c, into=z), dot(x, y, into=a)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_two_in_one_layer_are_one_after_the_other(name):
    """Lemma 7: independent operations share a layer."""
    stream = plain()
    first, second = PAIRS[name](*stream)
    shared = after(stream, (together(first, second),))
    assert shared == after(stream, (first, second)) == after(stream, (second, first))
    assert shared not in (after(stream, (first,)), after(stream, (second,)))


def test_dot_is_raw():
    """Lemma 2: × with K(t) = {t} and W_o = 1ᵀ."""
    x, y, _, a, _ = stream = plain()
    itself = {t: (t,) for t in range(3)}
    as_raw = raw("×", x, y, out=identity(d)[0] + identity(d)[1], into=a, columns=itself)
    assert after(stream, (as_raw,)) == after(stream, (dot(x, y, into=a),))
    assert after(stream, (raw("+", x, y, out=as_raw.out, into=a, columns=itself),)) != after(stream, (as_raw,))


@pytest.mark.parametrize("name", ["mov", "aff", "raw +"])
def test_pairs_of_units_with_an_activation_pass_numbers_on(name):
    """relu(u) − relu(−u) = u; one unit of a pair alone would not."""
    stream = plain()
    operation = one_of_each(stream)[name]
    pairs = after(stream, (operation,), fidelity="limit", s=1, activation="relu")
    assert pairs == after(stream, (operation,))


def test_two_raws_in_a_row_find_their_scratch_empty():
    """The second reads what stands there now, not what the first gathered."""
    x, y, z, *_ = stream = plain()
    K = {1: (0, 1), 2: (2,)}
    twice = after(stream, (raw("×", x, y, into=z, columns=K), raw("+", x, y, into=y, columns={2: (1,)})))
    assert twice["z"] == after(stream, (raw("×", x, y, into=z, columns=K),))["z"]
    assert twice["y"] == after(stream, (raw("+", x, y, into=y, columns={2: (1,)}),))["y"]


def test_a_claim_cannot_make_a_theorem_a_gadget():
    with pytest.raises(BadConstruction, match="a claim of gate replaces gadget: it may name another network only"):
        type(TRUE)(**{**vars(TRUE), "name": "gate", "claims": (Equal(), Equal("other", {"gadget": True}))})
    with pytest.raises(BadConstruction, match="gadget is True or False, not 'yes'"):
        type(TRUE)(**{**vars(TRUE), "gadget": "yes"})
