"""Tokens that carry products of their own item's data: built by hand, refused where undeclared, judged like all others."""

from dataclasses import replace

import numpy as np
import pytest

from constructions.language import (
    Attention,
    BadConstruction,
    Construction,
    Head,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    at,
    stack,
)
from constructions.matrix import ShapeMismatch, below, exact, exp, ones, reciprocal
from constructions.matrix.floating import array_of, floats
from constructions.matrix.rational import fractions_of
from constructions.views.theorem.prompt import prompt_lines, prompt_record
from tests.controls.base import TRUE
from verify import Standing, verify
from verify.engines.letters import lettered
from verify.methods.blockwise import blockwise
from verify.methods.honesty import honesty
from verify.methods.identity import identity
from verify.methods.necessity import necessity
from verify.methods.symbolic import symbolic
from verify.plan import plan


def smoother(d_x, *, scale=2):
    """Scores 2⟨x, x_i⟩ − |x_i|²; the query's own |x|² cancels in the softmax."""
    x, s, one, y = stream = Stream(x=d_x, s=1, one=1, y=1)
    head = Head(query=stack(scale * x, one), key=stack(x, -s), value=y, into=y)
    return Transformer(stream, (Attention((head,), kernel="softmax", mask="context"),))


def squares(X, Y, X_q, d_x):
    return Prompt((Token(x=X, s=ones(1, d_x) @ (X * X), y=Y),), (Token(x=X_q, one=1),))


def kernel_regression(X, Y, X_q):
    """Nadaraya–Watson with the kernel exp(−|x − x_i|²)."""

    def answer(q):
        weights = [exp(-(X[i] - q) @ (X[i] - q).T) for i in range(X.shape[0])]
        total = weights[0]
        for weight in weights[1:]:
            total = total + weight
        return reciprocal(total) * sum((w * Y[i] for i, w in enumerate(weights)), start=0 * Y[0])

    return below(*(answer(X_q[j]) for j in range(X_q.shape[0])))


SMOOTHER = Construction(
    name="smoother",
    title="Softmax attention with squared lengths in its tokens is a kernel smoother",
    sizes={"d_x": 2, "n": 3, "m": 1},
    data={"X": ("n", "d_x"), "Y": ("n", 1), "X_q": ("m", "d_x")},
    weights=smoother,
    prompt=squares,
    readout=lambda y: Readout(y, "query"),
    algorithm=kernel_regression,
    degree=2,
)
SMALL = plan(SMOOTHER, {"d_x": 2, "n": 3, "m": 1})


def covariance(d_x):
    _, _, z, one, o = stream = Stream(x=d_x, y=1, z=d_x, one=1, o=d_x)
    return Transformer(stream, (Attention((Head(one, one, z, o),), "linear", "context"),))


SUMS = replace(
    SMOOTHER,
    name="sums",
    weights=covariance,
    prompt=lambda X, Y, X_q: Prompt((Token(x=X, y=Y, z=Y * X, one=1),), (Token(x=X_q, one=1),)),
    readout=lambda o: Readout(o, "query"),
    algorithm=lambda X, Y, X_q: ones(X_q.shape[0], 1) @ Y.T @ X,
)


def test_the_tokens_by_hand():
    X, Y, X_q = [[1, 2], [3, -4]], [[5], [6]], [[7, 8]]
    instance = at(SUMS, {"n": 2, "m": 1})
    run = instance.run({"X": exact(X), "Y": exact(Y), "X_q": exact(X_q)})
    assert fractions_of(run.read("z", "context", 0)) == [[5, 10], [18, -24]]
    assert fractions_of(run.answer) == [[23, -14]]
    squared = at(SMOOTHER, {"n": 2, "m": 1}).run({"X": floats(X), "Y": floats(Y), "X_q": floats(X_q)})
    assert array_of(squared.read("s", "context", 0)).tolist() == [[5], [25]]


def test_queries_as_prompts_of_their_own_carry_their_own_products():
    """Where context tokens see the query, every query is a prompt of its own."""
    record = replace(
        SUMS,
        prompt=lambda X, Y, X_q: Prompt((Token(y=Y, one=1),), (Token(z=X_q * X_q, one=1),)),
        weights=lambda d_x: replace_mask(covariance(d_x), "everything"),
        algorithm=lambda X_q: X_q * X_q,
    )
    data = {"X": exact([[1, 2], [3, 4]]), "Y": exact([[1], [1]]), "X_q": exact([[2, 3], [5, 7]])}
    assert fractions_of(at(record, {"n": 2, "m": 2}).run(data).answer) == [[4, 9], [25, 49]]


def idle(d_x):
    one, o = stream = Stream(one=1, o=d_x)
    return Transformer(stream, (Attention((Head(one, one, 0 * o, o),), "linear", "context"),))


def replace_mask(network, mask):
    return Transformer(network.stream, tuple(replace(layer, mask=mask) for layer in network.layers))


def test_floats_agree_with_numpy():
    numbers = np.random.default_rng(0)
    X, Y, X_q = numbers.normal(size=(5, 2)), numbers.normal(size=(5, 1)), numbers.normal(size=(3, 2))
    run = at(SMOOTHER, {"n": 5, "m": 3}).run({"X": floats(X), "Y": floats(Y), "X_q": floats(X_q)})
    kernel = np.exp(-((X_q[:, None] - X[None]) ** 2).sum(axis=2))
    assert np.abs(array_of(run.answer) - kernel @ Y / kernel.sum(axis=1, keepdims=True)).max() < 1e-12


def test_kernel_regression_is_proved_with_exp_opaque():
    verdict = symbolic(SMOOTHER, SMALL)
    assert verdict.standing is Standing.PROVED, verdict


@pytest.mark.parametrize(
    "wrong",
    [
        {"weights": lambda d_x: smoother(d_x, scale=1)},
        {"prompt": lambda X, Y, X_q, d_x: Prompt((Token(x=X, s=ones(1, d_x) @ X, y=Y),), (Token(x=X_q, one=1),))},
        {"prompt": lambda X, Y, X_q, d_x: Prompt((Token(x=X, s=ones(1, d_x) @ (Y * X), y=Y),), (Token(x=X_q, one=1),))},
    ],
    ids=["a-forgotten-two", "lengths-without-squares", "another-product"],
)
def test_wrong_variants_are_refuted(wrong):
    assert symbolic(replace(SMOOTHER, **wrong), SMALL).standing is Standing.REFUTED


def test_the_rational_case_by_the_methods_that_must_stay_sound():
    record = SUMS
    assert identity(record, plan(record)).standing is Standing.CERTIFIED
    false = replace(record, algorithm=lambda X, Y, X_q: ones(X_q.shape[0], 1) @ Y.T @ (X * X))
    assert identity(false, plan(false)).standing is Standing.REFUTED
    assert honesty(record, plan(record)).standing is Standing.TESTED
    _ = verify(record).require()
    letters = blockwise(record, plan(record))
    assert letters.standing is Standing.UNDECIDED and "did not cancel" in letters.because


def test_products_that_nobody_uses_do_not_stop_a_proof_for_all_sizes():
    wide = replace(TRUE, name="wide", degree=2)
    assert lettered(wide).instance.context.item.products == {}
    assert blockwise(wide, plan(wide)).standing is Standing.PROVED


def test_a_product_that_carries_the_label_is_seen_as_a_leak_of_the_label():
    """The query's own label in a product: the network's answer depends on it, the algorithm's does not."""
    record = replace(
        SUMS,
        data={**SUMS.data, "Y_q": ("m", 1)},
        prompt=lambda X, Y, X_q, Y_q: Prompt((Token(x=X, y=Y, z=Y * X, one=1),), (Token(x=X_q, z=Y_q * X_q, one=1),)),
        weights=lambda d_x: replace_mask(covariance(d_x), "everything"),
    )
    leak = next(v for v in necessity(record, plan(record)) if v.subject == "no leakage")
    assert leak.standing is Standing.REFUTED and "Y_q[0, 0], the algorithm does not" in leak.because
    assert not verify(record, methods=("identity", "honesty")).stands


def test_an_answer_that_is_a_product_in_the_prompt_is_no_theorem():
    """Every context item answers with its own y x: nothing is computed."""
    record = replace(
        SUMS,
        prompt=lambda X, Y: Prompt((Token(o=Y * X, one=1),)),
        readout=lambda o: Readout(o, "context"),
        weights=idle,
        algorithm=lambda X, Y: (Y @ ones(1, X.shape[1])) * X,
        data={"X": ("n", "d_x"), "Y": ("n", 1)},
        sizes={"d_x": 2, "n": 3},
    )
    verdict = honesty(record, plan(record))
    assert verdict.standing is Standing.REFUTED and "nothing is learned from the context" in verdict.because


@pytest.mark.parametrize(
    ("fields", "error", "sentence"),
    [
        (
            {"degree": 1},
            ShapeMismatch,
            r"cannot multiply two forms \(X and X\): .* data of their own item says degree=2",
        ),
        ({"prompt": lambda X, Y, X_q: Prompt((Token(x=(2 * X) * X),))}, ShapeMismatch, "apply matrices to the product"),
        (
            {"prompt": lambda X, Y, X_q: Prompt((Token(x=(X * X) * X),))},
            ShapeMismatch,
            "cannot multiply X∘X and X: degree 2",
        ),
        (
            {"prompt": lambda X, Y, X_q: Prompt((Token(x=X * X_q),))},
            ShapeMismatch,
            "cannot multiply X and X_q: degree 2",
        ),
        (
            {"data": {**SMOOTHER.data, "Z": ("n", 3)}, "prompt": lambda X, Y, Z, X_q: Prompt((Token(x=X * Z),))},
            ShapeMismatch,
            "cannot multiply X and Z of widths 2 and 3: equal, or one of them 1",
        ),
    ],
)
def test_what_is_no_product_of_two_data_of_one_item_is_refused(fields, error, sentence):
    with pytest.raises(error, match=sentence):
        at(replace(SMOOTHER, **fields))


@pytest.mark.parametrize("degree", [0, 3, True, "2"])
def test_the_degree_is_one_or_two(degree):
    with pytest.raises(BadConstruction, match="the degree of smoother's tokens is 1 or 2"):
        replace(SMOOTHER, degree=degree)


def test_the_degree_is_shown():
    lines = prompt_lines(lettered(SUMS).instance)
    assert "every token is of degree 2 in the data of its own item (∘ is the entrywise product)" in lines
    assert any("Y[i]∘X[i]" in line or "X[i]∘Y[i]" in line for line in lines), lines
    assert prompt_record(lettered(SUMS).instance)["degree"] == 2
    assert "every token is linear in the data of its own item" in prompt_lines(lettered(TRUE).instance)
