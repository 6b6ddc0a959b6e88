"""What MLPs, norms and blocks cost, counted by hand; and that a wrong formula is seen."""

from dataclasses import replace

import pytest

from constructions.language import (
    MLP,
    Attention,
    Block,
    Constant,
    Head,
    LayerNorm,
    MesaLayer,
    Repeat,
    Stream,
    Transformer,
    Units,
    at,
    stack,
)
from constructions.matrix import exact
from tests.commands.small_mlps import BLOCK, GELU_MULTIPLY, MULTIPLY
from tests.language.small import bare
from verify.methods.resources import counted, resources
from verify.plan import plan
from verify.verdict import Standing, Verdict


def costs(layers):
    """Of a network on the registers x (width 2) and y (width 1)."""

    def weights(d_x, d_y):
        x, y = stream = Stream(x=d_x, y=d_y)
        return Transformer(stream, layers(x, y))

    return counted(at(bare(weights=weights)))


def heads(x, y, count):
    return Attention((Head(x, x, y, y),) * count, "softmax", "everything")  # 2 + 2 + 1 + 1 nonzeros a head


def test_nothing_costs_nothing():
    found = costs(lambda x, y: ())
    assert (found["layers"], found["heads"], found["hidden"], found["nonzeros"]) == (0, 0, 0, 0)


def test_hidden_units_are_those_of_the_widest_mlp():
    def layers(x, y):
        wide = MLP((Units(x, x), Units(stack(x, y), stack(x, y))), "relu")
        return (Block((MLP((Units(y, y),), "relu"), wide)), MLP((Units(x, x),), "relu"))

    found = costs(layers)
    assert (found["layers"], found["heads"], found["hidden"]) == (2, 0, 5)
    assert found["nonzeros"] == 2 + (4 + 6) + 4


def test_heads_are_the_most_in_an_attention_sublayer_and_a_block_is_one_layer():
    found = costs(lambda x, y: (Block((heads(x, y, 2), MLP((), "relu"))), heads(x, y, 1), MLP((), "relu")))
    assert (found["layers"], found["heads"], found["hidden"]) == (3, 2, 0)
    assert costs(lambda x, y: (LayerNorm(),))["heads"] == 0
    assert costs(lambda x, y: (Block((MesaLayer(x, x, y, y, 1, "context"),)),))["heads"] == 1


def test_biases_gates_and_constants_are_counted_entry_by_entry():
    assert costs(lambda x, y: (MLP((Units(x, x, gate=x),), "relu"),))["nonzeros"] == 6
    assert costs(lambda x, y: (MLP((Units(x, x, bias=exact([0, 3])),), "relu"),))["nonzeros"] == 5
    assert costs(lambda x, y: (MLP((Units(x, x, bias=3),), "relu"),))["nonzeros"] == 6  # a number is one bias a unit
    assert costs(lambda x, y: (MLP((), "relu", constants=(Constant(7, x),)),))["nonzeros"] == 4
    assert costs(lambda x, y: (MLP((), "relu", constants=(Constant(0, x),)),))["nonzeros"] == 2


@pytest.mark.parametrize(
    ("norm", "count"),
    [
        (LayerNorm(), 0),
        (LayerNorm(gain=2), 3),
        (LayerNorm(gain=exact([1, 0, 5])), 2),
        (LayerNorm(bias=exact([0, 0, 5])), 1),
        (LayerNorm(epsilon=exact("1/100")), 1),
        (LayerNorm(2, 1, 1), 7),
    ],
)
def test_of_a_norm_counts_what_differs_from_the_plain_one(norm, count):
    assert costs(lambda x, y: (norm,))["nonzeros"] == count
    assert costs(lambda x, y: (MLP((), "relu", norm=norm),))["nonzeros"] == count
    assert costs(lambda x, y: (Attention((), "linear", "everything", norm=norm),))["nonzeros"] == count


def test_tied_sublayers_count_once():
    mlp = lambda x: MLP((Units(x, x),), "relu")  # noqa: E731
    assert costs(lambda x, y: (Repeat(Block((mlp(x),)), 3),)) == costs(lambda x, y: (mlp(x),)) | {"layers": 3}

    def shared(x, y):
        same = mlp(x)
        return Block((same, heads(x, y, 1))), same

    assert costs(shared)["nonzeros"] == 4 + 6
    assert costs(lambda x, y: (mlp(x), mlp(x)))["nonzeros"] == 8


@pytest.mark.parametrize("record", [MULTIPLY, GELU_MULTIPLY], ids=lambda record: record.name)
def test_declared_formulas_hold(record):
    verdict = resources(record, plan(record))
    assert verdict.standing is Standing.TESTED, verdict.because


RIGHT = {"layers": "2", "heads": "1", "hidden": "2*d", "width": "3*d", "passes": "1", "nonzeros": "16*d + 1"}
WRONG = {
    "layers": "3",  # a block is one
    "heads": "2",
    "passes": "2",
    "hidden": "d",
    "nonzeros": "11*d",
}


def test_the_costs_of_a_block():
    """4d in attention; 5d in the forms of units, 2d in biases, 2d in the constant; 3d gains and ε in the norm inside."""
    record = replace(BLOCK, resources=RIGHT)
    verdict = resources(record, plan(record))
    formulas = "layers 2, heads 1, hidden 2*d, width 3*d, passes 1, nonzeros 16*d + 1"
    expected = Verdict("resources", "resources", "resources", Standing.TESTED, plan(record).where)
    assert verdict == replace(expected, evidence={"formulas": formulas})
    assert resources(BLOCK, plan(BLOCK)) == replace(expected, scope="none declared")


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_formula_is_refuted(name):
    record = replace(BLOCK, resources=RIGHT | {name: WRONG[name]})
    verdict = resources(record, plan(record))
    assert (verdict.kind, verdict.method, verdict.subject) == ("resources", "resources", name)
    assert verdict.standing is Standing.REFUTED and verdict.scope == plan(record).where
    assert f"{name} = {WRONG[name]} gives" in verdict.because


def test_what_cannot_be_counted_is_undecided():
    record = replace(BLOCK, resources={"hiden": "d"})
    verdict = resources(record, plan(record))
    assert verdict.standing is Standing.UNDECIDED and "did you mean hidden?" in verdict.because
    assert (verdict.kind, verdict.method, verdict.subject) == ("resources", "resources", "hiden")
    assert verdict.scope == plan(record).where
