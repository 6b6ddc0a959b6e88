"""A reader's weights: the verdict, and the block that is wrong."""

from dataclasses import replace

import pytest

from constructions import get
from constructions.language import MLP, Attention, Block, Equal, Head, Readout, Stream, Transformer, Units, UnknownName
from verify.review import review
from verify.verdict import Standing

GD = get("gd-step")


def same(x, y):
    return x


def head(query=same, key=same, value=lambda x, y, W_0: W_0 @ x - y, sign=1, heads=1, kernel="linear", mask="context"):
    def weights(d_x, d_y, n, eta, W_0):
        x, y = stream = Stream(x=d_x, y=d_y)
        made = Head(query=query(x, y), key=key(x, y), value=sign * eta / n * value(x, y, W_0), into=y)
        return Transformer(stream, layers=(Attention((made,) * heads, kernel, mask),))

    return weights


def wrong(weights):
    found = review(GD, weights)
    assert not found.proved
    return [(d.part, d.form, d.register) for d in found.wrong]


def test_the_construction_itself_is_proved_and_differs_in_nothing():
    found = review(GD, head())
    assert found.proved and found.differences == () == found.wrong
    assert "proved: your network is the algorithm, for all real data" in str(found)


def test_one_wrong_sign_is_named_with_its_counterexample():
    found = review(GD, head(value=lambda x, y, W_0: W_0 @ x + y))
    assert [d.place for d in found.wrong] == ["layer 1, head 1, value, register y"]
    text = str(found)
    assert "refuted" in text and "network -1, algorithm 1, defect -2" in text
    assert (
        "the wrong block is\n  layer 1, head 1, value, register y: yours is η/n I, the construction has −η/n I" in text
    )
    assert text.endswith("with it put right, and nothing else changed, it is proved")


def test_two_wrong_blocks_are_named_together_and_harmless_ones_are_not():
    assert wrong(head(sign=-1)) == [("head 1", "value", "x"), ("head 1", "value", "y")]
    scaled = head(query=lambda x, y: 2 * x, key=lambda x, y: x / 2, value=lambda x, y, W_0: -y)
    assert wrong(scaled) == [("head 1", "value", "x")]


def test_four_wrong_blocks_are_more_than_are_tried():
    found = review(GD, head(query=lambda x, y: 3 * x, key=lambda x, y: 5 * x, sign=-1))
    assert len(found.differences) == 4 and found.wrong == () and found.tried == 3
    assert "no 3 or fewer of them, put right, make it proved" in str(found)


def test_another_solution_is_proved_and_its_difference_shown():
    found = review(GD, head(query=lambda x, y: 2 * x, key=lambda x, y: x / 2))
    assert found.proved and [d.form for d in found.differences] == ["query", "key"]
    assert "in another way than the construction" in str(found)
    assert found.wrong == () and found.tried == 0  # nothing is put right in what is proved


def test_a_wrong_mask_or_kernel_is_named():
    assert wrong(head(mask="everything")) == [("", "mask", "")]
    assert wrong(head(kernel="softmax")) == [("", "kind", "")]


def test_what_does_not_correspond_is_said_and_not_put_right():
    found = review(GD, head(heads=2))
    assert found.wrong == () and "yours is head 1, head 2, the construction has head 1" in str(found)
    assert found.tried == 0 and "none was put right on trial" in str(found)

    both = review(GD, head(heads=2, mask="everything"))  # and the mask, which could be put right
    assert {d.form for d in both.differences} == {"mask", ""} and both.tried == 0 and both.wrong == ()

    def renamed(d_x, d_y, n, eta, W_0):
        y, z = stream = Stream(y=d_y, z=d_x)
        made = Head(query=z, key=z, value=eta / n * (W_0 @ z - y), into=y)
        return Transformer(stream, layers=(Attention((made,), kernel="linear", mask="context"),))

    with pytest.raises(UnknownName, match=r"The construction's stream has the registers x, y: name yours so"):
        review(GD, renamed)


def test_an_mlp_too_many_is_said():
    def with_mlp(d_x, d_y, n, eta, W_0):
        made = head()(d_x, d_y, n, eta, W_0)
        _, y = made.stream
        units = Units(read=y, into=y)
        return Transformer(made.stream, layers=(Block((made.layers[0], MLP((units,), activation="identity"))),))

    found = review(GD, with_mlp)
    assert not found.proved and "the number of sublayers, layer by layer: yours is 2, the construction has 1" in str(
        found
    )


def test_a_stack_is_compared_but_not_put_right():
    steps = get("gd-steps")
    near = steps.near_misses["W_0-in-the-first-layer-only"].replaces["weights"]
    found = review(steps, near)
    assert not found.proved and found.wrong == () and found.differences
    assert "differ from the construction" in str(found)


def test_a_bound_is_left_open_and_the_reason_said():
    """No method of a review judges a bound: it ended in an error of the program."""
    pieces = get("sigmoid-pieces")
    found = review(pieces, pieces.weights)
    assert found.verdict.standing is Standing.UNDECIDED and not found.differences and not found.wrong
    assert "undecided: a review is by blockwise and symbolic, and the claim is a bound" in str(found)
    assert str(found).endswith("\nthe blocks are the construction's")


def test_where_the_blocks_are_right_the_prompt_or_the_readout_is_not():
    found = review(replace(GD, readout=lambda y: Readout(y, at="query"), near_misses={}, dead=None), head())
    assert found.verdict.standing is Standing.REFUTED and found.differences == ()
    assert str(found).endswith("look at the prompt and the readout")


def test_weights_are_judged_by_a_claim_of_the_network_that_they_replace():
    """Another claim has a network of its own, which would be judged in their place."""
    other = Equal("of another network", replaces={"weights": GD.weights})
    record = replace(GD, claims=(other, Equal("of its own")), near_misses={})
    found = review(record, head(sign=-1))
    assert found.verdict.standing is Standing.REFUTED and found.verdict.subject == "of its own"
    assert review(record, head()).proved


def test_nothing_is_put_right_in_weights_that_are_not_believed():
    """A dictionary can change between one call and the next."""
    words = {"mask": "everything"}

    def weights(d_x, d_y, n, eta, W_0):
        return head(mask=words["mask"], sign=-1)(d_x, d_y, n, eta, W_0)

    found = review(GD, weights)
    assert not found.proved and found.differences and found.tried == 0 and found.wrong == ()


def test_a_name_is_enough_and_a_layer_too_many_is_said():
    assert review("gd-step", head()).proved

    def twice(d_x, d_y, n, eta, W_0):
        made = head()(d_x, d_y, n, eta, W_0)
        return Transformer(made.stream, layers=made.layers * 2)

    found = str(review("gd-step", twice))
    assert "\n  the number of layers: yours is 2, the construction has 1" in found and "layer 0" not in found
