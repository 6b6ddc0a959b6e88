"""The rules of the cut-off lemma against numbers: random expressions, with one index left out for real."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import numpy as np
import pytest

from constructions.matrix import (
    MatrixError,
    ShapeMismatch,
    Size,
    Unsupported,
    below,
    beside,
    exact,
    identity,
    ones,
    reciprocal,
    zeros,
)
from constructions.matrix.formula import constants_by
from constructions.matrix.opaque import entries_in
from constructions.matrix.rational import RATIONAL
from constructions.matrix.sizes import Index, text
from constructions.matrix.words import Inclusion
from verify.arithmetic import left_out, padding
from verify.arithmetic.left_out import axis_of, cut_off
from verify.arithmetic.padding import PaddingArithmetic
from verify.arithmetic.polynomial import PolynomialArithmetic
from verify.arithmetic.sized import SizedArithmetic, in_order, numbers_at, run, value_at
from verify.arithmetic.terms import TermArithmetic, TooManyTerms
from verify.engines.cut_off import CONSTANT, Leaves

A, B = Size.named("a"), Size.named("b")
AXES = (A, B, A + B, 1, 2)
LENGTHS = {"a": 3, "b": 2}
SIZES = {"a": 7, "b": 11}  # what a size used as a number is: not the length


def expressions(seed, steps=14):
    """Random matrices of symbolic shape, the operations on which they were made being written down."""
    draw, sized, made = Random(seed), SizedArithmetic(), []
    with constants_by(sized):
        for number in range(6):
            made.append(sized.letter(f"X{number}", draw.choice(AXES), draw.choice(AXES)))
        made += [identity(A), identity(A + B), zeros(A, B), exact([[2, 0], [0, 3]]), ones(A, 1) * A.as_matrix()]
        made += [ones(draw.choice(AXES[:3]), draw.choice(AXES)) for _ in range(3)]
        for _ in range(steps):
            try:
                made.append(combined(draw, made))
            except (ShapeMismatch, MatrixError):
                continue
        return [entries_in(one, sized) for one in made]


def combined(draw, made):
    """One more matrix, of matrices that fit if such are found soon."""
    P, Q = draw.choice(made), draw.choice(made)
    kind = draw.choice(("add", "times", "matmul", "matmul", "below", "beside", "take", "transpose", "scale"))
    fits = {
        "add": lambda Q: [*map(text, P.shape)] == [*map(text, Q.shape)],
        "matmul": lambda Q: text(P.shape[1]) == text(Q.shape[0]),
        "below": lambda Q: text(P.shape[1]) == text(Q.shape[1]),
        "beside": lambda Q: text(P.shape[0]) == text(Q.shape[0]),
        "scale": lambda Q: [*map(text, Q.shape)] == ["1", "1"],
    }
    fits["times"] = fits["add"]
    Q = draw.choice([R for R in made if fits.get(kind, lambda R: True)(R)] or [Q])
    match kind:
        case "add":
            return P - Q
        case "times" | "scale":
            return P * Q
        case "matmul":
            return P @ Q
        case "below":
            return below(P, Q)
        case "beside":
            return beside(P, Q)
        case "take" if text(P.shape[0]) == text(A + B):
            return P[Inclusion(draw.randrange(2), (A, B))]
    return P.T


def places(axis, lengths):
    """The letter and the index of every row or column."""
    return [(block, i) for block in axis for i in range(lengths.get(block, 1))]


def values(outputs, lengths, gone=(), left_out=False):
    """The outputs in numbers: the variables of the index `gone` zero, or the index left out."""

    def leaf(one):
        at = {letter: length + (left_out and letter == gone[0]) for letter, length in lengths.items()}
        if one.name == "size":
            return entries_in(exact(value_at(one.detail, SIZES)), RATIONAL)
        if one.name == "constant":
            return CONSTANT[one.detail](*(value_at(size, lengths) for size in one.shape))._entries
        rows, columns = (places(axis_of(size), at) for size in one.shape)
        drawn = np.random.default_rng([*one.detail[0].encode()]).integers(-4, 5, (len(rows), len(columns)))
        if left_out:
            stay = [[k for k, place in enumerate(side) if place != gone] for side in (rows, columns)]
            return exact(drawn[np.ix_(*stay)])._entries
        away = [np.array([place == gone for place in side]) for side in (rows, columns)]
        return exact(np.where(away[0][:, None] | away[1][None], 0, drawn))._entries

    found = run(outputs, RATIONAL, leaf, lambda part, size: numbers_at(part, size, lengths))
    return [np.array(one.fractions(), dtype=object).reshape(one.shape) for one in found]


def broken_promise(one, padded):
    """What the rules say of an expression, and numbers deny; "" if they agree."""
    (full,) = values([one], LENGTHS, ("", 0))
    rows, columns = (places(axis, LENGTHS) for axis in (padded.rows, padded.columns))
    blocks = [
        [k for k, block in enumerate(axis) for _ in range(LENGTHS.get(block, 1))]
        for axis in (padded.rows, padded.columns)
    ]
    for (i, row), (j, column) in ((p, q) for p in enumerate(rows) for q in enumerate(columns)):
        block = blocks[0][i], blocks[1][j]
        if full[i, j] and not padded.some[block]:
            return "some"
        if full[i, j] and row[0] and row[0] == column[0] and row != column and not padded.apart[block]:
            return "apart"
    for letter, index in [(letter, i) for letter, length in LENGTHS.items() for i in range(length)]:
        gone = (letter, index)
        (padded_with_zeros,) = values([one], LENGTHS, gone)
        (smaller,) = values([one], {**LENGTHS, letter: LENGTHS[letter] - 1}, gone, left_out=True)
        stay = [[k for k, place in enumerate(side) if place != gone] for side in (rows, columns)]
        if (padded_with_zeros[np.ix_(*stay)] != smaller).any():
            return "leaving out"
        for i, j in zip(*np.nonzero(padded_with_zeros), strict=True):
            table = {(True, False): "below", (False, True): "right", (True, True): "corner"}.get(
                (rows[i] == gone, columns[j] == gone)
            )
            if table and not getattr(padded, table)[blocks[0][i], blocks[1][j]]:
                return table
    return ""


def judged(seeds):
    """How many expressions the rules accept and refuse, and what numbers say of those accepted."""
    accepted, refused, wrong = 0, 0, set()
    for seed in seeds:
        for one in expressions(seed)[14:]:
            try:
                (padded,) = run([one], PaddingArithmetic(), left_out.leaf, lambda part, _: part)
            except Unsupported:
                refused += 1
                continue
            accepted += 1
            wrong.add(broken_promise(one, padded))
    return accepted, refused, wrong - {""}


def test_what_the_rules_accept_is_true_of_numbers():
    accepted, refused, wrong = judged(range(200))
    assert not wrong
    assert accepted > 1_000 and refused > 50


@pytest.mark.parametrize("table", ["right", "below", "corner", "apart", "some"])
def test_a_rule_that_promises_too_much_is_seen(table, monkeypatch):
    """Ones are made to look as if they were zero somewhere, or diagonal."""
    honest = left_out.leaf

    def leaf(one):
        made = honest(one)
        if one.name == "constant" and one.detail == "1":
            return replace(made, **{table: np.zeros_like(made.some)})
        return made

    monkeypatch.setattr(left_out, "leaf", leaf)
    _, _, wrong = judged(range(60))
    assert wrong


def touched(entry, own, letter, counting):
    """The most indices of a letter in one monomial of an entry, with the entry's own."""
    most = {index for place, index in own if place == letter}
    names = list(counting)
    for powers in entry.top.monoms():
        seen = set(most)
        for variable in (names[k] for k, power in enumerate(powers) if power):
            seen |= {index for place, index in counting[variable] if place == letter}
        yield len(seen)


def counted(one, padded):
    """For every letter the most indices that a monomial touches, beside the cut-off; nothing if there are many monomials."""
    counts = TermArithmetic(300)
    bound = Leaves(counts, lambda _: counts.variable(), LENGTHS)
    try:
        _ = run([one], counts, bound.value, bound.pick)
    except TooManyTerms:
        return
    functions = PolynomialArithmetic(["_".join(map(str, key)) for key in bound.variables])
    leaves = Leaves(functions, functions.variable, LENGTHS)
    (table,) = run([one], functions, leaves.value, leaves.pick)
    shapes = {leaf.detail[0]: leaf.shape for leaf in in_order([one]) if leaf.name == "letter"}
    of = {key: places_of(key, shapes) for key in bound.variables}
    rows, columns = (places(axis, LENGTHS) for axis in (padded.rows, padded.columns))
    for letter, most in cut_off(padded).items():
        found = (
            count
            for i, j in np.ndindex(len(rows), len(columns))
            for count in touched(table.cells[i][j], (rows[i], columns[j]), letter, of)
        )
        yield max(found, default=0), most


def all_counted():
    """What `counted` finds for random expressions that the rules accept."""
    for seed in range(60):
        for one in expressions(seed, steps=10)[14:]:
            try:
                (padded,) = run([one], PaddingArithmetic(), left_out.leaf, lambda part, _: part)
            except Unsupported:
                continue
            yield from counted(one, padded)


def test_no_monomial_touches_more_indices_than_the_cut_off_says():
    pairs = list(all_counted())
    assert all(found <= most for found, most in pairs)
    assert len(pairs) > 200 and sum(found == most for found, most in pairs) > len(pairs) / 2


def test_a_sum_whose_index_is_not_counted_is_seen(monkeypatch):
    def forgetful(a, b, both):
        return {letter: np.zeros(both[:, 0].shape, dtype=int) for letter in LENGTHS}

    monkeypatch.setattr(padding, "_touched", forgetful)
    assert any(found > most for found, most in all_counted())


def places_of(key, shapes):
    """The letters and indices of a variable."""
    if len(key) == 1:
        return ()
    name, row, column = key
    return tuple(places(axis_of(size), LENGTHS)[k - 1] for size, k in zip(shapes[name], (row, column), strict=True))


# --- a row whose number nobody knows -----------------------------------------------------------------------------


def test_a_row_of_a_letter_by_an_unknown_number_is_a_letter_of_its_own():
    sized, l = SizedArithmetic(), Index()
    row = entries_in(sized.letter("X", A, B)[l], sized)
    assert row.name == "take" and [*map(text, row.shape)] == ["1", "b"] and row.detail == ((0,), None)
    (letter,) = row.operands
    assert (letter.name, letter.detail) == ("letter", (f"X[{l.name}]", False)) and [*map(text, letter.shape)] == [
        "1",
        "b",
    ]


@pytest.mark.parametrize("made", [lambda X, S: S, lambda X, S: X + X, lambda X, S: X.T])
def test_a_row_of_anything_else_by_an_unknown_number_is_refused(made):
    """Of a symmetric matrix a row says something about the columns, too."""
    sized = SizedArithmetic()
    X, S = sized.letter("X", A, B), sized.letter("S", A, A, symmetric=True)
    with pytest.raises(Unsupported, match="selection from what is not a parameter, by a number that nobody knows"):
        made(X, S)[Index()]
    with pytest.raises(Unsupported, match="selection of columns by a number that nobody knows"):
        X[:, Index()]


# --- what may be divided by, and what is too large ---------------------------------------------------------------

MADE = {
    "itself": lambda u, s: u,
    "negated": lambda u, s: -u,
    "in a sum": lambda u, s: s + u,
    "first in a sum": lambda u, s: u + s,
    "scaled": lambda u, s: s * u,
    "by which is scaled": lambda u, s: u * below(s, s),
    "times a column": lambda u, s: below(u, u) * below(s, s),
    "in a product": lambda u, s: below(s, s) @ u,
    "first in a product": lambda u, s: u @ beside(s, s),
    "transposed": lambda u, s: beside(u, s).T,
    "below": lambda u, s: below(s, u),
    "above": lambda u, s: below(u, s),
    "beside": lambda u, s: beside(s, u),
    "taken": lambda u, s: below(s, u)[[1]],
    "times nothing": lambda u, s: zeros(1, 1) * u,
    "nothing in a product": lambda u, s: below(u, u) @ zeros(1, 2),
    "a sum with nothing": lambda u, s: u + zeros(1, 1),
    "nothing and it": lambda u, s: zeros(1, 1) + u,
    "below nothing": lambda u, s: below(zeros(1, 1), u),
}


def by_the_rules(make):
    sized = SizedArithmetic()
    with constants_by(sized):
        one = entries_in(make(sized), sized)
    (padded,) = run([one], PaddingArithmetic(), left_out.leaf, lambda part, _: part)
    return padded


@pytest.mark.parametrize("name", MADE)
def test_what_sums_over_a_size_is_not_divided_by(name):
    def of(sized, summed):
        s = sized.letter("s", 1, 1)
        u = sized.letter("x", 1, A) @ sized.letter("y", A, 1) if summed else sized.letter("t", 1, 1)
        return reciprocal(MADE[name](u, s))

    with pytest.raises(Unsupported, match="division by what sums over a size is no polynomial"):
        by_the_rules(lambda sized: of(sized, summed=True))
    padded = by_the_rules(lambda sized: of(sized, summed=False))
    assert padded.steady and padded.some.all() and padded.apart.all() and not padded.corner.any()


@pytest.mark.parametrize(("most", "enough"), [(12, True), (11, False)])
def test_products_of_many_blocks_are_not_looked_into(most, enough, monkeypatch):
    """2 × 3 blocks times 3 × 2."""
    monkeypatch.setattr(padding, "MOST", most)

    def product(sized):
        return sized.letter("X", A + B, A + B + 1) @ sized.letter("Y", A + B + 1, A + 1)

    if enough:
        assert by_the_rules(product).some.shape == (2, 2)
    else:
        with pytest.raises(Unsupported, match="a product of more than 11 blocks is not looked into"):
            by_the_rules(product)


def test_where_a_transposed_and_a_joined_matrix_may_be_nonzero():
    """ones(a, 1) is 1 in the row that is left out, so its transpose is in the column, and a matrix beside zeros keeps it."""
    made = by_the_rules(lambda sized: ones(A, 1))
    turned = by_the_rules(lambda sized: ones(A, 1).T)
    assert made.below.all() and not made.right.any() and turned.right.all() and not turned.below.any()
    joined = by_the_rules(lambda sized: beside(ones(A, 1), zeros(A, 1)))
    assert joined.below.tolist() == [[True, False]] and joined.rows == ("a",) and joined.columns == ("", "")
    scaled = by_the_rules(lambda sized: zeros(1, 1) * ones(A, 2))
    assert scaled.zero and scaled.rows == ("a",) and scaled.columns == ("", "")


def test_lengths_are_whole_numbers_from_0():
    assert [value_at(size, {"a": 3, "b": 2}) for size in (A + B, A * B, A - 3 * B + 3, 4)] == [5, 6, 0, 4]
    with pytest.raises(Unsupported, match="a - 2·b is -1, which is no length"):
        value_at(A - 2 * B, LENGTHS)
    with pytest.raises(Unsupported, match="is 3/2, which is no length"):
        value_at(A * Fraction(1, 2), LENGTHS)


def test_rows_in_another_order_of_blocks_are_not_taken():
    with pytest.raises(Unsupported, match=r"rows in blocks \(b, a\) are taken for others"):
        by_the_rules(lambda sized: sized.letter("X", B + A, 1)[Inclusion(0, (A, B))])


def test_blocks_in_another_order_are_not_added():
    with pytest.raises(Unsupported, match=r"a matrix in blocks \(a, b\) × \(1\) meets one in blocks \(b, a\) × \(1\)"):
        by_the_rules(lambda sized: sized.letter("X", A + B, 1) + sized.letter("Y", B + A, 1))
