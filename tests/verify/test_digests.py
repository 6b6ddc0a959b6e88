"""A digest changes with everything that a formula or a network is made of, and with nothing else."""

import itertools
import math
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from constructions.digest import sha256
from constructions.language import (
    Attention,
    Box,
    Equal,
    Form,
    Head,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    Within,
)
from constructions.matrix import exact, exp, relu
from tests.controls.base import TRUE, algorithm
from tests.language.small import bare
from verify.scrutiny.digest import NoDigest, attempt, described_claims, described_network, parts, plain, source_of
from verify.scrutiny.source_text import text_of

X, Y = STREAM = Stream(x=2, y=1)
HEAD = Head(X, X, Y, Y)


def made_of(text, **names):
    """The digest of the formula of a file that says so much."""
    space = dict(names)
    exec(text, space)
    return sha256(source_of(space["f"]))


CALL = "def f(x): return g(x)"
INNER = "def f(x):\n    def inner(y): return y + {}\n    return inner(x)"
VALUES = [
    1, "1", True, None, Fraction(1), 1.0, b"1", (1,), (1, 2), ((1,), 2), frozenset("a"), frozenset("b"),
    exact([[1, 2]]), exact([[1, 3]]), exact([[1], [2]]), X, Y, Box("B"), Box("C"),
    exp, relu, len, math, itertools, partial(exp, 1), partial(exp, 2), partial(relu, 1), partial(exp, x=1), partial(exp, y=1),
]  # fmt: skip


def test_constants_of_every_kind_are_told_apart():
    """The text is the same, and what `g` stands for is not: a number, a matrix, a function of the language, a record."""
    found = [made_of("def f(x): return g", g=value) for value in VALUES]
    assert len(set(found)) == len(VALUES)


def test_the_same_constant_has_the_same_digest():
    letters = "abcdefgh"
    for one, other in ((exact([[1, 2]]), exact([["1", "2"]])), (frozenset(letters), frozenset(reversed(letters)))):
        assert made_of("def f(x): return g", g=one) == made_of("def f(x): return g", g=other)


def test_a_constant_in_a_closure_in_a_default_and_in_a_module_is_read():
    def closed(value):
        return lambda x: x * value

    def defaults(value):
        return lambda x, w=value, *, k=value: w * x * k

    for make in (closed, defaults):
        assert sha256(source_of(make(exact([[1]])))) == sha256(source_of(make(exact([[1]]))))
        assert sha256(source_of(make(exact([[1]])))) != sha256(source_of(make(exact([[2]]))))
    first, second = (lambda x, w=value: w * x for value in (1, 2))
    assert source_of(partial(first, 1)) != source_of(partial(second, 1)) != source_of(partial(second, 2))


def test_which_of_two_constants_is_which_is_read():
    def two(a, b):
        return lambda x: a @ x + b

    assert sha256(source_of(two(exact([[1]]), 2))) != sha256(source_of(two(2, exact([[1]]))))


def test_what_is_called_is_read():
    for body in ("x", "2 * x"):
        space = {}
        exec(f"def g(x): return {body}\n{CALL}", space)
        assert [name for name, *_ in source_of(space["f"])[1:]] == ["f", "g"]
    assert made_of("def g(x): return x\n" + CALL) != made_of("def g(x): return 2 * x\n" + CALL)


def test_what_can_change_has_no_digest():
    with pytest.raises(NoDigest, match="a list has no text"):
        _ = made_of("def f(x): return g", g=[1])
    assert attempt(lambda: made_of("def f(x): return g", g={1})) == (
        "no digest: a set has no text that says its exact value"
    )


def test_without_a_source_the_byte_code_is_read_to_the_bottom():
    """No address of the machine stands in it: it would be another one in another process."""
    texts = []
    for number in (1, 1, 2):
        space = {}
        exec(INNER.format(number), space)
        texts.append(text_of(space["f"]))
    assert texts[0] == texts[1] != texts[2] and "0x" not in texts[0] and "code object" not in texts[0]


def described(construction):
    return described_claims(construction, {"d_x": 1, "d_y": 1, "n": 1, "m": 1}, 0)


def test_a_bound_and_an_algorithm_of_its_own_belong_to_the_claim():
    def within(bound, **words):
        return described(replace(TRUE, claims=(Equal(), Within(bound, **words))))["claims"][1]

    loose, tight = within(lambda eta: 2 * eta), within(lambda eta: eta)
    assert len(loose["digest"]) == 64 and loose["digest"] != tight["digest"] and "algorithm" not in loose
    bound = lambda eta: eta  # noqa: E731
    other = lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta + 1)  # noqa: E731
    own = within(bound, algorithm=algorithm)
    assert len(own["algorithm"]) == 64 and own["algorithm"] != within(bound, algorithm=other)["algorithm"]
    assert described(TRUE)["claims"][0]["kind"] == Equal.__name__


def network(*heads, passes=1, prompt=None, domain=None):
    record = bare(
        weights=lambda d_x, d_y: Transformer(STREAM, (Attention(heads, "linear", "context"),), passes),
        readout=lambda y: Readout(y, at="query"),
        **({"prompt": prompt} if prompt else {}),
    )
    return described_network(record, dict(record.sizes))


def test_passes_are_a_part_of_the_architecture():
    one, two = network(HEAD), network(HEAD, passes=2)
    assert len(two["architecture"]) == 64 and one["architecture"] != two["architecture"]
    assert one["weights"] == two["weights"]


def test_weights_are_no_part_of_the_architecture():
    one, other = network(HEAD), network(replace(HEAD, value=2 * Y))
    assert one["weights"] != other["weights"] and one["architecture"] == other["architecture"]


def test_a_block_of_zeros_is_no_block():
    """y + 0 x is the same linear form as y, and has the same digest."""
    zero = Form(STREAM, 1, {"y": exact(1), "x": exact([[0, 0]])})
    one = Form(STREAM, 1, {"y": exact(1)})
    assert plain(zero) == plain(one) and {*zero.blocks} != {*one.blocks}
    assert network(replace(HEAD, value=zero)) == network(replace(HEAD, value=one))


def test_arrays_lists_and_words_have_texts():
    assert plain(np.array([[1, 2]])) == [["1", "2"]] == plain(((1, 2),))
    assert plain({"a": [True, None, Fraction(1, 3)], 2: "b"}) == {"a": [True, "None", "1/3"], "2": "b"}
    assert [*parts({"a": X, "b": [Y, (X,)]}, Form)] == [X, Y, X]
    assert plain(HEAD, skip=Form)[1]["query"] == "Form"
    with pytest.raises(NoDigest, match="set has no text"):
        _ = plain({1, 2})


def test_two_lambdas_on_a_line_are_told_apart():
    one, other = (lambda x: x, lambda x: 2 * x)
    assert sha256(source_of(one)) != sha256(source_of(other))


def test_what_arrives_is_a_part_of_the_prompt():
    """The same context and query, and then nothing, x or 2 x."""
    x, y = stream = Stream(x=1, y=1)
    layer = Attention((Head(x, x, y, y),), "linear", "causal")

    def digest(*arriving):
        record = replace(
            bare(),
            weights=lambda: Transformer(stream, (layer,), 2),
            prompt=lambda a, b: Prompt(query=(Token(x=a),), arriving=arriving[0](b) if arriving else None),
            readout=lambda y: Readout(y, at="last"),
            algorithm=lambda a, b: a,
            sizes={"T": 2},
            data={"a": ("1", 1), "b": ("T", 1)},
        )
        return described_network(record, {"T": 2})["prompt"]

    found = {digest(lambda b: Token(x=b)), digest(lambda b: Token(x=2 * b)), digest(lambda b: Token(y=b))}
    assert len(found) == 3 and {len(one) for one in found} == {64}
