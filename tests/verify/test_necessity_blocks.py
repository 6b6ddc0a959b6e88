"""Weights of blocks and MLPs have places too: a dead bias, a dead unit and a dead output constant are reported by name."""

from dataclasses import replace

from constructions.language import MLP, Attention, Block, Constant, Head, LayerNorm, Stream, Transformer, Units
from constructions.matrix import exact
from tests.verify.test_necessity import MATTERS, PLAIN, PREDICTED, SMALL
from verify import Standing
from verify.engines.places import headless
from verify.methods.necessity import necessity


def with_mlp(*, bias, constant, wasted=False):
    """Attention into `spare`, and an identity MLP that carries it on to y."""

    def weights(d_x, n):
        x, y, spare, free = stream = Stream(x=d_x, y=1, spare=1, free=1)
        head = Head(query=x, key=x, value=y / n, into=spare)
        units = (Units(spare, y, bias=bias), *([Units(spare, free)] if wasted else []))
        mlp = MLP(units, "identity", constants=() if constant is None else (Constant(constant, free),))
        return Transformer(stream, (Block((Attention((head,), "linear", "context"), mlp)),))

    return replace(PLAIN, weights=weights)


def dead(record):
    verdict = necessity(record, SMALL)[MATTERS]
    return verdict.standing, {name.split(" at ")[0] for name in verdict.evidence["dead"]}


def test_every_weight_of_a_block_matters():
    assert dead(with_mlp(bias=3, constant=None)) == (Standing.PROVED, set())


def test_a_dead_constant_and_a_dead_unit_are_reported():
    standing, found = dead(with_mlp(bias=0, constant=exact([[5]]), wasted=True))
    assert standing is Standing.REFUTED
    assert {name for name in found if "constant" in name} == {
        "layer 1.2 constant 1 value row 0",
        "layer 1.2 constant 1 into row 0 free 0",
    }
    assert {"layer 1.2 units 2 read row 0 spare 0", "layer 1.2 units 2 into row 0 free 0"} <= found


def test_the_zeros_of_a_block_are_the_predicted_ones():
    assert necessity(with_mlp(bias=0, constant=None), SMALL)[PREDICTED].standing is Standing.CERTIFIED


def test_without_heads_an_mlp_stays():
    x, y = stream = Stream(x=1, y=1)
    mlp = MLP((Units(x, y),), "relu")
    attention = Attention((Head(x, x, y, y),), "linear", "context")
    stripped = headless(Transformer(stream, (Block((attention, mlp)), LayerNorm())))
    assert [type(one) for one in stripped.sublayers] == [Attention, MLP, LayerNorm]
    assert stripped.sublayers[0].heads == () and stripped.sublayers[1] is mlp
