"""Every word of MLPs, norms, sinks and blocks, on numbers that were worked out with pencil and paper.

As in `test_forward_by_hand.py` the prompt is (1; 3), (2; 5) and the query (4; 0), one token each, unless a test says otherwise.
"""

import math
from fractions import Fraction as F

import pytest

from constructions.language import (
    MLP,
    Attention,
    Block,
    Constant,
    Head,
    LayerNorm,
    Readout,
    Repeat,
    Stack,
    Stream,
    Transformer,
    Units,
    Write,
    at,
    stack,
)
from constructions.language.forward import ACTIVATIONS
from constructions.matrix import Pole, exact
from constructions.matrix.arithmetic import FACTORS
from constructions.matrix.floating import array_of, floats
from constructions.matrix.rational import fractions_of
from tests.language.small import bare, data_of, labels
from verify.arithmetic.ball import ball_entries, precision
from verify.arithmetic.ball import balls as exact_in_balls
from verify.arithmetic.smooth import ball

X, Y, X_Q = [[1], [2]], [[3], [5]], [[4]]
RELU_POINTS = [[-2], ["1/2"]], [[0], [0]], [[3]]


def balls(rows):
    return exact_in_balls(exact(rows))


def network(layers):
    """Builders of a transformer from its layers as a function of the registers x and y."""

    def weights(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        return Transformer(stream, layers(x, y))

    return weights


def mlp(units, activation, **more):
    """One MLP; `units` and what else depends on registers are functions of x and y."""
    return network(
        lambda x, y: (MLP(units(x, y), activation, **{k: v(x, y) if callable(v) else v for k, v in more.items()}),)
    )


def in_arithmetic(make, weights, X=X, Y=Y, X_q=X_Q):
    """The stream after the last layer, all registers, in an arithmetic of data."""
    sizes = {"d_x": len(X[0]), "d_y": len(Y[0]), "n": len(X), "m": len(X_q)}
    instance = at(bare(weights=weights, readout=lambda x, y: Readout(stack(x, y), at="everything")), sizes)
    return instance.run(data_of(X, Y, X_q, make)).answer


def float_rows(weights, X=X, Y=Y, X_q=X_Q):
    return array_of(in_arithmetic(floats, weights, X, Y, X_q)).tolist()


def float_labels(weights, *data):
    return [row[-1] for row in float_rows(weights, *data)]


# ---- activations, gates, biases, constants


BY_ACTIVATION = {  # at x = −2, 1/2, 3, written to y = 0
    "identity": [-2, F(1, 2), 3],
    "relu": [0, F(1, 2), 3],
    "squared relu": [0, F(1, 4), 9],
}


@pytest.mark.parametrize("activation", BY_ACTIVATION)
def test_activations(activation):
    assert labels(mlp(lambda x, y: (Units(x, y),), activation), *RELU_POINTS) == BY_ACTIVATION[activation]


PHI = {-2: 0.02275013194817921, 0.5: 0.6914624612740131, 3: 0.9986501019683699}  # tables of the normal distribution
BY_FLOAT_ACTIVATION = {
    "gelu": lambda u: u * PHI[u],
    "gelu tanh": lambda u: u * (1 + math.tanh(math.sqrt(2 / math.pi) * (u + 0.044715 * u**3))) / 2,
}


@pytest.mark.parametrize("activation", BY_FLOAT_ACTIVATION)
def test_gelu_and_its_tanh_form(activation):
    told = float_labels(mlp(lambda x, y: (Units(x, y),), activation), [[-2], ["0.5"]], [[0], [0]], [[3]])
    assert told == pytest.approx([BY_FLOAT_ACTIVATION[activation](u) for u in (-2, 0.5, 3)], rel=1e-14)
    other = next(name for name in BY_FLOAT_ACTIVATION if name != activation)
    assert told != pytest.approx([BY_FLOAT_ACTIVATION[other](u) for u in (-2, 0.5, 3)], rel=1e-5)


def test_a_bilinear_mlp_is_the_exact_product():
    multiply = mlp(lambda x, y: (Units(read=x, gate=2 * y - x, into=y),), "identity")
    assert labels(multiply, X, Y, X_Q) == [3 + 1 * 5, 5 + 2 * 8, 4 * -4]


def test_the_gate_is_outside_the_activation():
    weights = mlp(lambda x, y: (Units(read=-x, gate=y, into=y),), "relu")
    assert labels(weights, X, Y, X_Q) == [3, 5, 0]  # relu(−x) = 0; relu(−x y) would be 0 too, so:
    assert labels(weights, [[-1], [2]], [[-3], [5]], X_Q) == [-3 + 1 * -3, 5, 0]  # 1 · (−3), which relu would cut


def test_a_pair_of_squared_relus_is_a_square():
    pair = mlp(lambda x, y: (Units(stack(x, -x), stack(y, y)),), "squared relu")
    assert labels(pair, *RELU_POINTS) == [4, F(1, 4), 9]
    one = mlp(lambda x, y: (Units(x, y),), "squared relu")
    assert labels(one, *RELU_POINTS) != [4, F(1, 4), 9]


@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_a_pair_of_opposite_units_is_linear(activation):
    pair = mlp(lambda x, y: (Units(stack(x, -x), stack(y, -y)),), activation)
    factor = {"relu": 1, "identity": 2}[activation]
    assert labels(pair, *RELU_POINTS) == [-2 * factor, F(factor, 2), 3 * factor]


def test_biases_stand_inside_the_activation_and_constants_outside():
    """relu(x − 3/2) = 0, 1/2, 5/2, and 7 for everybody."""
    weights = mlp(
        lambda x, y: (Units(x, y, bias=F(-3, 2)),),
        "relu",
        constants=lambda x, y: (Constant(7, y), Constant(exact([1]), x)),
    )
    assert fractions_of(in_arithmetic(exact, weights)) == [[2, 10], [3, F(25, 2)], [5, F(19, 2)]]
    assert labels(mlp(lambda x, y: (Units(x, y, bias=F(3, 2)),), "relu"), X, Y, X_Q)[0] == 3 + F(5, 2)


def test_a_column_of_biases_is_one_bias_a_unit_and_a_number_the_same_for_all():
    """Units x + b_1 and x + b_2, weighted by 1 and 10."""
    two = lambda x, y: stack(x, x)  # noqa: E731
    out = lambda y: stack(y, 10 * y)  # noqa: E731
    by_unit = mlp(lambda x, y: (Units(two(x, y), out(y), bias=exact([1, 2])),), "identity")
    assert labels(by_unit, X, Y, X_Q) == [3 + 2 + 30, 5 + 3 + 40, 5 + 60]
    for_all = mlp(lambda x, y: (Units(two(x, y), out(y), bias=2),), "identity")
    assert labels(for_all, X, Y, X_Q) == [3 + 3 + 30, 5 + 4 + 40, 6 + 60]


def test_groups_of_units_read_the_same_stream_and_add_up():
    """x ← x + y and y ← y + x at the same time, not one after the other."""
    both = mlp(lambda x, y: (Units(y, x), Units(x, y)), "identity")
    assert fractions_of(in_arithmetic(exact, both)) == [[4, 4], [7, 7], [4, 4]]


def test_the_factor_multiplies_what_the_units_write_and_no_constant():
    root = math.sqrt(math.pi / 2)
    weights = mlp(
        lambda x, y: (Units(x, y, factor="√(π/2)"), Units(x, y)), "relu", constants=lambda x, y: (Constant(100, y),)
    )
    told = float_labels(weights)
    assert told == pytest.approx([103 + 1 + root, 105 + 2 + 2 * root, 100 + 4 + 4 * root], rel=1e-15)
    with precision(128):
        entries = ball_entries(in_arithmetic(balls, weights))
        square = (entries[1] - 104) ** 2 * 2  # the first token's y is 104 + √(π/2)
        assert square.overlaps(type(square).pi()) and square.rad() < 1e-30


def test_an_mlp_does_not_mix_tokens():
    weights = mlp(lambda x, y: (Units(x, y, gate=x, bias=1),), "relu", norm=None)
    before = labels(weights, X, Y, X_Q)
    assert labels(weights, [[1], [-9]], [[3], [8]], X_Q)[0] == before[0]
    assert labels(weights, [[1], [-9]], [[3], [8]], X_Q)[2] == before[2]
    assert labels(weights, X[::-1], Y[::-1], X_Q) == [before[1], before[0], before[2]]
    normed = mlp(lambda x, y: (Units(x, y),), "relu", norm=LayerNorm())
    assert float_labels(normed)[0] == float_labels(normed, [[1], [-9]], [[3], [8]], X_Q)[0]


# ---- LayerNorm


def one_token(weights, x, y, make):
    """The stream of a prompt whose first token is (x, y); what follows it does not matter token by token."""
    return in_arithmetic(make, weights, [x], [y], [[1] * len(x)])


TOKEN = [1, -1, 3, 5], [7, 9]  # mean 4, deviations −3, −5, −1, 1, 3, 5, variance 70/6


def first_row(matrix, width=6):
    return ball_entries(matrix)[:width]


def close(entries, values, room=1e-30):
    return all((entry - value).abs_upper() < room for entry, value in zip(entries, values, strict=True))


def test_layer_norm_of_a_hand_computed_token():
    """(1, −1, 3, −3, 2, −2) has mean 0 and variance 28/6; with ε = 13/3 the deviation is √9 = 3."""
    norm = network(lambda x, y: (LayerNorm(epsilon=F(13, 3)),))
    with precision(128):
        found = first_row(one_token(norm, [1, -1, 3, -3], [2, -2], balls))
        assert close(found, [ball(F(v, 3)) for v in (1, -1, 3, -3, 2, -2)])
        assert not close(found, [ball(F(v, 2)) for v in (1, -1, 3, -3, 2, -2)], 0.1)


def test_layer_norm_subtracts_the_mean_divides_by_the_width_and_then_scales_and_shifts():
    """Mean 4, variance 70/6, and 70/6 + 13/3 = 16: the deviation is 4. Gain and bias are columns over the whole stream."""
    gain, bias = exact([1, 2, 1, 1, "1/3", -1]), exact([0, 1, 0, 0, 0, 5])
    norm = network(lambda x, y: (LayerNorm(gain=gain, bias=bias, epsilon=F(13, 3)),))
    expected = [F(-3, 4), F(-10, 4) + 1, F(-1, 4), F(1, 4), F(1, 4), F(-5, 4) + 5]
    with precision(128):
        assert close(first_row(one_token(norm, *TOKEN, balls)), [ball(v) for v in expected])
    unscaled = network(lambda x, y: (LayerNorm(gain=3, bias=F(1, 2), epsilon=F(13, 3)),))
    with precision(128):
        found = first_row(one_token(unscaled, *TOKEN, balls))
        assert close(found, [ball(3 * F(v, 4) + F(1, 2)) for v in (-3, -5, -1, 1, 3, 5)])


def test_layer_norm_without_epsilon_has_a_rational_deviation_here():
    """(1, 3) thrice: mean 2, variance 1."""
    norm = network(lambda x, y: (LayerNorm(),))
    with precision(128):
        assert close(first_row(one_token(norm, [1, 3, 1, 3], [1, 3], balls)), [ball(F(v)) for v in [-1, 1] * 3])


def test_a_norm_inside_a_sublayer_changes_what_is_read_and_not_the_stream():
    """The token (1; 3) is read as (−1; 1), (2; 5) as (−1; 1), (4; 0) as (1; −1)."""
    inside = mlp(lambda x, y: (Units(x, y),), "identity", norm=LayerNorm())
    assert float_rows(inside) == [[1, pytest.approx(2)], [2, pytest.approx(4)], [4, pytest.approx(1)]]
    alone = network(lambda x, y: (LayerNorm(),))
    assert float_rows(alone) == [pytest.approx(v) for v in ([-1, 1], [-1, 1], [1, -1])]


def test_a_norm_in_attention_is_read_by_query_key_and_value_and_not_by_the_skip():
    """Normalised x is −1, −1, 1 and y is 1, 1, −1; reader 3 scores −1, −1, 1, so Σ score · y = −3, readers 1, 2: 3."""

    def layers(x, y):
        return (Attention((Head(x, x, y, y),), "linear", "everything", skip=(Write(10 * x, y),), norm=LayerNorm()),)

    assert float_labels(network(layers)) == pytest.approx([3 + 3 + 10, 5 + 3 + 20, -3 + 40])


def test_a_constant_token_has_no_normalised_value_without_epsilon():
    weights = network(lambda x, y: (LayerNorm(),))
    with pytest.raises(Pole, match="1/√ of a number that is not positive"):
        float_rows(weights, [[3], [2]])
    assert float_rows(network(lambda x, y: (LayerNorm(epsilon=1),)), [[3], [2]])[0] == [0, 0]


# ---- sinks


def sinking(kernel, head, mask="everything", **more):
    return network(lambda x, y: (Attention((head(x, y),), kernel, mask, sink=True, **more),))


def by_x(x, y):
    return Head(x, x, y + x, y)


def test_softmax_with_a_sink():
    """Weights e^s/(1 + Σ e^s): reader 1 has scores 1, 2, 4 and values 4, 7, 4."""
    parts = [math.exp(s) for s in (1, 2, 4)]
    expected = 3 + sum(p * v for p, v in zip(parts, (4, 7, 4), strict=True)) / (1 + sum(parts))
    told = float_labels(sinking("softmax", by_x))
    assert told[0] == pytest.approx(expected, rel=1e-14)
    without = float_labels(network(lambda x, y: (Attention((by_x(x, y),), "softmax", "everything"),)))
    assert told[0] != pytest.approx(without[0], rel=1e-6)
    # scores of zero: three tokens and the sink share equally; strictly causal, the first sees the sink alone
    flat = lambda x, y: Head(0 * x, x, y + x, y)  # noqa: E731
    assert float_labels(sinking("softmax", flat)) == pytest.approx([3 + F(15, 4), 5 + F(15, 4), F(15, 4)])
    assert float_labels(sinking("softmax", flat, "strict")) == pytest.approx([3, 5 + 2, F(11, 3)])


def test_linear_attention_with_a_sink_in_the_sum():
    """Scores by x; the context's values y: reader 1 has (1·3 + 2·5)/(1 + 2 + 1), reader 2 (2·3 + 4·5)/(6 + 1)."""
    weights = sinking("linear", lambda x, y: Head(x, x, y, y), "context", normaliser="sum")
    assert labels(weights, X, Y, X_Q) == [3 + F(13, 4), 5 + F(26, 7), F(52, 13)]
    one = sinking("linear", lambda x, y: Head(x, x, y, y), "context", normaliser="sum")
    assert labels(one, [[2]], [[3]], [[5]], place="query") == [F(10 * 3, 1 + 10)]  # s v/(1 + s)


def test_with_a_sink_in_the_sum_who_sees_nothing_receives_nothing():
    weights = sinking("linear", by_x, "strict", normaliser="sum")
    assert labels(weights, X, Y, X_Q)[0] == 3


def test_relu_attention_with_a_sink_never_divides_by_zero():
    weights = sinking("relu", lambda x, y: Head(-x, x, y, y), "everything", normaliser="sum")
    assert labels(weights, X, Y, X_Q) == [3, 5, 0]


def test_hard_attention_with_a_sink():
    down = lambda x, y: Head(-x, x, y + x, y)  # noqa: E731 - all scores are below zero, so the sink is attended
    assert labels(sinking("hard", down), X, Y, X_Q) == [3, 5, 0]
    assert labels(sinking("hard", by_x), X, Y, X_Q) == [7, 9, 4]  # all above zero: as without a sink
    tie = lambda x, y: Head(0 * x, x, y + x, y)  # noqa: E731 - the sink takes one share of four
    assert labels(sinking("hard", tie), X, Y, X_Q) == [3 + F(15, 4), 5 + F(15, 4), F(15, 4)]
    zero = [[0], [2]]  # reader 1 scores 0 with everybody; reader 2 prefers the query, of score 8
    assert labels(sinking("hard", by_x), zero, Y, X_Q)[:2] == [3 + F(3 + 7 + 4, 4), 5 + 4]


def test_a_mask_of_weights_multiplies_what_the_sink_left():
    weights = exact([[0, 0, 0], [0, 0, 0], [2, 0, 0]])
    told = float_labels(sinking("softmax", lambda x, y: Head(0 * x, x, y, y), weights))
    assert told == pytest.approx([3, 5, 2 * F(3, 4)])


# ---- blocks


def two_sublayers(x, y):
    attention = Attention((by_x(x, y),), "linear", "causal", sink=False)
    return attention, MLP((Units(y, x, gate=x, bias=1),), "squared relu", constants=(Constant(2, y),))


def test_a_block_is_its_sublayers_in_a_row():
    once = network(lambda x, y: (Block(two_sublayers(x, y)),))
    row = network(two_sublayers)
    turned = network(lambda x, y: (Block(two_sublayers(x, y)[::-1]),))
    stream = fractions_of(in_arithmetic(exact, once))
    assert stream == fractions_of(in_arithmetic(exact, row)) != fractions_of(in_arithmetic(exact, turned))
    assert stream[0] == [1 + 8**2, 7 + 2]  # y ← 3 + 1·4 = 7, then x ← 1 + (7 + 1)²·1 and y ← 9


def test_a_block_counts_as_one_layer_also_when_it_is_repeated():
    def instance(layers):
        return at(bare(weights=network(layers)), {"d_x": 1, "n": 2, "m": 1})

    for layers, depth in [
        (lambda x, y: (Block(two_sublayers(x, y)),), 1),
        (two_sublayers, 2),
        (lambda x, y: (Repeat(Block(two_sublayers(x, y)), 3),), 3),
        (lambda x, y: (Stack(lambda l: Block(two_sublayers(x, y)), 2),), 2),
    ]:
        made = instance(layers)
        assert len(made.network.unrolled) == depth
        assert len(made.run(data_of(X, Y, X_Q)).streams[0]) == depth + 1
    twice = network(lambda x, y: (Repeat(Block(two_sublayers(x, y)), 2),))
    assert labels(twice, X, Y, X_Q) == labels(network(lambda x, y: two_sublayers(x, y) * 2), X, Y, X_Q)


def test_queries_are_kept_apart_where_a_sublayer_of_a_block_lets_context_see_them():
    weights = network(lambda x, y: (Block((MLP((), "relu"), Attention((by_x(x, y),), "linear", "everything"))),))
    queries = [[4], [-1]]
    together = labels(weights, X, Y, queries, place="query")
    assert together == [labels(weights, X, Y, [query], place="query")[0] for query in queries]


def test_every_word_is_computed_by_hand_above():
    assert {*BY_ACTIVATION, *BY_FLOAT_ACTIVATION} == set(ACTIVATIONS)
    assert set(FACTORS) == {"1", "√(π/2)"}
