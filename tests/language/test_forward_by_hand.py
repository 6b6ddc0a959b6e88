"""Every word of every table, on prompts small enough to compute with pencil and paper; the numbers below were.

The prompt is (1; 3), (2; 5) and the query (4; 0), one token each. With query = key = x the scores are ⟨x_i, x_j⟩:

        key   1   2   4
    reader 1  1   2   4          values y + x:  4, 7, 4
    reader 2  2   4   8
    reader 4  4   8  16
"""

import math
import re
from fractions import Fraction as F
from functools import partial

import numpy as np
import pytest

from constructions.language import (
    Attention,
    BadConstruction,
    DeltaLayer,
    Head,
    MesaLayer,
    Prompt,
    Readout,
    Repeat,
    Stream,
    Token,
    Transformer,
    Write,
    at,
)
from constructions.language.forward import KERNELS, NORMALISERS
from constructions.language.layout import MASKS, POSITIONS
from constructions.language.quantifier import UnknownName
from constructions.language.transformer import BadNetwork
from constructions.matrix import Arithmetic, Matrix, Pole, Unsupported, exact, identity, ones, shift
from constructions.matrix.floating import FloatArithmetic, array_of, floats
from constructions.matrix.rational import fractions_of
from tests.language.small import bare, data_of, labels, layer_of

X, Y, X_Q = [[1], [2]], [[3], [5]], [[4]]


def scores_by_x(x, y):
    return Head(query=x, key=x, value=y + x, into=y)


def indifferent(x, y):
    """All scores are zero."""
    return Head(query=0 * x, key=x, value=y + x, into=y)


BY_MASK = {
    "everything": [37, 73, 136],  # 3 + (4 + 14 + 16), 5 + (8 + 28 + 32), 0 + (16 + 56 + 64)
    "context": [21, 41, 72],  # without the query's own 16, 32, 64
    "causal": [7, 41, 136],  # 3 + 4, 5 + 8 + 28, all
    "strict": [3, 13, 72],  # 3 + 0, 5 + 8, 16 + 56
    "causal context": [7, 41, 72],
    "strict context": [3, 13, 72],
    "context strict": [3, 13, 72],
    "query": [19, 37, 64],  # 3 + 4·4, 5 + 8·4, 16·4
    "self": [7, 33, 64],  # 3 + 1·4, 5 + 4·7, 16·4
    "self context": [7, 33, 0],
}


@pytest.mark.parametrize("mask", BY_MASK)
def test_masks(mask):
    assert labels(layer_of(scores_by_x, "linear", mask), X, Y, X_Q) == BY_MASK[mask]


BY_KERNEL = {
    # x is 1, −2, 4 here: scores [1 −2 4; −2 4 −8; 4 −8 16], values y + x: 4, 3, 4
    "linear": [17, -23, 56],  # 3 + (4 − 6 + 16), 5 + (−8 + 12 − 32), 0 + (16 − 24 + 64)
    "relu": [23, 17, 80],  # 3 + (4 + 16), 5 + 12, 16 + 64
    "hard": [7, 8, 4],  # 3 + value of token 3, 5 + value of token 2, value of token 3
}
SOFTMAX_READER_1 = (4 * math.exp(1) + 3 * math.exp(-2) + 4 * math.exp(4)) / (math.exp(1) + math.exp(-2) + math.exp(4))


@pytest.mark.parametrize("kernel", BY_KERNEL)
def test_kernels(kernel):
    assert labels(layer_of(scores_by_x, kernel), [[1], [-2]], Y, X_Q) == BY_KERNEL[kernel]


def float_labels(weights, X, Y, X_q):
    instance = at(
        bare(weights=weights, readout=lambda y: Readout(y, at="everything")), {"d_x": 1, "n": len(X), "m": len(X_q)}
    )
    return array_of(instance.run(data_of(X, Y, X_q, floats)).answer)[:, 0].tolist()


def test_softmax_kernel():
    answers = float_labels(layer_of(scores_by_x, "softmax"), [[1], [-2]], Y, X_Q)
    assert answers[0] == pytest.approx(3 + SOFTMAX_READER_1, rel=1e-14)
    assert float_labels(layer_of(indifferent, "softmax"), X, Y, X_Q) == pytest.approx([3 + 5, 5 + 5, 5], rel=1e-15)
    assert float_labels(layer_of(indifferent, "softmax", "context"), X, Y, X_Q) == pytest.approx([8.5, 10.5, 5.5])
    assert float_labels(layer_of(indifferent, "softmax", "strict"), X, Y, X_Q) == pytest.approx(
        [3, 9, 5.5]
    )  # the first sees nothing


def test_exp_kernel():
    answers = float_labels(layer_of(scores_by_x, "exp", "context"), [[1], [-2]], Y, X_Q)
    assert answers[2] == pytest.approx(4 * math.exp(4) + 3 * math.exp(-8), rel=1e-14)
    assert answers[0] == pytest.approx(3 + 4 * math.exp(1) + 3 * math.exp(-2), rel=1e-14)


def test_a_head_may_have_a_kernel_of_its_own():
    """linear and relu heads add up: 56 and 80 at the query, 17 − 3 and 23 − 3 at the first token."""

    def weights(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        heads = (Head(x, x, y + x, y), Head(x, x, y + x, y, kernel="relu"))
        return Transformer(stream, (Attention(heads, kernel="linear", mask="everything"),))

    assert labels(weights, [[1], [-2]], Y, X_Q) == [17 + 20, -23 + 12, 56 + 80]


def test_mixed_values():
    """Key 1 fetches 2·4 + 3·7 = 29 and key 2 fetches 5·7 = 35: the query gets 4·29 + 8·35."""

    def weights(d_x, d_y, *, rows=((2, 3), (0, 5))):
        x, y = stream = Stream(x=d_x, y=d_y)
        head = Head(x, x, y + x, y, mixing=exact([*map(list, rows)]))
        return Transformer(stream, (Attention((head,), kernel="linear", mask="context", normaliser="1/n"),))

    assert labels(weights, X, Y, X_Q) == [3 + F(29 + 70, 2), 5 + F(58 + 140, 2), F(4 * 29 + 8 * 35, 2)]
    assert labels(partial(weights, rows=((1, 0), (0, 1))), X, Y, X_Q) == [12, 23, 36]  # as without
    with pytest.raises(
        BadNetwork, match="mixing is a square matrix, key × value over the tokens that are seen; it is 1×2"
    ):
        labels(partial(weights, rows=((1, 0),)), X, Y, X_Q)


def delta(chunk=1):
    def weights(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        layer = DeltaLayer(query=x, key=x, value=y, rate=exact([["1/2"]]) @ x, into=y, chunk=chunk)
        return Transformer(stream, (layer,))

    return weights


@pytest.mark.parametrize("chunk", [1, 2, 3])
def test_delta_layer_by_hand(chunk):
    """S = 0 + ½·3·1 = 3/2; then β = 1 and S = 3/2 + (5 − 3)·2 = 11/2; at the query β = 2, S = 11/2 + 2 (0 − 22)·4."""
    last = F(11, 2) - 176
    assert labels(delta(chunk), X, Y, X_Q) == [3 + F(3, 2), 5 + 11, 4 * last]
    assert labels(delta(chunk), X, Y, QUERIES, place="query")[1] == -F(33, 4)  # β = −½: 11/2 − ½ (0 + 11/2)·(−1)


def test_a_delta_layer_that_makes_no_sense():
    with pytest.raises(BadNetwork, match="a delta layer takes a whole number of tokens at once, 1 or more, not 0"):
        labels(delta(0), X, Y, X_Q)
    x, y = Stream(x=2, y=1)
    with pytest.raises(BadNetwork, match="the rate of a delta layer is one number a token; it has width 2"):
        _ = DeltaLayer(x, x, y, x, y)


def writing(passes, mask="everything", normaliser="none"):
    def weights(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        layer = Attention((Head(x, x, y + x, y),), kernel="linear", mask=mask, normaliser=normaliser)
        return Transformer(stream, (layer,), passes=passes)

    return weights


def test_a_network_that_reads_what_it_wrote():
    """After one pass the query's token is (4; 136). In the second one (4; 0), still as it was, and (4; 136) attend to all:
    4 + 14 + 16 + 4·140 over scores of 4·x, so 4 (4 + 14 + 16 + 560) more for the last token."""
    assert labels(writing(1), X, Y, X_Q, place="last") == [136]
    assert labels(writing(2), X, Y, X_Q, place="last") == [136 + 4 * (4 + 14 + 16 + 4 * 140)]
    assert labels(writing(2, "context"), X, Y, X_Q, place="last") == [72 + 72]
    assert labels(writing(2, normaliser="1/T"), X, Y, X_Q, place="last") == [
        F(136, 3) + F(4 * (4 + 14 + 16 + 4 * (4 + F(136, 3))), 4)
    ]
    assert labels(writing(3, "context"), X, Y, QUERIES, place="last") == [3 * 72, -3 * 18, 0]
    with pytest.raises(BadNetwork, match="a network runs a whole number of passes, 1 or more, not 0"):
        labels(writing(0), X, Y, X_Q)
    with pytest.raises(BadConstruction, match="is run as a whole, not layer by layer"):
        _ = at(bare(weights=writing(2)), {"d_x": 1, "n": 2, "m": 1}).run(data_of(X, Y, X_Q), layers=1)


def test_hard_attention():
    assert labels(layer_of(indifferent, "hard"), X, Y, X_Q) == [8, 10, 5]  # a tie of all: the mean of 4, 7, 4 is 5
    assert labels(layer_of(indifferent, "hard", "causal"), X, Y, X_Q) == [7, F(21, 2), 5]
    assert labels(layer_of(indifferent, "hard", "strict"), X, Y, X_Q) == [3, 9, F(11, 2)]
    assert labels(layer_of(scores_by_x, "hard", "context"), X, Y, X_Q) == [10, 12, 7]
    assert labels(layer_of(lambda x, y: Head(-x, x, y + x, y), "hard"), X, Y, X_Q) == [7, 9, 4]  # the smallest x


BY_NORMALISER = {
    "none": [21, 41, 72],
    "1/n": [12, 23, 36],  # 3 + 18/2, 5 + 36/2, 72/2: two examples
    "1/T": [9, 17, 24],  # 3 + 18/3, 5 + 36/3, 72/3: three tokens
    "sum": [9, 11, 6],  # 3 + 18/(1+2), 5 + 36/(2+4), 72/(4+8)
}


@pytest.mark.parametrize("normaliser", BY_NORMALISER)
def test_normalisers(normaliser):
    weights = layer_of(scores_by_x, "linear", "context", normaliser=normaliser)
    assert labels(weights, X, Y, X_Q) == BY_NORMALISER[normaliser]


def test_scores_that_sum_to_zero_are_a_pole():
    with pytest.raises(Pole, match="division by zero"):
        labels(layer_of(indifferent, "linear", "context", normaliser="sum"), X, Y, X_Q)


M = [[1, 0, 2], [0, "1/2", 0], [1, 1, 1]]


def test_a_weighted_mask_multiplies_by_reader_and_key():
    weights = layer_of(scores_by_x, "linear", exact(M))
    assert labels(weights, X, Y, X_Q) == [3 + 4 + 32, 5 + 14, 16 + 56 + 64]
    one_key = exact(
        [[0, 0, 0], [0, 0, 0], [0, 7, 0]]
    )  # the query reads example 2 with weight 7, not the other way round
    assert labels(layer_of(scores_by_x, "linear", one_key), X, Y, X_Q) == [3, 5, 7 * 8 * 7]
    # the normaliser comes after the mask: row 1 sums to 1 + 2·4
    assert labels(layer_of(scores_by_x, "linear", exact(M), normaliser="sum"), X, Y, X_Q)[0] == 3 + F(36, 9)


def test_a_mask_of_ones_and_zeros_is_the_causal_word():
    lower = exact([[1, 0, 0], [1, 1, 0], [1, 1, 1]])
    assert labels(layer_of(scores_by_x, "linear", lower), X, Y, X_Q) == BY_MASK["causal"]


def test_skip_happens_at_the_same_time_as_the_heads():
    skip = lambda x, y: (Write(2 * x, y), Write(y, -y))  # noqa: E731
    assert labels(layer_of(scores_by_x, "linear", "context", skip=skip), X, Y, X_Q) == [18 + 2, 36 + 4, 72 + 8]


def test_two_heads_read_the_same_stream():
    def weights(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        return Transformer(
            stream, (Attention((Head(x, x, y, x), Head(x, x, y + x, y)), kernel="linear", mask="context"),)
        )

    def weights_swapped(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        return Transformer(
            stream, (Attention((Head(x, x, y + x, y), Head(x, x, y, x)), kernel="linear", mask="context"),)
        )

    assert labels(weights, X, Y, X_Q) == labels(weights_swapped, X, Y, X_Q) == BY_MASK["context"]


def test_query_key_value_and_into_are_four_different_things():
    def weights(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        head = Head(query=2 * x, key=y, value=x, into=exact([[3]]) @ y)
        return Transformer(stream, (Attention((head,), kernel="linear", mask="context"),))

    # reader i scores key j by 2 x_i y_j, the value is x_j, three times the sum is written: 6 x_i (1·3 + 2·5) = 78 x_i
    assert labels(weights, X, Y, X_Q) == [3 + 78, 5 + 156, 312]


def test_wide_registers():
    """⟨(1,2), (3,4)⟩ = 11 and ⟨(1,2), (0,1)⟩ = 2, so the query ends at 11·(5, 6) + 2·(7, 8) = (69, 82)."""

    def weights(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        return Transformer(stream, (Attention((Head(x, x, y, y),), kernel="linear", mask="context"),))

    record = bare(weights=weights)
    instance = at(record, {"d_x": 2, "d_y": 2, "n": 2, "m": 1})
    answer = instance.run(data_of([[3, 4], [0, 1]], [[5, 6], [7, 8]], [[1, 2]])).answer
    assert fractions_of(answer) == [[69, 82]]


def mesa(mask, ridge=1, times=1):
    def weights(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        layer = MesaLayer(query=x, key=x, value=y, into=y, ridge=ridge, mask=mask)
        return Transformer(stream, (Repeat(layer, times),))

    return weights


def test_mesa_layer_by_hand():
    """Keys 1, 2 and values 3, 5: Σ v k = 13 and Σ k² + 1 = 6, so token i receives 13/6 · x_i."""
    assert labels(mesa("context"), X, Y, X_Q) == [3 + F(13, 6), 5 + F(13, 3), F(26, 3)]
    assert labels(mesa("causal context"), X, Y, X_Q) == [3 + F(3, 2), 5 + F(13, 3), F(26, 3)]
    assert labels(mesa("strict"), X, Y, X_Q) == [3, 5 + F(3, 2) * 2, F(26, 3)]  # the first sees nothing
    assert labels(mesa("everything"), X, Y, X_Q)[2] == F(13, 22) * 4  # the query is a key: Σ k² + 1 = 22
    assert labels(mesa("context", ridge="1/2"), X, Y, X_Q)[2] == F(13 * 2, 11) * 4
    with pytest.raises(Pole, match="singular linear system"):
        labels(mesa("strict", ridge=0), X, Y, X_Q)


def test_mesa_layer_of_two_dimensions():
    """K = [[1, 1], [0, 1]], V = (1, 2): KᵀK + I = [[2, 1], [1, 3]], KᵀV = (1, 3), weights (0, 1): (5, 7) gets 7."""
    record = bare(weights=mesa("context"))
    instance = at(record, {"d_x": 2, "d_y": 1, "n": 2, "m": 1})
    assert fractions_of(instance.run(data_of([[1, 1], [0, 1]], [[1], [2]], [[5, 7]])).answer) == [[7]]


def stacked(times, repeat):
    def weights(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        layer = Attention(
            (Head(x, x, y + x, y),), kernel="linear", mask="causal", normaliser="1/T", skip=(Write(y, x),)
        )
        return Transformer(stream, (Repeat(layer, times),) if repeat else (layer,) * times)

    return weights


@pytest.mark.parametrize("times", [1, 2, 3])
def test_repeat_is_stacking(times):
    once, again = (labels(stacked(times, repeat), X, Y, X_Q) for repeat in (True, False))
    assert once == again and (times == 1 or once != labels(stacked(times - 1, True), X, Y, X_Q))
    assert labels(mesa("context", times=2), X, Y, X_Q)[2] != labels(mesa("context"), X, Y, X_Q)[2]


def test_the_stream_is_kept_after_every_layer():
    instance = at(bare(weights=stacked(2, False)), {"d_x": 1, "n": 2, "m": 1})
    run = instance.run(data_of(X, Y, X_Q))
    assert [fractions_of(run.read("x", "everything", layer=i))[1] for i in (0, 1)] == [[2], [2 + 5]]
    assert fractions_of(run.read("y", "context", layer=0)) == [[3], [5]]
    assert fractions_of(run.read("y", "query", layer=0)) == [[0]]


QUERIES = [[4], [-1], [0]]


@pytest.mark.parametrize("kernel", ["linear", "relu", "hard"])
@pytest.mark.parametrize("mask", [*BY_MASK, "weights"])
def test_several_queries_are_several_prompts(kernel, mask):
    """Each query is answered as if it were alone, also where context tokens see it; two layers, so that it matters."""

    def weights(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        words = exact(M) if mask == "weights" else mask
        layer = Attention((Head(x, x, y + x, y), Head(y, x, x, x)), kernel=kernel, mask=words, normaliser="1/T")
        return Transformer(stream, (layer, layer))

    together = labels(weights, X, Y, QUERIES, place="query")
    assert together == [labels(weights, X, Y, [query], place="query")[0] for query in QUERIES]
    assert labels(weights, X, Y, QUERIES[::-1], place="query") == together[::-1]


def test_queries_share_a_pass_only_where_no_context_token_sees_them():
    for mask, shared in [
        ("everything", False),
        ("context", True),
        ("causal", True),
        ("query", False),
        ("strict", True),
        (exact(M), False),
    ]:
        instance = at(bare(weights=layer_of(scores_by_x, "linear", mask)), {"d_x": 1, "n": 2, "m": 3})
        assert len(instance.run(data_of(X, Y, QUERIES)).streams) == (1 if shared else 3)


# ---- layouts, positions


def interleaved(positions=(), layers=lambda stream: ()):
    """x_1, y_1, x_2, y_2, …, x_q, and an empty place for y_q, in one register."""

    def weights(d_x, d_y, n):
        widths = {"c": d_x} | {name: 2 * n + 2 if word == "one-hot" else 1 for name, word in positions}
        stream = Stream(**widths)
        return Transformer(stream, layers(stream))

    return bare(
        weights=weights,
        prompt=lambda X, Y, X_q: Prompt(
            context=(Token(c=X), Token(c=Y)), query=(Token(c=X_q), Token()), positions=positions
        ),
        readout=lambda c: Readout(c, at="everything"),
    )


def run_interleaved(record, queries=((7,),)):
    instance = at(record, {"d_x": 1, "d_y": 1, "n": 2, "m": len(queries)})
    return instance, instance.run(data_of(X, Y, [list(q) for q in queries]))


def test_two_tokens_per_item_stand_in_turn():
    instance, run = run_interleaved(interleaved())
    assert fractions_of(run.answer) == [[1], [3], [2], [5], [7], [0]]
    assert fractions_of(run.read("c", "context")) == [[1], [3], [2], [5]]
    assert fractions_of(run.read("c", "context[0]")) == [[1], [2]]
    assert fractions_of(run.read("c", "context[1]")) == [[3], [5]]
    assert fractions_of(run.read("c", "query[0]")) == [[7]]
    assert fractions_of(run.read("c", "last")) == [[0]]
    assert instance.layout.length == instance.layout.tokens == 6 and instance.layout.examples == 2


def test_several_queries_of_two_tokens_stand_in_turn_and_share_their_positions():
    instance, run = run_interleaved(interleaved(), queries=((7,), (8,)))
    streams = run.streams if len(run.streams) == 1 else None
    assert streams is not None and fractions_of(streams[0][0]) == [[1], [3], [2], [5], [7], [0], [8], [0]]
    assert instance.layout.position.tolist() == [0, 1, 2, 3, 4, 5, 4, 5]
    assert instance.layout.owner.tolist() == [-1, -1, -1, -1, 0, 0, 1, 1]
    assert instance.layout.length == 6


@pytest.mark.parametrize(
    "place",
    [
        "context[2]",
        "context[-1]",
        "context[x]",
        "query[5]",
        "everything[0]",
        "last[0]",
        "elsewhere",
        "context[0",
        "query]",
    ],
)
def test_places_that_do_not_exist(place):
    _, run = run_interleaved(interleaved())
    with pytest.raises(UnknownName, match=re.escape(f"no tokens are called {place!r}")):
        run.read("c", place)


def test_position_codes_by_hand():
    assert fractions_of(POSITIONS["one-hot"](3, 3)) == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert fractions_of(POSITIONS["index"](3, 1)) == [[1], [2], [3]]
    assert fractions_of(POSITIONS["binary"](5, 2)) == [[-1, -1], [1, -1], [-1, 1], [1, 1], [0, 0]]
    _, run = run_interleaved(interleaved(positions=(("t", "index"),)), queries=((7,), (8,)))
    assert fractions_of(run.read("t", "query")) == [[5], [6], [5], [6]]
    _, run = run_interleaved(interleaved(positions=(("p", "one-hot"),)))
    assert fractions_of(run.read("p", "everything")) == fractions_of(identity(6))


def test_a_position_register_of_the_wrong_width():
    record = bare(
        prompt=lambda X, Y, X_q: Prompt((Token(x=X, y=Y),), (Token(x=X_q),), positions=(("y", "one-hot"),)),
    )
    with pytest.raises(BadNetwork, match="the position register y has width 1, its code needs 4"):
        at(record, {"m": 1}).run(data_of([[1, 2]] * 3, [[1]] * 3, [[1, 1]]))


def copy_next(stream):
    """Token t reads the token at position t + 1, by hard attention on positions alone: ⟨e_t, shift e_j⟩."""
    c, p = stream
    return (Attention((Head(query=shift(6).T @ p, key=p, value=c, into=c),), kernel="hard", mask="everything"),)


def test_hard_attention_to_positions_is_exact_in_every_arithmetic():
    """1 ← 1 + 3, 3 ← 3 + 2, …; the last token ties over all and adds their mean 18/6."""
    record = interleaved(positions=(("p", "one-hot"),), layers=copy_next)
    instance, run = run_interleaved(record)
    assert fractions_of(run.answer) == [[1 + 3], [3 + 2], [2 + 5], [5 + 7], [7 + 0], [3]]
    assert instance.layout.fixed == {"p"}
    floating = instance.run(data_of(X, Y, [[7]], floats))
    assert array_of(floating.answer)[:, 0].tolist() == [4, 5, 7, 12, 7, 3]


class NoOrder(FloatArithmetic):
    """float64 without an order: hard attention over data has no value here, over positions it has."""

    name = "no order"
    hardmax = Arithmetic.hardmax


def test_scores_of_positions_are_resolved_without_the_arithmetic_and_scores_of_data_are_not():
    arithmetic = NoOrder()
    instance = at(interleaved(positions=(("p", "one-hot"),), layers=copy_next), {"d_x": 1, "n": 2, "m": 1})
    data = {
        name: Matrix(arithmetic, np.array(rows, dtype=float)) for name, rows in (("X", X), ("Y", Y), ("X_q", [[7]]))
    }
    assert instance.run(data).answer._entries[:, 0].tolist() == [4, 5, 7, 12, 7, 3]
    by_data = bare(weights=layer_of(scores_by_x, "hard"))
    with pytest.raises(Unsupported, match="hard attention with scores that depend on data has no value in no order"):
        at(by_data, {"d_x": 1, "n": 2, "m": 1}).run(data)


def test_a_position_register_that_also_holds_data_is_read_as_it_stands():
    """Data in the position register must move hard attention; the code alone would always choose the last token."""

    def weights(d_x, d_y):
        x, y, t = stream = Stream(x=d_x, y=d_y, t=1)
        return Transformer(
            stream, (Attention((Head(query=t, key=t, value=y, into=x),), kernel="hard", mask="everything"),)
        )

    record = bare(
        weights=weights,
        prompt=lambda X, Y, X_q: Prompt((Token(y=Y, t=X),), (Token(t=X_q),), positions=(("t", "index"),)),
        readout=lambda x: Readout(x, at="query"),
    )
    answer = at(record, {"d_x": 1, "n": 2, "m": 1}).run(data_of([[100], [0]], [[3], [5]], [[4]])).answer
    assert fractions_of(answer) == [[3]]  # t is 101, 2, 7: the query reads the first example


def test_a_written_position_register_is_read_as_it_stands():
    def weights(d_x, d_y):
        x, y, t = stream = Stream(x=d_x, y=d_y, t=1)
        write = Attention((), kernel="linear", mask="everything", skip=(Write(exact([[100]]) @ x, t),))
        return Transformer(stream, (write, Attention((Head(t, t, y, y),), kernel="hard", mask="everything")))

    positions = lambda X, Y, X_q: Prompt((Token(x=X, y=Y),), (Token(x=X_q),), positions=(("t", "index"),))  # noqa: E731
    assert labels(weights, [[9], [2]], Y, [[4]], prompt=positions) == [6, 8, 3]


# ---- the tables are complete


def test_every_word_is_computed_by_hand_above():
    assert {word for mask in BY_MASK for word in mask.split()} == set(MASKS)
    assert {*BY_KERNEL, "softmax", "exp"} == set(KERNELS)
    assert set(BY_NORMALISER) == set(NORMALISERS)
    assert set(POSITIONS) == {"one-hot", "index", "binary"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"mask": "contxt"}, "'contxt' is no word of a mask; did you mean context?"),
        ({"mask": "context casual"}, "'casual' is no word of a mask; did you mean causal?"),
        ({"kernel": "softmx"}, "'softmx' is no kernel; did you mean softmax?"),
        ({"normaliser": "1/m"}, "'1/m' is no normaliser"),
    ],
)
def test_a_word_that_is_in_no_table(change, sentence):
    with pytest.raises(UnknownName, match=re.escape(sentence)):
        at(bare(weights=layer_of(scores_by_x, **({"kernel": "linear", "mask": "context"} | change))), {"d_x": 1})


@pytest.mark.parametrize("shape", [(2, 2), (4, 4), (3, 4)])
def test_a_weighted_mask_of_the_wrong_shape(shape):
    with pytest.raises(
        BadNetwork,
        match=re.escape(f"a mask of weights has one row and one column a token, here 3×3; it is {shape[0]}×{shape[1]}"),
    ):
        labels(layer_of(scores_by_x, "linear", ones(*shape)), X, Y, X_Q)


def test_a_prompt_without_tokens():
    with pytest.raises(BadNetwork, match="the prompt of bare has no tokens"):
        at(bare(prompt=lambda X: Prompt()))


def test_in_a_shared_pass_no_context_token_and_no_other_query_sees_a_query():
    """Two examples and two queries of one token: reader × key."""
    instance = at(bare(), {"n": 2, "m": 2})
    assert instance.layout.visible("everything").astype(int).tolist() == [
        [1, 1, 0, 0],
        [1, 1, 0, 0],
        [1, 1, 1, 0],
        [1, 1, 0, 1],
    ]
    alone = at(bare(), {"n": 2, "m": 1}).layout
    assert alone.visible("everything").all()
    assert alone.visible("").all() and alone.visible("context").astype(int).tolist() == [[1, 1, 0]] * 3
