"""Chains that are not in the paper: each is verified, each planted error is refuted, and sharing layers changes nothing."""

from dataclasses import replace

import pytest

from constructions import get
from constructions.gradient_descent import raw_sgd_step
from constructions.instructions import aff, compiled, div, dot, mov, mul, packed, raw, times, together
from constructions.instructions.rows import rows_of
from constructions.language import BadNetwork, Stream, stack
from constructions.matrix import exact, identity
from tests.instructions.chains import CHAINS
from tests.instructions.columns import COLUMNS, after, plain
from verify import Standing, verify

x, y, z, a, c = STREAM = plain()


@pytest.mark.parametrize("record", CHAINS, ids=lambda record: record.name)
def test_a_chain_is_its_algorithm_and_its_planted_error_is_not(record):
    claim, *misses = verify(record, methods=("identity", "near-misses")).verdicts
    assert claim.standing is Standing.CERTIFIED
    assert [miss.standing for miss in misses] == [Standing.REFUTED]
    assert misses[0].counterexample is not None


@pytest.mark.parametrize("record", CHAINS, ids=lambda record: record.name)
def test_a_planted_error_is_refuted_as_a_claim(record):
    (miss,) = record.near_misses.values()
    wrong = replace(record.variant(miss), name="wrong")
    assert [verdict.standing for verdict in verify(wrong, methods=("identity",)).verdicts] == [Standing.REFUTED]


def test_theorem_1_in_fewer_layers():
    """w needs no layer of its own: the constant does not disturb the copy of x_1. So Lemma 7 makes eight of the nine."""
    step = get("raw-sgd-step")

    def weights(d, w, alpha, lam, *, pack=packed):
        stream, chain = raw_sgd_step.program(d, w, alpha, lam)
        return compiled(stream, pack(chain), length=3)

    fewer = replace(step, claims=step.claims[:1], steps=(), resources={"layers": "8"}, near_misses={}, weights=weights)
    verdicts = verify(fewer, methods=("identity", "resources")).verdicts
    assert [verdict.standing for verdict in verdicts] == [Standing.CERTIFIED, Standing.TESTED]

    def all_at_once(d, w, alpha, lam):
        stream, chain = raw_sgd_step.program(d, w, alpha, lam)
        layers = (together(chain[0], chain[4]), *chain[2:4], chain[1], *chain[5:])  # r is read before it is written
        return compiled(stream, layers, length=3)

    wrong = replace(fewer, weights=all_at_once, resources={})
    assert [verdict.standing for verdict in verify(wrong, methods=("identity",)).verdicts] == [Standing.REFUTED]


PROGRAMS = {
    "two that do not meet": ((dot(x, y, into=a), aff(x, into=z)), 1),
    "one reads what the other writes": ((dot(x, y, into=a), aff(a, into=c)), 2),
    "one writes what the other reads": ((aff(a, into=c), dot(x, y, into=a)), 2),
    "the third may go first": ((dot(x, y, into=a), times(a, x, into=z), aff(2 * c, into=c)), 2),
    "div needs attention for itself": ((div(a, c, into=a), mov(x, source=0, target=1, into=y)), 2),
    "halves of a register": (
        (aff(a, into=identity(2)[0] @ z), aff(c, into=identity(2)[1] @ z)),
        1,
    ),
    "two raws": (
        (raw("+", x, y, into=z, columns={1: (0,)}), raw("×", x, y, into=y, columns={2: (1,)})),
        2,
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_packed_programs_compute_what_they_computed(name):
    chain, layers = PROGRAMS[name]
    assert len(packed(chain)) == layers
    assert after(STREAM, packed(chain)) == after(STREAM, chain)
    assert len(packed(packed(chain))) == layers


def test_rows_and_not_registers_decide_who_shares_a_layer():
    """Lemma 7 speaks of rows."""
    first, second = (identity(2)[k] @ z for k in (0, 1))
    assert rows_of(first) == {"z": {0}} and rows_of(second - 3 * a) == {"z": {1}, "a": {0}}
    assert rows_of(0 * x + y) == {"y": {0, 1}}
    shared = together(aff(a, into=first), aff(second, into=c))
    assert after(STREAM, (shared,)) == after(STREAM, (aff(a, into=first), aff(second, into=c)))
    with pytest.raises(BadNetwork, match="two operations cannot share a layer: one writes z, which the other uses"):
        together(aff(a, into=first), aff(first, into=c))
    with pytest.raises(BadNetwork, match="div needs the attention of its layer for itself"):
        together(div(a, c, into=a), mov(x, source=0, target=1, into=y))


def test_times_is_entrywise_and_stretches_a_number():
    assert after(STREAM, (times(x, y, into=z),))["z"] == [
        [p * q for p, q in zip(u, v, strict=True)] for u, v in zip(COLUMNS["x"], COLUMNS["y"], strict=True)
    ]
    assert after(STREAM, (times(a, x, into=z),)) == after(STREAM, (mul(x, a, into=z, sizes=(2, 1, 1)),))
    assert after(STREAM, (times(x, y, into=z),)) != after(STREAM, (times(x, x, into=z),))


def test_what_is_no_program_is_refused():
    other = Stream(x=3, a=1)
    for wrong, sentence in (
        (
            lambda: aff(constant=exact([1, 2, 3]), into=x),
            r"aff: the constant is 3×1 and into \(reads x\) has width 2; give a",
        ),
        (lambda: aff(constant=exact([[1, 2]]), into=x), r"aff: the constant is 1×2 and into \(reads x\) has width 2"),
        (lambda: aff(x, into=x + y), r"aff: into \(reads x, y\) must be a register, or different rows of registers"),
        (lambda: aff(x, into=2 * y), r"aff: into \(reads y\) must be a register"),
        (lambda: aff(x, into=stack(a, a)), r"aff: into \(reads a\) must be a register"),
        (lambda: aff("x", into=y), "aff: an operand is 'x', a str; give a register of the stream, or a linear form"),
        (lambda: mov(x, source=0, target=1, into="y"), "mov: an operand is 'y', a str; give a register"),
        (lambda: mul(x, None, into=y, sizes=(2, 1, 1)), "mul: right is None, a NoneType; give a register"),
        (lambda: mul(x, a, into=y, sizes=(2, 1)), r"needs sizes=\(a, b, c\); it got \(2, 1\)"),
        (lambda: dot(x, y, into=z), r"dot writes one number; into \(reads z\) has width 2"),
        (lambda: times(x, stack(x, a), into=z), "times: x, a has width 3 and z has width 2; they must be equal"),
        (
            lambda: compiled(STREAM, dot(x, y, into=a), length=3),
            "a program is a tuple of operations, one layer each; it",
        ),
        (lambda: compiled(STREAM, (dot,), length=3), "operation 1 is <function dot .* make operations with mov, aff"),
        (
            lambda: compiled(STREAM, (aff(x, into=y), aff(other["x"], into=other["x"])), length=3),
            r"operation 2 \(aff\) uses x of another stream than the program's",
        ),
        (
            lambda: compiled(STREAM, (mov(x, source=0, target=5, into=y),), length=3),
            r"operation 1 \(mov\) writes column 5; a network of length 3 has the columns 0 to 2",
        ),
        (
            lambda: compiled(STREAM, (raw("+", x, y, into=z, columns={3: (0,)}),), length=3),
            r"operation 1 \(raw\) writes column 3; a network of length 3",
        ),
    ):
        with pytest.raises(BadNetwork, match=sentence):
            wrong()
